"""List the ended moments of a unit: the tab Avslutade."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.http.paging import After
from services.retention.domain.moment import Moment, Obstacle
from services.retention.store.moments import linked_counts
from services.retention.store.work import RetentionWork


@dataclass(frozen=True, slots=True)
class EndedMoment:
    """A row: `obstacle` is why its button is grey (R313)."""

    moment: Moment
    ended_at: datetime
    days_since_end: int
    linked: int
    obstacle: Obstacle | None


async def list_ended_moments(
    unit: str, work: RetentionWork, *, older_than_days: int | None, after: After | None, limit: int
) -> Sequence[EndedMoment]:
    """The unit's ended moments, longest ago first, with their age in civil days (R304, R313, D5).

    A row shows something of its resident, so it is an access to each (R335, R338); that there is none is one too.
    """
    zone = work.region.zone
    today = work.now.astimezone(zone).date()
    before = None
    if older_than_days is not None:
        first = today - timedelta(days=older_than_days)
        before = datetime(first.year, first.month, first.day, tzinfo=zone)
    found = await work.moments.ended_at_unit(unit, before=before, after=after, limit=limit)
    work.audit_list("ended_moments.listed", ((moment.resident_id, moment.id) for moment in found))
    linked = await linked_counts(work, found)
    rows = []
    for moment in found:
        assert moment.ended_at is not None
        count = linked[moment.id]
        age = max(0, (today - moment.ended_at.astimezone(zone).date()).days)
        rows.append(EndedMoment(moment, moment.ended_at, age, count, moment.obstacle(linked=count)))
    return rows
