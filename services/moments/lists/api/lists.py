"""Lists of moments over HTTP. A search goes by body, because numbers and names never stand in an address."""

from typing import Annotated

from fastapi import Query

from chassis.http.identity import Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, MalformedCursorError
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Day
from chassis.service import PortsOf, UnitsOf
from chassis.tenancy import Tenant
from contracts.access import Permission
from contracts.fields import StaffId
from contracts.flags import FlagType
from services.moments.directory import Ports
from services.moments.lists.api.schemas import MomentPage, SearchIn
from services.moments.lists.api.views import filter_of, moment_page, place_of
from services.moments.lists.domain.finding import Tab
from services.moments.lists.domain.ordering import Column
from services.moments.lists.usecases.list_moments import ListedMoments, ListMoments, list_moments
from services.moments.moments.api.schemas import Code
from services.moments.moments.domain.moment import MomentState
from services.moments.units.api.categories import CategoryId
from services.moments.units.domain.unit import UnitNotFoundError
from services.moments.work import MomentsWork

router = Router(tags=["lists"])


@router.get("/moments", summary="List moments of the own unit")
@refuses(UnitNotFoundError)
async def list_(
    *,
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
    which: Annotated[Tab, Query(alias="list")] = Tab.MINE,
    program_id: Annotated[Code | None, Query()] = None,
    practitioner_id: Annotated[StaffId | None, Query()] = None,
    flag_type: Annotated[FlagType | None, Query()] = None,
    has_flags: bool | None = None,
    state: MomentState | None = None,
    category_id: Annotated[CategoryId | None, Query()] = None,
    started_from: Day | None = None,
    started_to: Day | None = None,
    sort: Column = Column.STARTED,
    descending: bool | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> MomentPage:
    """`mine`: ongoing, of the caller; `all`: ongoing, of the unit; `ended`: of the unit. Newest start first."""
    asked = SearchIn(
        list=which,
        program_id=program_id,
        practitioner_id=practitioner_id,
        flag_type=flag_type,
        has_flags=has_flags,
        state=state,
        category_id=category_id,
        started_from=started_from,
        started_to=started_to,
        sort=sort,
        descending=descending,
        limit=limit,
        cursor=cursor,
    )
    return await _page(asked, caller, units, ports)


@router.post("/moments/search", summary="Search the moments of the own unit")
@refuses(MalformedCursorError, UnitNotFoundError)
async def search(
    body: SearchIn,
    caller: Annotated[Staff, Needs(Permission.SEE_MOMENTS)],
    units: UnitsOf,
    ports: Annotated[Ports, PortsOf],
) -> MomentPage:
    """Free text, filter and order, a page at a time. The next page is asked for with the same body and `next`."""
    return await _page(body, caller, units, ports)


async def _page(asked: SearchIn, caller: Staff, units: UnitsOf, ports: Ports) -> MomentPage:
    after = place_of(asked.cursor)

    async def listed(work: MomentsWork) -> ListedMoments:
        region: Tenant = work.region
        command = ListMoments(
            unit=caller.unit,
            tab=asked.list,
            wanted=filter_of(asked, region.zone),
            column=asked.sort,
            descending=asked.descending,
            after=after,
            limit=asked.limit,
        )
        page = await list_moments(command, work, ports.shelves)
        if page is None:
            raise MalformedCursorError
        return page

    return moment_page(await units.run(caller, listed), asked.list)
