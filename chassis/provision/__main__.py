"""`python -m chassis.provision`, the command. Exit 0: all is well; 1: it is not; 2: it was asked wrongly."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from chassis.errors import DomainError
from chassis.provision.apply import Change, TenantState, provision, revoke, states
from chassis.provision.broker import Broker
from chassis.provision.wanted import ProvisionError
from chassis.settings import KafkaSettings, SettingsError, kafka_tls, read_settings
from chassis.tenancy import TenantFileError, Tenants
from contracts.registry import TOPICS


class ProvisionSettings(KafkaSettings):
    """Where the broker's administrator door, the tenant files and the passwords are."""

    kafka_passwords: Path


def main(
    *,
    tenant: Annotated[str | None, typer.Option(help="Provision this tenant alone.")] = None,
    show: Annotated[
        bool, typer.Option("--list", help="Tell how far each tenant is; change nothing.")
    ] = False,
    shut_out: Annotated[
        str | None, typer.Option("--revoke", metavar="SLUG", help="Shut a region's subscribers out.")
    ] = None,
    reset_passwords: Annotated[
        bool, typer.Option(help="Give every user its password from the file again.")
    ] = False,
    keep_passwords: Annotated[
        bool, typer.Option(help="Never write the file of passwords: it is given, and has everybody's.")
    ] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the broker to answer.")] = 10,
) -> None:
    """Make the broker's topics, users and rights what the registry and the tenant files say."""
    try:
        settings = read_settings(ProvisionSettings)
        # A file that is wrong is told here in one line; the client reads it once more.
        kafka_tls(settings)
        tenants = Tenants.load(settings.tenants)
        slugs = tenants.slugs if tenant is None else (tenants.by_slug(tenant).slug,)
    except (SettingsError, TenantFileError, DomainError) as error:
        _stop(str(error), 2)
    if sum((tenant is not None, shut_out is not None)) == 2:
        _stop("--tenant and --revoke exclude each other: give one of them.", 2)
    try:
        broker = Broker(settings, _show_progress, patience=wait)
        if show:
            _show_states(states(broker, slugs, TOPICS))
        elif shut_out is not None:
            _show_changes(revoke(broker, shut_out, settings.kafka_passwords, keep_passwords=keep_passwords))
            if shut_out in slugs:
                which = "the password of the file" if keep_passwords else "a new password"
                typer.echo(f"{shut_out} still has a tenant file: the next run lets it in, with {which}.")
        else:
            _show_changes(
                provision(
                    broker,
                    slugs,
                    TOPICS,
                    settings.kafka_passwords,
                    reset_passwords=reset_passwords,
                    keep_passwords=keep_passwords,
                )
            )
    except ProvisionError as error:
        _stop(str(error), 1)


def _show_changes(changes: Sequence[Change]) -> None:
    for change in changes:
        done = ", ".join(f"{count} {what}" for what, count in change.done.items() if count)
        there = f"{change.wanted:>5}" if change.wanted else "     "
        typer.echo(f"{change.thing:<8}{there}  {done or 'nothing to do'}")


def _show_states(found: Sequence[TenantState]) -> None:
    typer.echo(f"{'tenant':<16}{'topics':>10}{'rights':>10}  user")
    for state in found:
        topics = f"{state.topics}/{state.topics_wanted}"
        rights = f"{state.rights}/{state.rights_wanted}"
        typer.echo(f"{state.slug:<16}{topics:>10}{rights:>10}  {'yes' if state.has_user else 'no'}")
    if not all(state.is_complete for state in found):
        raise typer.Exit(1)


def _show_progress(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{what} {done} of {total}", err=True, nl=done == total)


def _stop(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(main)
