"""Handling: what one partition's batch of messages does to a service, exactly once.

One transaction holds the ids, all effects and all that is said for a whole batch (optimistic: an id seen before
aborts it, is dropped, and the rest is done again). A message whose reaction fails is tried alone and then parked;
messages of its lane line up behind it; everything else is handled. Infrastructure that is away is nobody's message:
it is waited for, and UnavailableError goes up when that lasts.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import structlog
from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind

from chassis import inbox, parking, telemetry
from chassis.changes import Changes, SavedFirstError
from chassis.errors import DuplicateKeyError
from chassis.failures import LeakedCancellationError, ReactionError, code_of_failure, is_being_cancelled
from chassis.keyring import SubjectPurgedError
from chassis.mongo import in_transaction, is_infrastructure
from chassis.opening import BrokenMessageError, open_record
from chassis.parking import Fate
from chassis.reactions import Heard, Reactions
from chassis.work import Room, Work

WorkOf = Callable[..., Work]
Pairs = list[tuple[ConsumerRecord, Heard[Any]]]
_STALE_TRIES = 5
# Where one repeat was, more come: so many batches later it is tried again without looking.
_WARY_BATCHES = 16

log = structlog.get_logger("chassis.handling")


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception
    # Which message of the part it was, where that is known.
    at: int | None


@dataclass(slots=True)
class Tally:
    """What became of the messages this process has taken."""

    handled: int = 0
    repeated: int = 0
    skipped: int = 0
    parked: int = 0
    dead: int = 0


class Handling:
    """Handles batches of one partition for a service."""

    def __init__(self, room: Room, reactions: Reactions, work_of: WorkOf = Work) -> None:
        self._room = room
        self._answers = reactions.by_type
        self._work_of = work_of
        self._wary = 0
        self.tally = Tally()
        # When a batch last got on: what takes long in all may be told from what hangs.
        self.progress_at = time.monotonic()

    async def handle(self, records: Sequence[ConsumerRecord], *, look_first: bool = False) -> None:
        """Handle records of one tenant, each partition's in order; returns when each is done, parked or dead.

        `look_first`: look for repeats before trying, as after an assignment, when they come in numbers.
        """
        heard: Pairs = []
        for record in records:
            try:
                message = self.read(record)
            except BrokenMessageError as error:
                await self._bury(record, error)
                continue
            if message is None:
                self.tally.skipped += 1
            else:
                heard.append((record, message))
        if heard and (look_first or self._wary):
            self._wary = max(0, self._wary - 1)
            heard = await self._fresh(heard)
        if heard:
            await self._handle_read(heard)

    def read(self, record: ConsumerRecord) -> Heard[Any] | None:
        """Open one record; None if nobody here reacts to its type. Raises BrokenMessageError."""
        return open_record(record, self._answers)

    async def _handle_read(self, heard: Pairs) -> None:
        """Handle in order what could be read: in as large parts as may be and succeed, each that fails set aside."""
        parts = deque(self._apart(heard))
        parked_lanes: set[str] | None = None
        while parts:
            part = parts.popleft()
            if parked_lanes is None:
                lanes = {message.lane for _, message in part}.union(
                    message.lane for later in parts for _, message in later
                )
                parked_lanes = await parking.waiting_lanes(self._room.database, lanes)
            if parked_lanes:
                part = await self._without_lined_up(part, parked_lanes)
            if not part:
                continue
            failed = await self._attempt(part)
            self.progress_at = time.monotonic()
            if failed is None:
                self.tally.handled += len(part)
            elif isinstance(failed.error, DuplicateKeyError) and failed.error.collection == inbox.COLLECTION:
                # Whoever had handled them may have parked some: what comes after those must line up.
                parts.appendleft(await self._fresh(part))
                parked_lanes = None
            elif len(part) == 1:
                record, message = part[0]
                await self._park(record, message, code_of_failure(failed.error), attempts=1)
                parked_lanes.add(message.lane)
            else:
                parts.extendleft(reversed(_split(part, failed.at)))

    def _apart(self, heard: Pairs) -> Iterator[Pairs]:
        """In order, each message alone that is to be handled so."""
        for alone, together in groupby(heard, key=lambda pair: self._answers[pair[1].envelope.type].alone):
            if alone:
                yield from ([pair] for pair in together)
            else:
                yield list(together)

    async def _without_lined_up(self, part: Pairs, parked_lanes: set[str]) -> Pairs:
        through = []
        for record, message in part:
            if message.lane in parked_lanes:
                await self._park(record, message, "behind-another", attempts=0)
            else:
                through.append((record, message))
        return through

    async def _attempt(self, part: Pairs) -> "_Failed | None":
        """Commit these together; what failed is the answer. Raises when the infrastructure is away."""
        try:
            await self.commit([message for _, message in part])
        except ReactionError as error:
            return _Failed(error.error, error.at)
        except Exception as error:  # the one place where a failing reaction becomes an outcome
            if is_infrastructure(error):
                raise
            return _Failed(error, None)
        return None

    async def commit(self, messages: Sequence[Heard[Any]], also: Changes | None = None) -> None:
        """React to messages of one tenant and commit ids, effects and what is said; raises what failed.

        `also` replaces the claim of ids, for a message that was claimed when it was parked.
        """
        for remaining in reversed(range(_STALE_TRIES)):
            changes = await self._effects(messages)
            if also is not None:
                changes = changes.merge([also])
            else:
                changes.inserts = {
                    inbox.COLLECTION: inbox.claims(message.envelope.identity for message in messages),
                    **changes.inserts,
                }
            try:
                await in_transaction(
                    self._room.client,
                    lambda session, c=changes: c.apply(self._room.database, session),  # type: ignore[misc]
                )
                return
            except (SavedFirstError, DuplicateKeyError) as error:
                # A duplicate elsewhere than in the inbox: somebody made what was not there when it was looked for.
                if not remaining or getattr(error, "collection", None) == inbox.COLLECTION:
                    raise

    async def _effects(self, messages: Sequence[Heard[Any]]) -> Changes:
        try:
            return await self._react(messages)
        except (ReactionError, SubjectPurgedError) as error:
            cause = error.error if isinstance(error, ReactionError) else error
            if len(messages) > 1 or not isinstance(cause, SubjectPurgedError):
                raise
            # What comes late about somebody who is purged has nothing left to be about, and leaves nothing behind.
            log.info("purged-subject-skipped", type=messages[0].envelope.type)
            return Changes()

    async def _react(self, messages: Sequence[Heard[Any]]) -> Changes:
        work = self._work_of(self._room, messages[0].envelope.tenant)
        await self._prepare(messages, work)
        for at, message in enumerate(messages):
            work.trace = message.envelope.traceparent
            react = self._answers[message.envelope.type].react
            try:
                if telemetry.is_recorded(work.trace):
                    with telemetry.span(
                        f"process {message.envelope.type}", parent=work.trace, kind=SpanKind.CONSUMER
                    ):
                        work.trace = telemetry.inject()
                        await react(message, work)
                else:
                    # A span that nobody records costs as much as the rest of the handling.
                    await react(message, work)
            except asyncio.CancelledError as error:
                # One that nobody asked for is the reaction's own fault, and would end the consumer without a word.
                if is_being_cancelled():
                    raise
                raise ReactionError(at, LeakedCancellationError()) from error
            except Exception as error:
                if is_infrastructure(error):
                    raise
                raise ReactionError(at, error) from error
        return await work.finish()

    async def _prepare(self, messages: Sequence[Heard[Any]], work: Work) -> None:
        by_answer: dict[str, list[Heard[Any]]] = {}
        for message in messages:
            by_answer.setdefault(message.envelope.type, []).append(message)
        for kind, group in by_answer.items():
            prepare = self._answers[kind].prepare
            if prepare is not None:
                await prepare(group, work)

    async def _fresh(self, heard: Pairs) -> Pairs:
        """Without what was handled before, and without repeats within the batch."""
        seen = await inbox.already_handled(self._room.database, (m.envelope.identity for _, m in heard))
        fresh = []
        for pair in heard:
            identity = pair[1].envelope.identity
            if identity not in seen:
                seen.add(identity)
                fresh.append(pair)
        if len(fresh) < len(heard):
            self._wary = _WARY_BATCHES
        self.tally.repeated += len(heard) - len(fresh)
        return fresh

    async def _park(self, record: ConsumerRecord, message: Heard[Any], error: str, *, attempts: int) -> None:
        document = parking.parked(
            record,
            lane=message.lane,
            tenant=message.envelope.tenant,
            identity=message.envelope.identity,
            type_=message.envelope.type,
            error=error,
            attempts=attempts,
            fate=Fate.PARK,
        )
        if not await self._put_aside(document):
            return
        self.tally.parked += 1
        log.warning("message-parked", type=message.envelope.type, id=message.envelope.id, error=error)

    async def _bury(self, record: ConsumerRecord, error: BrokenMessageError) -> None:
        place = f"{record.topic}/{record.partition}/{record.offset}"
        document = parking.parked(
            record,
            lane=f"{record.topic}|{parking.UNREADABLE}",
            tenant=record.topic.split(".", 1)[0],
            # Not the id it claims: what a stranger says must not make the true message look handled.
            identity=f"{parking.UNREADABLE}/{place}",
            type_=error.type,
            error=error.code,
            attempts=0,
            fate=Fate.DEAD,
        )
        if not await self._put_aside(document):
            return
        self.tally.dead += 1
        log.error("message-dead", place=place, type=error.type, error=error.code)

    async def _put_aside(self, document: dict[str, Any]) -> bool:
        """Claim the message and keep it; False if it was handled or put aside before."""
        changes = Changes()
        changes.inserts[inbox.COLLECTION] = inbox.claims([document["identity"]])
        changes.insert(parking.COLLECTION, document)
        try:
            await in_transaction(
                self._room.client, lambda session: changes.apply(self._room.database, session)
            )
        except DuplicateKeyError:
            self.tally.repeated += 1
            return False
        self.progress_at = time.monotonic()
        return True


def _split(part: Pairs, at: int | None) -> list[Pairs]:
    """Around the message that is known to have failed, else in halves."""
    if at is None:
        middle = len(part) // 2
        return [part[:middle], part[middle:]]
    return [piece for piece in (part[:at], part[at : at + 1], part[at + 1 :]) if piece]
