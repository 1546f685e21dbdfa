"""The life of a local stack: run, stop, reset. One at a time per home, and nothing is left behind."""

import fcntl
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from deploy.embedded.console import Console, print_table
from deploy.embedded.home import Home
from deploy.embedded.ports import DEFAULT_BASE, Ports
from deploy.embedded.starting import CannotStartError, Starting
from deploy.embedded.status import status
from deploy.embedded.supervision import Supervisor


class _Ended(BaseException):
    """Somebody asked this process to end; no `except Exception` on the way may keep it."""


def run(home: Home, port_base: int | None, *, detach: bool) -> int:
    """Start the stack and stay until told to end, or until it is ready with `detach`; answers the exit code."""
    console, supervisor = Console(), Supervisor(home)
    facts = home.read_facts() or {}
    with _starting_alone(home):
        if supervisor.is_running():
            recorded = int(facts.get("port_base", DEFAULT_BASE))
            if facts.get("ready"):
                print_table(status(home))
                return 0
            port_base = recorded
        ports = Ports(port_base or int(facts.get("port_base", DEFAULT_BASE)))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end)
        try:
            ready = Starting(home, ports, supervisor, console).run()
        except BaseException:
            _stop_undisturbed(supervisor)
            raise
    print_table(status(home))
    if detach:
        return 0 if ready else 1
    console.say("Running until Ctrl-C (or `make stop` elsewhere)")
    try:
        supervisor.wait()
    finally:
        _stop_undisturbed(supervisor)
    return 0


def run_and_report(home: Home, port_base: int | None, *, detach: bool) -> int:
    """`run`, with an end that was asked for as success and a refusal as one line."""
    try:
        return run(home, port_base, detach=detach)
    except _Ended:
        print("Stopped.", file=sys.stderr)
        return 0


def stop(home: Home) -> None:
    """End everything that belongs to the stack, also what a killed start left behind."""
    Supervisor(home).stop()
    facts = home.read_facts()
    if facts:
        home.write_facts({**facts, "ready": False})


def reset(home: Home) -> None:
    """Stop, and remove all data, keys, passwords and logs."""
    Supervisor(home).stop()
    for folder in (home.data, home.secrets, home.logs, home.run):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _starting_alone(home: Home) -> Iterator[None]:
    home.run.mkdir(parents=True, exist_ok=True)
    with (home.run / "starting.lock").open("w") as guard:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStartError("Another `make run` is starting the stack: wait for it.") from None
        yield


def _end(number: int, frame: FrameType | None) -> None:
    raise _Ended


def _stop_undisturbed(supervisor: Supervisor) -> None:
    # A second Ctrl-C while stopping must not leave half of it running.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    supervisor.stop()


def port_base_asked_for() -> int | None:
    """PORT_BASE, checked; none when it is not set."""
    text = os.environ.get("PORT_BASE")
    if not text:
        return None
    if not text.isdecimal() or not 1024 <= int(text) <= 65000:
        raise CannotStartError(f"PORT_BASE={text} is no port: take a number from 1024 to 65000.")
    return int(text)
