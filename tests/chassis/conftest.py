"""A service on the real database, and a relay that empties its outbox to the real broker."""

from collections.abc import AsyncIterator, Iterator

import pytest

from chassis.relay import Relay
from chassis.testing import a_room
from chassis.work import Room
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE
from tests.chassis.relaying import a_relay
from tests.chassis.topics import Topics, topics_of


@pytest.fixture
async def room(mongo_url: str, tenant: str) -> AsyncIterator[Room]:
    async with a_room(mongo_url, SERVICE, tenant) as room:
        yield room


@pytest.fixture
def topics(kafka: Kafka, tenant: str) -> Iterator[Topics]:
    with topics_of(kafka.bootstrap, tenant, "flags.flag", "flags.audit") as topics:
        yield topics


@pytest.fixture
async def relay(room: Room, kafka: Kafka, topics: Topics) -> AsyncIterator[Relay]:
    async with a_relay(room, kafka) as relay:
        yield relay
