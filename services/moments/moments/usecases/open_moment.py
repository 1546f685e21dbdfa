"""Open a moment as staff see it, with its header and modules (R240, R242, R243, R246)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.moments.moments.domain.moment import Moment
from services.moments.moments.store.activity import last_active
from services.moments.moments.store.flag_counts import FlagCount, flags_of
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.programs.domain.program import Program
from services.moments.programs.usecases.find_program import program_version
from services.moments.residents.domain.resident import Resident
from services.moments.units.domain.unit import Unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class OpenedMoment:
    moment: Moment
    resident: Resident
    program: Program
    unit: Unit
    flags: Sequence[FlagCount]
    last_active_at: datetime | None
    today: date


async def open_moment(identity: str, work: MomentsWork) -> OpenedMoment:
    """Any moment of the own unit (D54). Raises MomentNotFoundError."""
    moment = await moment_at_own_unit(work, identity)
    work.audit("moment.opened", resident=moment.resident, moment=moment.id)
    return OpenedMoment(
        moment,
        await work.residents.get(moment.resident),
        await program_version(work, moment.program, moment.program_version),
        await work.units.get(moment.unit),
        (await flags_of(work, [moment.id])).get(moment.id, ()),
        (await last_active(work, [moment.id])).get(moment.id),
        work.now.astimezone(work.region.zone).date(),
    )
