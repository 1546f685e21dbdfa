"""The lists of flags: of a unit or one's own there, of a moment, and of a resident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import NotFoundError
from chassis.mongo import Document
from chassis.work import Whose
from services.flags.domain.flag import Flag
from services.flags.domain.kinds import Audience, FlagType
from services.flags.store.flags import OPEN
from services.flags.store.work import FlagsWork


@dataclass(frozen=True, slots=True)
class Place:
    """One page, latest raised first; `after` is when the last flag of the page before was raised, and its id."""

    after: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True)
class FlagsPage:
    flags: Sequence[Flag]
    has_more: bool


async def list_unit_flags(
    place: Place, work: FlagsWork, *, only_mine: bool, type: FlagType | None
) -> FlagsPage:
    """Open flags for practitioners at the caller's unit, or those whose moment the caller answers for (R215, D27)."""
    where: Document = {"unit": work.actor.unit, "audience": Audience.PRACTITIONER.value}
    if only_mine:
        where["practitioner"] = work.actor.id
    return await _page(where, place, work, type=type, state=OPEN)


async def list_moment_flags(place: Place, work: FlagsWork, *, moment_id: str, state: str | None) -> FlagsPage:
    """All flags of a moment of the caller's unit, whomever they are for (R214)."""
    moment = await work.moments.find(moment_id)
    if moment is None or moment.unit != work.actor.unit:
        raise NotFoundError(f"There is no moment {moment_id} here.", id=moment_id)
    of = (moment.resident, moment_id)
    return await _page({"moment": moment_id}, place, work, type=None, state=state, asked_of=of)


async def list_my_flags(place: Place, work: FlagsWork) -> FlagsPage:
    """Open flags addressed to the resident who asks (R203, R206)."""
    where: Document = {"resident": work.actor.id, "audience": Audience.RESIDENT.value}
    return await _page(where, place, work, type=None, state=OPEN, asked_of=(work.actor.id, None))


async def _page(
    where: Document,
    place: Place,
    work: FlagsWork,
    *,
    type: FlagType | None,
    state: str | None,
    asked_of: Whose = (None, None),
) -> FlagsPage:
    found = await work.flags.page(where, type=type, state=state, after=place.after, limit=place.limit + 1)
    shown = found[: place.limit]
    # A list shows something of everybody in it, so it is recorded for each of them (R335).
    work.audit_list("flags.listed", ((flag.resident, flag.moment) for flag in shown), asked_of=asked_of)
    return FlagsPage(shown, has_more=len(found) > place.limit)
