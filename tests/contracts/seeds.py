"""What each service has heard and done before its API is asked: enough that asking for it finds something.

Built with the worlds of the services' own tests. `ids` are by the name of the parameter that takes them, or by
`POST /path.parameter` where an operation would take away what the others need.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from chassis.service import Service
from chassis.testing import UNIT, Api, a_room, a_tenant, an_api
from chassis.work import Room
from contracts.access import Role
from services.flags.app import SERVICE as FLAGS
from services.flags.tests import world as flags_world
from services.messaging.app import SERVICE as MESSAGING
from services.messaging.tests import world as messaging_world
from services.moments.app import SERVICE as MOMENTS
from services.moments.directory import Ports
from services.moments.tests import world as moments_world
from services.moments.units.domain.unit import REGIONAL
from services.notifications.app import SERVICE as NOTIFICATIONS
from services.notifications.tests import world as notifications_world
from services.retention.app import SERVICE as RETENTION
from services.retention.tests import builders as retention_builders
from services.retention.tests.world import a_retention

TENANT = "vgr"
KARIN = "SE2321000131-P000000000101"
OLGA = "196408239843"
_NUMBERS = count()


@dataclass(frozen=True)
class Seeded:
    """A service with its data."""

    service: Service
    room: Room
    ids: Mapping[str, str]
    ports: Any = None


Seed = Callable[[str, Path], AbstractAsyncContextManager[Seeded]]


@asynccontextmanager
async def _api(mongo_url: str, service: Service) -> AsyncIterator[Api]:
    region = a_tenant(TENANT, administrators=frozenset({KARIN}))
    async with a_room(mongo_url, service, region) as room, an_api(service, room) as api:
        yield api


async def _empower(api: Api) -> None:
    await api.as_staff(TENANT, KARIN, *Role)


@asynccontextmanager
async def _flags(mongo_url: str, _folder: Path) -> AsyncIterator[Seeded]:
    async with _api(mongo_url, FLAGS) as api:
        world = flags_world.World(TENANT, "", api.room, api)
        olga = api.room.pseudonyms.resident_id(TENANT, OLGA)
        for number in range(3):
            moment = f"mom-{number}"
            started = world.started(moment).model_copy(update={"resident_id": olga})
            await world.hears_at_once(started, world.assigned(moment, KARIN))
            for message in range(2):
                sent = world.sent(
                    f"msg-{number}-{message}", moment=moment, conversation=f"con-{number}-{message}"
                )
                await world.hears(sent.model_copy(update={"resident_id": olga}))
        await _empower(api)
        flags = [str(flag["_id"]).partition("|")[2] for flag in await world.flags()]
        yield Seeded(FLAGS, api.room, {"flag_id": flags[0], "moment_id": "mom-0"})


@asynccontextmanager
async def _messaging(mongo_url: str, _folder: Path) -> AsyncIterator[Seeded]:
    async with _api(mongo_url, MESSAGING) as api:
        world = messaging_world.World(TENANT, "", api.room, api)
        olga = api.room.pseudonyms.resident_id(TENANT, OLGA)
        await world.hears(world.started().model_copy(update={"resident_id": olga}))
        me = api.as_resident(TENANT, OLGA)
        conversations = [await world.a_conversation() for _ in range(4)]
        for conversation in conversations[:3]:
            await world.staff_writes(conversation)
            path = f"/me/conversations/{conversation}/messages"
            await world.post(path, me, {"text": "Jag har bestämt en stoppdag."})
        await _empower(api)
        read = "GET /conversations/{conversation_id}/draft"
        await world.drafts(conversations[1], who=await world.staff(*Role, person=KARIN))
        empty = {
            f"DELETE {who}/conversations/{{conversation_id}}.conversation_id": conversations[3]
            for who in ("", "/me")
        }
        ids = {"conversation_id": conversations[0], "moment_id": "mom-1", **empty}
        yield Seeded(MESSAGING, api.room, {**ids, f"{read}.conversation_id": conversations[1]})


@asynccontextmanager
async def _retention(mongo_url: str, _folder: Path) -> AsyncIterator[Seeded]:
    async with _api(mongo_url, RETENTION) as api:
        world = a_retention(api, TENANT)
        olga = api.room.pseudonyms.resident_id(TENANT, OLGA)
        for number in range(3):
            await world.has_ended(f"mom-{number}", resident=f"res-{number}")
        await world.purges("mom-0", key="key-0")
        await world.is_answered_to_the_end()
        await world.purges("mom-1", key="key-1")
        await world.hears(retention_builders.an_access(resident_id=olga), service="moments")
        await _empower(api)
        completed = (await world.asks("/purges?status=completed")).json()["items"][0]["purge_id"]
        yield Seeded(RETENTION, api.room, {"purge_id": completed, "moment": "mom-1", "resident": olga})


@asynccontextmanager
async def _notifications(mongo_url: str, folder: Path) -> AsyncIterator[Seeded]:
    region = {"administrators": frozenset({KARIN})}
    async with notifications_world.a_world(mongo_url, TENANT, folder, **region) as world:
        olga = world.room.pseudonyms.resident_id(TENANT, OLGA)
        await world.has_on(olga, sms=notifications_world.a_mobile())
        await world.hears(world.asks("key-1", recipient_id=olga))
        await _empower(world.api)
        ids = {"resident_id": olga, "resident": olga, "moment": "mom-1", "dedup_key": "key-1"}
        yield Seeded(NOTIFICATIONS, world.room, ids)


@asynccontextmanager
async def _moments(mongo_url: str, _folder: Path) -> AsyncIterator[Seeded]:
    programs = ("tobakshjalpen", "artrosskolan")
    async with moments_world.a_world(mongo_url, TENANT, programs=programs) as world:
        # As her unit knows her too, so that announcing it anew takes nothing from her.
        assert (await world.grants(KARIN, *(role for role in Role if role not in REGIONAL))).is_success
        await _empower(world.api)
        mine, other, ending, leaving = [
            await world.started(number, program=program, by=KARIN)
            for program in programs
            for number in (OLGA, moments_world.PELLE)
        ]
        first, second, *_, last = (await world.reads(f"/moments/{mine}"))["modules"]
        banner, regional = [await _banner(world, path) for path in ("/banners", "/region/banners")]
        going, stopping = [await _banner(world, path) for path in ("/banners", "/region/banners")]
        moment, module = "/moments/{moment_id}", "/moments/{moment_id}/modules/{code}"
        ids = {
            "moment_id": mine,
            f"POST {moment}/end.moment_id": ending,
            f"POST {moment}/hand-over.moment_id": leaving,
            f"POST {moment}/maintain.moment_id": other,
            f"POST {moment}/resume.moment_id": other,
            "code": first["code"],
            "module": first["code"],
            "step": first["steps"][0]["code"],
            f"POST {module}/start.code": last["code"],
            f"POST {module}/end.code": second["code"],
            f"POST {module}/set-upcoming.code": second["code"],
            f"POST {module}/set-upcoming.moment_id": other,
            "program_id": "tobakshjalpen",
            "version": "9.0",
            "POST /programs/{program_id}/versions/{version}/unpublish.program_id": "artrosskolan",
            "DELETE /units/{hsa_id}/programs/{program_id}.program_id": "artrosskolan",
            "hsa_id": UNIT,
            "unit_id": UNIT,
            "POST /units/{hsa_id}/inactivate.hsa_id": moments_world.OTHER_UNIT,
            "person_id": moments_world.ANNA,
            "banner_id": banner,
            "PUT /region/banners/{banner_id}.banner_id": regional,
            "DELETE /banners/{banner_id}.banner_id": going,
            "DELETE /region/banners/{banner_id}.banner_id": stopping,
        }
        yield Seeded(MOMENTS, world.room, ids, Ports(world.directory))


async def _banner(world: moments_world.World, path: str) -> str:
    body = {"receivers": "residents", "text": "Stängt på julafton.", "starts_at": "2026-11-20T12:00:00"}
    answer = await world.call("POST", path, world.staff(KARIN), body, key=f"banner-{next(_NUMBERS)}")
    return str(answer.raise_for_status().json()["banner_id"])


SEEDS: Mapping[str, Seed] = {
    "moments": _moments,
    "messaging": _messaging,
    "notifications": _notifications,
    "flags": _flags,
    "retention": _retention,
}
