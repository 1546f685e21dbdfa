"""Everything that comes into retention and goes out of it."""

from chassis.indexes import Index
from chassis.reactions import Reactions
from chassis.service import Service
from services.retention.api import audit, ended_moments, purges, statistics
from services.retention.commands import commands
from services.retention.handlers import care_services, everybody, moments
from services.retention.late_gauge import LateGauge
from services.retention.store import accesses
from services.retention.store.work import RetentionWork
from services.retention.usecases.watch_purges import KIND, look_for_late

reactions = Reactions()
for heard_from in (moments, care_services, everybody):
    reactions.include(heard_from.reactions)

SERVICE = Service(
    name="retention",
    work=RetentionWork,
    routers=(ended_moments.router, purges.router, audit.router, statistics.router),
    reactions=reactions,
    on_time={KIND: look_for_late},
    loops=lambda here, ports: {"late-gauge": LateGauge(here)},
    indexes={
        "moments": (
            Index("by_unit_longest_ended_first", "tenant unit_id ended_at moment_id"),
            Index(
                "by_continued_moment",
                "tenant continues",
                options={"partialFilterExpression": {"continues": {"$gt": ""}}},
            ),
            Index("by_resident", "tenant resident_id"),
            Index("by_program", "tenant program_id started_at ended_at"),
        ),
        "purges": (
            Index("one_of_a_moment", "tenant moment_id", unique=True),
            Index("by_unit_newest_first", "tenant unit_id -requested_at -purge_id"),
            Index("by_status_oldest_first", "tenant status requested_at"),
        ),
        "purged_counts": (Index("by_program", "tenant program_id"),),
        "accesses": accesses.INDEXES,
    },
    commands=commands,
)
