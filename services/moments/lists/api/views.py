"""From what the API takes to what the use case is asked, and back to what staff are told."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chassis.http.paging import MalformedCursorError, cursor_after, read_cursor
from services.moments.lists.api.schemas import CountsOut, MomentPage, MomentRow, SearchIn
from services.moments.lists.domain.finding import Filter, Tab
from services.moments.lists.domain.line import Line
from services.moments.lists.domain.ordering import Place
from services.moments.lists.usecases.list_moments import ListedMoments
from services.moments.moments.api.schemas import FlagOut, PersonOut, ResidentOut
from services.moments.moments.domain.moment import MomentState
from services.moments.units.api.categories import category_out
from services.moments.wording import wording

_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)


def filter_of(asked: SearchIn, zone: ZoneInfo) -> Filter:
    """What is asked for, with days as instants."""
    return Filter(
        text=asked.text,
        program=asked.program_id,
        practitioner=asked.practitioner_id,
        flag_type=asked.flag_type,
        has_flags=asked.has_flags,
        state=None if asked.state is None else asked.state.value,
        category=asked.category_id,
        started_from=None if asked.started_from is None else _midnight(asked.started_from, zone),
        started_before=None
        if asked.started_to is None
        else _midnight(asked.started_to, zone) + timedelta(days=1),
    )


def place_of(cursor: str | None) -> tuple[str, Place] | None:
    """The place a cursor names and the order it belongs to. Raises MalformedCursorError."""
    after = read_cursor(cursor)
    if after is None:
        return None
    order, bar, identity = after.id.partition("|")
    if not bar:
        raise MalformedCursorError
    return order, Place(after.key, identity)


def moment_page(listed: ListedMoments, tab: Tab) -> MomentPage:
    """A page of a list."""
    counts = listed.counts
    following = None
    if listed.next is not None:
        order, place = listed.next
        following = cursor_after(place.key, f"{order}|{place.id}")
    return MomentPage(
        heading=wording(f"list-{tab.value}", count=counts.of(tab)),
        items=[_row(line, listed) for line in listed.lines],
        matching=listed.matching,
        next=following,
        counts=CountsOut(mine=counts.mine, all=counts.all, ended=counts.ended),
    )


def _row(line: Line, listed: ListedMoments) -> MomentRow:
    standing = line.standing
    person = standing.practitioner
    return MomentRow(
        moment_id=line.id,
        version=standing.version,
        resident=ResidentOut(
            resident_id=standing.resident,
            name=line.name,
            personnummer=line.masked,
            protected_identity=line.is_protected,
        ),
        program_id=standing.program,
        program_name=line.program_name,
        state=MomentState(standing.state),
        practitioner=None
        if person is None
        else PersonOut(person_id=person, name=listed.unit.name_of(person)),
        started_at=standing.started_at,
        last_active_at=standing.last_active_at,
        flags=[FlagOut(flag_type=flag.flag_type, count=flag.count) for flag in standing.flags],
        categories=[category_out(each) for each in listed.categories.of(standing.categories)],
        ended_at=standing.ended_at,
        end_reason=standing.end_reason,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    # Days beyond these mean "from the beginning" and "to the end", and are no instants in every zone.
    return datetime.combine(min(max(day, _FIRST_DAY), _LAST_DAY), time.min, zone)
