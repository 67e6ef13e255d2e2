"""The shop on a real RabbitMQ."""

from tests.shop.rabbitmq.broker import Broker
from tests.shop.rabbitmq.client import Client

__all__ = ["Broker", "Client"]
