"""Late receipts: who has not answered is named, asked again, counted, and can still complete the purge."""

from datetime import timedelta

from chassis.committer import Committer
from chassis.metrics import Metrics
from chassis.service import Surroundings
from chassis.settings import Settings
from chassis.testing import clock_of
from chassis.timers import Timers
from chassis.units import Units
from chassis.work import Room
from services.retention.app import SERVICE
from services.retention.commands import under_way
from services.retention.domain.purge import PATIENCE
from services.retention.late_gauge import LateGauge
from services.retention.store.work import RetentionWork
from services.retention.tests.world import Retention


async def test_who_is_late_is_named_asked_again_and_can_still_complete_the_purge(
    retention: Retention,
) -> None:
    await retention.has_ended()
    location = (await retention.purges()).headers["location"]
    room = retention.api.room
    await retention.is_answered((await retention.asked())[0], ("moments", "flags"))
    timers = Timers(room, SERVICE.on_time, RetentionWork)

    clock_of(room).advance(PATIENCE - timedelta(seconds=1))
    assert await timers.fire_due() == 0
    clock_of(room).advance(timedelta(seconds=1))
    assert await timers.fire_due() == 1

    progress = (await retention.asks(location)).json()
    assert (progress["status"], progress["late"]) == ("late", ["messaging", "notifications"])
    first, again = await retention.asked()
    assert (first.purge_id, first.scope) == (again.purge_id, again.scope)
    assert again.services == ["messaging", "notifications"]
    assert await late_count(room) == 1
    lines = [line async for line in under_way(room, only_late=True)]
    assert [(line["purge_id"], line["late"]) for line in lines] == [
        (first.purge_id, ("messaging", "notifications"))
    ]

    await retention.is_answered_to_the_end()
    assert (await retention.asks(location)).json()["status"] == "completed"
    assert [line async for line in under_way(room, only_late=False)] == []
    assert await late_count(room) == 0


async def late_count(room: Room) -> float | None:
    committer = Committer(room.client, room.database)
    settings = Settings.model_construct(mongo_uri="", kafka_bootstrap="")
    here = Surroundings(settings, room, Units(room, committer, RetentionWork), committer, Metrics())
    await LateGauge(here).measure()
    return here.metrics.registry.get_sample_value("sob_retention_purge_late")
