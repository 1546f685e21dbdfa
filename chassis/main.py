"""The command line of every service: `python -m services.X api|worker|all|indexes|dead`.

Errors are one line on stderr and an exit code; a stack trace goes to the log of a server, never to a terminal.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer
import uvloop

from chassis import parking
from chassis.errors import DomainError
from chassis.logs import describe
from chassis.loops import GivenUpError
from chassis.masterkey import MasterKeyError
from chassis.mongo import Database, UnavailableError
from chassis.process import serve, surroundings
from chassis.service import Service, Surroundings
from chassis.settings import SettingsError, read_settings
from chassis.tenancy import TenantFileError


def run(service: Service) -> None:
    """Run the command line of a service; exits 1 with one line when something is wrong."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        # A traceback with the values of variables would be one with personal data.
        pretty_exceptions_enable=False,
        help=f"The service {service.name}.",
    )
    for kind, what in (
        ("api", "Serve the HTTP API."),
        ("worker", "Hear, relay, retry and fire timers."),
        ("all", "API and worker in one process."),
    ):
        app.command(kind, help=what)(_serving(service, kind))

    @app.command()
    def indexes() -> None:
        """Make the indexes that are missing."""
        at_hand(service, _only_connect)
        typer.echo(f"{service.name}: indexes are there.")

    app.add_typer(_dead_commands(service), name="dead")
    if service.commands is not None:
        app.registered_commands += service.commands.registered_commands
    try:
        app()
    except (
        DomainError,
        SettingsError,
        TenantFileError,
        MasterKeyError,
        UnavailableError,
        GivenUpError,
    ) as error:
        typer.echo(f"{service.name}: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 (a fault of ours: its type and place, never its message)
        typer.echo(
            json.dumps({"event": "process-failed", "service": service.name, **describe(error)}), err=True
        )
        sys.exit(1)


def calm_collector() -> None:
    """Look for cycles seldom, and never among what was imported.

    A batch of 500 messages makes objects by the ten thousand and hardly a cycle: searching them cost a third of it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def at_hand(service: Service, command: Callable[[Surroundings], Awaitable[Any]]) -> Any:
    """Run a command with the service's surroundings and return its answer."""

    async def connected() -> Any:
        async with surroundings(service, read_settings(service.settings)) as here:
            return await command(here)

    return asyncio.run(connected())


def _serving(service: Service, kind: str) -> Callable[[], None]:
    def start() -> None:
        calm_collector()
        uvloop.run(serve(service, kind))

    return start


async def _only_connect(here: Surroundings) -> None:
    return None


def _dead_commands(service: Service) -> typer.Typer:
    dead = typer.Typer(
        no_args_is_help=True, help="Messages that failed their last attempt or cannot be read."
    )

    def with_database(command: Callable[[Database], Awaitable[Any]]) -> Any:
        return at_hand(service, lambda here: command(here.room.database))

    @dead.command("list")
    def list_(
        tenant: Annotated[str | None, typer.Option(help="Only of this tenant.")] = None,
        most: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    ) -> None:
        """List dead messages, newest first, one JSON object a line, without their content."""
        for message in with_database(lambda database: parking.list_dead(database, tenant=tenant, most=most)):
            typer.echo(_line(message))

    @dead.command()
    def show(identity: str) -> None:
        """Show one dead message, without its content."""
        typer.echo(_line(with_database(lambda database: parking.show_dead(database, identity))))

    @dead.command()
    def replay(identity: str) -> None:
        """Let a dead message be tried again."""
        with_database(lambda database: parking.replay(database, identity))
        typer.echo("It is tried again now.")

    @dead.command()
    def discard(identity: str) -> None:
        """Delete a dead message for good."""
        with_database(lambda database: parking.discard(database, identity))
        typer.echo("It is gone.")

    return dead


def _line(message: parking.Dead) -> str:
    return json.dumps(asdict(message), default=str)
