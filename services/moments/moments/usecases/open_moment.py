"""Open a moment as staff see it, with its header and modules (R240, R242, R243, R246)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.moments.lists.domain.line import FlagCount
from services.moments.lists.store.standings import standings_of
from services.moments.moments.domain.reading import Reading
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import reading_of
from services.moments.moments.usecases.today import today
from services.moments.residents.domain.resident import Resident
from services.moments.units.domain.categories import Category
from services.moments.units.domain.unit import Unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class OpenedMoment:
    reading: Reading
    resident: Resident
    unit: Unit
    flags: Sequence[FlagCount]
    last_active_at: datetime | None
    today: date
    categories: Sequence[Category]


async def open_moment(identity: str, work: MomentsWork) -> OpenedMoment:
    """Any moment of the own unit (D54). Raises MomentNotFoundError."""
    moment = await moment_at_own_unit(work, identity)
    work.audit("moment.opened", resident=moment.resident, moment=moment.id)
    # Side by side: none of these needs another.
    reading, resident, unit, standings, categories = await asyncio.gather(
        reading_of(moment, work),
        work.residents.get(moment.resident),
        work.units.get(moment.unit),
        standings_of(work, [moment.id]),
        work.categories.of_unit(moment.unit),
    )
    standing = standings.get(moment.id)
    return OpenedMoment(
        reading,
        resident,
        unit,
        () if standing is None else standing.flags,
        None if standing is None else standing.last_active_at,
        today(work),
        categories.of(moment.categories),
    )
