"""The HTTP API: one router for staff, one for residents, the same answers for both."""

from services.messaging.api import residents, staff

routers = (staff.router, residents.router)
