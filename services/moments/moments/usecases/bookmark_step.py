"""A resident's bookmarks: set, taken out, and found together (R366)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.moments.moments.usecases.reach import own_moment
from services.moments.moments.usecases.read_along import reading_of
from services.moments.programs.domain.program import Module, Step
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class Bookmarked:
    module: Module
    step: Step
    at: datetime


async def bookmark_step(identity: str, module: str, step: str, work: MomentsWork) -> None:
    """Keep a bookmark in a step that can be opened; again changes nothing.

    Raises MomentNotFoundError, MaintenanceExpiredError, NoSuchModuleError, StepNotFoundError, StepNotUnlockedError,
    MomentMaintainedError or ModuleEndedError.
    """
    reading = await reading_of(await own_moment(work, identity), work)
    reading.bookmark(module, step)
    await work.progress.save(reading.progress)
    work.audit("step.bookmarked", resident=reading.moment.resident, moment=identity)


async def remove_bookmark(identity: str, module: str, step: str, work: MomentsWork) -> None:
    """Take a bookmark out; nothing happens where there is none.

    Raises MomentNotFoundError, MaintenanceExpiredError or MomentMaintainedError.
    """
    reading = await reading_of(await own_moment(work, identity), work)
    reading.moment.must_be_ongoing()
    reading.progress.remove_bookmark((module, step))
    await work.progress.save(reading.progress)
    work.audit("bookmark.removed", resident=reading.moment.resident, moment=identity)


async def list_bookmarks(identity: str, work: MomentsWork) -> Sequence[Bookmarked]:
    """The bookmarks in what the resident still reaches. Raises MomentNotFoundError or MaintenanceExpiredError."""
    reading = await reading_of(await own_moment(work, identity), work)
    work.audit("bookmarks.listed", resident=reading.moment.resident, moment=identity)
    bookmarks = reading.progress.bookmarks
    return [
        Bookmarked(reading.program.module(run.code), step, bookmarks[run.code, step.code])
        for run, step in reading.bookmarked()
    ]
