"""Telling the resident, some days after a module was started, that it is time for it (R185, R186)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from contracts.notifications import NotifyResident
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.today import today
from services.moments.programs.domain.program import Program
from services.moments.work import MomentsWork


def announce_follow_up(moment: Moment, program: Program, modules: Iterable[str], work: MomentsWork) -> None:
    """Ask for a notice for each of the modules, just started, that has a rule; started twice a day it is told once."""
    for module in modules:
        for rule in program.follow_ups(module):
            day = today(work) + timedelta(days=rule.days)
            due_at = datetime.combine(day, work.region.batch_time, work.region.zone).astimezone(UTC)
            what = sha256(f"{module}|{day}|{rule.words.id}".encode()).hexdigest()[:24]
            key = f"{moment.id}.follow_up.{what}"
            asked = NotifyResident(
                recipient_id=moment.resident,
                moment_id=moment.id,
                category="follow_up",
                timing="at",
                due_at=due_at,
                dedup_key=key,
                unit_id=moment.unit,
                text_id=rule.words.id,
                asked_at=work.now,
            )
            work.say(asked, about=key)
