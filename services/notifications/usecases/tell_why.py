"""Why a resident did or did not get something: what was asked, what was chosen, and what became of it on each channel.

It tells ids, codes and times. No address is opened for it, and nothing of what a notice was about is known here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import InvalidError, NotFoundError
from chassis.mongo import Document
from services.notifications.domain.accounts import outcome_of_lines
from services.notifications.domain.notices import notice_id
from services.notifications.domain.sending import UNDELIVERED
from services.notifications.store import ids, intake, sendings
from services.notifications.store.lines import NONE
from services.notifications.store.refusals import refused
from services.notifications.store.sendings import Sending
from services.notifications.work import NotificationsWork

_MOST = 100


class NothingAskedError(NotFoundError):
    def __init__(self) -> None:
        super().__init__("Nothing was asked for that is still known: look for the command where it was said.")


class OneQuestionError(InvalidError):
    def __init__(self) -> None:
        super().__init__("Ask by dedup_key, by moment, or by resident (and day): one of them.")


@dataclass(frozen=True, slots=True)
class TellWhy:
    """Exactly one of the first three; `day` narrows a resident's down, `unit` leaves what other units asked for out."""

    dedup_key: str | None = None
    moment: str | None = None
    resident: str | None = None
    day: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a notice on a channel."""

    sending: Sending
    outcome: str
    # How many went together, as far as the asker may know of them.
    notices: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A notice, the channels that were on when it was decided (None: not decided yet, or not asked), and its lines."""

    notice: Document
    choices: Mapping[str, bool] | None
    outcome: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Why:
    notices: Sequence[Explained]
    refused: Sequence[Document]


async def tell_why(command: TellWhy, work: NotificationsWork) -> Why:
    """The newest of what was asked, explained. Raises OneQuestionError and NothingAskedError."""
    if sum(asked is not None for asked in (command.dedup_key, command.moment, command.resident)) != 1:
        raise OneQuestionError
    notices = await intake.search(work.room.database, work.tenant, _where(command, work), _MOST)
    found = {notice["resident"] for notice in notices}
    residents = sorted(found if command.resident is None else found | {command.resident})
    # What was refused is kept by resident and not by unit, so it is for those who see every unit.
    dead = await refused(work.room.database, work.tenant, residents) if command.unit is None else []
    if not notices and not dead:
        raise NothingAskedError
    for resident in residents:
        work.audit("notices.explained", resident=resident, moment=command.moment)
    lines = await _lines(work, notices, own=command.unit is not None)
    return Why([_explain(notice, lines[notice["notice"]]) for notice in notices], dead)


def _where(command: TellWhy, work: NotificationsWork) -> Document:
    at_unit = {} if command.unit is None else {"unit": command.unit}
    if command.dedup_key is not None:
        return {"notice": notice_id(work.tenant, command.dedup_key), **at_unit}
    if command.moment is not None:
        return {"moment": command.moment, **at_unit}
    day = {} if command.day is None else {"day": command.day}
    return {"resident": command.resident, **day, **at_unit}


async def _lines(
    work: NotificationsWork, notices: Sequence[Document], *, own: bool
) -> Mapping[str, list[Line]]:
    seen = {notice["notice"] for notice in notices}
    of_resident: dict[str, list[Document]] = defaultdict(list)
    for notice in notices:
        of_resident[notice["resident"]].append(notice)
    lines: dict[str, list[Line]] = defaultdict(list)
    for resident, theirs in of_resident.items():
        for sending in await sendings.about(work, resident, theirs):
            together = sum(not own or item.notice in seen for item in sending.items)
            for item in sending.items:
                lines[item.notice].append(Line(sending, sending.shown, together))
    return lines


def _explain(notice: Document, lines: list[Line]) -> Explained:
    lines = sorted(lines, key=lambda line: (line.sending.channel == ids.INBOX, line.sending.channel))
    telling = [line for line in lines if line.sending.channel != ids.INBOX]
    channels = {line.sending.channel for line in telling}
    reasons = {line.sending.reason for line in telling}
    asked_for: dict[str, Any] | None = None
    # What was read meanwhile was dropped without looking at the choices.
    if telling and not (NONE in channels and "no_channel" not in reasons):
        # Switched off before it went is off.
        on = {line.sending.channel for line in telling if line.sending.reason != "no_channel"}
        asked_for = {name: name in on for name in ids.CHANNELS}
    outcome = outcome_of_lines(_counted(line) for line in telling) if telling else "pending"
    return Explained(notice, asked_for, outcome, lines)


def _counted(line: Line) -> str:
    return "failed" if line.outcome == UNDELIVERED else line.outcome
