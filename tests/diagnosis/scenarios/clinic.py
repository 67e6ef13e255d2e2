"""The clinic: another shape and other names, held back while the diagnosis was built; it only measures."""

from __future__ import annotations

from tests.diagnosis.scenarios.shop import Service, Shop, readers

_TOPICS = {
    "visit.booked": "visits",
    "visit.moved": "visits",
    "visit.called_off": "visits",
    "cover.confirmed": "cover",
    "cover.none": "cover",
    "cover.dropped": "cover",
    "patient.sorted": "triage",
    "diagnosis.made": "findings",
    "sample.drawn": "samples",
    "sample.unusable": "samples",
    "sample.shipped": "samples",
    "analysis.ready": "samples",
    "medicine.prepared": "pharmacy",
    "medicine.missing": "pharmacy",
    "medicine.returned": "pharmacy",
    "bill.written": "bills",
    "text.sent": "texts",
    "report.filed": "files",
    "statistics.kept": "files",
}

_SERVICES = {
    service.name: service
    for service in (
        Service("desk", ("cover", "samples", "pharmacy"), "pino", "cri", 2),
        Service("insurer", ("visits",), "python_json", None, 1, work_ms=(450, 0.7), logs_handled=False),
        Service("triage", ("visits",), "logfmt", "docker", 3, work_ms=(25, 0.5), logs_ignored=True),
        Service("doctor", ("cover", "triage"), "logback", None, 2, work_ms=(90, 0.6)),
        Service("lab", ("findings",), "slog", "docker", 2, work_ms=(40, 0.5)),
        Service("pharmacy", ("findings", "visits"), "zerolog", "cri", 2, work_ms=(150, 0.8)),
        Service("cashier", ("pharmacy",), "logstash", None, 2, work_ms=(70, 0.4), logs_handled=False),
        Service("messenger", ("samples", "pharmacy"), "zap", None, 3, work_ms=(30, 0.9)),
        Service("files", ("samples",), "clef", "docker", 1, work_ms=(18, 0.4)),
        Service("statistics", ("findings",), None, None, 1, work_ms=(60, 0.5)),
    )
}  # fmt: skip

_ANNOUNCING = (
    ("insurer", "visit.booked"),
    ("triage", "visit.booked"),
    ("lab", "diagnosis.made"),
    ("pharmacy", "diagnosis.made"),
    ("cashier", "medicine.prepared"),
    ("messenger", "analysis.ready"),
    ("files", "analysis.ready"),
)

CLINIC = Shop(
    name="clinic",
    partitions=5,
    topics=_TOPICS,
    append_time=frozenset({"visits", "samples"}),
    services=_SERVICES,
    handles={
        ("insurer", "visit.booked"): ("cover.confirmed",),
        ("insurer", "visit.called_off"): ("cover.dropped",),
        ("insurer", "visit.moved"): (),
        ("triage", "visit.booked"): ("patient.sorted",),
        ("doctor", "cover.confirmed"): ("diagnosis.made",),
        ("doctor", "patient.sorted"): ("diagnosis.made",),
        ("lab", "diagnosis.made"): ("sample.drawn",),
        ("pharmacy", "diagnosis.made"): ("medicine.prepared",),
        ("pharmacy", "visit.called_off"): ("medicine.returned",),
        ("cashier", "medicine.prepared"): ("bill.written",),
        ("messenger", "analysis.ready"): ("text.sent",),
        ("files", "analysis.ready"): ("report.filed",),
        ("statistics", "diagnosis.made"): ("statistics.kept",),
        ("desk", "cover.none"): ("visit.called_off",),
        ("desk", "sample.unusable"): ("visit.called_off",),
        ("desk", "medicine.missing"): ("visit.called_off",),
    },
    asks="desk",
    root="visit.booked",
    changed="visit.moved",
    joined={"doctor": ("cover.confirmed", "patient.sorted")},
    other_way=("lab", "sample.shipped"),
    timer=(frozenset({"sample.drawn", "sample.shipped"}), "analysis.ready"),
    cancelled="visit.called_off",
    undoes={"insurer": "cover.confirmed", "pharmacy": "medicine.prepared"},
    refusals={
        "cover.none": ("insurer", "visit.booked"),
        "medicine.missing": ("pharmacy", "diagnosis.made"),
        "sample.unusable": ("lab", "diagnosis.made"),
    },
    amounts={"diagnosis.made": "fee", "medicine.prepared": "price", "bill.written": "sum"},
    copied=("diagnosis.made", "medicine.prepared"),
    needs_amount=(("pharmacy", "diagnosis.made"), ("cashier", "medicine.prepared")),
    hangs=("doctor", "triage"),
    gone="files",
    always=(*_ANNOUNCING, ("doctor", "patient.sorted"), ("doctor", "cover.confirmed")),
    announcing=_ANNOUNCING,
    join_inputs=(("doctor", "patient.sorted"), ("doctor", "cover.confirmed")),
    duplicable=(("cashier", "bill.written"), ("messenger", "text.sent"), ("pharmacy", "medicine.prepared")),
    apart=(
        (("cashier", "medicine.prepared"), ("lab", "diagnosis.made")),
        (("cashier", "medicine.prepared"), ("messenger", "analysis.ready")),
        (("messenger", "analysis.ready"), ("files", "analysis.ready")),
        (("pharmacy", "diagnosis.made"), ("files", "analysis.ready")),
    ),
    silent=("statistics", "diagnosis.made"),
    readers=readers(_SERVICES, _TOPICS),
)
