"""What every care service says to retention: the receipts of purges."""

from collections import Counter
from collections.abc import Mapping, Sequence

from chassis.reactions import Heard, Reactions
from contracts.retention import Deleted, PurgeAnswered
from services.retention.domain.purge import ReceiptMismatchError, Status
from services.retention.domain.receipt import Receipt, Scope
from services.retention.store.moments import forget, residents_with_moments
from services.retention.store.statistics import count_purged
from services.retention.store.work import RetentionWork
from services.retention.usecases.watch_purges import keep_watch

reactions = Reactions()


async def _load(heard: Sequence[Heard[PurgeAnswered]], work: RetentionWork) -> None:
    await work.purges.load(message.data.purge_id for message in heard)
    residents = {message.data.resident_id for message in heard}
    work.residents_elsewhere = await residents_with_moments(work, residents)


def counts_of(deleted: Sequence[Deleted]) -> Mapping[str, int]:
    """Documents by collection; a collection named twice is added up."""
    counted: Counter[str] = Counter()
    for row in deleted:
        counted[row.collection] += row.count
    return counted


@reactions.on(PurgeAnswered, prepare=_load)
async def advance_purge_on_purge_answered(heard: Heard[PurgeAnswered], work: RetentionWork) -> None:
    """Note the receipt, ask further, or complete the purge and forget the moment (R308, R312, D34).

    A receipt for a purge nobody asked for is no answer to anything: it is parked and ends up before operations.
    """
    said = heard.data
    purge = await work.purges.get(said.purge_id)
    if heard.envelope.source != f"/{work.tenant}/{said.service}":
        raise ReceiptMismatchError(purge.id, said.service)
    if purge.status is Status.COMPLETED:
        return
    resident = purge.resident_id
    purge.answer(
        Receipt(
            service=said.service,
            scope=Scope(said.scope),
            deleted=counts_of(said.deleted),
            key_destroyed=said.key_destroyed,
            resident_remains=said.resident_remains,
            answered_at=said.answered_at,
        ),
        moment_id=said.moment_id,
        resident_id=said.resident_id,
        others_remain=said.resident_id in work.residents_elsewhere,
        at=work.now,
    )
    await work.purges.save(purge)
    keep_watch(purge, work)
    if purge.completed_at is not None:
        forget(work, purge.about.moment_id)
        count_purged(work, purge.about)
        work.audit("moment.purged", resident=resident, moment=purge.about.moment_id)
