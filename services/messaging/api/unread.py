"""What staff have not read, across the moments they are responsible for (R173)."""

from chassis.http.paging import DEFAULT_LIMIT, Cursor, Limit, cursor_after
from chassis.http.routing import Router
from chassis.service import UnitsOf
from services.messaging.api.requests import after_time
from services.messaging.api.schemas import UnreadItem, UnreadList
from services.messaging.api.staff import Reader
from services.messaging.usecases.list_unread import ListUnread, list_unread

router = Router(tags=["messages, staff"])


@router.get("/unread", summary="What is unread in one's own moments, the latest message first")
async def unread(
    *, caller: Reader, units: UnitsOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> UnreadList:
    query = ListUnread(after_time(cursor), limit)
    page = await units.run(caller, lambda work: list_unread(query, work))
    last = page.items[-1] if page.has_more else None
    return UnreadList(
        items=[
            UnreadItem(
                moment_id=item.moment.id,
                messages=item.unread.messages,
                conversations=item.unread.conversations,
                latest_at=item.unread.latest_at,
                ended=item.moment.ended_at is not None,
            )
            for item in page.items
        ],
        next=None if last is None else cursor_after(last.unread.latest_at, last.moment.id),
        moments=page.moments,
        messages=page.messages,
    )
