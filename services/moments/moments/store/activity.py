"""When a resident was last active in a moment (R236, D26).

It lies beside the moment, not in it: a resident who turns a page must not make a practitioner's change stale.
"""

from datetime import datetime

from chassis.work import Work
from services.moments.lists.store import standings


def record(work: Work, moment: str, at: datetime) -> None:
    """The resident did something in the moment then; what is heard late does not turn it back."""
    standings.active(work, moment, at)
