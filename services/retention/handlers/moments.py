"""What moments says: which moments there are, and which have ended; and who may do what."""

from collections.abc import Sequence
from typing import Any

from chassis import grants
from chassis.reactions import Heard, Reactions
from contracts.moments import MomentEnded, MomentStarted, RolesGranted
from services.retention.domain.moment import Moment
from services.retention.store.work import RetentionWork

reactions = Reactions()


async def _load(heard: Sequence[Heard[Any]], work: RetentionWork) -> None:
    await work.moments.load(message.data.moment_id for message in heard)


@reactions.on(MomentStarted, prepare=_load)
async def remember_moment_on_moment_started(heard: Heard[MomentStarted], work: RetentionWork) -> None:
    """Know the moment from its start on, so that a purge can see which moments a resident has left."""
    said = heard.data
    if await work.moments.find(said.moment_id) is not None:
        return
    await work.moments.save(
        Moment(
            id=said.moment_id,
            resident_id=said.resident_id,
            unit_id=said.unit_id,
            program_id=said.program_id,
            program_version=said.program_version,
            started_at=said.started_at,
            continues=said.continues_id,
        )
    )


@reactions.on(MomentEnded, prepare=_load)
async def list_moment_on_moment_ended(heard: Heard[MomentEnded], work: RetentionWork) -> None:
    """From now on the moment is listed as ended and can be purged (R304)."""
    said = heard.data
    moment = await work.moments.get(said.moment_id)
    moment.end(reason=said.reason, unit_id=said.unit_id, at=said.ended_at, continued_by=said.continued_by_id)
    await work.moments.save(moment)


@reactions.on(RolesGranted)
async def remember_roles_on_roles_granted(heard: Heard[RolesGranted], work: RetentionWork) -> None:
    """Know who may do what at which unit."""
    said = heard.data
    grants.project(work, said.unit_id, said.person_id, said.roles)
