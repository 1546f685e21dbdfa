"""Read purges and certificates of a unit."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.errors import ConflictError, NotFoundError
from chassis.http.paging import After
from services.retention.domain.purge import Purge
from services.retention.store.work import RetentionWork


class PurgeNotCompletedError(ConflictError):
    def __init__(self, purge_id: str, waiting_for: Sequence[str]) -> None:
        super().__init__(
            f"{purge_id} waits for {', '.join(waiting_for)}: the certificate comes with the last receipt.",
            purge_id=purge_id,
        )


async def open_purge(purge_id: str, unit: str, work: RetentionWork) -> Purge:
    """A purge of the unit; another unit's does not exist."""
    purge = await _purge(purge_id, unit, work)
    work.audit("purge.opened", resident=purge.resident_id, moment=purge.about.moment_id)
    return purge


async def open_certificate(purge_id: str, unit: str, work: RetentionWork) -> Mapping[str, Any]:
    """The certificate of a completed purge. Raises PurgeNotCompletedError before."""
    purge = await _purge(purge_id, unit, work)
    if purge.certificate is None:
        raise PurgeNotCompletedError(purge.id, purge.waiting_for)
    work.audit("certificate.opened", moment=purge.about.moment_id)
    return purge.certificate


async def list_purges(
    unit: str, work: RetentionWork, *, status: str | None, after: After | None, limit: int
) -> Sequence[Purge]:
    """The unit's purges, newest first; an access to each resident, while the purge still knows whose it is (R335)."""
    found = await work.purges.of_unit(unit, status=status, after=after, limit=limit)
    work.audit_list("purges.listed", ((purge.resident_id, purge.about.moment_id) for purge in found))
    return found


async def _purge(purge_id: str, unit: str, work: RetentionWork) -> Purge:
    purge = await work.purges.get(purge_id)
    if purge.about.unit_id != unit:
        raise NotFoundError(f"There is no purge {purge_id} here.", id=purge_id)
    return purge
