"""Commands of moments beside those of every service."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chassis.service import Surroundings
from services.moments.generating.moments import MOST_MOMENTS
from services.moments.generating.region import generate, refuse_among_others
from services.moments.programs.definitions.reading import InvalidProgramError, read_definition

commands = typer.Typer()


@commands.command("check-programs")
def check_programs(files: Annotated[list[Path], typer.Argument(help="Program definitions.")]) -> None:
    """Check program definitions; every fault is a line `file:line: fault`, and any makes the exit code 1."""
    failed = False
    for file in files:
        try:
            program = read_definition(file.read_text("utf-8"))
        except InvalidProgramError as error:
            failed = True
            for fault in error.faults:
                typer.echo(f"{file}:{fault.line}: {fault.place} {fault.reason}", err=True)
            continue
        typer.echo(f"{file}: {program.name} {program.version}, {len(program.modules)} modules.")
    if failed:
        raise typer.Exit(1)


@commands.command("generate")
def generate_(
    tenant: Annotated[str, typer.Option(help="The region's slug.")],
    moments: Annotated[int, typer.Option(min=1, max=MOST_MOMENTS, help="How many more.")] = 10_000,
    units: Annotated[int, typer.Option(min=1, max=10_000, help="Spread over how many made-up units.")] = 100,
    programs: Annotated[Path, typer.Option(help="Folder of program definitions.")] = Path("programs"),
    yes: Annotated[bool, typer.Option(help="Also beside moments that were not generated.")] = False,
) -> None:
    """For development: make up moments, sealed like any other. Nothing is said of them to other services."""
    # The declaration of the service holds these commands, so it is looked up when one is run.
    from chassis.main import at_hand  # noqa: PLC0415
    from services.moments.app import SERVICE  # noqa: PLC0415

    content = [read_definition(file.read_text("utf-8")) for file in sorted(programs.glob("*.yaml"))]
    bar = Progress(
        TextColumn("moments"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )

    async def made(here: Surroundings) -> None:
        region = here.room.tenants.by_slug(tenant).slug
        if not yes:
            await refuse_among_others(here.room, region)
        with bar:
            task = bar.add_task("", total=moments)
            async for done in generate(
                here.room, here.units, region, content, moments=moments, at_units=units
            ):
                bar.update(task, completed=done)

    at_hand(SERVICE, made)
    typer.echo(f"{tenant}: {moments} moments more at {units} units.")
