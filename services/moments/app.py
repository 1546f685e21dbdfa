"""The service moments: everything that comes in and goes out."""

from chassis.indexes import Index
from chassis.reactions import Reactions
from chassis.service import Service
from services.moments.commands import commands
from services.moments.directory.over_http import open_ports
from services.moments.handlers import flags, messaging, notifications, retention
from services.moments.lists.api import lists
from services.moments.moments.api import bookmarks, lifecycle, me, modules, moments, open_programs
from services.moments.moments.api import papers as own_papers
from services.moments.moments.usecases.announce_follow_up import FOLLOW_UP, announce_follow_up
from services.moments.moments.usecases.maintain_moment import EXPIRY, expire_maintenance
from services.moments.programs.api import offers, papers, programs, sharing
from services.moments.residents.api import residents
from services.moments.settings import MomentsSettings
from services.moments.timeline.api import timeline
from services.moments.units.api import banners, categories, profile, publishing, units
from services.moments.work import MomentsWork

INDEXES = {
    "moments": (
        Index("by_resident", "tenant resident is_ended -started_at"),
        Index("by_program", "tenant unit program is_ended program_version"),
        Index("by_moment", "tenant moment"),
    ),
    "progress": (Index("by_moment", "tenant moment"),),
    "residents": (Index("by_resident", "tenant resident"),),
    "contact_choices": (Index("by_resident", "tenant resident"),),
    "standings": (
        Index("by_unit_and_change", "tenant unit changed_at"),
        Index("by_moment", "tenant moment"),
        Index("by_resident", "tenant resident"),
    ),
    "timeline": (Index("by_moment_newest_first", "tenant moment -at -_id"),),
    "releases": (Index("by_program", "tenant program"),),
    "offers": (Index("by_unit", "tenant unit active"), Index("open_ones", "tenant is_open")),
    "banners": (Index("by_unit_latest_first", "tenant unit -starts_at _id"),),
    "units": (
        Index("by_unit", "tenant unit"),
        Index(
            "one_to_publish_for_each_purpose",
            "tenant publishes",
            unique=True,
            options={"partialFilterExpression": {"publishes": {"$type": "string"}}},
        ),
    ),
}


def _reactions() -> Reactions:
    reactions = Reactions()
    for module in (notifications, messaging, flags, retention):
        reactions.include(module.reactions)
    return reactions


SERVICE = Service(
    name="moments",
    work=MomentsWork,
    routers=(
        programs.router,
        sharing.router,
        offers.router,
        papers.router,
        units.router,
        publishing.router,
        banners.router,
        categories.router,
        profile.router,
        residents.router,
        lists.router,
        moments.router,
        timeline.router,
        modules.router,
        lifecycle.router,
        me.router,
        bookmarks.router,
        open_programs.router,
        own_papers.router,
    ),
    reactions=_reactions(),
    on_time={EXPIRY: expire_maintenance, FOLLOW_UP: announce_follow_up},
    indexes=INDEXES,
    settings=MomentsSettings,
    ports=open_ports,
    commands=commands,
)
