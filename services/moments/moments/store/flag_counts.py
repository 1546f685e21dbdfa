"""Flags that stand on moments, as flags last said: what the lists show beside a name (R215, R218)."""

from chassis.work import Work
from contracts.flags import FlagHandled, FlagRaised
from services.moments.lists.store import standings


def raised(work: Work, flag: FlagRaised) -> None:
    """Remember that the practitioner's flag stands, with its count of events so far."""
    if flag.audience == "practitioner":
        standings.raise_flag(work, flag.moment_id, flag.flag_id, flag.flag_type, flag.count)


def handled(work: Work, flag: FlagHandled) -> None:
    """Forget a flag that is taken care of (R216)."""
    standings.lower_flag(work, flag.moment_id, flag.flag_id)
