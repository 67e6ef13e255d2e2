"""A made-up grocer whose logs hold planted faults: what the diagnosis is measured on.

Written from what goes wrong in event-driven systems, not from what the diagnosis looks for; `faults.py` names the
kinds that its method was not designed for.
"""
