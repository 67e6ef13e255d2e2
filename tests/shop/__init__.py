"""A small shop on a real NATS JetStream; what its services log is `sample_logs/`."""
