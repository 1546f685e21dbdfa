"""Handling: what one partition's batch of messages does to a service, exactly once.

One transaction holds the ids, all effects and all that is said for a whole batch (optimistic: an id seen before
aborts it, is dropped, and the rest is done again). A message whose reaction fails is tried alone and then parked;
messages of its lane line up behind it; everything else is handled. Infrastructure that is away is nobody's message:
it is waited for, and UnavailableError goes up when that lasts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from chassis import inbox, parking, telemetry
from chassis.changes import Changes, SavedFirstError
from chassis.errors import DomainError, DuplicateKeyError
from chassis.keyring import SubjectPurgedError
from chassis.mongo import UnavailableError, in_transaction
from chassis.parking import Fate
from chassis.reactions import Heard, Reactions
from chassis.work import Room, Work
from contracts.envelope import EnvelopeError, parse

WorkOf = Callable[..., Work]
_STALE_TRIES = 5

log = structlog.get_logger("chassis.handling")


class BrokenMessageError(Exception):
    """The message cannot be read, now or later; `code` says why without quoting it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
        self.tally = Tally()

    async def handle(self, records: Sequence[ConsumerRecord], *, look_first: bool = False) -> None:
        """Handle records of one partition in order; returns when each is done, parked or dead.

        `look_first`: look for repeats before trying, as after an assignment, when they come in numbers.
        """
        heard: list[tuple[ConsumerRecord, Heard[Any]]] = []
        for record in records:
            try:
                message = self.read(record)
            except BrokenMessageError as error:
                await self._bury(record, error.code)
                continue
            if message is None:
                self.tally.skipped += 1
            else:
                heard.append((record, message))
        if look_first and heard:
            heard = await self._fresh(heard)
        if heard:
            await self._handle_read(heard)

    def read(self, record: ConsumerRecord) -> Heard[Any] | None:
        """Open one record; None if nobody here reacts to its type. Raises BrokenMessageError."""
        try:
            envelope = parse(record.headers)
        except EnvelopeError as error:
            raise BrokenMessageError(error.code) from None
        answer = self._answers.get(envelope.type)
        if answer is None:
            return None
        if record.topic.split(".", 1)[0] != envelope.tenant or not envelope.source.startswith(
            f"/{envelope.tenant}/"
        ):
            raise BrokenMessageError("foreign-tenant")
        if record.key is None or record.value is None:
            raise BrokenMessageError("no-key" if record.key is None else "no-value")
        try:
            data = answer.model.model_validate_json(record.value)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]["type"]
            raise BrokenMessageError(
                "not-json" if first == "json_invalid" else f"not-the-schema:{first}"
            ) from None
        key = record.key.decode(errors="replace")
        return Heard(data, envelope, record.topic, record.partition, record.offset, key)

    async def _handle_read(self, heard: list[tuple[ConsumerRecord, Heard[Any]]]) -> None:
        waiting = await parking.waiting_lanes(self._room.database, {message.lane for _, message in heard})
        if waiting:
            behind = [pair for pair in heard if pair[1].lane in waiting]
            heard = [pair for pair in heard if pair[1].lane not in waiting]
            for record, message in behind:
                await self._park(record, message, "behind-another", attempts=0)
        if heard:
            await self._try(heard)

    async def _try(self, heard: list[tuple[ConsumerRecord, Heard[Any]]]) -> None:
        """Commit these together; on failure drop repeats, or split until the failing message is alone."""
        try:
            await self.commit([message for _, message in heard])
            self.tally.handled += len(heard)
            return
        except DuplicateKeyError as error:
            if error.collection == inbox.COLLECTION:
                fresh = await self._fresh(heard)
                if fresh:
                    await self._try(fresh)
                return
            failure: Exception = error
        except (PyMongoError, UnavailableError):
            raise
        except Exception as error:  # the one place where a failing reaction becomes an outcome
            failure = error
        if len(heard) > 1:
            middle = len(heard) // 2
            await self._try(heard[:middle])
            await self._handle_read(heard[middle:])
            return
        record, message = heard[0]
        await self._park(record, message, code_of_failure(failure), attempts=1)

    async def commit(self, messages: Sequence[Heard[Any]], also: Changes | None = None) -> None:
        """React to messages of one tenant and commit ids, effects and what is said; raises what failed."""
        for remaining in reversed(range(_STALE_TRIES)):
            changes = await self._react(messages)
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
            except SavedFirstError:
                if not remaining:
                    raise

    async def _react(self, messages: Sequence[Heard[Any]]) -> Changes:
        work = self._work_of(self._room, messages[0].envelope.tenant)
        await self._prepare(messages, work)
        for message in messages:
            work.trace = message.envelope.traceparent
            try:
                if telemetry.is_recorded(work.trace):
                    with telemetry.span(
                        f"process {message.envelope.type}", parent=work.trace, kind=SpanKind.CONSUMER
                    ):
                        work.trace = telemetry.inject()
                        await self._answers[message.envelope.type].react(message, work)
                else:
                    # A span that nobody records costs as much as the rest of the handling.
                    await self._answers[message.envelope.type].react(message, work)
            except SubjectPurgedError:
                # What comes late about somebody who is purged has nothing left to be about.
                log.info("purged-subject-skipped", type=message.envelope.type)
        return await work.finish()

    async def _prepare(self, messages: Sequence[Heard[Any]], work: Work) -> None:
        by_answer: dict[str, list[Heard[Any]]] = {}
        for message in messages:
            by_answer.setdefault(message.envelope.type, []).append(message)
        for kind, group in by_answer.items():
            prepare = self._answers[kind].prepare
            if prepare is not None:
                await prepare(group, work)

    async def _fresh(
        self, heard: list[tuple[ConsumerRecord, Heard[Any]]]
    ) -> list[tuple[ConsumerRecord, Heard[Any]]]:
        """Without what was handled before, and without repeats within the batch."""
        seen = await inbox.already_handled(self._room.database, (m.envelope.identity for _, m in heard))
        fresh = []
        for pair in heard:
            identity = pair[1].envelope.identity
            if identity not in seen:
                seen.add(identity)
                fresh.append(pair)
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
        await self._put_aside(document)
        self.tally.parked += 1
        log.warning("message-parked", type=message.envelope.type, id=message.envelope.id, error=error)

    async def _bury(self, record: ConsumerRecord, error: str) -> None:
        tenant = record.topic.split(".", 1)[0]
        place = f"{record.topic}/{record.partition}/{record.offset}"
        document = parking.parked(
            record,
            lane=f"{record.topic}|unreadable",
            tenant=tenant,
            identity=f"unreadable/{place}",
            type_="unreadable",
            error=error,
            attempts=0,
            fate=Fate.DEAD,
        )
        await self._put_aside(document)
        self.tally.dead += 1
        log.error("message-dead", place=place, error=error)

    async def _put_aside(self, document: dict[str, Any]) -> None:
        changes = Changes()
        changes.inserts[inbox.COLLECTION] = inbox.claims([document["identity"]])
        changes.insert(parking.COLLECTION, document)
        try:
            await in_transaction(
                self._room.client, lambda session: changes.apply(self._room.database, session)
            )
        except DuplicateKeyError:
            self.tally.repeated += 1


def code_of_failure(failure: Exception) -> str:
    """What a dead or parked message shows of its failure: a code, never a text."""
    return failure.code if isinstance(failure, DomainError) else type(failure).__name__
