"""Write a resident's own welcome text, or hide it (R59, R60)."""

from dataclasses import dataclass, field

from services.moments.moments.domain.moment import Moment, Welcome
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class EditWelcome:
    """`text` None goes back to the program's own."""

    moment: str
    text: str | None = field(repr=False)
    is_hidden: bool
    version: int


async def edit_welcome(command: EditWelcome, work: MomentsWork) -> Moment:
    """What is saved is what the resident reads.

    Raises MomentNotFoundError, StaleMomentError, MomentEndedError or MomentMaintainedError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    moment.greet(Welcome(command.text, command.is_hidden))
    await work.moments.save(moment)
    work.audit("welcome.edited", resident=moment.resident, moment=moment.id)
    return moment
