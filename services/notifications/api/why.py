"""Why did or didn't this person get this: one answer for whoever is asked, without addresses or anything of care."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query

from chassis.http.identity import Staff
from chassis.http.permissions import Needs
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Day, Schema
from chassis.mongo import Document
from chassis.service import UnitsOf
from chassis.units import Units
from contracts.access import Permission
from services.notifications.usecases.tell_why import (
    Explained,
    Line,
    NothingAskedError,
    OneQuestionError,
    TellWhy,
    Why,
    tell_why,
)

router = Router(tags=["operations"])


class Chapter(Schema):
    """One step of what became of a sending."""

    attempt: int
    state: str
    reason: str
    code: str | None
    at: datetime


class Receipt(Schema):
    """What the provider last said of a delivery."""

    status: str
    at: datetime


class Sent(Schema):
    """One channel; `notices` is how many went together."""

    channel: str
    kind: str
    outcome: str
    reason: str
    window: str | None
    notices: int
    attempts: int
    made_at: datetime
    story: list[Chapter]
    receipt: Receipt | None


class Choices(Schema):
    """Which channels were on when it was decided."""

    sms: bool
    email: bool


class Notice(Schema):
    """What was asked for and what became of it. `undelivered`: taken by the provider, not brought to its end."""

    notice: str
    resident: str
    moment: str
    category: str
    timing: str
    asked_at: datetime
    due_at: datetime | None
    window: str | None
    day: date
    choices: Choices | None
    outcome: str
    sent: list[Sent]


class Refused(Schema):
    """A command about the resident that was not taken in, and why."""

    type: str
    state: str
    error: str
    attempts: int
    since: datetime


class Explanation(Schema):
    notices: list[Notice]
    refused: list[Refused]


@router.get("/notices/why", summary="Tell why somebody did or did not get something")
@refuses(NothingAskedError, OneQuestionError)
async def why(  # noqa: PLR0917
    caller: Annotated[Staff, Needs(Permission.OPERATE)],
    units: UnitsOf,
    dedup_key: Annotated[str | None, Query(max_length=200)] = None,
    moment: Annotated[str | None, Query(max_length=64)] = None,
    resident: Annotated[str | None, Query(pattern=r"^res-[0-9a-f]{32}$")] = None,
    day: Annotated[Day | None, Query(description="A civil day; with resident.")] = None,
) -> Explanation:
    """Ask by dedup key, by moment, or by resident and day. The newest hundred, newest first."""
    command = TellWhy(dedup_key, moment, resident, day.isoformat() if day else None)
    return await _tell(command, caller, units)


@router.get(
    "/notices/why/own-unit", summary="Tell why somebody did or did not get what one's own unit asked for"
)
@refuses(NothingAskedError, OneQuestionError)
async def why_at_own_unit(  # noqa: PLR0917
    caller: Annotated[Staff, Needs(Permission.SEE_NOTIFICATIONS)],
    units: UnitsOf,
    dedup_key: Annotated[str | None, Query(max_length=200)] = None,
    moment: Annotated[str | None, Query(max_length=64)] = None,
    resident: Annotated[str | None, Query(pattern=r"^res-[0-9a-f]{32}$")] = None,
    day: Annotated[Day | None, Query(description="A civil day; with resident.")] = None,
) -> Explanation:
    """The same questions. What other units asked for does not exist here, nor do refused commands."""
    command = TellWhy(dedup_key, moment, resident, day.isoformat() if day else None, unit=caller.unit)
    return await _tell(command, caller, units)


async def _tell(command: TellWhy, caller: Staff, units: Units[Any]) -> Explanation:
    told: Why = await units.run(caller, lambda work: tell_why(command, work))
    return Explanation(
        notices=[_notice(each) for each in told.notices], refused=[_refused(each) for each in told.refused]
    )


def _notice(told: Explained) -> Notice:
    said = told.notice
    return Notice(
        **{name: said[name] for name in ("notice", "resident", "moment", "category", "timing", "asked_at")},
        due_at=said.get("due_at"),
        window=said["window"],
        day=date.fromisoformat(said["day"]),
        choices=None if told.choices is None else Choices(**told.choices),
        outcome=told.outcome,
        sent=[_sent(line) for line in told.lines],
    )


def _sent(line: Line) -> Sent:
    sending = line.sending
    receipt = sending.receipt
    return Sent(
        channel=sending.channel,
        kind=sending.kind.value,
        outcome=line.outcome,
        reason=sending.reason,
        window=sending.window,
        notices=line.notices,
        attempts=sending.attempts,
        made_at=sending.made_at,
        story=[Chapter(**chapter) for chapter in sending.story],
        receipt=None if receipt is None else Receipt(status=receipt["status"], at=receipt["at"]),
    )


def _refused(document: Document) -> Refused:
    return Refused(
        type=document["type"],
        state=document["state"],
        error=document["error"],
        attempts=document["attempts"],
        since=document["parked_at"],
    )
