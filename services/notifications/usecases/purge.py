"""Purging a moment or a resident: everything that names them goes, and the accounts keep balancing.

What is deleted is folded into counters without identity in the transaction that deletes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from chassis.erasure import answer_purge, erase
from chassis.errors import ConflictError
from chassis.mongo import Document
from chassis.parking import COLLECTION as PARKED
from contracts.notifications import ContactChoicesMade
from contracts.retention import PurgeRequested
from services.notifications.domain.accounts import outcome_of_lines
from services.notifications.domain.notices import Item
from services.notifications.domain.sending import LIVE, State, outcome_of
from services.notifications.store import (
    codes,
    contacts,
    endings,
    ids,
    inboxes,
    intake,
    pending,
    reads,
    refusals,
    sendings,
)
from services.notifications.store.lines import NONE, EndedLine, say_settled
from services.notifications.store.pending import Pending
from services.notifications.store.sendings import Sending
from services.notifications.usecases import let_go
from services.notifications.work import NotificationsWork

_OF_MOMENT = {reads.COLLECTION: "moment", endings.COLLECTION: "moment"}
_OF_RESIDENT = {
    reads.COLLECTION: "resident",
    endings.COLLECTION: "resident",
    contacts.COLLECTION: "subject",
    inboxes.COLLECTION: "subject",
}


class SendingUnderWayError(ConflictError):
    def __init__(self, sending: str) -> None:
        super().__init__(
            "A sending is being attempted: purge again when its outcome is known.", sending=sending
        )


async def purge(command: PurgeRequested, work: NotificationsWork) -> None:
    """Delete what is held of the moment, or of the resident, and say so. Raises SendingUnderWayError."""
    notices = await intake.of_resident(work.room.database, work.tenant, command.resident_id)
    of_resident = command.scope == "resident"
    others = {notice["moment"] for notice in notices} - {command.moment_id}
    if of_resident and others - await work.room.keyring.is_destroyed_many(work.tenant, others):
        answer_purge(work, command, {}, resident_remains=True)
        return
    moment = None if of_resident else command.moment_id
    gone = [notice for notice in notices if moment in (None, notice["moment"])]
    everything = await sendings.about(work, command.resident_id, notices)
    affected = [
        sending
        for sending in everything
        if of_resident or any(item.moment == moment for item in sending.items)
    ]
    told = await codes.of_resident(work, command.resident_id) if of_resident else []
    for sending in [*affected, *told]:
        if sending.state is State.ATTEMPTING:
            raise SendingUnderWayError(sending.id)
    waiting = [
        item
        for item in await pending.of_resident(work.room.database, work.tenant, command.resident_id)
        if of_resident or item.item.moment == moment
    ]
    _fold(work, gone, affected, waiting, moment)
    for sending in told:
        _forget_code(work, sending)
    if of_resident:
        await _say_all_off(work, command.resident_id)
        codes.take_all_away(work, command.resident_id)
        counted = await erase(work, command.resident_id, _OF_RESIDENT, forever=False)
    else:
        let_go.forget(work, command.moment_id)
        counted = await erase(work, command.moment_id, _OF_MOMENT, forever=True)
        counted[PARKED] += await refusals.forget(work, command.resident_id, command.moment_id)

    intake.delete(work, command.resident_id, moment, len(gone))
    counted[intake.COLLECTION] = len(gone)
    counted[sendings.COLLECTION] = len(affected) + len(told)
    counted[pending.COLLECTION] = len(waiting)
    answer_purge(work, command, counted, resident_remains=False)


async def _say_all_off(work: NotificationsWork, resident: str) -> None:
    """Whoever follows the choices may hear of an earlier one after its own purge: the last word takes it away."""
    choices = await work.contacts.find(resident)
    if choices is not None:
        off = ContactChoicesMade(resident_id=resident, sms=False, email=False, at=work.now)
        work.say(off, about=resident, after=choices.position)


def _fold(
    work: NotificationsWork,
    notices: Iterable[Document],
    affected: Sequence[Sending],
    waiting: Sequence[Pending],
    moment: str | None,
) -> None:
    """Count what goes, and take it out of pending and sendings. `moment` None: everything of the resident."""
    lines: dict[str, set[str]] = defaultdict(set)
    for sending in affected:
        going = [item for item in sending.items if moment in (None, item.moment)]
        staying = [item for item in sending.items if moment not in (None, item.moment)]
        _take_out(work, sending, going, staying, lines)
    for item in waiting:
        lines[item.item.notice].add("suppressed")
        for channel in (NONE,) if item.entry is None else (NONE, ids.INBOX):
            work.accounts.fold_line(item.item.day, channel, "suppressed")
            line = EndedLine(f"{item.id}.{channel}", item.resident, channel)
            say_settled(work, line, [item.item], "suppressed", "purged")
        pending.take_back(work, item)
    for notice in notices:
        held = lines[notice["notice"]]
        work.accounts.fold_notice(notice["day"], outcome_of_lines(held) if held else None)


def _forget_code(work: NotificationsWork, sending: Sending) -> None:
    state = State.SUPPRESSED if sending.state is State.DUE else sending.state
    for day in sending.days:
        work.accounts.fold_code(day, state.value)
    sendings.keep_only(work, sending, ())


def _take_out(
    work: NotificationsWork,
    sending: Sending,
    going: Sequence[Item],
    staying: Sequence[Item],
    lines: dict[str, set[str]],
) -> None:
    state = State.SUPPRESSED if sending.state is State.DUE else sending.state
    outcome = outcome_of(sending.kind, state)
    for item in going:
        if sending.channel != ids.INBOX:
            lines[item.notice].add(outcome)
        work.accounts.fold_line(item.day, sending.channel, outcome)
        if sending.is_undelivered:
            work.accounts.fold_undelivered(item.day)
    if sending.kind == "digest":
        for day in {item.day for item in going} - {item.day for item in staying}:
            work.accounts.fold_digest(day, state.value)
    if sending.state in LIVE:
        reason = "purged" if state is State.SUPPRESSED else "no_answer"
        say_settled(work, sending, going, outcome, reason)
    sendings.keep_only(work, sending, staying)
