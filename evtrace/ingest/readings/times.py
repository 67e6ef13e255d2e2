"""Times in any notation as nanoseconds since the epoch, in SQL."""

from __future__ import annotations

from collections.abc import Callable

#: Notations without a year get it put in front; the month names are the English ones that loggers write.
_NOTATIONS = (
    "%d/%b/%Y:%H:%M:%S",
    "%a, %d %b %Y %H:%M:%S",
    "%Y %b %d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
)
_OFFSET = "([+-][0-9]{2}):?([0-9]{2})?$"


def epoch(x: str, unit_ns: int) -> str:
    """A number of units as BIGINT nanoseconds; exact for decimals, NULL for what is no number or too large."""
    whole = f"TRY_CAST({x} AS BIGINT)"
    exact = f"TRY_CAST(TRY_CAST({x} AS DECIMAL(38,9)) * {unit_ns} AS BIGINT)"
    floating = f"TRY_CAST(TRY_CAST({x} AS DOUBLE) * {unit_ns} AS BIGINT)"
    if unit_ns == 1:
        return f"COALESCE({whole}, {floating})"
    limit = (2**63 - 1) // unit_ns
    return (
        f"CASE WHEN contains({x}, '.') THEN {exact} WHEN abs({whole}) <= {limit} THEN {whole} * {unit_ns} "
        f"WHEN {whole} IS NULL THEN {floating} END"
    )


def time_auto(x: str, *, zone: str | None, year: int) -> str:
    """A time in any known notation. `zone` is given to times that name none (UTC by default), `year` to
    those that name none."""
    # no log is from before 1970: Go writes a time that it does not know as -6795364578871345152
    number = f"regexp_full_match({x}, '[0-9]+([.][0-9]+)?([eE][+]?[0-9]+)?')"
    return (
        f"COALESCE(CASE WHEN ends_with({x}, 'Z') THEN {_utc(x)} END, "
        f"CASE WHEN {number} THEN {_by_magnitude(x)} ELSE {_written(x, zone=zone, year=year)} END)"
    )


def _utc(x: str) -> str:
    # DuckDB ignores offsets in casts to TIMESTAMP_NS, which is right for Z only, and keeps nanoseconds.
    return f"epoch_ns(TRY_CAST({x} AS TIMESTAMP_NS))"


def _by_magnitude(x: str) -> str:
    """Seconds, milli-, micro- or nanoseconds, told apart by size: valid for 1973 to 5138."""
    size = f"abs(TRY_CAST({x} AS DOUBLE))"
    return (
        f"CASE WHEN {size} < 1e11 THEN {epoch(x, 1_000_000_000)} WHEN {size} < 1e14 THEN {epoch(x, 1_000_000)} "
        f"WHEN {size} < 1e17 THEN {epoch(x, 1_000)} WHEN {size} < 9.2e18 THEN {epoch(x, 1)} END"
    )


def _written(x: str, *, zone: str | None, year: int) -> str:
    # NServiceBus writes the fraction behind a third colon, mosquitto_sub a Z before the offset.
    dotted = f"regexp_replace(replace(trim({x}, ' []'), ',', '.'), '(:[0-9]{{2}}:[0-9]{{2}}):([0-9]{{3,9}})', '\\1.\\2')"
    plain = f"regexp_replace(regexp_replace({dotted}, ' ?(GMT|UTC|[Zz])$', '+00:00'), '(?: +|Z)([+-][0-9]{{2}}:?([0-9]{{2}})?)$', '\\1')"
    offset_s = (
        f"(CASE WHEN {_sign(plain)} THEN -1 ELSE 1 END * "
        f"(abs(TRY_CAST(regexp_extract({plain}, '{_OFFSET}', 1) AS BIGINT)) * 3600"
        f" + COALESCE(TRY_CAST(regexp_extract({plain}, '{_OFFSET}', 2) AS BIGINT), 0) * 60))"
    )
    bare = f"regexp_replace({plain}, '{_OFFSET}', '')"
    iso = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]"
    has_offset = f"regexp_matches({plain}, ':[0-9]{{2}}([.][0-9]+)?{_OFFSET}')"
    # DuckDB passes over zones that it does not read; a time in a zone unknown here is no time.
    is_bare = f"regexp_full_match({plain}, '[0-9T:. -]+')"
    return (
        f"CASE WHEN regexp_matches({plain}, '{iso}') THEN "
        f"CASE WHEN {has_offset} THEN epoch_ns(TRY_CAST({bare} AS TIMESTAMP_NS)) - {offset_s} * 1000000000 "
        f"WHEN {is_bare} THEN {_local(f'TRY_CAST({plain} AS TIMESTAMP_NS)', zone)} END "
        f"ELSE {_other(x, zone=zone, year=year)} END"
    )


def _sign(plain: str) -> str:
    return f"starts_with(regexp_extract({plain}, '{_OFFSET}', 1), '-')"


def _local(stamp: str, zone: str | None) -> str:
    """A TIMESTAMP_NS of a wall clock in `zone` as nanoseconds; what is finer than a microsecond is added back."""
    if zone is None or zone.upper() in ("UTC", "Z"):
        return f"epoch_ns({stamp})"
    name = zone.replace("'", "''")
    wall_us = f"make_timestamp(epoch_ns({stamp}) // 1000)"
    return f"epoch_us(timezone('{name}', {wall_us})) * 1000 + epoch_ns({stamp}) % 1000"


def _other(x: str, *, zone: str | None, year: int) -> str:
    """CLF, RFC 2822 and syslog notations. An offset is taken off first: strptime would need ICU types."""
    named_month = f"regexp_replace(trim({x}, ' []'), '^([A-Z][a-z]{{2}} )', '{year:04d} \\1')"
    text = f"regexp_replace({named_month}, '^([0-9]{{2}})([0-9]{{2}} [0-9]{{2}}:)', '{year:04d}/\\1/\\2')"  # klog
    offset = f"regexp_extract({x}, ' ([+-][0-9]{{4}})', 1)"
    offset_s = f"COALESCE(TRY_CAST({offset}[:3] AS BIGINT) * 3600 + TRY_CAST({offset}[1] || {offset}[4:] AS BIGINT) * 60, 0)"
    bare = f"regexp_replace({text}, ' ([+-][0-9]{{4}}|GMT|UTC)$', '')"
    whole = f"regexp_replace({bare}, '[.][0-9]+$', '')"
    notations = ", ".join(f"'{notation}'" for notation in _NOTATIONS)
    fraction = (
        f"COALESCE(TRY_CAST(rpad(regexp_extract({bare}, '[.]([0-9]{{1,9}})$', 1), 9, '0') AS BIGINT), 0)"
    )
    stamp = f"CAST(try_strptime({whole}, [{notations}]) AS TIMESTAMP_NS)"
    named = f"(contains({x}, 'GMT') OR contains({x}, 'UTC') OR {offset} <> '')"
    return f"CASE WHEN {named} THEN epoch_ns({stamp}) - {offset_s} * 1000000000 ELSE {_local(stamp, zone)} END + {fraction}"


def _instant(x: str) -> str:
    """log4j 2's {"epochSecond", "nanoOfSecond"}."""
    seconds, nanos = (
        f"TRY(CAST(json_extract_string({x}, '/{key}') AS BIGINT))" for key in ("epochSecond", "nanoOfSecond")
    )
    return f"{seconds} * 1000000000 + COALESCE({nanos}, 0)"


def zoned(x: str, reading: str, *, zone: str | None, year: int) -> str:
    """The readings that need the source's zone or year."""
    if reading == "time_of_day":  # a clock without a date proves no time
        return "CAST(NULL AS BIGINT)"
    return time_auto(x, zone=zone, year=year)


def _after_zero(time: str) -> str:
    """Zero is how OTLP and others write "not known", and no log is from before."""
    return f"NULLIF(GREATEST({time}, 0), 0)"


ZONED = frozenset({"time", "time_of_year", "time_of_day"})

READINGS: dict[str, Callable[[str], str]] = {
    "epoch_s": lambda x: _after_zero(epoch(x, 1_000_000_000)),
    "epoch_ms": lambda x: _after_zero(epoch(x, 1_000_000)),
    "epoch_us": lambda x: _after_zero(epoch(x, 1_000)),
    "epoch_ns": lambda x: _after_zero(epoch(x, 1)),
    "duration_s": lambda x: epoch(x, 1_000_000_000),
    "duration_ms": lambda x: epoch(x, 1_000_000),
    "duration_us": lambda x: epoch(x, 1_000),
    "duration_ns": lambda x: epoch(x, 1),
    "instant": _instant,
    # One number that orders as the ids do; distances between such numbers mean nothing.
    "redis_pos": lambda x: (
        f"CASE WHEN TRY_CAST(split_part({x}, '-', 2) AS BIGINT) < 1048576 AND TRY_CAST(split_part({x}, '-', 1) AS BIGINT) < 8796093022208 "
        f"THEN TRY_CAST(split_part({x}, '-', 1) AS BIGINT) * 1048576 + TRY_CAST(split_part({x}, '-', 2) AS BIGINT) END"
    ),
    "redis_ms": lambda x: epoch(f"regexp_extract({x}, '^([0-9]+)-', 1)", 1_000_000),
}
