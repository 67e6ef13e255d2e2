"""`python -m evtrace` is `evtrace`."""

from evtrace.cli import main

main()
