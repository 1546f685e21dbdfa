"""Made-up moments: the n-th is the same each time, of a resident who has the one before it too if n ends in 0."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.changes import Changes
from chassis.personnummer import Personnummer
from chassis.work import Actor, Room
from services.moments.generating.people import MOST_PEOPLE, name_of, personnummer_of
from services.moments.lists.store import standings
from services.moments.moments.domain.events import EndReason
from services.moments.moments.domain.module import ModuleRun
from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.progress import Progress
from services.moments.moments.usecases.today import today
from services.moments.programs.domain.program import Program
from services.moments.residents.domain.resident import Resident
from services.moments.units.domain.unit import PRACTITIONER, Unit
from services.moments.work import MomentsWork

PREFIX = "mom-generated-"
MOST_MOMENTS = MOST_PEOPLE
_FLAGS = ("new_message", "form_saved", "inactive", "time_left")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where made-up moments run: each unit with its people, and the programs they may be of."""

    room: Room
    tenant: str
    units: Sequence[Unit]
    programs: Sequence[Program]

    def subjects_of(self, number: int) -> tuple[str, str]:
        """The ids of the n-th moment and of its resident: whose keys it is sealed with."""
        digits = personnummer_of(number - number // 10)
        return f"{PREFIX}{number:09}", self.room.pseudonyms.resident_id(self.tenant, digits)


async def made_up(number: int, setting: Setting) -> Changes:
    """What saving the n-th moment writes, and its resident unless the one before has written them."""
    chance = random.Random(number)  # noqa: S311 (made up, and the same each time)
    unit = setting.units[number % len(setting.units)]
    people = unit.holders(PRACTITIONER)
    practitioner = people[number // len(setting.units) % len(people)].hsa_id
    work = MomentsWork(setting.room, setting.tenant, Actor("staff", practitioner, unit.id))
    present = work.now
    work.now = present - timedelta(days=chance.randrange(720), minutes=chance.randrange(60 * 24))
    identity, resident = setting.subjects_of(number)
    if number % 10 or not number:
        await work.residents.save(_resident(number, resident, chance))
    program = chance.choice(setting.programs)
    moment = Moment(
        id=identity,
        resident=resident,
        unit=unit.id,
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
    moment.begin((module.code for module in program.modules if module.open_from_start), by=practitioner)
    length = present - work.now
    if length > timedelta(days=60) and chance.random() < 0.25:
        moment.end(chance.choice(list(EndReason)), at=work.now + length * chance.random(), by=practitioner)
    await work.moments.save(moment)
    await work.progress.save(Progress(moment.id))
    changes = await work.finish()
    if chance.random() < 0.7:
        standings.active(work, identity, work.now + length * chance.random())
    for kind in _FLAGS:
        if not moment.is_ended and chance.random() < 0.08:
            standings.raise_flag(work, identity, f"{identity}-{kind}", kind, chance.randrange(1, 4))
    return changes


def _resident(number: int, identity: str, chance: random.Random) -> Resident:
    surname, given_name = name_of(chance.randrange(10_000))
    digits = Personnummer(personnummer_of(number - number // 10)).digits
    return Resident(identity, digits, surname, given_name, is_protected=chance.random() < 0.002)
