"""What every start does, whoever starts: the resident is known, the moment begins, and progress lies ready (R55)."""

import secrets

from services.moments.moments.domain.module import ModuleRun
from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.progress import Progress
from services.moments.moments.usecases.announce_follow_up import expect_follow_ups
from services.moments.moments.usecases.today import today
from services.moments.programs.domain.program import Program
from services.moments.residents.domain.resident import Resident, ResidentDeceasedError
from services.moments.residents.usecases.identify import Identified
from services.moments.work import MomentsWork


async def begin_moment(
    program: Program, found: Identified, work: MomentsWork, *, unit: str, practitioner: str | None
) -> Moment:
    """A moment of this version that runs from now on. Raises ResidentDeceasedError."""
    if found.person.is_deceased:
        raise ResidentDeceasedError
    # Saved with every start, changed or not: a purge of the resident at the same time is refused by the version.
    await work.residents.save(await _resident(found, work))
    moment = Moment(
        id=f"mom-{secrets.token_hex(13)}",
        resident=found.resident_id,
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
    opened = [module.code for module in program.modules if module.open_from_start]
    moment.begin(opened, by=work.actor.id)
    await work.moments.save(moment)
    await expect_follow_ups(moment, work)
    # There from the start, so that a page turned while the moment is purged finds it gone and makes it no more.
    await work.progress.save(Progress(moment.id))
    work.audit("moment.started", resident=found.resident_id, moment=moment.id)
    return moment


async def _resident(found: Identified, work: MomentsWork) -> Resident:
    if found.known is not None:
        return found.known
    # This process may remember a key that a purge has destroyed seconds ago.
    await work.room.keyring.ensure(work.tenant, found.resident_id, fresh=True)
    person = found.person
    return Resident(
        found.resident_id, found.number.digits, person.surname, person.given_name, person.is_protected
    )
