"""Telling the resident, some days after a module was started, that it is time for it (R185, R186).

It waits here and is asked for an hour before its batch: nobody is told of what was taken back by then (R66, R290).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from chassis.timers import Timer, set_timer
from contracts.notifications import NotifyResident
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import Moment, MomentState
from services.moments.programs.domain.flag_rules import FollowUp, Words
from services.moments.programs.usecases.find_program import program_version
from services.moments.work import MomentsWork

FOLLOW_UP = "follow-up"
# What is asked for when its batch has gone waits for the next: time for a worker that is behind.
_BEFORE_THE_BATCH = timedelta(hours=1)


async def expect_follow_ups(moment: Moment, work: MomentsWork) -> None:
    """Wait for the days of all modules that run, as far as they are still to come; waiting twice is waiting once."""
    for module in moment.in_state(ModuleState.ONGOING):
        for rule in await _rules(moment, module, work):
            day = _day(module, rule, work)
            batch = _batch(day, work)
            if batch > work.now:
                key, due_at = _key(moment, module, day), batch - _BEFORE_THE_BATCH
                set_timer(work, FOLLOW_UP, key, due_at, moment=moment.id, module=module.code)


async def announce_follow_up(timer: Timer, work: MomentsWork) -> None:
    """Ask for the notices of the day, if moment and module are ongoing, the module since the start they count from.

    They are told in the words of the version that the moment runs on by now, unless that one tells nothing any more.
    """
    moment = await work.moments.find(timer.data["moment"])
    if moment is None or moment.state is not MomentState.ONGOING:
        return
    module = moment.module(timer.data["module"])
    if module.state is not ModuleState.ONGOING:
        return
    now_told = (await program_version(work, moment.program, moment.program_version)).follow_ups(module.code)
    for which, rule in enumerate(await _rules(moment, module, work)):
        day = _day(module, rule, work)
        if _key(moment, module, day) == timer.key and which < len(now_told):
            what = sha256(f"{module.code}|{day}|{which}".encode()).hexdigest()[:24]
            _ask(moment, what, now_told[which].words, _batch(day, work), work)


async def _rules(moment: Moment, module: ModuleRun, work: MomentsWork) -> Sequence[FollowUp]:
    """As they were at the start: a day that moves could be passed over, or come twice."""
    version = module.started_on_version or moment.program_version
    return (await program_version(work, moment.program, version)).follow_ups(module.code)


def _ask(moment: Moment, what: str, words: Words, due_at: datetime, work: MomentsWork) -> None:
    key = f"{moment.id}.follow_up.{what}"
    asked = NotifyResident(
        recipient_id=moment.resident,
        moment_id=moment.id,
        category="follow_up",
        timing="at",
        due_at=due_at,
        dedup_key=key,
        unit_id=moment.unit,
        text_id=words.id,
        asked_at=work.now,
    )
    work.say(asked, about=key)


def _key(moment: Moment, module: ModuleRun, day: date) -> str:
    # Begins with the moment, with which it is purged; another start on another day is another wait.
    return f"{moment.id}|{module.code}|{day}"


def _day(module: ModuleRun, rule: FollowUp, work: MomentsWork) -> date:
    """So many days after the start, or the day after if that day's batch had gone by then."""
    assert module.started_at is not None, "only modules that run are followed up"
    day = module.started_at.astimezone(work.region.zone).date() + timedelta(days=rule.days)
    return day if _batch(day, work) > module.started_at else day + timedelta(days=1)


def _batch(day: date, work: MomentsWork) -> datetime:
    return datetime.combine(day, work.region.batch_time, work.region.zone).astimezone(UTC)
