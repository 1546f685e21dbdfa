"""What staff see of the flags of their unit, and how they take care of one (R214 to R216)."""

from typing import Annotated, Literal

from fastapi import Query, Response

from chassis.errors import NotFoundError, StaleError
from chassis.http.etags import OptionalVersion, etag
from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.service import UnitsOf
from contracts.access import Permission
from services.flags.api.schemas import FlagItem, FlagList, StateName, TypeName, flag_item, flag_list, place
from services.flags.domain.flag import FlagForResidentError
from services.flags.domain.kinds import FlagType
from services.flags.usecases.handle_flag import HandleFlag, handle_flag
from services.flags.usecases.list_flags import list_moment_flags, list_unit_flags

router = Router(tags=["flags, staff"])

Reader = Annotated[Staff, Needs(Permission.SEE_FLAGS)]


@router.get("/flags", summary="The open flags of one's own moments, or of the whole unit")
async def flags(
    *,
    caller: Reader,
    units: UnitsOf,
    whose: Annotated[
        Literal["mine", "unit"], Query(alias="list", description="The lists Mina and Alla (R215).")
    ] = "mine",
    type: Annotated[TypeName | None, Query(description="Only flags of this type.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> FlagList:
    wanted = None if type is None else FlagType(type)
    where = place(cursor, limit)
    page = await units.run(
        caller, lambda work: list_unit_flags(where, work, only_mine=whose == "mine", type=wanted)
    )
    return flag_list(page)


@router.get("/moments/{moment_id}/flags", summary="The flags of a moment, whomever they are for")
@refuses(NotFoundError)
async def flags_of_moment(
    *,
    moment_id: str,
    caller: Reader,
    units: UnitsOf,
    state: Annotated[StateName | None, Query(description="Only open or only handled ones.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> FlagList:
    where = place(cursor, limit)
    page = await units.run(
        caller, lambda work: list_moment_flags(where, work, moment_id=moment_id, state=state)
    )
    return flag_list(page)


@router.post("/flags/{flag_id}/handle", summary="Take care of a flag; doing it again changes nothing")
@refuses(FlagForResidentError, NotFoundError, StaleError)
async def handle(
    *,
    flag_id: str,
    caller: Annotated[Staff, Needs(Permission.HANDLE_FLAGS)],
    units: UnitsOf,
    version: OptionalVersion,
    response: Response,
) -> FlagItem:
    flag = await units.run(caller, lambda work: handle_flag(HandleFlag(flag_id, version), work))
    response.headers["ETag"] = etag(flag.version)
    return flag_item(flag)
