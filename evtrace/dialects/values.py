"""Readings corrected by the values that are really there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from evtrace.dialects.mapping import Use
from evtrace.dialects.survey import Survey

_LARGEST = 2**63 - 1
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.IGNORECASE)
_XRAY = re.compile(r"(Root=)?1-[0-9a-f]{8}-[0-9a-f]{24}.*", re.IGNORECASE)
_GCP = re.compile(r"projects/[^/]+/traces/[0-9a-f]+", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{8,32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|root|-?[01]|", re.IGNORECASE)
_BASE64 = {"trace_id": re.compile(r"[A-Za-z0-9+/]{22}=="), "span_id": re.compile(r"[A-Za-z0-9+/]{11}=")}
_BASE64["parent_span_id"] = _BASE64["span_id"]


def speaks_time_of_day(use: Use, survey: Survey) -> bool:
    """The field holds times without a date, or without a year."""
    return use.reading in {"time_of_day", "time_of_year"} or _mostly(_TIME_OF_DAY, use, survey)


def refined(uses: Iterable[Use], survey: Survey) -> list[Use]:
    """The uses with the readings that their values ask for."""
    return list(dict.fromkeys(new for use in uses for new in _refined(use, survey)))


def _refined(use: Use, survey: Survey) -> Iterator[Use]:
    if use.role == "ts" and use.reading == "time" and speaks_time_of_day(use, survey):
        yield replace(use, reading="time_of_day")
    elif use.role == "pos" and use.reading == "number" and _has_long_numbers(use, survey):
        yield use
        yield replace(use, role="pos_text", reading="long_number")
    elif use.reading == "hex_trace":
        yield from _trace(use, survey)
    elif use.reading == "hex_span":
        yield replace(use, reading=_span_reading(use, survey))
    elif use.role == "correlation_id" and use.reading == "text" and _mostly(_TRACEPARENT, use, survey):
        # The framework put the trace where a flow id belongs; the trace id is what the flow shares.
        yield replace(use, reading="traceparent_trace")
        yield replace(use, role="trace_id", reading="traceparent_trace")
    elif use.role == "causation_id" and use.reading == "text" and _mostly(_TRACEPARENT, use, survey):
        yield replace(use, role="trace_id", reading="traceparent_trace", refers_to="")
        yield replace(use, role="parent_span_id", reading="traceparent_span", refers_to="")
    else:
        yield use


def _has_long_numbers(use: Use, survey: Survey) -> bool:
    seen = survey.seen.get(use.path)
    return seen is not None and any(text.isdecimal() and int(text) > _LARGEST for text in seen.texts)


def _trace(use: Use, survey: Survey) -> Iterator[Use]:
    if _mostly(_TRACEPARENT, use, survey):
        yield replace(use, reading="traceparent_trace")
        yield replace(use, role="parent_span_id", reading="traceparent_span")
    elif _mostly(_XRAY, use, survey):
        yield replace(use, reading="xray_trace")
    elif _mostly(_GCP, use, survey):
        yield replace(use, reading="gcp_trace")
    else:
        yield replace(use, reading=_hex_or(use, survey, base64="b64_trace", hexadecimal="hex_trace"))


def _span_reading(use: Use, survey: Survey) -> str:
    if _mostly(_TRACEPARENT, use, survey):
        return "traceparent_span"
    return _hex_or(use, survey, base64="b64_span", hexadecimal="hex_span")


def _hex_or(use: Use, survey: Survey, *, base64: str, hexadecimal: str) -> str:
    seen = survey.seen.get(use.path)
    if seen is None or not seen.values or _mostly(_HEX, use, survey):
        return hexadecimal
    return base64 if _mostly(_BASE64[use.role], use, survey) else "text"


def _mostly(pattern: re.Pattern[str], use: Use, survey: Survey) -> bool:
    seen = survey.seen.get(use.path)
    texts = seen.texts if seen else []
    return bool(texts) and sum(pattern.fullmatch(text) is not None for text in texts) * 2 > len(texts)
