"""Staff's notices: what they choose, and one notice for each flag of the types they chose (D23)."""

from dataclasses import dataclass
from typing import get_args

from chassis.errors import StaleError
from contracts.flags import FlagType
from contracts.notifications import NotifyStaff
from services.notifications.domain.notices import Asked, notice_id
from services.notifications.domain.sending import Kind
from services.notifications.domain.staff import StaffChoices
from services.notifications.store import ids, sendings
from services.notifications.usecases.notify_resident import DedupKeyReusedError, suppress
from services.notifications.work import NotificationsWork

FLAG_TYPES = frozenset(get_args(get_args(FlagType)[0]))
_CATEGORY = "flag."


class StaffChoicesMadeMeanwhileError(StaleError):
    def __init__(self) -> None:
        super().__init__("The choices were changed meanwhile: read them again.")


@dataclass(frozen=True, slots=True)
class ChooseNotices:
    """What a member of staff ticked; `version` is that of the choices they had read, 0 for none."""

    person: str
    version: int
    email: bool
    sms: bool
    flag_types: frozenset[str]


async def see_notices(person: str, work: NotificationsWork) -> StaffChoices:
    """One's own choices; all off if none were made (R188)."""
    return await work.staff_choices.find(person) or StaffChoices(person)


async def choose_notices(command: ChooseNotices, work: NotificationsWork) -> StaffChoices:
    """Replace them. Raises StaffChoicesMadeMeanwhileError when the version read is not the latest."""
    choices = await see_notices(command.person, work)
    if choices.version != command.version:
        raise StaffChoicesMadeMeanwhileError
    choices.choose(email=command.email, sms=command.sms, flag_types=command.flag_types, known=FLAG_TYPES)
    await work.staff_choices.save(choices)
    return choices


def flag_type_of(category: str) -> str:
    """The type of the flag that a staff's notice is about."""
    return category.removeprefix(_CATEGORY)


async def notify_staff(command: NotifyStaff, work: NotificationsWork) -> None:
    """Take one in: a sending for each channel they want, or the record that they want none. DedupKeyReusedError."""
    asked = Asked(
        notice=notice_id(work.tenant, command.dedup_key),
        resident=command.recipient_id,
        # A flag's moment would name a resident to who looks it up; the unit is all that staff are told.
        moment=command.unit_id,
        category=_CATEGORY + command.flag_type,
        timing="direct",
        due_at=None,
        unless_read=None,
        asked_at=command.asked_at,
        day=min(command.asked_at, work.now).astimezone(work.region.zone).date(),
        trace=work.trace,
    )
    known = work.intake.content_of(asked.notice)
    if known is not None:
        if known != asked.content:
            raise DedupKeyReusedError(asked.notice)
        return
    work.accounts.asked(asked.day.isoformat())
    work.intake.record(asked, None)
    channels = (await see_notices(command.recipient_id, work)).channels_for(command.flag_type)
    if not channels:
        suppress(asked, work, "no_channel")
    for channel in channels:
        identity = ids.id_of(work, "direct", asked.notice, channel)
        document = sendings.new(
            work,
            identity,
            kind=Kind.STAFF,
            resident=asked.resident,
            channel=channel,
            category=asked.category,
            items=[sendings.written(asked.item)],
        )
        sendings.keep(work, document)
