"""Ask for the purge of one ended moment."""

from dataclasses import dataclass

from chassis.errors import NotFoundError
from contracts.registry import CARE_SERVICES
from services.retention.domain.moment import MomentPurgedError
from services.retention.domain.purge import About, Purge
from services.retention.store.moments import linked_counts
from services.retention.store.work import RetentionWork
from services.retention.usecases.watch_purges import keep_watch


@dataclass(frozen=True, slots=True)
class RequestPurge:
    """`confirmed`: what is needed is exported and what matters is in the record (D6, R315)."""

    purge_id: str
    moment_id: str
    unit: str
    confirmed: bool


async def request_purge(command: RequestPurge, work: RetentionWork) -> Purge:
    """Begin the purge of one moment of the unit (R308, R310, R316); there is no way back (D35).

    Raises NotFoundError, MomentPurgedError, MomentBeingPurgedError, MomentNotEndedError, LinkedMomentsRemainError,
    ConfirmationMissingError.
    """
    moment = await work.moments.find(command.moment_id)
    if moment is None:
        earlier = await work.purges.of_moment(command.moment_id)
        if earlier is not None and earlier.about.unit_id == command.unit:
            raise MomentPurgedError(command.moment_id, earlier.id)
    if moment is None or moment.unit_id != command.unit:
        raise NotFoundError(f"There is no moment {command.moment_id} here.", moment_id=command.moment_id)
    linked = await linked_counts(work, [moment])
    moment.begin_purge(command.purge_id, linked=linked[moment.id], confirmed=command.confirmed)
    assert moment.ended_at is not None
    assert moment.reason is not None
    purge = Purge.request(
        command.purge_id,
        tenant=work.tenant,
        about=About(
            moment.id,
            moment.unit_id,
            moment.program_id,
            moment.program_version,
            moment.started_at,
            moment.ended_at,
            moment.reason,
        ),
        resident_id=moment.resident_id,
        expected=frozenset(CARE_SERVICES),
        by=work.actor.id,
        at=work.now,
    )
    await work.moments.save(moment)
    await work.purges.save(purge)
    keep_watch(purge, work)
    work.audit("purge.requested", resident=moment.resident_id, moment=moment.id)
    return purge
