"""Levels and outcomes: every logger's words and numbers as one set of words."""

from __future__ import annotations

from collections.abc import Callable

from evtrace.ingest.readings.texts import one_of

_LEVELS = {
    "info": ("info", "information", "informational", "notice", "log", "inf", "i", "default", "30"),
    "error": ("error", "err", "severe", "exception", "e", "50"),
    "warn": ("warn", "warning", "wrn", "w", "40"),
    "debug": ("debug", "dbg", "d", "fine", "config", "20"),
    "trace": ("trace", "verbose", "finest", "finer", "vrb", "trc", "t", "v", "10"),
    "fatal": (
        "fatal",
        "critical",
        "crit",
        "alert",
        "emerg",
        "emergency",
        "panic",
        "dpanic",
        "ftl",
        "f",
        "60",
    ),
}
_OUTCOMES = {
    "ok": ("ok", "true", "success", "succeeded", "successful", "completed", "complete", "done", "accepted", "acked", "ack", "handled", "processed"),
    "error": ("error", "false", "failed", "failure", "fail", "exception", "fault", "faulted", "timeout", "abandoned", "abandon", "nack", "nacked", "retry"),
    "rejected": ("rejected", "reject", "declined", "denied", "refused"),
    "dead_letter": ("dead_letter", "deadletter", "dead-letter", "deadlettered", "dead-lettered", "poison", "dlq", "dead"),
}  # fmt: skip


def _words(x: str, table: dict[str, tuple[str, ...]], otherwise: str) -> str:
    whens = " ".join(f"WHEN '{word}' THEN '{meaning}'" for meaning, words in table.items() for word in words)
    return f"CASE lower({x}) {whens} ELSE {otherwise} END"


def _level(x: str) -> str:
    return _words(x, _LEVELS, f"lower({x})")


def _numbered(x: str, names: dict[int, str], otherwise: str) -> str:
    whens = " ".join(f"WHEN '{number}' THEN '{name}'" for number, name in names.items())
    return f"CASE {x} {whens} ELSE {otherwise} END"


_SYSLOG = {0: "fatal", 1: "fatal", 2: "fatal", 3: "error", 4: "warn", 5: "info", 6: "info", 7: "debug"}
_INSIGHTS = {0: "trace", 1: "info", 2: "warn", 3: "error", 4: "fatal"}
_OTEL = {
    number: name
    for first, name in ((1, "trace"), (5, "debug"), (9, "info"), (13, "warn"), (17, "error"), (21, "fatal"))
    for number in range(first, first + 4)
}

READINGS: dict[str, Callable[[str], str]] = {
    "level": _level,
    "level_syslog": lambda x: _numbered(x, _SYSLOG, _level(x)),
    "level_insights": lambda x: _numbered(x, _INSIGHTS, _level(x)),
    "level_otel": lambda x: _numbered(x, _OTEL, "NULL"),
    "outcome": lambda x: _words(x, _OUTCOMES, "NULL"),
    "outcome_otel": lambda x: (
        f"CASE upper({x}) WHEN '2' THEN 'error' WHEN 'ERROR' THEN 'error' WHEN 'STATUS_CODE_ERROR' THEN 'error' WHEN '1' THEN 'ok' WHEN 'OK' THEN 'ok' WHEN 'STATUS_CODE_OK' THEN 'ok' END"
    ),
    "outcome_http": lambda x: (
        f"CASE WHEN regexp_full_match({x}, '2[0-9][0-9]') THEN 'ok' WHEN regexp_full_match({x}, '[45][0-9][0-9]') THEN 'error' END"
    ),
    "outcome_error": lambda x: (
        f"CASE WHEN NOT {one_of(f'lower({x})', 'false', '0', '', 'null')} THEN 'error' END"
    ),
}
