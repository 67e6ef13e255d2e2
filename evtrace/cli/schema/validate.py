"""`evtrace schema validate`: stored events against declared contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evtrace.cli import options
from evtrace.cli.output import output, show
from evtrace.cli.schema import options as schema_options
from evtrace.cli.schema.infer import Types
from evtrace.contract_gate.validate import Wanted, validate
from evtrace.errors import FINDINGS, HEALTHY
from evtrace.present import json, observed
from evtrace.store import Store


def run(
    paths: schema_options.Paths = None,
    types: Types = None,
    config: schema_options.Config = None,
    registry: Annotated[
        Path | None,
        typer.Option(
            "--registry", metavar="FOLDER|FILE", help="Schemas by number, for payloads with a wire header."
        ),
    ] = None,
    store: options.Store = options.DEFAULT_STORE,
    out: options.Output = "text",
) -> int:
    """Check stored events against declared contracts.

    Payloads may be JSON, or Avro and Protobuf as base64 or hex, also behind a registry's header. What breaks its
    contract is kept as findings in the store, where `why` shows it. Exit 1 where an event breaks its contract.

    \b
      evtrace schema validate schemas/
      evtrace schema validate --registry registry/ -o json
    """
    to = output(out)
    with Store.open(store) as opened:
        found = validate(opened, Wanted(tuple(paths or ()), config, registry, tuple(types or ())))
    show(to, {
        "text": lambda: observed.validated(found, to.screen),
        "json": lambda: json.envelope("schema validate", found, status="findings" if found.violations else "ok"),
        "markdown": lambda: observed.validated_markdown(found),
    })  # fmt: skip
    return FINDINGS if found.violations else HEALTHY
