"""The HTTP API: for staff and for residents, the same answers for both."""

from services.messaging.api import drafts, residents, searches, staff, unread

routers = (
    staff.router,
    residents.router,
    drafts.staff,
    drafts.residents,
    searches.staff,
    searches.residents,
    unread.router,
)
