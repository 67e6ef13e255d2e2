"""The rules of the delivery reports: a rule is a row, its id is for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One thing that can go wrong."""

    id: str
    report: str  # the command that looks for it
    severity: str
    means: str


RULES = (
    Rule("lag", "lag", "info", "how far each group is behind, by Burrow's rules"),
    Rule("redelivery_unexplained", "duplicates", "warning", "a group got one slot again and nothing logged explains it"),
    Rule("redelivery_replay", "duplicates", "info", "a group got one slot again after its position was set back"),
    Rule("redelivery_rebalance", "duplicates", "info", "a group got one slot again because the partition moved before a commit"),
    Rule("redelivery_disconnect", "duplicates", "info", "a group got one slot again because the connection that had it was closed"),
    Rule("redelivery_retry", "duplicates", "info", "a group got one slot again after an attempt failed"),
    Rule("redelivery_first_unseen", "duplicates", "info", "the broker counted earlier deliveries that are not in the logs"),
    Rule("duplicate_publish", "duplicates", "warning", "one event stands in more than one slot of its channel"),
    Rule("duplicate_effect", "duplicates", "error", "one cause had the same effect more than once"),
    Rule("conflicting_slot", "duplicates", "error", "one slot holds different events: the channel was made again, or clusters are mixed"),
    Rule("event_time_inversion", "order", "warning", "an event is older than one stored before it"),
    Rule("version_inversion", "order", "warning", "a key's version is lower than one stored before it"),
    Rule("version_gap", "order", "warning", "versions of a key are missing in the logs"),
    Rule("key_split", "order", "warning", "one key lives in more than one partition, so its order is lost"),
    Rule("consumption_inversion", "order", "warning", "a group got a slot after a later one of the same partition"),
    Rule("stale_delivery", "order", "warning", "a group got an older version of a key after a newer one"),
    Rule("causal_inversion", "order", "warning", "an effect is stamped before its cause, by more than the clocks differ"),
    Rule("clock_skew", "order", "info", "two hosts' clocks differ: a message arrived before it was sent"),
    Rule("clock_step", "order", "info", "a clock was set back or forth while it logged"),
    Rule("lost", "lost", "error", "a group read past a slot that it never got"),
    Rule("unseen", "lost", "info", "a slot that its group has not reached when the logs end"),
    Rule("before_start", "lost", "info", "a slot from before the group's first position: not its to read"),
    Rule("stuck", "lost", "error", "a group stands still in front of slots that it should read"),
    Rule("poison", "lost", "error", "a slot was tried three times or more and never got through"),
    Rule("unroutable", "lost", "error", "a published message was routed to no queue"),
    Rule("dead_letter", "lost", "warning", "a message was given up and put aside"),
    Rule("dropped", "lost", "error", "the broker threw a message away"),
    Rule("unacked", "lost", "warning", "a message was received and neither acknowledged nor given up in time"),
    Rule("no_follow_up", "lost", "warning", "a message was handled and its usual effect never came"),
    Rule("command_name", "design", "info", "an event is named like a command: it tells what to do, not what happened"),
    Rule("fat_event", "design", "info", "an event is many times larger than its type usually is"),
    Rule("missing_correlation", "design", "info", "events of a type carry no id that joins them to their flow"),
    Rule("missing_causation", "design", "info", "events of a type do not say what caused them"),
    Rule("missing_schema_version", "design", "info", "events of a type do not say which contract they keep"),
    Rule("parallel_shapes", "design", "info", "one type has several shapes at the same time, and no version tells them apart"),
)  # fmt: skip

BY_ID = {rule.id: rule for rule in RULES}
