"""Flags, as everything that comes in and goes out."""

from chassis.indexes import Index
from chassis.service import Service
from services.flags.api import routers
from services.flags.handlers import reactions
from services.flags.store.work import FlagsWork

SERVICE = Service(
    name="flags",
    work=FlagsWork,
    routers=routers,
    reactions=reactions,
    indexes={
        "moments": (Index("by_moment", "tenant moment"), Index("by_resident", "tenant resident")),
        "flags": (
            Index("of_unit_latest_first", "tenant unit audience state -raised_at -_id"),
            Index("of_practitioner_latest_first", "tenant unit practitioner audience state -raised_at -_id"),
            Index("of_resident_latest_first", "tenant resident audience state -raised_at -_id"),
            Index("of_moment_latest_first", "tenant moment -raised_at -_id"),
        ),
    },
)
