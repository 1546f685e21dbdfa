"""Floor of `intake_single_p50`: a transaction of its own for each command, without any queue."""

from chassis.changes import Changes
from chassis.committer import Committer
from chassis.mongo import Client, Database, in_transaction


class PlainCommitter(Committer):
    """Commits at once."""

    def __init__(self, client: Client, database: Database) -> None:
        super().__init__(client, database)
        self._at = (client, database)

    async def commit(self, changes: Changes) -> None:
        client, database = self._at
        await in_transaction(client, lambda session: changes.apply(database, session))
