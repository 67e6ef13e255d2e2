"""A small shop on real brokers; what its services and the brokers' tools write is `sample_logs/`."""
