"""A worker of the counting service, as its process makes it."""

from pathlib import Path
from typing import Any

from chassis.committer import Committer
from chassis.metrics import Metrics
from chassis.service import Service, Surroundings
from chassis.settings import Settings
from chassis.units import Units
from chassis.work import Room
from chassis.worker import Worker
from deploy.embedded.kafka import Kafka
from tests.chassis.counting import SERVICE, Counting, counting


def settings_of(kafka: Kafka, **more: Any) -> Settings:
    return Settings(mongo_uri="mongodb://x", kafka_bootstrap=kafka.bootstrap, secrets=Path(), **more)


def a_worker(room: Room, kafka: Kafka, **more: Any) -> Worker:
    settings = settings_of(kafka, **more)
    committer = Committer(room.client, room.database)
    here = Surroundings(settings, room, Units(room, committer, Counting), committer, Metrics())
    service = Service(name=SERVICE, work=Counting, reactions=counting())
    return Worker(service, settings, here, None)
