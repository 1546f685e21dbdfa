"""What is delivered to the inbox of 1177: the entry's words, its unit's name, why it is sent and where to turn.

An entry whose designer's text has not come yet waits for it a while, and then goes with the neutral one.
"""

from datetime import datetime, timedelta

from chassis.clock import SystemClock
from chassis.mongo import Database
from chassis.tenancy import Tenant
from services.notifications.domain.sending import Next, State
from services.notifications.domain.wording import Wording
from services.notifications.entry_texts import entry_text
from services.notifications.providers.directory import Directory, DirectoryAwayError
from services.notifications.providers.port import Origin, Outgoing
from services.notifications.store import texts
from services.notifications.store.sendings import Sending

_ASK_AGAIN_SECONDS = 5.0
# A text is published long before anybody is to read it; one that is this late may never come.
_WAITED_FOR = timedelta(minutes=10)
_real = SystemClock()


class EntryDesk:
    """Turns an entry into what the inbox of 1177 takes."""

    def __init__(self, database: Database, directory: Directory | None) -> None:
        self._database = database
        self._directory = directory

    async def outgoing(self, sending: Sending, region: Tenant, to: str, at: datetime) -> Outgoing | Next:
        """The message; or when to try again, while its text is on its way."""
        assert sending.unit is not None
        named = () if sending.text is None else (sending.text,)
        words = (await texts.find_many(self._database, sending.tenant, named)).get(sending.text or "")
        late = _real.now() - sending.made_at >= _WAITED_FOR
        if sending.text is not None and words is None and sending.state is State.DUE and not late:
            return Next(State.DUE, wait=_ASK_AGAIN_SECONDS, code="text")
        said = entry_text(sending.category, words)
        origin = Origin(
            await self._unit_name(sending.tenant, sending.unit),
            said.purpose,
            said.answers,
            region.support.residents,
        )
        wording = Wording(sms=said.heading, subject=said.heading, body=said.text)
        return Outgoing(to, sending.unit, wording, at, origin)

    async def _unit_name(self, tenant: str, unit: str) -> str | None:
        # The HSA-id says which unit it is; its name is for people, and nothing waits for it.
        if self._directory is None:
            return None
        try:
            return await self._directory.unit(tenant, unit)
        except DirectoryAwayError:
            return None
