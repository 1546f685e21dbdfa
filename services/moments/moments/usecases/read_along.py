"""A moment with the program it runs and what its resident has read, as every use case about steps needs them."""

from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.progress import Progress
from services.moments.moments.domain.reading import Reading
from services.moments.programs.usecases.find_program import program_version
from services.moments.work import MomentsWork


async def reading_of(moment: Moment, work: MomentsWork) -> Reading:
    """The moment as it is read now."""
    program = await program_version(work, moment.program, moment.program_version)
    return Reading(moment, program, await progress_of(moment, work), work.now)


async def progress_of(moment: Moment, work: MomentsWork) -> Progress:
    """What its resident has read and bookmarked."""
    return await work.progress.find(moment.id) or Progress(moment.id)


async def overtake_pages(moment: Moment, work: MomentsWork) -> None:
    """Save the progress unchanged, because pages are closed: whoever turns one at the same time has to see that."""
    await work.progress.save(await progress_of(moment, work))


async def save_completed(moment: Moment, work: MomentsWork) -> None:
    """Say what has become complete by a change that staff have made to the moment.

    Saved whether or not anything is said: a page that is turned at the same time has to see the change.
    """
    reading = await reading_of(moment, work)
    reading.say_completed(by=work.actor.id)
    await work.progress.save(reading.progress)
