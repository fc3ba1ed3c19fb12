"""Produces events to Kafka with nothing but the schema registry: no code of this project, no copy of a schema.

Reads JSON lines {"topic": ..., "key": ..., "record": {...}} from standard input, prints how many Kafka acknowledged.
"""

import json
import os
import sys
from decimal import Decimal

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

registry = SchemaRegistryClient({"url": os.environ["SCHEMA_REGISTRY_URL"]})
producer = Producer({"bootstrap.servers": os.environ["KAFKA_BROKERS"], "enable.idempotence": True})
serializers: dict[str, AvroSerializer] = {}


def serializer_for(topic: str) -> AvroSerializer:
    if topic not in serializers:
        latest = registry.get_latest_version(f"{topic}-value")
        settings = {"auto.register.schemas": False, "use.latest.version": True}
        serializers[topic] = AvroSerializer(registry, latest.schema.schema_str, conf=settings)
    return serializers[topic]


def with_decimals(record: dict) -> dict:
    """Avro's decimal is Python's Decimal; JSON has text in its place."""
    if "amountUsd" in record:
        record["amountUsd"] = Decimal(record["amountUsd"])
    return record


acknowledged = 0
failures = []


def on_delivery(error, _message) -> None:
    global acknowledged
    if error is None:
        acknowledged += 1
    else:
        failures.append(str(error))


for line in sys.stdin:
    message = json.loads(line)
    topic = message["topic"]
    context = SerializationContext(topic, MessageField.VALUE)
    value = serializer_for(topic)(with_decimals(message["record"]), context)
    producer.produce(topic, key=message["key"], value=value, on_delivery=on_delivery)

left = producer.flush(30)
if left or failures:
    sys.exit(f"{left} messages are not acknowledged; {failures}")
print(acknowledged)
