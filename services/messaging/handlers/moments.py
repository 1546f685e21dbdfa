"""What moments says: a moment begins, changes hands, is maintained and ends, and people get roles.

A moment that was purged does not come back, however late an event about it arrives.
"""

from collections.abc import Sequence

from chassis import grants
from chassis.erasure import unless_erased
from chassis.keys import SubjectPurgedError
from chassis.reactions import Heard, Reactions
from contracts.moments import (
    MomentEnded,
    MomentMaintained,
    MomentResumed,
    MomentStarted,
    PractitionerAssigned,
    RolesGranted,
)
from services.messaging.domain.moment import Moment
from services.messaging.store.work import MessagingWork

reactions = Reactions()

_About = MomentStarted | PractitionerAssigned | MomentMaintained | MomentResumed | MomentEnded


async def _look_at_moments(heard: Sequence[Heard[_About]], work: MessagingWork) -> None:
    await work.look_at_moments(message.data.moment_id for message in heard)


async def _moment(moment: str, work: MessagingWork) -> Moment:
    if moment in work.purged:
        raise SubjectPurgedError(moment)
    return await work.moments.get(moment)


@reactions.on(MomentStarted, prepare=_look_at_moments)
async def open_messaging_on_moment_started(heard: Heard[MomentStarted], work: MessagingWork) -> None:
    """From now on there is a place for messages, if the program has them (R154)."""
    said = heard.data
    if said.moment_id in work.purged:
        raise SubjectPurgedError(said.moment_id)
    if await work.moments.find(said.moment_id) is None:
        unless_erased(work, said.moment_id)
        await work.moments.save(
            Moment(said.moment_id, resident=said.resident_id, unit=said.unit_id, messaging=said.messaging)
        )


@reactions.on(PractitionerAssigned, prepare=_look_at_moments)
async def follow_responsible_on_practitioner_assigned(
    heard: Heard[PractitionerAssigned], work: MessagingWork
) -> None:
    """The resident's messages go to whoever is responsible now (R156)."""
    moment = await _moment(heard.data.moment_id, work)
    moment.assign(heard.data.practitioner_id)
    await work.moments.save(moment)


@reactions.on(MomentMaintained, prepare=_look_at_moments)
async def stop_messages_on_moment_maintained(heard: Heard[MomentMaintained], work: MessagingWork) -> None:
    """Both sides read what there is and neither writes; the resident for as long as it lasts (R176, D11)."""
    moment = await _moment(heard.data.moment_id, work)
    moment.maintain(heard.data.expires_at)
    await work.moments.save(moment)


@reactions.on(MomentResumed, prepare=_look_at_moments)
async def take_messages_again_on_moment_resumed(heard: Heard[MomentResumed], work: MessagingWork) -> None:
    """Both sides write again (D10)."""
    moment = await _moment(heard.data.moment_id, work)
    moment.resume()
    await work.moments.save(moment)


@reactions.on(MomentEnded, prepare=_look_at_moments)
async def close_messaging_on_moment_ended(heard: Heard[MomentEnded], work: MessagingWork) -> None:
    """Nobody writes any more, and the resident reads no more (R302)."""
    moment = await _moment(heard.data.moment_id, work)
    moment.end(heard.data.ended_at)
    await work.moments.save(moment)


@reactions.on(RolesGranted)
async def remember_roles_on_roles_granted(heard: Heard[RolesGranted], work: MessagingWork) -> None:
    """Endpoints here check what people may do at their unit (R267, R278)."""
    grants.project(work, heard.data.unit_id, heard.data.person_id, heard.data.roles)
