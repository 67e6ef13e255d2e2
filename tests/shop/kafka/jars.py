"""The jars of Apache Kafka, from Maven Central, and how one of their programs is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

_POM = Path(__file__).with_name("pom.xml")
_LOG4J = Path(__file__).with_name("log4j2.properties")
#: A broker and tools that start fast and stay small.
_SMALL = (
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.net.preferIPv4Stack=true",
    "-Duser.timezone=UTC",
)


def folder() -> Path:
    """Where the jars are kept: EVTRACE_SHOP_CACHE, else the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    root = Path(os.environ.get("EVTRACE_SHOP_CACHE", cache / "evtrace-shop"))
    return root / f"kafka-{version()}"


def version() -> str:
    found = re.search(r"<kafka.version>(.+?)<", _POM.read_text(encoding="utf-8"))
    assert found
    return found[1]


def missing() -> str | None:
    if not shutil.which("java"):
        return "java is missing: Apache Kafka needs Java 17 or newer"
    if not any(folder().glob("kafka_*.jar")):
        return f"the jars of Apache Kafka are not in {folder()}: python -m tests.shop install kafka"
    return None


def install() -> None:
    """Let Maven copy broker, tools and what they need into the folder."""
    if missing() is None:
        return
    if not shutil.which("mvn"):
        raise SystemExit("mvn is missing: Maven fetches Apache Kafka")
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    command = ["mvn", "--batch-mode", "--quiet", "--file", str(_POM), goal]
    subprocess.run(
        [*command, f"-DoutputDirectory={folder()}", "-DincludeScope=runtime"], check=True, stdout=sys.stderr
    )


def program(name: str, *words: str, heap: str = "128m", level: str = "WARN") -> list[str]:
    """Give the command that runs one class of the jars; what it logs goes to standard error."""
    options = (*_SMALL, f"-Xmx{heap}", f"-Dshop.level={level}", f"-Dlog4j2.configurationFile={_LOG4J}")
    return ["java", *options, "-cp", f"{folder()}/*", name, *words]
