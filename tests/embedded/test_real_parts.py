"""The real MongoDB and Kafka survive what a machine does to them, and keep their users apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from deploy.embedded.parts import find_java, find_mongod, kafka_class_path
from deploy.embedded.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    with Mongod(tmp_path / "mongo", auth=True, services=["moments", "flags"]) as running:
        yield running


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Kafka]:
    with Kafka(tmp_path / "kafka", fast=True) as running:
        yield running


def test_every_part_is_found() -> None:
    assert Path(find_mongod()).exists()
    assert find_java().major >= 17
    assert kafka_class_path()


def test_a_service_opens_its_own_two_databases_and_no_other(mongod: Mongod) -> None:
    with MongoClient[dict[str, object]](mongod.uri("moments")) as client:
        for own in ("moments", "moments_keys"):
            client[own].things.insert_one({})
        for foreign in ("flags", "flags_keys", "admin", "local"):
            with pytest.raises(OperationFailure, match=r"not authorized|requires authentication"):
                client[foreign].things.find_one()


def test_passwords_are_readable_to_their_owner_alone(mongod: Mongod) -> None:
    assert mongod.users_file.stat().st_mode & 0o077 == 0


def test_a_killed_mongod_keeps_data_and_users_also_on_another_port(mongod: Mongod) -> None:
    with MongoClient[dict[str, object]](mongod.uri("flags")) as client:
        client.flags.things.insert_one({"_id": "kept"})

    mongod.kill()
    mongod.port = free_port()
    mongod.start()

    with MongoClient[dict[str, object]](mongod.uri("flags")) as client:
        assert client.flags.things.find_one({"_id": "kept"})


def test_a_killed_broker_keeps_its_topics(broker: Kafka) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    for made in admin.create_topics([NewTopic("vgr.moments.moment.v1", 2, 1)]).values():
        made.result()

    broker.kill()
    broker.start()

    topics = AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=10).topics
    assert "vgr.moments.moment.v1" in topics


def test_a_stranger_gets_nothing_through_the_door_of_services(broker: Kafka) -> None:
    stranger = AdminClient(
        {
            "bootstrap.servers": broker.sasl_bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-256",
            "sasl.username": "svc-moments",
            "sasl.password": "guess",
            "log_level": 0,
        }
    )

    with pytest.raises(KafkaException):
        stranger.list_topics(timeout=2)


def test_a_frozen_broker_does_not_answer_and_then_does(broker: Kafka) -> None:
    broker.pause()
    assert not broker.answers()

    broker.resume()
    broker.wait(20)
