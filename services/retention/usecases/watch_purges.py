"""Watch over purges that wait for receipts: a timer names who is late and asks again."""

import structlog

from chassis.timers import Timer, cancel_timer, set_timer
from services.retention.domain.purge import Purge, Status
from services.retention.store.work import RetentionWork

KIND = "purge-overdue"

log = structlog.get_logger("retention.purges")


def keep_watch(purge: Purge, work: RetentionWork) -> None:
    """Look at the purge when its patience is over; not any more once it is completed."""
    if purge.status is Status.COMPLETED:
        cancel_timer(work, KIND, purge.id)
        return
    set_timer(work, KIND, purge.id, purge.look_at)


async def look_for_late(timer: Timer, work: RetentionWork) -> None:
    """Name the services that have not answered and ask again; the others answer again without harm."""
    purge = await work.purges.find(timer.key)
    if purge is None or not purge.look(work.now):
        return
    await work.purges.save(purge)
    keep_watch(purge, work)
    log.warning(
        "purge-late", tenant=work.tenant, purge=purge.id, scope=purge.scope.value, services=list(purge.late)
    )
