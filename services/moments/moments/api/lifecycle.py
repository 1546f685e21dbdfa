"""The end of a moment over HTTP, for staff: maintenance and back, handover, end (R279, R289 to R306)."""

from datetime import date, datetime
from typing import Annotated, Self

from fastapi import Response
from pydantic import Field

from chassis.http.etags import RequiredVersion, etag
from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from contracts.access import Permission
from contracts.fields import UnitId
from services.moments.moments.api.answers import UNTIL_ITS_END, WHILE_ONGOING, changed
from services.moments.moments.api.schemas import ChangedOut, Code, EndMomentIn
from services.moments.moments.domain.errors import (
    DaysOutOfRangeError,
    EndReasonNotOfferedError,
    ModuleNotStartedError,
    MomentNotMaintainedError,
    NoSuchModuleError,
    NotResponsibleError,
    SameUnitError,
)
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.end_moment import EndMoment, end_moment
from services.moments.moments.usecases.hand_over_moment import HandOverMoment, hand_over_moment
from services.moments.moments.usecases.maintain_moment import (
    MaintainMoment,
    ResumeMoment,
    maintain_moment,
    resume_moment,
)
from services.moments.programs.domain.offer import ProgramNotActiveError
from services.moments.programs.domain.release import (
    ProgramForPracticeError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
)
from services.moments.units.domain.publishing import UnitForPracticeError
from services.moments.units.domain.unit import UnitInactiveError, UnitNotFoundError

router = Router(prefix="/moments/{moment_id}", tags=["lifecycle"])


class MaintainIn(Schema):
    """`days` counts today as the first, and is at most what the region allows; `modules` have been started."""

    days: int
    modules: Annotated[list[Code], Field(min_length=1, max_length=100)]


class MaintainedOut(ChangedOut):
    """The resident reads until the last day is over."""

    last_day: date
    expires_at: datetime

    @classmethod
    def of(cls, moment: Moment) -> Self:
        """Of a moment that has just been put in maintenance."""
        held = moment.maintenance
        assert held is not None
        return cls(
            moment_id=moment.id,
            version=moment.version,
            state=moment.state.value,
            last_day=held.last_day,
            expires_at=held.expires_at,
        )


class HandOverIn(Schema):
    """The HSA-id of an active unit that offers the program."""

    unit_id: UnitId


class HandedOverOut(ChangedOut):
    """The moment has ended here; `continued_by_id` is the one at the other unit."""

    continued_by_id: str


@router.post("/maintain", summary="Put a moment in maintenance")
@refuses(*WHILE_ONGOING, DaysOutOfRangeError, ModuleNotStartedError, NoSuchModuleError)
async def maintain(
    *,
    moment_id: str,
    body: MaintainIn,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.CONDUCT_MOMENT)],
    units: UnitsOf,
) -> MaintainedOut:
    """The resident reads the chosen modules for some days; nobody writes anything new meanwhile."""
    command = MaintainMoment(moment_id, body.days, body.modules, version)
    moment = await units.run(caller, lambda work: maintain_moment(command, work))
    response.headers["ETag"] = etag(moment.version)
    return MaintainedOut.of(moment)


@router.post("/resume", summary="Take a moment out of maintenance")
@refuses(*UNTIL_ITS_END, MomentNotMaintainedError)
async def resume(
    *,
    moment_id: str,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.CONDUCT_MOMENT)],
    units: UnitsOf,
) -> ChangedOut:
    """It goes on as before, also when its days of maintenance are over."""
    command = ResumeMoment(moment_id, version)
    return changed(await units.run(caller, lambda work: resume_moment(command, work)), response)


@router.post("/hand-over", status_code=201, summary="Hand a moment over to another unit")
@refuses(
    *WHILE_ONGOING,
    NotResponsibleError,
    ProgramForPracticeError,
    ProgramNotActiveError,
    ProgramNotApprovedError,
    ProgramNotFoundError,
    ProgramNotPublishedError,
    ProgramUnpublishedError,
    SameUnitError,
    UnitForPracticeError,
    UnitInactiveError,
    UnitNotFoundError,
)
async def hand_over(
    *,
    moment_id: str,
    body: HandOverIn,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.END_MOMENT)],
    units: UnitsOf,
) -> HandedOverOut:
    """The responsible practitioner ends it here, and it goes on there as a linked moment without messages.

    Nobody is responsible there until a resident administrator of that unit has chosen a practitioner.
    """
    command = HandOverMoment(moment_id, body.unit_id, version)
    done = await units.run(caller, lambda work: hand_over_moment(command, work))
    told = changed(done.ended, response)
    return HandedOverOut(**told.model_dump(), continued_by_id=done.continuing.id)


@router.post("/end", summary="End a moment for good")
@refuses(*UNTIL_ITS_END, EndReasonNotOfferedError, NotResponsibleError)
async def end(
    *,
    moment_id: str,
    body: EndMomentIn,
    version: RequiredVersion,
    response: Response,
    caller: Annotated[Staff, Needs(Permission.END_MOMENT)],
    units: UnitsOf,
) -> ChangedOut:
    """The responsible practitioner ends it; the resident has no access any more."""
    command = EndMoment(moment_id, body.reason, version)
    return changed(await units.run(caller, lambda work: end_moment(command, work)), response)
