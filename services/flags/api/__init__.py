"""The HTTP API: what staff see and handle, and what residents see."""

from services.flags.api import residents, staff

routers = (staff.router, residents.router)
