"""Everything that comes into notifications and goes out, in the order it starts and stops."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import httpx

from chassis.indexes import Index
from chassis.loops import Runner
from chassis.reactions import Reactions
from chassis.service import Service, Surroundings
from services.notifications.api import conservation, contact, inbox, receipts, staff, why
from services.notifications.commands import commands
from services.notifications.domain.sending import Kind, Pace
from services.notifications.handlers import askers, messaging, moments, retention
from services.notifications.providers.add_message import Consumer
from services.notifications.providers.directory import HttpDirectory
from services.notifications.providers.elks import Elks
from services.notifications.providers.inboxes import Inbox1177, OwnInbox
from services.notifications.providers.port import Provider
from services.notifications.providers.smtp import Smtp
from services.notifications.providers.switching import Switching
from services.notifications.sending.entries import EntryDesk
from services.notifications.sending.flushing import Flushing, flush_on_time, release_on_time
from services.notifications.sending.limits import Limits
from services.notifications.sending.posting import RECORD_SECONDS, Posting
from services.notifications.sending.sender import Sender
from services.notifications.sending.staff import StaffDesk
from services.notifications.sending.watch import Watch
from services.notifications.settings import NotificationsSettings
from services.notifications.store import ids, pending
from services.notifications.store.claims import Sendings
from services.notifications.store.flushes import Flushes
from services.notifications.store.receipts import check_bounces
from services.notifications.usecases.let_go import LOOK_AGAIN, look_again
from services.notifications.usecases.notify_resident import FLUSH, QUIET_END
from services.notifications.wording import check_texts
from services.notifications.work import NotificationsWork


@dataclass(frozen=True, slots=True)
class Ports:
    """The providers by channel, where staff are reached, and what entries say."""

    providers: Mapping[str, Provider]
    staff: StaffDesk
    entries: EntryDesk


@asynccontextmanager
async def ports(here: Surroundings) -> AsyncIterator[Ports]:
    """Open the providers."""
    told: NotificationsSettings = here.settings
    check_bounces(told.bounce_to, here.room.tenants.slugs)
    await pending.create(here.room.database)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=told.provider_seconds))
        sms: Provider = await stack.enter_async_context(
            Elks.open(
                told.sms_url, told.sms_username, told.sms_password, told.public_url, told.provider_seconds
            )
        )
        if told.sms2_url is not None:
            second = Elks.open(
                told.sms2_url, told.sms2_username, told.sms2_password, told.public_url, told.provider_seconds
            )
            sms = Switching(sms, await stack.enter_async_context(second))
        email = Smtp(
            told.smtp_host, told.smtp_port, told.provider_seconds, client, told.smtp_trace_url, told.bounce_to
        )
        directory = None if told.directory_url is None else HttpDirectory(client, told.directory_url)
        yield Ports(
            {"sms": sms, "email": email, ids.INBOX: _inbox(told, client)},
            StaffDesk(directory, told.staff_url),
            EntryDesk(here.room.database, directory),
        )


def _inbox(told: NotificationsSettings, client: httpx.AsyncClient) -> Provider:
    if told.inbox_url is None:
        return OwnInbox()
    consumer = Consumer(told.inbox_source, told.inbox_logical_address)
    return Inbox1177(client, told.inbox_url, told.provider_seconds, consumer, told.inbox_trace_url)


def loops(here: Surroundings, ports: Ports) -> Mapping[str, Runner]:
    """Flush, send and watch; none of them needs to be the only one."""
    told: NotificationsSettings = here.settings
    room, store = here.room, Sendings(here.room.database)
    commit, metrics = here.committer.commit, here.metrics
    # A lease outlasts the provider's seconds by far, and what settles outlasts a lease.
    lease = told.provider_seconds * 3
    pace = Pace(lease=lease, settle=max(told.settle_seconds, lease))
    sender = Sender(
        room,
        store,
        ports.providers,
        commit=commit,
        metrics=metrics,
        pace=pace,
        staff=ports.staff,
        entries=ports.entries,
    )
    return {
        "flushing": Flushing(room, Flushes(room.database)),
        "posting": Posting(
            sender,
            store,
            room.tenants.slugs,
            told.sendings_at_once,
            Limits(told.sendings_per_second),
            finish_seconds=told.provider_seconds + RECORD_SECONDS,
        ),
        "watch": Watch(room, store, commit, metrics),
    }


def _reactions() -> Reactions:
    reactions = Reactions()
    for module in (askers, messaging, moments, retention):
        reactions.include(module.reactions)
    return reactions


_DECLARED = Service(
    name="notifications",
    work=NotificationsWork,
    settings=NotificationsSettings,
    routers=(contact.router, inbox.router, receipts.router, conservation.router, why.router, staff.router),
    reactions=_reactions(),
    on_time={FLUSH: flush_on_time, QUIET_END: release_on_time, LOOK_AGAIN: look_again},
    indexes={
        "contacts": (Index("by_resident", "tenant subject"),),
        "inboxes": (Index("by_resident", "tenant subject"),),
        "notices": (
            Index("by_day", "tenant day"),
            Index("by_resident", "tenant resident"),
            Index("by_moment", "tenant moment"),
        ),
        "reads": (Index("by_moment", "tenant moment"), Index("by_resident", "tenant resident")),
        "endings": (Index("by_moment", "tenant moment"), Index("by_resident", "tenant resident")),
        "accounts": (Index("by_day", "tenant day"),),
        "flushes": (Index("by_window", "tenant window"),),
        "sendings": (
            Index("to_be_looked_at", "tenant state next_at"),
            Index("by_day", "tenant days"),
            Index(
                "codes_of_resident",
                "tenant resident",
                options={"partialFilterExpression": {"kind": Kind.CODE.value}},
            ),
            Index(
                "inbox_newest_first",
                "tenant resident -at -_id",
                options={"partialFilterExpression": {"channel": ids.INBOX}},
            ),
            Index(
                "by_another_id",
                "tenant extra_ids",
                options={"partialFilterExpression": {"extra_ids": {"$exists": True}}},
            ),
            Index(
                "one_per_provider_id",
                "tenant provider_id",
                unique=True,
                options={"partialFilterExpression": {"provider_id": {"$type": "string"}}},
            ),
        ),
    },
    demands=check_texts,
    ports=ports,
    loops=loops,
)
SERVICE = replace(_DECLARED, commands=commands(_DECLARED))
