"""Give a moment another responsible practitioner ("Byt behandlare", R256, D37)."""

from dataclasses import dataclass

from services.moments.moments.domain.errors import NotPractitionerError
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.units.domain.unit import PRACTITIONER, RESIDENT_ADMIN
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ChangePractitioner:
    """`practitioner` None is the caller (R48)."""

    moment: str
    practitioner: str | None
    version: int


async def change_practitioner(command: ChangePractitioner, work: MomentsWork) -> Moment:
    """A resident administrator hands over any moment of the unit, the responsible practitioner their own.

    Raises MomentNotFoundError, StaleMomentError, NotResponsibleError, NotPractitionerError or MomentEndedError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    unit = await work.units.get(moment.unit)
    if RESIDENT_ADMIN not in unit.roles_of(work.actor.id):
        moment.must_be_of(work.actor.id)
    practitioner = command.practitioner or work.actor.id
    if PRACTITIONER not in unit.roles_of(practitioner):
        raise NotPractitionerError(practitioner, unit.id)
    moment.reassign(practitioner, at=work.now, by=work.actor.id)
    await work.moments.save(moment)
    work.audit("moment.reassigned", resident=moment.resident, moment=moment.id)
    return moment
