"""Codes on their way: sendings that carry a code to a number or address which waits to be confirmed.

They go the way of every sending: the intent before the call, the outcome after it, nothing twice. Number and code are
sealed under the resident's key and forgotten when it is known what became of them.
"""

from pymongo import DeleteMany

from chassis.mongo import Document
from chassis.work import Work
from services.notifications.domain.contact import CODE_LIVES, ContactChoices
from services.notifications.domain.sending import Kind
from services.notifications.store import ids, sendings
from services.notifications.store.contacts import CODE_SEALED_AS, SEALED_AS
from services.notifications.store.sendings import Sending


async def send(work: Work, choices: ContactChoices, channel: str) -> None:
    """Let the code of what waits on the channel be sent, once, when the choices are saved."""
    waiting = choices.of(channel).waiting
    assert waiting is not None
    sealer = await work.room.keyring.ensure(work.tenant, choices.id)
    document = sendings.new(
        work,
        # A version is saved once, so its code is sent once, however often the request is done again.
        ids.id_of(work, "code", choices.id, channel, str(choices.version)),
        kind=Kind.CODE,
        resident=choices.id,
        channel=channel,
        category="code",
        items=(),
        to=sealer.seal(SEALED_AS[channel], waiting.to),
    )
    day = work.now.astimezone(work.region.zone).date().isoformat()
    sealed = sealer.seal(CODE_SEALED_AS, waiting.code)
    # Somebody sits and waits for it: it goes before a batch that was made earlier.
    due = document["next_at"] - CODE_LIVES
    sendings.keep(work, {**document, "days": [day], "sealed_code": sealed, "next_at": due})


async def of_resident(work: Work, resident: str) -> list[Sending]:
    """Every code that was or is to be sent to a resident."""
    rows = await work.room.database[sendings.COLLECTION].find(_theirs(work, resident)).to_list(None)
    return [sendings.opened(row) for row in rows]


def take_all_away(work: Work, resident: str) -> None:
    """Delete every code, also one that was asked for since they were read."""
    work.changes.write(sendings.COLLECTION, DeleteMany(_theirs(work, resident)))


def _theirs(work: Work, resident: str) -> Document:
    return {"tenant": work.tenant, "resident": resident, "kind": Kind.CODE.value}
