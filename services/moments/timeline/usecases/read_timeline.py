"""Read the timeline of a moment: what happened to it, newest first (R221 to R228). Staff alone do (R225)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from chassis.http.paging import After
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.programs.domain.program import Program
from services.moments.programs.usecases.find_program import program_version
from services.moments.timeline.domain.entry import Entry, Kind
from services.moments.timeline.store.entries import page
from services.moments.units.domain.unit import Unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    """Both days are civil days of the region and counted in; without them it is the whole period (R222)."""

    moment: str
    kinds: Sequence[Kind]
    first_day: date | None
    last_day: date | None
    after: After | None
    limit: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries and what their sentences name. `units` are those that people acted at."""

    entries: Sequence[Entry]
    more: bool
    moment: Moment
    program: Program
    units: Mapping[str, Unit]


async def read_timeline(command: ReadTimeline, work: MomentsWork) -> Timeline:
    """A page of the timeline of a moment at the own unit. Raises MomentNotFoundError."""
    moment = await moment_at_own_unit(work, command.moment)
    work.audit("timeline.read", resident=moment.resident, moment=moment.id)
    found = await page(
        work,
        moment.id,
        kinds=command.kinds,
        first=_midnight(command.first_day, work),
        before=_midnight(_day_after(command.last_day), work),
        after=command.after,
        limit=command.limit,
    )
    named = {moment.unit, *(entry.unit for entry in found if entry.unit is not None)}
    await work.units.load(named)
    units = {unit.id: unit for name in named if (unit := await work.units.find(name)) is not None}
    program = await program_version(work, moment.program, moment.program_version)
    return Timeline(found[: command.limit], len(found) > command.limit, moment, program, units)


def _day_after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


def _midnight(day: date | None, work: MomentsWork) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, work.region.zone)
