"""The shop on a real NATS JetStream."""

from tests.shop.nats.broker import Broker
from tests.shop.nats.client import Client

__all__ = ["Broker", "Client"]
