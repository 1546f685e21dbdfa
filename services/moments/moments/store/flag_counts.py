"""Flags that stand on moments, as flags last said: what the lists show beside a name (R215, R218)."""

from collections.abc import Iterable, Mapping, Sequence

from chassis.work import Work
from contracts.flags import FlagHandled, FlagRaised
from services.moments.lists.domain.line import FlagCount
from services.moments.lists.store import standings

__all__ = ["FlagCount", "flags_of", "handled", "raised"]


def raised(work: Work, flag: FlagRaised) -> None:
    """Remember that the practitioner's flag stands, with its count of events so far."""
    if flag.audience == "practitioner":
        standings.raise_flag(work, flag.moment_id, flag.flag_id, flag.flag_type, flag.count)


def handled(work: Work, flag: FlagHandled) -> None:
    """Forget a flag that is taken care of (R216)."""
    standings.lower_flag(work, flag.moment_id, flag.flag_id)


async def flags_of(work: Work, moments: Iterable[str]) -> Mapping[str, Sequence[FlagCount]]:
    """The practitioner's flags by moment, one entry per type."""
    found = await standings.standings_of(work, moments)
    return {each.id: each.flags for each in found.values()}
