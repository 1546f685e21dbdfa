"""The commands print what was asked for and nothing else, so that scripts can take their answer."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.embedded.home import Home
from tests.embedded.conftest import Server


@dataclass
class Commands:
    home: Path
    issuer: Server

    def __call__(self, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.embedded", name],
            env={**os.environ, "SOB_HOME": str(self.home), **variables},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def command(serve: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """Commands of a stack of which only the issuer runs."""
    issuer, home = serve("issuer"), tmp_path_factory.mktemp("home")
    Home(home).write_facts({"port_base": issuer.port, "ready": False})
    return Commands(home, issuer)


def test_a_token_is_printed_alone(command: Commands) -> None:
    printed = command("token", AS="anna", TENANT="vgr")

    assert printed.returncode == 0
    assert printed.stdout.count(".") == 2
    assert printed.stdout.count("\n") == 1
    assert printed.stderr == ""


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AS": "nobody", "TENANT": "vgr"}, "Nobody in vgr is called nobody"),
        ({"AS": "anna", "TENANT": "skane"}, "No region skane"),
        ({}, "AS=anna TENANT=vgr"),
    ],
)
def test_no_token_is_one_line_of_why(command: Commands, variables: dict[str, str], said: str) -> None:
    refused = command("token", **variables)

    assert refused.returncode == 1
    assert refused.stdout == ""
    [line] = refused.stderr.splitlines()
    assert said in line


def test_time_goes_forward_by_a_span_and_to_a_time_and_never_back(command: Commands) -> None:
    before = httpx.get(f"{command.issuer.url}/clock").json()["shift_seconds"]

    assert command("forward", BY="1d2h").returncode == 0
    assert httpx.get(f"{command.issuer.url}/clock").json()["shift_seconds"] == before + 26 * 3600
    assert command("forward", TO="2099-01-01T09:00").stdout.startswith("It is now 2099-01-01T08:00")
    assert "has passed" in command("forward", TO="2098-12-31").stderr


def test_the_status_of_what_does_not_run_is_one_object_all_the_same(command: Commands) -> None:
    printed = command("status", FORMAT="json")

    facts = json.loads(printed.stdout)
    assert facts["running"] is False
    assert len(facts["services"]) == 10
    assert {row["ready"] for row in facts["services"] + facts["parts"]} == {False}
    assert facts["issuer"]["url"] == command.issuer.url


def test_a_reset_that_nobody_confirmed_removes_nothing(command: Commands) -> None:
    refused = command("reset")

    assert refused.returncode == 1
    assert command.home.joinpath("run", "stack.json").exists()
