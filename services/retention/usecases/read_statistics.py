"""Read the region's statistics of a period."""

from collections.abc import Mapping
from datetime import date

from chassis.errors import InvalidError
from services.retention.domain.statistics import Figures, summarise
from services.retention.store import statistics
from services.retention.store.work import RetentionWork


class EmptyPeriodError(InvalidError):
    def __init__(self) -> None:
        super().__init__("The period has no days: `to` is the first day after it and comes after `from`.")


async def read_statistics(
    first: date, end: date, program: str | None, work: RetentionWork
) -> tuple[Figures, Mapping[str, Figures]]:
    """Started, ended and ongoing moments of the region, in all and per program (R325, R327, R332).

    Purged moments are counted as long as they were (D34). Raises EmptyPeriodError.
    """
    if end <= first:
        raise EmptyPeriodError
    return summarise(await statistics.lives(work, program=program), first, end)
