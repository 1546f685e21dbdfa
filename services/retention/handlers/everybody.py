"""What every service says, retention itself too: who had access to what."""

from chassis.reactions import Heard, Reactions
from contracts.retention import AccessRecorded
from services.retention.store import accesses
from services.retention.store.work import RetentionWork

reactions = Reactions()


@reactions.on(AccessRecorded)
async def log_access_on_access_recorded(heard: Heard[AccessRecorded], work: RetentionWork) -> None:
    """Keep the access for at least five years, longer than what it was an access to (R333, R337, D34)."""
    accesses.record(work, heard)
