"""Runs a command and maps what can go wrong to exit codes: the one place that does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import typer

from evtrace.cli import plain
from evtrace.cli.commands import COMMANDS, application
from evtrace.errors import HEALTHY, INTERRUPTED, UNREADABLE, USAGE, EvtraceError


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = list(sys.argv[1:] if args is None else args)
    _harden_streams()
    try:
        code = application().main(args=words, prog_name="evtrace", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer has caught the KeyboardInterrupt
            return _failed(words, "interrupted", INTERRUPTED)
        return code if isinstance(code, int) else HEALTHY
    except BrokenPipeError:
        return _reader_gone()
    except (KeyboardInterrupt, typer.Abort):
        return _failed(words, "interrupted", INTERRUPTED)
    except EvtraceError as problem:
        return _failed(words, str(problem), problem.exit_code, getattr(problem, "data", None))
    except Exception as problem:
        if (
            isinstance(problem, RuntimeError) and "interrupt" in str(problem).lower()
        ):  # DuckDB's KeyboardInterrupt
            return _failed(words, "interrupted", INTERRUPTED)
        if hasattr(problem, "format_message"):  # typer's own: it hides the class
            return _misused(words, problem)
        if not _is_of_store(problem):
            raise  # a bug: let it crash
        return _failed(words, f"the store: {_first_line(problem)}", UNREADABLE)


def _harden_streams() -> None:
    """Output is UTF-8 off the terminal, and no character of a log can stop it."""
    plain.register()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            encoding = None if stream.isatty() else "utf-8"
            reconfigure(encoding=encoding, errors=plain.ERRORS)


def _command(words: Sequence[str]) -> str:
    """The command as it was called, and the one in its room: 'schema diff'."""
    named = [word for word in words if not word.startswith("-")]
    if not named or named[0] not in COMMANDS:
        return next((word for word in words if word in COMMANDS), "evtrace")
    if named[0] == "schema" and len(named) > 1:
        from evtrace.cli.schema import COMMANDS as INNER

        return " ".join(named[:2]) if named[1] in INNER else named[0]
    return named[0]


def _failed(words: Sequence[str], sentence: str, code: int, data: object = None) -> int:
    _say(sentence)
    place = _json_place(words)
    if place is not None:
        from evtrace.present import json

        said = sentence.split("\n", maxsplit=1)[0]
        _put(json.envelope(_command(words), data, status="not_evaluated", diagnostics=[said]), place)
    return code


def _put(envelope: str, place: str) -> None:
    """Where the answer would have gone: a file that keeps an older answer would be taken for this one."""
    if place == _STDOUT:
        sys.stdout.write(envelope)
        sys.stdout.flush()
        return
    with suppress(OSError):  # that it cannot be written is what was said, or the least of the troubles
        Path(place).write_text(envelope, encoding="utf-8")


def _say(sentence: str) -> None:
    from evtrace.present.terminal import clean

    lines = [clean(line) for line in sentence.split("\n")]
    print("evtrace: " + "\n".join(lines), file=sys.stderr)


def _misused(words: Sequence[str], problem: Exception) -> int:
    """What typer says about words that it does not know, in evtrace's way."""
    context = getattr(problem, "ctx", None)
    if type(problem).__name__ == "NoArgsIsHelpError":
        print(context.get_help() if context else "", file=sys.stderr)
        return USAGE
    said = problem.format_message() if hasattr(problem, "format_message") else str(problem)
    path = context.command_path if context else "evtrace"
    return _failed(words, f"{said.rstrip('.')}; see: {path} --help", USAGE)


_STDOUT = "-"
#: Their files are no envelopes.
_WITHOUT_ENVELOPE = ("export",)


def _json_place(words: Sequence[str]) -> str | None:
    """Where JSON is wanted: a file, or stdout. The words may be wrong, so they are looked at, not parsed."""
    wishes = list(_wishes(words))
    if any(wish.lower() == "json" for wish in wishes):
        return _STDOUT
    if _command(words) in _WITHOUT_ENVELOPE:
        return None
    files = (wish.partition("=")[2] if wish.lower().startswith("json=") else wish for wish in wishes)
    return next((file for file in files if file.lower().endswith(".json") and "=" not in file), None)


def _wishes(words: Sequence[str]) -> Iterator[str]:
    """What -o says."""
    for word, value in zip(words, [*words[1:], ""], strict=True):
        if word in ("-o", "--output"):
            yield value
        elif word.startswith("--output="):
            yield word.removeprefix("--output=")
        elif word.startswith("-o") and not word.startswith("--"):
            yield word.removeprefix("-o")


def _is_of_store(problem: Exception) -> bool:
    store = sys.modules.get("evtrace.store")
    return store is not None and isinstance(problem, store.SqlError)


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or ["no reason given"])[0]


def _reader_gone() -> int:
    """Whoever read the output has seen enough; nothing is left to flush at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return HEALTHY
