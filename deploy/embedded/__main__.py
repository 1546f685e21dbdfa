"""The commands behind the Makefile: run, stop, reset, status, token, forward.

Each imports what it needs itself: `status` and `token` must answer at once.
"""

# ruff: noqa: PLC0415 (status and token must answer at once, so each command imports what it needs itself.)

import os
import sys
from typing import Annotated

import typer

from deploy.embedded.home import Home

app = typer.Typer(
    help="The whole system on this machine.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _issuer() -> str:
    from deploy.embedded.ports import DEFAULT_BASE, HOST, Ports

    facts = Home.here().read_facts() or {}
    return f"http://{HOST}:{Ports(facts.get('port_base', DEFAULT_BASE)).parts['issuer']}"


def _fail(text: str) -> typer.Exit:
    print(text, file=sys.stderr)
    return typer.Exit(1)


@app.command()
def run(detach: Annotated[bool, typer.Option(help="Return when everything is ready.")] = False) -> None:
    """Start everything and stay until Ctrl-C."""
    from deploy.embedded import stack
    from deploy.embedded.parts import PartMissingError
    from deploy.embedded.process import StartError
    from deploy.embedded.starting import CannotStartError
    from deploy.embedded.supervision import SupervisorGoneError

    try:
        code = stack.run_and_report(Home.here(), stack.port_base_asked_for(), detach=detach)
    except (CannotStartError, PartMissingError, StartError, SupervisorGoneError) as refusal:
        raise _fail(str(refusal)) from None
    raise typer.Exit(code)


@app.command()
def stop() -> None:
    """Stop everything; data stays."""
    from deploy.embedded import stack

    stack.stop(Home.here())


@app.command()
def reset(yes: Annotated[bool, typer.Option(help="Do not ask.", envvar="YES")] = False) -> None:
    """Stop everything and remove all data."""
    from deploy.embedded import stack

    home = Home.here()
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Remove everything in {home.root}?", err=True)):
        raise _fail("Nothing was removed: YES=1 skips the question.")
    stack.reset(home)


@app.command()
def status() -> None:
    """Show what runs and where (FORMAT=json: one JSON object)."""
    from deploy.embedded import status as module

    if os.environ.get("FORMAT") == "json":
        print(module.as_json(Home.here()))
        return
    from deploy.embedded.console import print_table

    print_table(module.status(Home.here()))


@app.command()
def token(
    person: Annotated[str, typer.Argument(envvar="AS")] = "",
    tenant: Annotated[str, typer.Argument(envvar="TENANT")] = "",
    unit: Annotated[str, typer.Argument(envvar="UNIT")] = "",
) -> None:
    """Print a bearer token and nothing else."""
    from deploy.embedded import asking

    if not person or not tenant:
        raise _fail("Say who and where: make -s token AS=anna TENANT=vgr [UNIT=<hsa id>]")
    try:
        print(asking.token(_issuer(), tenant, person, unit or None))
    except asking.RefusedError as refusal:
        raise _fail(str(refusal)) from None
    except OSError:
        raise _fail("The issuer does not answer: start the stack with `make run`.") from None


@app.command()
def forward(
    by: Annotated[str, typer.Argument(envvar="BY")] = "", to: Annotated[str, typer.Argument(envvar="TO")] = ""
) -> None:
    """Move the stack's clock: BY=1d, or TO=2026-12-01T09:00."""
    from deploy.embedded import asking

    if bool(by) == bool(to):
        raise _fail("Say by how much or to when: make forward BY=1d, or make forward TO=2026-12-01T09:00")
    try:
        print(f"It is now {asking.move_clock(_issuer(), by=by or None, to=to or None)}")
    except asking.RefusedError as refusal:
        raise _fail(str(refusal)) from None
    except OSError:
        raise _fail("The issuer does not answer: start the stack with `make run`.") from None


if __name__ == "__main__":
    app()
