"""Search the audit log, and let residents see who has had access to their data. Both are accesses themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chassis.http.paging import After
from chassis.mongo import Document
from services.retention.store import accesses
from services.retention.store.work import RetentionWork


async def search_audit(
    where: Mapping[str, str],
    work: RetentionWork,
    *,
    begin: datetime | None,
    end: datetime | None,
    after: After | None,
    limit: int,
) -> Sequence[Document]:
    """Accesses for a log check (R335, R336), newest first: of the searcher's unit, or of the whole region for its
    administrators.
    """
    own = {} if work.actor.id in work.region.administrators else {"unit_id": work.actor.unit or ""}
    work.audit("audit.searched", resident=where.get("resident_id"), moment=where.get("moment_id"))
    return await accesses.search(work, {**where, **own}, begin=begin, end=end, after=after, limit=limit)


async def read_access_log(work: RetentionWork, *, after: After | None, limit: int) -> Sequence[Document]:
    """Accesses to the data of the resident who asks, newest first (R338)."""
    resident = work.actor.id
    work.audit("access_log.opened", resident=resident)
    return await accesses.search(work, {"resident_id": resident}, after=after, limit=limit)
