"""A resident starts an open program alone (R25, R63, D31)."""

from dataclasses import dataclass, field

from services.moments.directory import Directory
from services.moments.moments.domain.errors import SameProgramOngoingError
from services.moments.moments.domain.moment import Moment
from services.moments.moments.store.lists import has_same_ongoing
from services.moments.moments.usecases.begin_moment import begin_moment
from services.moments.programs.usecases.find_open_programs import find_open_program
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class StartAlone:
    """`personnummer` is that of the token."""

    unit: str
    program: str
    personnummer: str = field(repr=False)


async def start_alone(command: StartAlone, work: MomentsWork, directory: Directory) -> Moment:
    """It runs at the unit that offers it, and nobody is responsible until staff choose somebody.

    Raises ProgramNotOfferedError, SameProgramOngoingError or ResidentDeceasedError.
    """
    offer, found = await find_open_program(
        command.unit, command.program, command.personnummer, work, directory
    )
    program, unit = offer.program, offer.unit.id
    if await has_same_ongoing(work, resident=found.resident_id, unit=unit, program=program.code):
        raise SameProgramOngoingError(program.code)
    return await begin_moment(program, found, work, unit=unit, practitioner=None)
