"""What residents see of the flags addressed to them (R203, R206)."""

from typing import Annotated

from chassis.http.identity import Resident
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit
from chassis.http.permissions import NeedsResident
from chassis.http.routing import Router
from chassis.service import UnitsOf
from services.flags.api.schemas import MyFlagList, my_flag_list, place
from services.flags.usecases.list_flags import list_my_flags

router = Router(tags=["flags, residents"])


@router.get("/me/flags", summary="The open flags addressed to me")
async def my_flags(
    *,
    caller: Annotated[Resident, NeedsResident()],
    units: UnitsOf,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MyFlagList:
    where = place(cursor, limit)
    page = await units.run(caller, lambda work: list_my_flags(where, work))
    return my_flag_list(page)
