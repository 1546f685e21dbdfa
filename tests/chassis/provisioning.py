"""Two regions on a real broker, and what a user of theirs can do there."""

import json
import time
import uuid
from pathlib import Path
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, Producer

from chassis.provision.apply import Change, provision
from chassis.provision.broker import Broker
from chassis.settings import KafkaSettings
from contracts.registry import TOPICS, Topic
from tests.chassis.topics import Topics

REGISTRY = tuple(topic for topic in TOPICS if topic.service in ("moments", "messaging", "notifications"))


class Cluster(Protocol):
    """What the tests need of the broker."""

    bootstrap: str
    sasl_bootstrap: str


class World:
    """Two regions whose names no other test has, provisioned."""

    def __init__(self, kafka: Cluster, folder: Path) -> None:
        self.kafka = kafka
        self.passwords = folder / "kafka.json"
        letters = str.maketrans("0123456789", "ghijklmnop")
        mark = uuid.uuid4().hex[:6].translate(letters)
        self.vgr, self.rjl = f"vgr{mark}", f"rjl{mark}"
        self.broker = Broker(KafkaSettings(kafka_bootstrap=kafka.bootstrap), lambda *_: None)

    def provision(
        self, *, slugs: tuple[str, ...] | None = None, registry: tuple[Topic, ...] = REGISTRY, **how: bool
    ) -> tuple[Change, ...]:
        return provision(self.broker, slugs or (self.vgr, self.rjl), registry, self.passwords, **how)

    def delete_topics(self) -> None:
        """Leave nothing to those who read every region's topics."""
        ours = {self.vgr, self.rjl}
        topics = Topics(self.kafka.bootstrap)
        topics.delete(*(name for name in self.broker.topics() if name.split(".", 1)[0] in ours))

    def login(self, user: str, bootstrap: str | None = None) -> dict[str, Any]:
        return {
            "bootstrap.servers": bootstrap or self.kafka.sasl_bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": user,
            "sasl.password": json.loads(self.passwords.read_text())[user],
            "log_level": 0,
        }

    def consumer(self, user: str, group: str) -> Consumer:
        return Consumer(
            self.login(user)
            | {
                "group.id": group,
                "auto.offset.reset": "earliest",
                "topic.metadata.refresh.interval.ms": 300,
                "enable.auto.commit": False,
            }
        )

    def topics_seen_by(self, user: str) -> set[str]:
        consumer = self.consumer(user, "unused")
        try:
            return set(consumer.list_topics(timeout=10).topics)
        finally:
            consumer.close()

    def reads(self, user: str, group: str, topic: str) -> bytes | str:
        """The first value of what `user` subscribes to, or the code of the broker's refusal."""
        consumer = self.consumer(user, group)
        try:
            consumer.subscribe([topic])
            until = time.monotonic() + 15
            while time.monotonic() < until:
                message = consumer.poll(0.2)
                if message is None:
                    continue
                fault = message.error()
                return fault.name() if fault else message.value() or b""
            return "nothing"
        finally:
            consumer.close()

    def writes(self, user: str, topic: str, *, idempotent: bool = True, at: int = 0) -> str:
        """ "ok", or the code of the broker's refusal. `at` is the writer's clock in ms since 1970, 0 for now."""
        answers: list[str] = []
        producer = Producer(
            self.login(user) | {"enable.idempotence": idempotent, "message.timeout.ms": 8000, "linger.ms": 0}
        )

        def told(error: KafkaError | None, _: object) -> None:
            answers.append("ok" if error is None else error.name())

        producer.produce(topic, b"hello", timestamp=at, on_delivery=told)
        producer.flush(10)
        return answers[0] if answers else "no answer"
