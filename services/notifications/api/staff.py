"""What staff choose to be told of. Addresses are not here: they are the HSA directory's, not editable (D24)."""

from typing import Annotated

from fastapi import Response
from pydantic import Field

from chassis.http.etags import RequiredVersion, etag
from chassis.http.identity import Staff
from chassis.http.permissions import NeedsStaff
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import UnitsOf
from services.notifications.domain.staff import StaffChoices, UnknownFlagTypeError
from services.notifications.usecases.notify_staff import (
    ChooseNotices,
    StaffChoicesMadeMeanwhileError,
    choose_notices,
    see_notices,
)

router = Router(tags=["staff notices"])


class StaffNotices(Schema):
    """Off until ticked: by mail, by SMS too, and of which types of flags."""

    email: bool
    sms: bool
    flag_types: Annotated[list[str], Field(max_length=32)]


def _shown(choices: StaffChoices, response: Response) -> StaffNotices:
    response.headers["ETag"] = etag(choices.version)
    return StaffNotices(email=choices.email, sms=choices.sms, flag_types=sorted(choices.flag_types))


@router.get("/me/notices", summary="See what one is told of")
async def see(caller: Annotated[Staff, NeedsStaff()], units: UnitsOf, response: Response) -> StaffNotices:
    found = await units.run(caller, lambda work: see_notices(caller.hsa_id, work))
    return _shown(found, response)


@router.put("/me/notices", summary="Choose what one is told of")
@refuses(StaffChoicesMadeMeanwhileError, UnknownFlagTypeError)
async def choose(
    caller: Annotated[Staff, NeedsStaff()],
    version: RequiredVersion,
    body: StaffNotices,
    units: UnitsOf,
    response: Response,
) -> StaffNotices:
    """The ETag of who has chosen nothing yet is `"0"`."""
    command = ChooseNotices(caller.hsa_id, version, body.email, body.sms, frozenset(body.flag_types))
    made = await units.run(caller, lambda work: choose_notices(command, work))
    return _shown(made, response)
