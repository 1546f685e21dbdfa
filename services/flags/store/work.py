"""The unit of work of flags: the chassis's, with the repositories of this service."""

from collections.abc import Iterable

from chassis.keys import SubjectPurgedError
from chassis.work import Work
from services.flags.domain.moment import Moment
from services.flags.store.flags import Flags
from services.flags.store.moments import Moments


class FlagsWork(Work):
    """`purged` are the moments, among those looked at, that are purged for ever."""

    purged: frozenset[str] = frozenset()

    @property
    def moments(self) -> Moments:
        repository: Moments = self.repository("moments", Moments)
        return repository

    @property
    def flags(self) -> Flags:
        repository: Flags = self.repository("flags", Flags)
        return repository

    async def look_at_moments(self, moments: Iterable[str]) -> None:
        """Read a batch's moments and their latest flags, and which of those not held were purged: three queries."""
        wanted = set(moments)
        if not wanted:
            return
        await self.moments.load(wanted)
        found = {identity: await self.moments.find(identity) for identity in wanted}
        await self.flags.load(
            flag for moment in found.values() if moment is not None for flag in moment.latest_flags()
        )
        unknown = [identity for identity, moment in found.items() if moment is None]
        if unknown:
            self.purged |= await self.room.keyring.is_destroyed_many(self.tenant, unknown)

    async def moment(self, identity: str) -> Moment:
        """The moment. Raises NotFoundError when it has not been heard of yet, SubjectPurgedError after a purge."""
        if identity in self.purged:
            raise SubjectPurgedError(identity)
        return await self.moments.get(identity)
