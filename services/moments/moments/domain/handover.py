"""Handover: a moment goes on at another unit as a moment of its own, linked to the one it was made from (R306, D32)."""

from dataclasses import replace
from datetime import date, datetime

from services.moments.moments.domain.errors import SameUnitError
from services.moments.moments.domain.events import EndReason, ModuleClosed, ModuleOpened, Started
from services.moments.moments.domain.module import ModuleState
from services.moments.moments.domain.moment import Moment


def hand_over(moment: Moment, *, id: str, unit: str, at: datetime, on: date, by: str) -> Moment:
    """End the moment here and return the one that continues it there: same version, same modules, nobody responsible.

    The new one says which modules run and which have ended, for whoever hears of it alone. Messages stay behind.
    Raises SameUnitError, MomentEndedError or MomentMaintainedError.
    """
    if unit == moment.unit:
        raise SameUnitError(unit)
    moment.must_be_ongoing()
    continuing = Moment(
        id=id,
        resident=moment.resident,
        unit=unit,
        program=moment.program,
        program_version=moment.program_version,
        messaging=moment.messaging,
        started_at=at,
        started_on=on,
        practitioner=None,
        modules=[replace(module) for module in moment.modules],
        continues=moment.id,
    )
    continuing.events.append(Started(at, by))
    for module in continuing.modules:
        if not module.is_upcoming:
            continuing.events.append(ModuleOpened(module.code, at, by))
        if module.state is ModuleState.ENDED:
            continuing.events.append(ModuleClosed(module.code, at, by))
    moment.continued_by = id
    moment.end(EndReason.MOVED_TO_OTHER_CARE, at=at, by=by)
    return continuing
