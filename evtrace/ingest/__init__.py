"""Ingest: walks the pipe from source over format and dialect to the store."""

from evtrace.ingest.run import Options, Progress, ingest

__all__ = ["Options", "Progress", "ingest"]
