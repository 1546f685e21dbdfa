"""Start a moment: a program at the own unit, for a resident, with a practitioner (R40, R46, R55, R62)."""

import secrets
from dataclasses import dataclass, field

from services.moments.directory import Directory
from services.moments.moments.domain.errors import NotPractitionerError
from services.moments.moments.domain.module import ModuleRun
from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.progress import Progress
from services.moments.moments.store.lists import has_same_ongoing
from services.moments.moments.usecases.today import today
from services.moments.programs.domain.program import Program
from services.moments.programs.usecases.find_program import offered_program
from services.moments.residents.domain.resident import Resident, ResidentDeceasedError
from services.moments.residents.domain.warnings import StartWarning
from services.moments.residents.usecases.identify import Identified, identify
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

    Raises ProgramNotFoundError, ProgramNotActiveError, NotPractitionerError, ResidentDeceasedError, and what
    `identify` raises.
    """
    unit = await unit_in_reach(work, command.unit)
    practitioner = command.practitioner or work.actor.id
    if PRACTITIONER not in unit.roles_of(practitioner):
        raise NotPractitionerError(practitioner, unit.id)
    program = await offered_program(work, unit.id, command.program)
    found = await identify(command.personnummer, work, directory)
    if found.person.is_deceased:
        raise ResidentDeceasedError
    warnings = list(found.warnings)
    if await has_same_ongoing(work, resident=found.resident_id, unit=unit.id, program=program.code):
        warnings.append(StartWarning.SAME_PROGRAM_ONGOING)
    # Saved with every start, changed or not: a purge of the resident at the same time is refused by the version.
    await work.residents.save(await _resident(found, work))
    moment = _moment(program, found.resident_id, unit.id, practitioner, work)
    await work.moments.save(moment)
    # There from the start, so that a page turned while the moment is purged finds it gone and makes it no more.
    await work.progress.save(Progress(moment.id))
    work.audit("moment.started", resident=found.resident_id, moment=moment.id)
    return StartedMoment(moment, warnings)


async def _resident(found: Identified, work: MomentsWork) -> Resident:
    person, resident = found.person, found.known
    if resident is not None:
        resident.rename(person.surname, person.given_name, is_protected=person.is_protected)
        return resident
    # This process may remember a key that a purge has destroyed seconds ago.
    await work.room.keyring.ensure(work.tenant, found.resident_id, fresh=True)
    return Resident(
        found.resident_id, found.number.digits, person.surname, person.given_name, person.is_protected
    )


def _moment(program: Program, resident: str, unit: str, practitioner: str, work: MomentsWork) -> Moment:
    moment = Moment(
        id=f"mom-{secrets.token_hex(13)}",
        resident=resident,
        unit=unit,
        program=program.code,
        program_version=program.version,
        messaging=program.messaging,
        started_at=work.now,
        started_on=today(work),
        practitioner=practitioner,
        modules=[
            ModuleRun(module.code, module.days, visible_steps=module.visible_from_start)
            for module in program.modules
        ],
    )
    moment.begin((module.code for module in program.modules if module.open_from_start), by=work.actor.id)
    return moment
