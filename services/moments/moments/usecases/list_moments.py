"""List moments of the own unit: mine, all, ended (R231 to R239)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.http.paging import After
from services.moments.moments.store.activity import last_active
from services.moments.moments.store.flag_counts import FlagCount, flags_of
from services.moments.moments.store.lists import Counts, MomentList, Row, counts, page
from services.moments.programs.domain.program import version_id
from services.moments.residents.domain.resident import Resident
from services.moments.units.domain.unit import Unit
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class ListMoments:
    which: MomentList
    unit: str
    after: After | None
    limit: int


@dataclass(frozen=True, slots=True)
class ListedMoments:
    """A page's rows and what belongs to them; `more` says that another page follows."""

    rows: Sequence[Row]
    more: bool
    counts: Counts
    residents: Mapping[str, Resident]
    program_names: Mapping[str, str]
    flags: Mapping[str, Sequence[FlagCount]]
    last_active: Mapping[str, datetime]
    unit: Unit


async def list_moments(command: ListMoments, work: MomentsWork) -> ListedMoments:
    """A page of one of the lists. Whose name is shown is audited, as if the moment had been opened."""
    unit = await unit_in_reach(work, command.unit)
    person = work.actor.id
    found = await page(
        work, command.which, unit=unit.id, person=person, after=command.after, limit=command.limit
    )
    rows, more = found[: command.limit], len(found) > command.limit
    residents = await _residents(work, {row.resident for row in rows})
    rows = [row for row in rows if row.resident in residents]
    for row in rows:
        work.audit("moment.listed", resident=row.resident, moment=row.id)
    identities = [row.id for row in rows]
    return ListedMoments(
        rows,
        more,
        await counts(work, unit=unit.id, person=person),
        residents,
        await _program_names(work, {(row.program, row.program_version) for row in rows}),
        await flags_of(work, identities),
        await last_active(work, identities),
        unit,
    )


async def _residents(work: MomentsWork, identities: set[str]) -> dict[str, Resident]:
    await work.residents.load(identities)
    found = [await work.residents.find(identity) for identity in identities]
    return {resident.id: resident for resident in found if resident is not None}


async def _program_names(work: MomentsWork, versions: set[tuple[str, str]]) -> dict[str, str]:
    releases = [version_id(code, version) for code, version in versions]
    await work.releases.load(releases)
    return {release: (await work.releases.get(release)).program.name for release in releases}
