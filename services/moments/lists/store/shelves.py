"""Shelves: the lines of the units that were looked at lately, unsealed in the memory of one process.

A shelf is brought up to date before every answer, by one indexed query for what has changed since it was last read:
nobody is given what was true before they asked. What a process remembers is bounded in lines, and in time: a shelf
that nobody has looked at for `IDLE_SECONDS` is dropped, so names of the purged are gone by then everywhere.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from chassis.clock import position
from chassis.work import Room
from services.moments.lists.domain.line import Line, Standing
from services.moments.lists.store.standings import changed
from services.moments.residents.domain.resident import Resident
from services.moments.residents.store.residents import Residents
from services.moments.work import MomentsWork

MOST_LINES = 50_000
IDLE_SECONDS = 60.0
# A transaction is seen when it is committed and stamped before: no longer than the database lets one live (60 s),
# and the clocks of a process and of the database differ by less than the rest.
_OVERLAP = timedelta(seconds=90)
_CHUNK = 500


class Shelf:
    """The lines of one unit by moment id."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.used_at = 0.0
        self._left = 0
        self._read_at: datetime | None = None
        self._reading: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def fresh(self, room: Room, tenant: str, unit: str) -> Mapping[str, Line]:
        """The lines as they are now. Whoever comes during a reading shares the one after it."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._reading, room, tenant, unit))
        # Who stops waiting must not end the reading of others.
        await asyncio.shield(self._next)
        return self.lines

    async def _after(self, before: "asyncio.Task[None] | None", room: Room, tenant: str, unit: str) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._reading, self._next = self._next, None
        work = MomentsWork(room, tenant)
        now = datetime.fromtimestamp(position() / 1_000_000, UTC)
        known = self.lines
        since = None if self._read_at is None else self._read_at - _OVERLAP
        standings, left = await changed(work, unit, since)
        if left > self._left and since is not None:
            known = {}
            standings, left = await changed(work, unit, None)
        news = [each for each in standings if _is_news(each, known.get(each.id))]
        lines = known
        if news:
            changed_lines = {line.id: line for line in await _lines(work, news)}
            # By id, as every order of them begins: to sort what is sorted costs next to nothing.
            lines = dict(sorted({**known, **changed_lines}.items()))
        self.lines, self._left, self._read_at = lines, max(left, self._left), now


class Shelves:
    """The shelves of one process; at most `most_lines` lines, but always the shelf asked for last."""

    def __init__(self, most_lines: int = MOST_LINES, idle_seconds: float = IDLE_SECONDS) -> None:
        self._most_lines = most_lines
        self._idle = idle_seconds
        self._shelves: OrderedDict[tuple[str, str], Shelf] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(shelf.lines) for shelf in self._shelves.values())

    async def of_unit(self, room: Room, tenant: str, unit: str) -> Mapping[str, Line]:
        """The lines of the unit as they are now, by moment id. They are not to be changed."""
        key = (tenant, unit)
        shelf = self._shelves.get(key)
        if shelf is None:
            shelf = self._shelves[key] = Shelf()
            asyncio.get_running_loop().call_later(self._idle, self._drop_idle, key)
        self._shelves.move_to_end(key)
        shelf.used_at = asyncio.get_running_loop().time()
        lines = await shelf.fresh(room, tenant, unit)
        while len(self._shelves) > 1 and len(self) > self._most_lines:
            self._shelves.popitem(last=False)
        return lines

    def _drop_idle(self, key: tuple[str, str]) -> None:
        shelf = self._shelves.get(key)
        if shelf is None:
            return
        loop = asyncio.get_running_loop()
        left = shelf.used_at + self._idle - loop.time()
        if left <= 0:
            del self._shelves[key]
            return
        loop.call_later(left, self._drop_idle, key)


def _is_news(standing: Standing, known: Line | None) -> bool:
    return known is None or standing.revision > known.standing.revision


async def _lines(work: MomentsWork, standings: Sequence[Standing]) -> list[Line]:
    """The lines of these standings; a resident whose key is gone has none."""
    lines = []
    for chunk in _chunks(standings):
        # In chunks, so that other requests get their turn while a large unit is unsealed.
        people = await _residents(work, {standing.resident for standing in chunk})
        await work.releases.load({standing.release for standing in chunk})
        for standing in chunk:
            if (person := people.get(standing.resident)) is not None:
                program = (await work.releases.get(standing.release)).program
                lines.append(_line(standing, program.name, person))
    return lines


def _line(standing: Standing, program_name: str, person: Resident) -> Line:
    return Line(
        standing=standing,
        program_name=program_name,
        surname=person.surname,
        given_name=person.given_name,
        number=person.number,
        is_protected=person.is_protected,
    )


async def _residents(work: MomentsWork, identities: Iterable[str]) -> dict[str, Resident]:
    documents = await work.room.reads(Residents.collection).by_ids(work.ids_of(identities))
    sealers = await work.room.keyring.load_many(work.tenant, {document["resident"] for document in documents})
    # Who is being purged is shown until they are gone: a purge may be taken back.
    return {
        document["resident"]: work.residents.from_document({**document, "is_leaving": False}, sealer)
        for document in documents
        if (sealer := sealers.get(document["resident"])) is not None
    }


def _chunks(standings: Sequence[Standing]) -> Iterator[Sequence[Standing]]:
    for start in range(0, len(standings), _CHUNK):
        yield standings[start : start + _CHUNK]
