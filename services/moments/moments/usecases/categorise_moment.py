"""Put a moment in categories of its unit (R261)."""

from dataclasses import dataclass

from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class CategoriseMoment:
    """All categories it is to stand in, by id; none takes it out of all."""

    moment: str
    categories: frozenset[str]
    version: int


async def categorise_moment(command: CategoriseMoment, work: MomentsWork) -> Moment:
    """It stands in exactly these.

    Raises MomentNotFoundError, StaleMomentError, NoSuchCategoryError or MomentEndedError.
    """
    moment = await moment_at_own_unit(work, command.moment)
    moment.must_be_at(command.version)
    (await work.categories.of_unit(moment.unit)).must_have(sorted(command.categories))
    moment.categorise(command.categories)
    await work.moments.save(moment)
    work.audit("moment.categorised", resident=moment.resident, moment=moment.id)
    return moment
