"""Commands of notifications: `conserve` adds up what was asked and what became of it, and fails when they differ."""

import json
from datetime import date
from typing import Annotated

import typer

from chassis.main import at_hand
from chassis.service import Service, Surroundings
from services.notifications.domain.accounts import OUTCOMES, Balance, together
from services.notifications.store.conservation import balance


def commands(service: Service) -> typer.Typer:
    """The commands, run with the surroundings of the service."""
    app = typer.Typer()

    @app.command()
    def conserve(
        tenant: Annotated[str | None, typer.Option(help="Only this tenant; all without it.")] = None,
        day: Annotated[
            str | None, typer.Option(help="A civil day of the tenant, YYYY-MM-DD; today without it.")
        ] = None,
        as_json: Annotated[
            bool, typer.Option("--json", help="One JSON object a line; the last is all of it.")
        ] = False,
    ) -> None:
        """Prove that every notice asked for has exactly one outcome; exit 1 and name the difference if not."""
        wanted = _day(day)
        balances = at_hand(service, lambda here: add_up(here, tenant, wanted))
        for found in balances:
            typer.echo(json.dumps(found.as_json) if as_json else _line(found))
        if as_json and len(balances) > 1:
            typer.echo(json.dumps(together(balances)))
        if not all(found.balanced for found in balances):
            raise typer.Exit(1)

    return app


async def add_up(here: Surroundings, tenant: str | None, day: date | None) -> list[Balance]:
    """The accounts of one tenant or all."""
    room = here.room
    regions = [room.tenants.by_slug(tenant)] if tenant is not None else list(room.tenants)
    now = room.clock.now()
    return [
        await balance(room.client, room.database, region, day or now.astimezone(region.zone).date(), now)
        for region in regions
    ]


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("must be a day such as 2026-11-20", param_hint="--day") from None


def _line(found: Balance) -> str:
    counts = ", ".join(f"{outcome} {found.outcomes[outcome]}" for outcome in OUTCOMES)
    verdict = "balanced" if found.balanced else "NOT BALANCED: " + "; ".join(found.differences)
    return f"{found.tenant} {found.day}: asked {found.asked} = {counts}; {verdict}"
