"""The caller's own drafts, the same for both sides; nobody else's can be named (R163, D48)."""

from fastapi import Response

from chassis.errors import StaleError
from chassis.http.etags import OptionalVersion, etag
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.service import UnitsOf
from services.messaging.api.reasons import FORMATTING, READING, of_residents
from services.messaging.api.residents import Me
from services.messaging.api.schemas import DraftItem, NewDraft
from services.messaging.api.staff import Writer
from services.messaging.domain.draft import Draft, EmptyDraftError, NoDraftError
from services.messaging.usecases.read_draft import ReadDraft, read_draft
from services.messaging.usecases.remove_draft import RemoveDraft, remove_draft
from services.messaging.usecases.save_draft import SaveDraft, save_draft

staff = Router(tags=["messages, staff"])
residents = Router(tags=["messages, residents"])

_SAVING = (*FORMATTING, EmptyDraftError, StaleError)
_PATH = "/conversations/{conversation_id}/draft"


@staff.put(_PATH, summary="Keep what is not yet sent; with If-Match only if nobody saved or sent it since")
@refuses(*_SAVING)
async def save(
    *,
    conversation_id: str,
    body: NewDraft,
    caller: Writer,
    units: UnitsOf,
    version: OptionalVersion,
    response: Response,
) -> DraftItem:
    command = SaveDraft(conversation_id, body.text, version)
    return _item(await units.run(caller, lambda work: save_draft(command, work)), response)


@staff.get(_PATH, summary="Read one's own draft")
@refuses(*READING, NoDraftError)
async def read(*, conversation_id: str, caller: Writer, units: UnitsOf, response: Response) -> DraftItem:
    return _item(await units.run(caller, lambda work: read_draft(ReadDraft(conversation_id), work)), response)


@staff.delete(_PATH, status_code=204, summary="Throw away one's own draft")
@refuses(*READING)
async def remove(*, conversation_id: str, caller: Writer, units: UnitsOf) -> None:
    await units.run(caller, lambda work: remove_draft(RemoveDraft(conversation_id), work))


@residents.put(
    f"/me{_PATH}", summary="Keep what is not yet sent; with If-Match only if nobody saved or sent it since"
)
@refuses(*of_residents(*_SAVING))
async def save_mine(
    *,
    conversation_id: str,
    body: NewDraft,
    caller: Me,
    units: UnitsOf,
    version: OptionalVersion,
    response: Response,
) -> DraftItem:
    command = SaveDraft(conversation_id, body.text, version)
    return _item(await units.run(caller, lambda work: save_draft(command, work)), response)


@residents.get(f"/me{_PATH}", summary="Read one's own draft")
@refuses(*of_residents(*READING, NoDraftError))
async def read_mine(*, conversation_id: str, caller: Me, units: UnitsOf, response: Response) -> DraftItem:
    return _item(await units.run(caller, lambda work: read_draft(ReadDraft(conversation_id), work)), response)


@residents.delete(f"/me{_PATH}", status_code=204, summary="Throw away one's own draft")
@refuses(*of_residents(*READING))
async def remove_mine(*, conversation_id: str, caller: Me, units: UnitsOf) -> None:
    await units.run(caller, lambda work: remove_draft(RemoveDraft(conversation_id), work))


def _item(draft: Draft, response: Response) -> DraftItem:
    response.headers["ETag"] = etag(draft.edition)
    return DraftItem(
        conversation_id=draft.conversation,
        text=draft.text.markup,
        saved_at=draft.saved_at,
        version=draft.edition,
    )
