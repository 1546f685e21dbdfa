"""The demo's story ends with the same figures whatever is killed, paused or restarted while it is told."""

import os
import random
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from pymongo import MongoClient

from tests.journeys.conftest import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FIGURES = {
    "ok": True,
    "sms": 2,
    "emails": 2,
    "codes": 2,
    "lost": 0,
    "doubled": 0,
    "leaked": 0,
    "residue": 0,
    "balanced": True,
}
_BETWEEN_KILLS_SECONDS = (0.3, 2.5)


@pytest.mark.rule("R180", "R181", "R182", "R216", "R302", "R308")
def test_the_story_is_told_as_written(stack: Stack) -> None:
    assert _judged(stack.demo()) == FIGURES


def test_kills_of_any_service_process_change_no_figure(stack: Stack) -> None:
    with _meanwhile(lambda: _kill_any(stack)) as kills:
        _told_as_written(stack, until=lambda: len(kills) >= 3)


@pytest.mark.parametrize("part", ["mongod", "kafka"])
def test_a_killed_part_of_the_infrastructure_changes_no_figure(stack: Stack, part: str) -> None:
    with _meanwhile(lambda: _kill(stack, part), every=(12.0, 20.0)) as kills:
        _told_as_written(stack, until=lambda: bool(kills))


def test_kills_of_issuer_gateway_and_mail_sink_change_no_figure(stack: Stack) -> None:
    """Each is away again and again, also in the middle of a call."""
    parts = ("issuer", "sms", "smtp")
    with _meanwhile(lambda: _kill(stack, random.choice(parts))) as kills:
        _told_as_written(stack, until=lambda: len(kills) >= 3)


def _told_as_written(stack: Stack, *, until: Callable[[], bool]) -> None:
    """A fast machine tells the story between two strikes, so it is told again until enough has been struck."""
    told = False
    while not told or not until():
        assert _judged(stack.demo()) == FIGURES
        told = True


def _judged(figures: dict[str, object]) -> dict[str, object]:
    return {name: figures[name] for name in FIGURES}


def _kill_any(stack: Stack) -> str | None:
    running = [row for row in stack.status()["services"] if row["pid"]]
    return _killed(random.choice(running)) if running else None


def _kill(stack: Stack, part: str) -> str | None:
    row = next(row for row in stack.status()["parts"] if row["name"] == part)
    return _killed(row) if row["pid"] else None


def _killed(row: dict[str, object]) -> str:
    with suppress(ProcessLookupError):
        os.kill(int(str(row["pid"])), signal.SIGKILL)
    return f"{row['name']} {row.get('kind', '')}"


@contextmanager
def _meanwhile(
    strike: Callable[[], str | None], *, every: tuple[float, float] = _BETWEEN_KILLS_SECONDS
) -> Iterator[list[str]]:
    """Strike again and again, at random times, until the block ends; what was struck is printed and handed over."""
    over = threading.Event()
    struck: list[str] = []

    def go_on() -> None:
        # The first strike falls within the story, however fast it is told.
        pause = random.uniform(0.1, 1.2)
        while not over.wait(pause):
            name = strike()
            if name is not None:
                struck.append(name)
            pause = random.uniform(*every)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield struck
    finally:
        over.set()
        thread.join()
        print(f"struck: {', '.join(struck)}")


def test_the_judge_of_residue_finds_what_is_readable(stack: Stack) -> None:
    """A search that finds nothing proves nothing until it has found something."""
    status = stack.status()
    canary = f"kanariefågel-{secrets.token_hex(8)}"
    client: MongoClient[dict[str, object]] = MongoClient(status["mongo"]["uri"])
    with client:
        client["canaries"]["birds"].insert_one({"song": canary})
        client.admin.command("fsync")
        try:
            found = stack.command(
                "tests.journeys.look_for",
                status["mongo"]["uri"],
                status["kafka"]["bootstrap"],
                status["data"],
                canary,
            )
        finally:
            client.drop_database("canaries")

    places = found.stdout.splitlines()
    assert "database canaries.birds" in places
    assert "database local.oplog.rs" in places
    assert any(place.startswith("file ") and "/mongo/" in place for place in places), found.stderr
