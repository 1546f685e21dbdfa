"""Banners over HTTP: a resident administrator's at the own unit, the region administrator's for every unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import Field, NaiveDatetime, WithJsonSchema

from chassis.http.etags import RequiredVersion, etag
from chassis.http.idempotency import COLLECTION, Answer, Idempotency, Once, RequiredKey
from chassis.http.identity import Caller, Resident, Staff
from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, cursor_after, read_cursor
from chassis.http.permissions import Needs, NeedsResident, NeedsStaff
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from chassis.service import Here, Surroundings, UnitsOf
from contracts.access import Permission
from services.moments.units.domain.banner import (
    Banner,
    BannerEndsBeforeItStartsError,
    BannerNotFoundError,
    Receivers,
)
from services.moments.units.domain.unit import UnitInactiveError, UnitNotFoundError
from services.moments.units.usecases.read_banners import banners_for_resident, banners_for_staff
from services.moments.units.usecases.write_banner import (
    ChangeBanner,
    StaleBannerError,
    TakeDownBanner,
    WriteBanner,
    change_banner,
    take_down_banner,
    write_banner,
)
from services.moments.work import MomentsWork

router = Router(tags=["banners"])

Writer = Annotated[Staff, Needs(Permission.WRITE_BANNERS)]
RegionalWriter = Annotated[Staff, Needs(Permission.WRITE_REGIONAL_BANNERS)]


_DATE = (
    r"2[01]\d\d-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))"
    r"|2[01]([02468][48]|[2468]0|[13579][26])-02-29"
)
# The format `date-time` would promise an offset.
_Shown = Annotated[
    NaiveDatetime,
    WithJsonSchema(
        {"type": "string", "pattern": rf"^({_DATE})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{{1,6}})?)?$"}
    ),
]
# Wide enough for anybody, and within what civil times can be converted from and to.
_Civil = Annotated[_Shown, Field(ge=datetime(2000, 1, 1), lt=datetime(2200, 1, 1))]  # noqa: DTZ001


class BannerIn(Schema):
    """Times are civil, where the region is, without zone; without an end it stands until it is taken down (D38)."""

    receivers: Literal["residents", "staff"]
    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
    starts_at: _Civil
    ends_at: _Civil | None = None


class BannerOut(Schema):
    """`unit_id` null: of the whole region."""

    banner_id: str
    unit_id: str | None
    receivers: str
    text: str
    starts_at: _Shown
    ends_at: _Shown | None
    version: int


class ShownBanner(Schema):
    """What people read now."""

    banner_id: str
    text: str
    regional: bool


class WrittenOut(Schema):
    banner_id: str
    version: int


@router.post("/banners", status_code=201, response_model=WrittenOut, summary="Write a banner at the own unit")
@refuses(BannerEndsBeforeItStartsError, UnitInactiveError, UnitNotFoundError)
async def write(
    *, request: Request, body: BannerIn, _key: RequiredKey, caller: Writer, here: Here
) -> Response:
    """Shown to its receivers at the whole unit, from its start (R254)."""
    return await _written(request, caller, here, _command(body, caller.unit))


@router.get("/banners", summary="List the banners of the own unit")
@refuses(UnitNotFoundError)
async def list_(
    *, caller: Writer, here: Here, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[BannerOut]:
    """Those to come and those that are over too, latest start first."""
    return await _page(caller, here, caller.unit, limit, cursor)


@router.put("/banners/{banner_id}", summary="Change a banner of the own unit")
@refuses(BannerEndsBeforeItStartsError, BannerNotFoundError, StaleBannerError)
async def change(
    *,
    banner_id: str,
    body: BannerIn,
    version: RequiredVersion,
    response: Response,
    caller: Writer,
    here: Here,
) -> BannerOut:
    """All of it anew."""
    command = ChangeBanner(banner_id, version, _command(body, caller.unit))
    return await _changed(caller, here, command, response)


@router.delete("/banners/{banner_id}", status_code=204, summary="Take down a banner of the own unit")
@refuses(BannerNotFoundError)
async def take_down(banner_id: str, caller: Writer, here: Here) -> Response:
    """Nobody sees it any more."""
    command = TakeDownBanner(caller.unit, banner_id)
    await here.units.run(caller, lambda work: take_down_banner(command, work))
    return Response(status_code=204)


@router.post(
    "/region/banners", status_code=201, response_model=WrittenOut, summary="Write a banner for every unit"
)
@refuses(BannerEndsBeforeItStartsError, UnitInactiveError, UnitNotFoundError)
async def write_regional(
    *, request: Request, body: BannerIn, _key: RequiredKey, caller: RegionalWriter, here: Here
) -> Response:
    """An information message to the staff, or the residents, of all units (R262)."""
    return await _written(request, caller, here, _command(body, None))


@router.get("/region/banners", summary="List the banners of the region")
@refuses(UnitNotFoundError)
async def list_regional(
    *, caller: RegionalWriter, here: Here, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[BannerOut]:
    """Those to come and those that are over too, latest start first."""
    return await _page(caller, here, None, limit, cursor)


@router.put("/region/banners/{banner_id}", summary="Change a banner of the region")
@refuses(BannerEndsBeforeItStartsError, BannerNotFoundError, StaleBannerError)
async def change_regional(
    *,
    banner_id: str,
    body: BannerIn,
    version: RequiredVersion,
    response: Response,
    caller: RegionalWriter,
    here: Here,
) -> BannerOut:
    """All of it anew."""
    return await _changed(caller, here, ChangeBanner(banner_id, version, _command(body, None)), response)


@router.delete("/region/banners/{banner_id}", status_code=204, summary="Take down a banner of the region")
@refuses(BannerNotFoundError)
async def take_down_regional(banner_id: str, caller: RegionalWriter, here: Here) -> Response:
    """Nobody sees it any more."""
    command = TakeDownBanner(None, banner_id)
    await here.units.run(caller, lambda work: take_down_banner(command, work))
    return Response(status_code=204)


@router.get("/banners/current", summary="Banners that staff of the own unit see now")
async def current(caller: Annotated[Staff, NeedsStaff()], units: UnitsOf) -> list[ShownBanner]:
    """The unit's own and the region's, latest start first."""
    return _shown(await units.run(caller, banners_for_staff))


@router.get("/me/banners", summary="Banners of the units where I have a program")
async def mine(caller: Annotated[Resident, NeedsResident()], units: UnitsOf) -> list[ShownBanner]:
    """Latest start first."""
    return _shown(await units.run(caller, banners_for_resident))


def _command(body: BannerIn, unit: str | None) -> WriteBanner:
    return WriteBanner(unit, Receivers(body.receivers), body.text, body.starts_at, body.ends_at)


async def _written(request: Request, caller: Caller, here: Surroundings, command: WriteBanner) -> Response:
    async def written(once: Once, work: MomentsWork) -> Answer:
        banner = await write_banner(command, work)
        told = WrittenOut(banner_id=banner.id, version=1)
        answer = Answer(201, told.model_dump(), {"ETag": etag(1)})
        work.insert(COLLECTION, once.document(answer))
        return answer

    async def run(once: Once) -> Answer:
        return await here.units.run(caller, lambda work: written(once, work))

    once = Idempotency(here.room.database[COLLECTION], here.room.clock, here.room.pseudonyms)
    return await once.idempotently(request, caller, run)


async def _changed(caller: Staff, here: Surroundings, command: ChangeBanner, response: Response) -> BannerOut:
    banner: Banner = await here.units.run(caller, lambda work: change_banner(command, work))
    response.headers["ETag"] = etag(banner.version)
    return _out(banner, _zone(here, caller))


async def _page(
    caller: Staff, here: Surroundings, unit: str | None, limit: int, cursor: str | None
) -> Page[BannerOut]:
    after = read_cursor(cursor, datetime)
    found = await here.units.run(caller, lambda work: work.banners.page(unit, after=after, limit=limit))
    zone = _zone(here, caller)
    last = found[limit - 1] if len(found) > limit else None
    return Page[BannerOut](
        items=[_out(banner, zone) for banner in found[:limit]],
        next=None if last is None else cursor_after(last.starts_at, last.id),
    )


def _zone(here: Surroundings, caller: Staff) -> ZoneInfo:
    return here.room.tenants.by_slug(caller.tenant).zone


def _out(banner: Banner, zone: ZoneInfo) -> BannerOut:
    def civil(instant: datetime) -> datetime:
        return instant.astimezone(zone).replace(tzinfo=None)

    return BannerOut(
        banner_id=banner.id,
        unit_id=banner.unit,
        receivers=banner.receivers.value,
        text=banner.text,
        starts_at=civil(banner.starts_at),
        ends_at=None if banner.ends_at is None else civil(banner.ends_at),
        version=banner.version,
    )


def _shown(banners: Sequence[Banner]) -> list[ShownBanner]:
    return [
        ShownBanner(banner_id=banner.id, text=banner.text, regional=banner.unit is None) for banner in banners
    ]
