"""Start a moment: a program at the own unit, for a resident, with a practitioner (R40, R46, R55, R62)."""

from dataclasses import dataclass, field

from services.moments.directory import Directory
from services.moments.moments.domain.errors import NotPractitionerError
from services.moments.moments.domain.moment import Moment
from services.moments.moments.store.lists import has_same_ongoing
from services.moments.moments.usecases.begin_moment import begin_moment
from services.moments.programs.usecases.find_program import offered_program
from services.moments.residents.domain.warnings import StartWarning
from services.moments.residents.usecases.identify import identify
from services.moments.units.domain.unit import PRACTITIONER
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class StartMoment:
    """`practitioner` None is the caller (R48)."""

    personnummer: str = field(repr=False)
    program: str
    practitioner: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class StartedMoment:
    moment: Moment
    warnings: list[StartWarning]


async def start_moment(command: StartMoment, work: MomentsWork, directory: Directory) -> StartedMoment:
    """Start it whatever the warnings say (R53).

    Raises NotPractitionerError, ResidentDeceasedError, and what `offered_program` and `identify` raise.
    """
    unit = await unit_in_reach(work, command.unit)
    practitioner = command.practitioner or work.actor.id
    if PRACTITIONER not in unit.roles_of(practitioner):
        raise NotPractitionerError(practitioner, unit.id)
    program = await offered_program(work, unit.id, command.program)
    found = await identify(command.personnummer, work, directory)
    warnings = list(found.warnings)
    if await has_same_ongoing(work, resident=found.resident_id, unit=unit.id, program=program.code):
        warnings.append(StartWarning.SAME_PROGRAM_ONGOING)
    moment = await begin_moment(program, found, work, unit=unit.id, practitioner=practitioner)
    return StartedMoment(moment, warnings)
