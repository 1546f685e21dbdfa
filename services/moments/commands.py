"""Commands of moments beside those of every service."""

from pathlib import Path
from typing import Annotated

import typer

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
