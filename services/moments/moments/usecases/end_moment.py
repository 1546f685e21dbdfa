"""End a moment for good (R279, R298 to R302)."""

from dataclasses import dataclass

from chassis.timers import cancel_timer
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.end_reasons import must_be_offered
from services.moments.moments.usecases.maintain_moment import EXPIRY
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.moments.usecases.read_along import overtake_pages
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class EndMoment:
    moment: str
    reason: str
    version: int


async def end_moment(command: EndMoment, work: MomentsWork) -> Moment:
    """The responsible practitioner ends it, and the resident has no access any more.

    Raises MomentNotFoundError, StaleMomentError, NotResponsibleError, EndReasonNotOfferedError or MomentEndedError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.must_be_of(work.actor.id)
    must_be_offered(command.reason, work)
    moment.end(command.reason, at=work.now, by=work.actor.id)
    await work.moments.save(moment)
    await overtake_pages(moment, work)
    cancel_timer(work, EXPIRY, moment.id)
    work.audit("moment.ended", resident=moment.resident, moment=moment.id)
    return moment
