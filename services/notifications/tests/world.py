"""A region with residents, a real database, the local SMS gateway and mail sink, and as many senders as wanted."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP

from chassis.committer import Committer
from chassis.handling import Handling
from chassis.metrics import Metrics
from chassis.retrying import Retrying
from chassis.testing import Api, a_record, a_room, a_tenant, an_api, clock_of, committed, raw_bytes, said
from chassis.timers import Timers
from chassis.work import Actor, Room
from contracts.message import Message
from contracts.notifications import NoticeSettled, NotifyResident
from deploy.embedded.behaviour import Behaviour, Mode
from deploy.embedded.inbox import Inbox
from deploy.embedded.inbox import create_app as inbox_app
from deploy.embedded.ports import HOST, free_port
from deploy.embedded.serving import server
from deploy.embedded.sms_gateway import Gateway
from deploy.embedded.sms_gateway import create_app as gateway_app
from deploy.embedded.smtp_sink import Sink
from deploy.embedded.smtp_sink import create_app as sink_app
from services.notifications.app import SERVICE, Ports
from services.notifications.domain.accounts import Balance
from services.notifications.domain.contact import ContactChoices, Wish
from services.notifications.domain.sending import Pace
from services.notifications.providers.add_message import Consumer
from services.notifications.providers.elks import Elks
from services.notifications.providers.inboxes import Inbox1177, OwnInbox
from services.notifications.providers.port import Provider
from services.notifications.providers.smtp import Smtp
from services.notifications.sending.entries import EntryDesk
from services.notifications.sending.flushing import Flushing
from services.notifications.sending.posting import Posting
from services.notifications.sending.sender import Sender
from services.notifications.sending.staff import StaffDesk
from services.notifications.sending.watch import Watch
from services.notifications.settings import NotificationsSettings
from services.notifications.store import pending
from services.notifications.store.claims import Sendings
from services.notifications.store.conservation import balance
from services.notifications.store.flushes import Flushes
from services.notifications.store.ids import INBOX
from services.notifications.work import NotificationsWork
from tests.eventually import eventually
from tests.serving import running

QUICK = Pace(lease=0.6, settle=1.0, look_again=0.1, delays=(0.05,), give_up_after=8)
PROVIDER_SECONDS = 0.5
# This system, as the national platform knows it.
SOURCE = "SE2321000131-SOB"
__all__ = ["QUICK", "Api", "World", "a_mobile", "a_resident", "a_world", "raw_bytes", "said"]


def a_resident(number: int = 1) -> str:
    return f"res-{number:032x}"


def a_mobile(number: int = 1) -> str:
    # Numbers that the Swedish regulator keeps for fiction, so that none is anybody's.
    return f"+4670174{605 + number:04d}"


@dataclass
class World:
    """One tenant of one test."""

    room: Room
    tenant: str
    gateway: Gateway
    sink: Sink
    providers: dict[str, Provider]
    api: Api
    inbox: Inbox
    inbox_1177: Provider
    pace: Pace = QUICK
    metrics: Metrics = field(default_factory=Metrics)
    _offset: int = 0

    @property
    def store(self) -> Sendings:
        return Sendings(self.room.database)

    async def hears(self, *messages: Message, service: str | None = None, trace: str | None = None) -> None:
        """The worker takes these messages from the broker, as one batch."""
        await self.handling.handle([self.record(m, service=service, trace=trace) for m in messages])

    def record(self, message: Message, *, service: str | None = None, trace: str | None = None) -> Any:
        self._offset += 1
        speaker = service or ("messaging" if isinstance(message, NotifyResident) else None)
        return a_record(
            message,
            tenant=self.tenant,
            service=speaker,
            offset=self._offset,
            trace=trace,
            at=self.room.clock.now(),
        )

    @property
    def handling(self) -> Handling:
        return Handling(self.room, SERVICE.reactions, NotificationsWork)

    async def retries(self) -> None:
        await Retrying(self.room.database, self.handling).retry_due()

    def asks(self, key: str | None = None, **content: Any) -> NotifyResident:
        """A command with what matters, and the rest as usual."""
        usual: dict[str, Any] = {
            "recipient_id": a_resident(),
            "moment_id": "mom-1",
            "category": "new_message",
            "timing": "direct",
            "dedup_key": key or secrets.token_hex(8),
            "asked_at": self.room.clock.now(),
        }
        return NotifyResident(**(usual | content))

    async def has_on(self, resident: str, *, sms: str | None = None, email: str | None = None) -> None:
        """The resident has made these choices, and has confirmed them some time ago."""
        work = NotificationsWork(self.room, self.tenant, Actor("resident", resident))
        choices = await work.contacts.find(resident) or ContactChoices(resident)
        wishes = {"sms": Wish(sms is not None, sms), "email": Wish(email is not None, email)}
        for channel in choices.choose(**wishes, at=self.room.clock.now(), draw=lambda: "000000"):
            choices.confirm(channel, "000000", self.room.clock.now())
        choices.codes_at = ()
        await work.room.keyring.ensure(self.tenant, resident, fresh=True)
        await work.contacts.save(choices)
        await committed(self.room, work)

    @property
    def ports(self) -> Ports:
        """What a worker's loops reach."""
        return Ports(self.providers, StaffDesk(None, ""), EntryDesk(self.room.database, None))

    def delivers_to_1177(self) -> None:
        """From now on entries go to the inbox of 1177, too."""
        self.providers[INBOX] = self.inbox_1177
        app = self.api.http._transport.app  # type: ignore[attr-defined] # noqa: SLF001
        told = NotificationsSettings.model_construct(inbox_url="http://1177")
        app.state.surroundings = replace(self.api_surroundings, settings=told)

    async def logs_in(self, number: str) -> str:
        """A resident looks into their inbox; returns whose it is."""
        headers = self.api.as_resident(self.tenant, number)
        assert (await self.api.http.get("/me/inbox", headers=headers)).is_success
        return self.room.pseudonyms.resident_id(self.tenant, number)

    def inbox_does(self, mode: Mode, count: int | None = 1, **also: Any) -> None:
        self.inbox.script.obey(Behaviour(mode=mode, count=count, **also))

    def delivered_to(self, number: str) -> list[dict[str, Any]]:
        """What the inbox of 1177 has taken for this number."""
        return self.inbox.sent_to(number)

    def sender(self, **parts: Any) -> Sender:
        """A sender of a process of its own; `parts` replace what it stands on."""
        committer = Committer(self.room.client, self.room.database)
        usual: dict[str, Any] = {
            "room": self.room,
            "store": self.store,
            "providers": self.providers,
            "commit": committer.commit,
            "metrics": self.metrics,
            "pace": self.pace,
        }
        return Sender(**(usual | parts))

    def posting(self, sender: Sender | None = None, at_once: int = 8) -> Posting:
        return Posting(sender or self.sender(), self.store, self.room.tenants.slugs, at_once)

    async def sends(self, *, until_settled: bool = True) -> None:
        """A worker sends, and looks into what is unknown, until nothing is open any more."""
        posting = self.posting()

        async def nothing_open() -> bool:
            await posting.work_off()
            return not until_settled or await self.open_sendings() == 0

        await eventually(nothing_open, timeout=20)

    async def open_sendings(self) -> int:
        """As durable as the account that is added up afterwards: a receipt may still be on its way to disk."""
        open_ones = {"tenant": self.tenant, "next_at": {"$ne": None}}
        async with await self.room.client.start_session(snapshot=True) as session:
            sendings = self.room.database["sendings"]
            return int(await sendings.count_documents(open_ones, session=session))

    async def batch_hour(self, *, part: int = 1000) -> None:
        """Timers fire and windows are flushed, as far as the clock has come."""
        await Timers(self.room, SERVICE.on_time, NotificationsWork).fire_due()
        await self.flushes(part=part)

    async def flushes(self, *, part: int = 1000) -> None:
        flushing = Flushing(self.room, Flushes(self.room.database), part=part)
        while await flushing.flush_next():
            pass

    @property
    def api_surroundings(self) -> Any:
        """What commands are run with."""
        app = self.api.http._transport.app  # type: ignore[attr-defined] # noqa: SLF001
        return app.state.surroundings

    async def watches(self) -> None:
        commit = Committer(self.room.client, self.room.database).commit
        await Watch(self.room, self.store, commit, self.metrics).look()

    def passes(self, **time: float) -> None:
        clock_of(self.room).advance(timedelta(**time))

    async def balance(self, day: date | None = None) -> Balance:
        region, now = self.room.tenants.by_slug(self.tenant), self.room.clock.now()
        wanted = day or now.astimezone(region.zone).date()
        return await balance(self.room.client, self.room.database, region, wanted, now)

    def gateway_does(self, mode: Mode, count: int | None = 1, **also: Any) -> None:
        self.gateway.script.obey(Behaviour(mode=mode, count=count, **also))

    def sink_does(self, mode: Mode, count: int | None = 1, **also: Any) -> None:
        self.sink.script.obey(Behaviour(mode=mode, count=count, **also))

    def texts_to(self, number: str) -> list[str]:
        return [row["message"] for row in self.gateway.ledger.rows if row["to"] == number]

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        return [row for row in self.sink.ledger.rows if address in row["to"]]

    async def sendings(self) -> Sequence[dict[str, Any]]:
        """What goes, or does not go, by SMS and mail."""
        return await self._sendings({"channel": {"$ne": INBOX}})

    async def entries(self, resident: str | None = None) -> Sequence[dict[str, Any]]:
        """What lies in inboxes."""
        return await self._sendings(
            {"channel": INBOX} if resident is None else {"channel": INBOX, "resident": resident}
        )

    async def _sendings(self, where: dict[str, Any]) -> Sequence[dict[str, Any]]:
        found = self.room.database["sendings"].find({"tenant": self.tenant, **where})
        return await found.sort("made_at", 1).to_list(None)

    async def settled(self) -> list[NoticeSettled]:
        """What was said of the ends by SMS and mail."""
        return [told for told in await said(self.room, NoticeSettled) if told.channel != INBOX]

    async def entered(self) -> list[NoticeSettled]:
        """What was said of the ends of entries in inboxes."""
        return [told for told in await said(self.room, NoticeSettled) if told.channel == INBOX]


@asynccontextmanager
async def a_world(mongo_url: str, tenant: str, folder: Path, **settings: Any) -> AsyncIterator[World]:
    """The world of one test; everything in it is stopped at the end."""
    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(a_room(mongo_url, SERVICE, a_tenant(tenant, **settings)))
        await pending.create(room.database)
        api = await stack.enter_async_context(an_api(SERVICE, room))
        own, sms, smtp, trace, letters = (free_port() for _ in range(5))
        gateway = Gateway(folder / "sms", room.clock, "user", "password")
        sink = Sink(folder / "mail", room.clock)
        inbox = Inbox(folder / "inbox", room.clock)
        # The application behind the test's client, to be called by the gateway too.
        app = api.http._transport.app  # type: ignore[attr-defined] # noqa: SLF001
        parts = (
            (gateway_app(gateway), sms),
            (sink_app(sink), trace),
            (inbox_app(inbox), letters),
            (app, own),
        )
        for served, port in parts:
            await stack.enter_async_context(running(server(served, port)))
        loop = asyncio.get_running_loop()
        door = await loop.create_server(lambda: SMTP(sink, enable_SMTPUTF8=True, loop=loop), HOST, smtp)
        stack.callback(door.close)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=PROVIDER_SECONDS))
        elks = await stack.enter_async_context(
            Elks.open(
                f"http://127.0.0.1:{sms}", "user", "password", f"http://127.0.0.1:{own}", PROVIDER_SECONDS
            )
        )
        email = Smtp("127.0.0.1", smtp, PROVIDER_SECONDS, client, f"http://127.0.0.1:{trace}/trace")
        address = f"http://127.0.0.1:{letters}"
        inbox_1177 = Inbox1177(
            client, f"{address}/AddMessage", PROVIDER_SECONDS, Consumer(SOURCE), f"{address}/trace"
        )
        providers: dict[str, Provider] = {"sms": elks, "email": email, INBOX: OwnInbox()}
        yield World(room, tenant, gateway, sink, providers, api, inbox, inbox_1177)
