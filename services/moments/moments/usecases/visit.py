"""What a resident sees of their own moments: what is shown, never what is upcoming and never days (R66, R372)."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.moments.moments.domain.reading import Reading
from services.moments.moments.store import activity
from services.moments.moments.store.lists import ongoing_of_resident
from services.moments.moments.usecases.reach import own_moment
from services.moments.moments.usecases.read_along import reading_of
from services.moments.programs.domain.program import Step
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class TurnedPage:
    """A step as the resident reads it."""

    step: Step
    is_bookmarked: bool


async def visit(work: MomentsWork) -> Sequence[Reading]:
    """The moments the resident has access to, newest first; the first visit is remembered (R51, R305, R361)."""
    resident = await work.residents.find(work.actor.id)
    if resident is None:
        return []
    if resident.arrive(work.now):
        await work.residents.save(resident)
    rows = await ongoing_of_resident(work, resident.id)
    await work.moments.load([row.id for row in rows])
    moments = [await work.moments.get(row.id) for row in rows]
    shown = [moment for moment in moments if moment.is_open_to_resident(work.now)]
    await work.progress.load([moment.id for moment in shown])
    work.audit("moments.visited", resident=resident.id)
    return [await reading_of(moment, work) for moment in shown]


async def visit_moment(identity: str, work: MomentsWork) -> Reading:
    """One moment of the resident's own (R364, R365). Raises MomentNotFoundError or MaintenanceExpiredError."""
    moment = await own_moment(work, identity)
    resident = await work.residents.get(moment.resident)
    if resident.arrive(work.now):
        await work.residents.save(resident)
    work.audit("moment.visited", resident=moment.resident, moment=moment.id)
    return await reading_of(moment, work)


async def read_step(identity: str, module: str, step: str, work: MomentsWork) -> TurnedPage:
    """Open a page, which is activity (D26) and marks it as read (R84). What is not shown does not exist.

    Raises MomentNotFoundError, MaintenanceExpiredError, NoSuchModuleError, StepNotFoundError or StepNotUnlockedError.
    """
    moment = await own_moment(work, identity)
    reading = await reading_of(moment, work)
    page = reading.turn_to(module, step, by=work.actor.id)
    # Saved with every page: its version refuses whoever would still turn one while the moment is being purged.
    await work.progress.save(reading.progress)
    activity.record(work, moment.id, work.now)
    work.audit("step.read", resident=moment.resident, moment=moment.id)
    return TurnedPage(page, (module, step) in reading.progress.bookmarks)
