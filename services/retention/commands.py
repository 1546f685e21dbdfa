"""`python -m services.retention purges [--late]`: purges under way, and who has not answered."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import typer

from chassis.service import Surroundings
from chassis.work import Room
from services.retention.domain.purge import Status
from services.retention.store.work import RetentionWork

commands = typer.Typer()


async def under_way(room: Room, *, only_late: bool) -> AsyncIterator[dict[str, Any]]:
    """Purges that are not completed, per region and oldest first; ids and names of services only."""
    statuses = [Status.LATE.value] if only_late else [Status.LATE.value, Status.WAITING.value]
    for region in room.tenants:
        work = RetentionWork(room, region.slug)
        where = {"status": {"$in": statuses}}
        for purge in await work.purges.query(where, sort=(("requested_at", 1),)):
            yield {
                "tenant": region.slug,
                "purge_id": purge.id,
                "moment_id": purge.about.moment_id,
                "unit_id": purge.about.unit_id,
                "status": purge.status.value,
                "scope": purge.scope.value,
                "requested_at": purge.requested_at.isoformat(),
                "waiting_for": purge.waiting_for,
                "late": purge.late,
                "reminders": purge.reminders,
            }


@commands.command("purges")
def purges(
    late: Annotated[bool, typer.Option(help="Only those whose receipts are late.")] = False,
) -> None:
    """List purges that wait for receipts, one JSON object a line."""
    # The declaration of the service holds these commands, so it is looked up when one is run.
    from chassis.main import at_hand  # noqa: PLC0415
    from services.retention.app import SERVICE  # noqa: PLC0415

    async def lines(here: Surroundings) -> list[str]:
        return [json.dumps(row) async for row in under_way(here.room, only_late=late)]

    for line in at_hand(SERVICE, lines):
        typer.echo(line)
