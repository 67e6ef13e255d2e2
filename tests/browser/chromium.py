"""Drives Chromium by its own protocol: one process, pages that are told what to do and tell what happened.

The protocol goes over a pipe (file descriptors 3 and 4, messages ended by a zero byte), so that nothing listens on
any port and no driver is needed.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

#: No sandbox: tests run as root in containers, and open only files that they wrote.
_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--disable-background-networking",
          "--disable-component-update", "--no-first-run", "--hide-scrollbars", "--disable-dev-shm-usage", "--disable-sync",
          "--disable-default-apps", "--no-default-browser-check", "--force-color-profile=srgb")  # fmt: skip


def found() -> str | None:
    """The browser that is here."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Browser:
    """One Chromium; ended by `with`."""

    def __init__(self, profile: Path) -> None:
        path = found()
        assert path, "no Chromium here; get it with: python -m tests.browser install"
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        ends = [
            fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (commands, answers)
        ]  # 3 and 4 may be among them

        def numbered() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [path, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=numbered, close_fds=False,
        )  # fmt: skip
        for end in (commands, answers, *ends):
            os.close(end)
        self._number, self._read = 0, b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._from, selectors.EVENT_READ)
        self.events: list[dict[str, Any]] = []
        self.call("Browser.getVersion")  # before it can answer this, it forgets what it is asked

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for end in (self._to, self._from):
            os.close(end)

    def call(
        self, method: str, *, session: str | None = None, wait_s: float = 60, **params: Any
    ) -> dict[str, Any]:
        """Ask for something and wait until it is done."""
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        os.write(self._to, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        answer = self._until(lambda one: one.get("id") == number, wait_s)
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def wait(self, method: str, session: str, *, since: int, wait_s: float = 60) -> None:
        """Wait until something has happened on a page, after so many events; it may have already."""

        def is_it(one: dict[str, Any]) -> bool:
            return one.get("method") == method and one.get("sessionId") == session

        if not any(map(is_it, self.events[since:])):
            self._until(is_it, wait_s)

    def _until(self, is_it: Callable[[dict[str, Any]], bool], wait_s: float) -> dict[str, Any]:
        end = time.monotonic() + wait_s
        while True:
            while b"\0" in self._read:
                text, _, self._read = self._read.partition(b"\0")
                one = json.loads(text)
                if "method" in one:
                    self.events.append(one)
                if is_it(one):
                    return one
            assert self._selector.select(max(end - time.monotonic(), 0)), "the browser does not answer"
            more = os.read(self._from, 1 << 20)
            assert more, "the browser has ended"
            self._read += more

    def page(self, *, width: int = 1280, height: int = 900, dark: bool = False, script: bool = True) -> Page:
        """A new, empty page."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        page.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        page.call("Emulation.setScriptExecutionDisabled", value=not script)
        return page


class Page:
    """A tab."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, session=self._session, **params)

    def open(self, path: Path) -> float:
        """Load a file; gives the seconds until it was loaded."""
        began, since = time.monotonic(), len(self._browser.events)
        self.call("Page.navigate", url=path.resolve().as_uri())
        self._browser.wait("Page.loadEventFired", self._session, since=since)
        return time.monotonic() - began

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """A key, as a person presses it."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=text if kind == "keyDown" else "",
                      windowsVirtualKeyCode={"Enter": 13, "Tab": 9, "Escape": 27}.get(key, ord(text or "\0")))  # fmt: skip

    def write(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1, buttons=1)

    def shot(self, path: Path, *, whole: bool = False) -> Path:
        """Take a picture of what is seen, or of the whole page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(made["data"]))
        return path

    def pdf(self) -> bytes:
        """The page on paper."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    @property
    def worked_s(self) -> float:
        """Seconds that the page's thread has worked so far."""
        found = self.call("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions, and what the policy has stopped."""
        found = []
        for event in self._own():
            params = event["params"]
            if event["method"] == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif event["method"] == "Runtime.exceptionThrown" or (
                event["method"] == "Runtime.consoleAPICalled"
                and params["type"] in ("error", "warning", "assert")
            ):
                found.append(json.dumps(params))
        return found

    @property
    def requests(self) -> list[str]:
        """What was asked of the network, and of the disk."""
        return [
            event["params"]["request"]["url"]
            for event in self._own()
            if event["method"] == "Network.requestWillBeSent"
        ]

    @property
    def dialogs(self) -> list[str]:
        """Windows that a script has opened."""
        return [
            event["params"]["message"]
            for event in self._own()
            if event["method"] == "Page.javascriptDialogOpening"
        ]

    def _own(self) -> list[dict[str, Any]]:
        return [event for event in self._browser.events if event.get("sessionId") == self._session]
