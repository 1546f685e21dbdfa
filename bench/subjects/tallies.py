"""The service that hears: one effect and one message for each that comes. It goes by the name of flags."""

from typing import Any

from pymongo import UpdateOne

from chassis.reactions import Heard, Reactions
from chassis.service import Service
from chassis.work import Work
from contracts.flags import FlagRaised
from contracts.moments import ModuleStarted

UNIT = "SE2321000131-E000000000001"

reactions = Reactions()


@reactions.on(ModuleStarted)
async def tally_on_module_started(heard: Heard[ModuleStarted], work: Work) -> None:
    started = heard.data
    work.changes.write("tallies", UpdateOne({"_id": work.id_of(started.moment_id)}, {"$inc": {"count": 1}}))
    work.say(
        FlagRaised(
            flag_id=f"flag-{started.moment_id}",
            moment_id=started.moment_id,
            unit_id=UNIT,
            flag_type="new_message",
            audience="practitioner",
            count=1,
            raised_at=started.at,
        ),
        about=started.moment_id,
    )


async def tally_silently_on_module_started(heard: Heard[ModuleStarted], work: Work) -> Any:
    """The effect alone, where the floor says nothing either."""
    work.changes.write(
        "tallies", UpdateOne({"_id": work.id_of(heard.data.moment_id)}, {"$inc": {"count": 1}})
    )


SERVICE = Service(name="flags", reactions=reactions)
