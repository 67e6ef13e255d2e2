"""What the words of a log line say: what happened to the message it is about."""

from __future__ import annotations

from collections.abc import Sequence

from evtrace.formats.sql import let, literal

#: Beginnings of words, and the kind of record they tell. The first one in the line decides.
_STEMS = {
    "publish": "publish", "produc": "publish", "emit": "publish", "sent": "publish", "sending": "publish",
    "dispatch": "publish", "enqueu": "publish",
    "nak": "nack", "nack": "nack", "reject": "nack", "requeu": "nack", "terminat": "nack", "fail": "nack", "error": "nack",
    "dead letter": "dead_letter", "dead-letter": "dead_letter", "deadletter": "dead_letter",
    "ack": "ack",
    "receiv": "receive", "consum": "receive", "deliver": "receive", "handling": "receive", "processing": "receive",
    "poll": "receive", "dequeu": "receive",
    "handled": "process", "processed": "process", "completed": "process",
    # Spanish and Portuguese, German, French
    "publicad": "publish", "enviad": "publish", "recebid": "receive", "recibid": "receive", "consumid": "receive",
    "gesendet": "publish", "veröffentlich": "publish", "empfangen": "receive",
    "envoy": "publish", "publié": "publish", "reçu": "receive",
}  # fmt: skip
#: 'processing of order 7 failed': how it began does not matter.
_GONE_WRONG = r"\b(processing|handling|handler|consuming|consumption|consumer|delivery)\b(\s\S+){0,4}\s(failed|failure|fails|error)\b"
_SENDING = "publish|produc|emit|send|dispatch|enqueu"


def kind_by_words(message: str, about: Sequence[str], handed: Sequence[str] = ()) -> str:
    """SQL: the kind that a log line's first telling word gives; NULL for a line that is about no message.

    Fields written into the line (`subject=orders.sent`) are no words of it. `handed` are columns that only a
    delivery has: what was handed over and is sent on (to a retry queue) was not handled.
    """
    words = f"regexp_extract(lower(left({message}, 256)), '^(.*?)(?:\\s[^\\s=]+=|$)', 1)"
    sent = f"CASE WHEN {' OR '.join(f'{one} IS NOT NULL' for one in handed)} THEN 'nack' ELSE 'publish' END"
    kinds = {stem: sent if handed and kind == "publish" else literal(kind) for stem, kind in _STEMS.items()}
    whens = " ".join(f"WHEN {literal(stem)} THEN {kind}" for stem, kind in kinds.items())
    failed_to_send = f"regexp_matches(words, '\\b(fail|error).*\\b({_SENDING})')"
    # A CASE works its subject out anew for every WHEN; what `let` names is worked out once.
    told = let(f"regexp_extract(words, '\\b({'|'.join(_STEMS)})', 1)", "stem", f"CASE stem {whens} END")
    told = f"CASE WHEN regexp_matches(words, {literal(_GONE_WRONG)}) THEN 'nack' ELSE {told} END"
    some = f"COALESCE({', '.join(f'CAST({one} AS VARCHAR)' for one in about)})"
    return f"CASE WHEN {some} IS NOT NULL THEN {let(words, 'words', f'CASE WHEN NOT {failed_to_send} THEN {told} END')} END"


def rendered(template: str, prefix: str) -> str:
    """SQL: a message template with its placeholders filled from the fields beside it.

    `prefix` is the JSON pointer of the object that holds them. Placeholders as in https://messagetemplates.org.
    """
    names = f"regexp_extract_all({template}, '\\{{[@$]?([A-Za-z0-9_]+)[^}}]*\\}}', 1)"
    value = f"COALESCE(json_extract_string(doc, {literal(prefix + '/')} || k), '{{' || k || '}}')"
    filled = f"regexp_replace(t, '\\{{[@$]?' || k || '([,:][^}}]*)?\\}}', replace({value}, '\\', '\\\\'))"
    return f"CASE WHEN contains({template}, '{{') THEN list_reduce({names}, lambda t, k: {filled}, {template}) ELSE {template} END"
