"""The catalogue of another region, for what crosses regions: definitions of programs, which are no personal data.

Nothing else of a neighbour can be reached from here, and it is committed with the unit of work that gives.
"""

from chassis.changes import Changes
from chassis.work import Work
from services.moments.programs.store.releases import Releases


class Neighbour:
    """The releases of one other region within the unit of work of this one."""

    def __init__(self, work: Work, region: str) -> None:
        self._work = Work(work.room, region, work.actor, work.trace)
        self.releases = Releases(self._work)

    async def flush(self, changes: Changes) -> None:
        """Hand over what was saved and said; called by the unit of work."""
        await self.releases.flush(changes)
        changes.outbox.extend(self._work.changes.outbox)
        self._work.changes.outbox.clear()
