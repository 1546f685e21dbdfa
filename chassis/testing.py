"""For tests of services: a room on a real database of its own, messages as the broker brings them, callers with tokens.

Nothing here stands in for the database, the inbox or the checks at an endpoint: those are the real ones.
"""

import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import bson
import httpx
from aiokafka import ConsumerRecord
from joserfc import jwt
from joserfc.jwk import ECKey, Key

from chassis.changes import Changes
from chassis.clock import ManualClock, position
from chassis.committer import Committer
from chassis.grants import COLLECTION as GRANTS_COLLECTION
from chassis.grants import MongoGrants
from chassis.http.accounts import Accounts, UncheckedAccounts
from chassis.http.app import create_app
from chassis.http.documented import Documented
from chassis.http.identity import CARE, PERSONNUMMER_CLAIM, PURPOSE_CLAIM, Identity
from chassis.http.jwks import JwksCache
from chassis.http.permissions import Access
from chassis.indexes import ensure_indexes
from chassis.keyring import Keyring
from chassis.masterkey import FileMasterKey
from chassis.metrics import Metrics
from chassis.mongo import connect, database
from chassis.opening import open_record
from chassis.outbox import outbox_id
from chassis.parking import record_of
from chassis.process import texts_of
from chassis.pseudonym import Pseudonyms
from chassis.service import Service, Surroundings
from chassis.tenancy import Support, Tenant, Tenants
from chassis.units import Units
from chassis.work import Room, Work
from contracts import envelope
from contracts.access import GRANTS, Role
from contracts.message import Message
from contracts.registry import MESSAGES, topic_of

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
UNIT = "SE2321000131-E000000000001"
# How a query of a test itself is told from those of the service, where queries are looked at.
BY_THE_TEST = "by the test"
_ISSUER = "http://issuer.test/{}"


def a_tenant(slug: str, **settings: Any) -> Tenant:
    """A region with the settings of the product's own defaults."""
    return Tenant(
        slug=slug,
        name=f"Region {slug}",
        organisation_number="232100-0131",
        maintenance_limit_days=90,
        sms_sender="Region",
        mail_from=f"noreply@{slug}.example",
        support=Support(staff="Ring supporten.", residents="Ring 1177."),
        issuer=_ISSUER.format(slug),
        audience="sob",
        **settings,
    )


@asynccontextmanager
async def a_room(
    mongo_url: str, service: Service | str, *tenants: str | Tenant, at: datetime = NOON
) -> AsyncIterator[Room]:
    """A room of the service on a database of its own, dropped at the end; its clock is a ManualClock at `at`."""
    name = service if isinstance(service, str) else service.name
    client = connect(mongo_url)
    own = f"{name}_{secrets.token_hex(4)}"
    regions = [a_tenant(tenant) if isinstance(tenant, str) else tenant for tenant in tenants]
    try:
        room = Room(
            service=name,
            client=client,
            database=database(client, own),
            keyring=Keyring(database(client, f"{own}_keys"), name, FileMasterKey([secrets.token_bytes(32)])),
            clock=ManualClock(at),
            tenants=Tenants.of(regions),
            pseudonyms=Pseudonyms(secrets.token_bytes(32)),
        )
        await ensure_indexes(room.database, {} if isinstance(service, str) else service.indexes)
        yield room
    finally:
        await client.drop_database(own)
        await client.drop_database(f"{own}_keys")
        client.close()


def clock_of(room: Room) -> ManualClock:
    """The room's clock, to be moved by the test."""
    return cast(ManualClock, room.clock)


def a_record(
    message: Message,
    *,
    tenant: str,
    service: str | None = None,
    offset: int = 0,
    identity: str | None = None,
    trace: str | None = None,
    at: datetime = NOON,
) -> ConsumerRecord:
    """The message as a worker takes it from the broker, said by its owner or by `service`."""
    speaker = service or message.stream.split(".", maxsplit=1)[0]
    topic = topic_of(type(message), speaker)
    key = str(getattr(message, topic.key))
    made = identity or outbox_id(position(), key)
    return record_of(
        {
            "topic": topic.name(tenant),
            "partition": 0,
            "offset": offset,
            "key": key.encode(),
            "value": message.model_dump_json().encode(),
            "headers": envelope.headers(
                id=made,
                source=envelope.source_of(tenant, speaker),
                type=message.type(),
                time=at.isoformat(),
                subject=key,
                tenant=tenant,
                sequence=made[:14],
                traceparent=trace,
            ),
        }
    )


async def said(room: Room, *kinds: type[Message]) -> list[Any]:
    """What the service has put in its outbox, in order; of these kinds, or of all but the audit trail."""
    documents = await room.database["outbox"].find(comment=BY_THE_TEST).sort("_id", 1).to_list(None)
    wanted = {kind.type() for kind in kinds} or {name for name in MESSAGES if "AccessRecorded" not in name}
    return [
        MESSAGES[document["type"]].model_validate_json(document["value"])
        for document in documents
        if document["type"] in wanted
    ]


@dataclass
class Api:
    """A service's real application, and tokens for whoever a test wants to be."""

    room: Room
    http: httpx.AsyncClient
    _key: Key = field(repr=False)

    async def as_staff(
        self, tenant: str, hsa_id: str, *roles: Role, unit: str = UNIT, administrator: bool = False
    ) -> dict[str, str]:
        """Headers of a member of staff who holds exactly these roles at the unit."""
        await self.room.database[GRANTS_COLLECTION].update_one(
            {"_id": f"{tenant}|{unit}|{hsa_id}"},
            {
                "$set": {
                    "tenant": tenant,
                    "unit": unit,
                    "person": hsa_id,
                    "roles": [role.value for role in roles],
                }
            },
            upsert=True,
        )
        return self.headers(
            tenant,
            {
                "sub": hsa_id,
                "employeeHsaId": hsa_id,
                "careUnitHsaId": unit,
                PURPOSE_CLAIM: CARE,
                "name": "Test",
            },
        )

    def as_resident(self, tenant: str, personnummer: str) -> dict[str, str]:
        """Headers of the resident with this number of 12 digits."""
        return self.headers(tenant, {"sub": "resident", PERSONNUMMER_CLAIM: personnummer})

    def headers(self, tenant: str, claims: Mapping[str, Any]) -> dict[str, str]:
        """Headers with a token of these claims, valid for an hour of the room's clock."""
        now = self.room.clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + timedelta(hours=1)).timestamp())}
        token = jwt.encode(
            {"alg": "ES256", "kid": "test"},
            {"iss": _ISSUER.format(tenant), "aud": "sob", **times, **claims},
            self._key,
            algorithms=["ES256"],
        )
        return {"Authorization": f"Bearer {token}"}


class _KnownKey(JwksCache):
    def __init__(self, key: Key) -> None:
        self._only = key

    async def key(self, issuer: str, key_id: str) -> Key | None:
        return self._only


@asynccontextmanager
async def an_api(
    service: Service, room: Room, ports: Any = None, *, accounts: Accounts | None = None
) -> AsyncIterator[Api]:
    """The service's application in this room; `ports` stand in for what it calls outside.

    Residents' accounts are all open unless `accounts` says otherwise.
    """
    key = ECKey.generate_key("P-256", {"kid": "test"})
    identity = Identity(room.tenants, _KnownKey(key), room.clock, room.pseudonyms)
    access = Access(
        identity,
        MongoGrants(room.database),
        GRANTS,
        Role.CAREGIVER_ADMIN,
        accounts or UncheckedAccounts(),
    )
    metrics = Metrics()
    app = create_app(service.name, service.routers, access, metrics=metrics, texts=texts_of(service))
    committer = Committer(room.client, room.database)
    settings = service.settings.model_construct(mongo_uri="", kafka_bootstrap="")
    app.state.surroundings = Surroundings(
        settings, room, Units(room, committer, service.work), committer, metrics
    )
    app.state.ports = ports
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    hooks = {"response": [Documented(app).check]}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", event_hooks=hooks) as http:
        yield Api(room, http, key)


async def committed(room: Room, work: Work) -> None:
    """Commit what a use case called by the test has done."""
    await Committer(room.client, room.database).commit(await work.finish())


async def reaction(service: Service, room: Room, message: Message, *, tenant: str) -> Changes:
    """What the service's reaction to a message wants written, to be committed later than a worker would."""
    heard = open_record(a_record(message, tenant=tenant), service.reactions.by_type)
    assert heard is not None
    answer, work = service.reactions.by_type[heard.envelope.type], service.work(room, tenant)
    if answer.prepare is not None:
        await answer.prepare([heard], work)
    await answer.react(heard, work)
    return await work.finish()


async def raw_bytes(room: Room) -> bytes:
    """Every document of every collection of the service as stored, to look for what must not be readable."""
    names: Iterable[str] = await room.database.list_collection_names()
    return b"".join(
        [
            bson.encode(document)
            for name in names
            for document in await room.database[name].find(comment=BY_THE_TEST).to_list(None)
        ]
    )
