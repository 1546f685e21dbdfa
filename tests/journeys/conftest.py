"""A stack of its own for these tests: another home, other ports, started once and stopped at the end."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.ports import Ports, free_port, is_free

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack and the commands of its Makefile."""

    env: dict[str, str]

    def command(self, *words: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """What `python -m words...` did and printed."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=REPOSITORY,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """What runs, as `make -s status FORMAT=json` says it."""
        found: dict[str, Any] = json.loads(self.command("deploy.embedded", "status").stdout)
        return found

    def demo(self, *, timeout: float = 400) -> dict[str, Any]:
        """The figures on the last line of the demo; what it printed is shown if there is no such line."""
        done = self.command("deploy.demo", timeout=timeout)
        print(done.stdout, done.stderr)
        figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        assert (done.returncode == 0) == figures["ok"]
        return figures


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that is ready."""
    env = {
        **os.environ,
        "SOB_HOME": str(tmp_path_factory.mktemp("stack")),
        "PORT_BASE": str(_free_base()),
        "FORMAT": "json",
    }
    made = Stack(env)
    started = made.command("deploy.embedded", "run", "--detach")
    if started.returncode != 0:
        pytest.fail(f"The stack did not start: {started.stderr[-2000:]}", pytrace=False)
    yield made
    made.command("deploy.embedded", "stop")


def _free_base() -> int:
    while True:
        base = free_port() // 100 * 100
        if all(is_free(port) for port in Ports(base).all.values()):
            return base
