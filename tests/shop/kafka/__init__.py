"""The shop on Apache Kafka: one KRaft node from Maven Central's jars, librdkafka clients, Kafka's own tools."""

from tests.shop.kafka.broker import Broker
from tests.shop.kafka.client import Client

__all__ = ["Broker", "Client"]
