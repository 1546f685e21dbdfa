"""What dies comes back, and what is stopped leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded.home import MARK, Home
from deploy.embedded.ports import HOST, free_port
from deploy.embedded.programs import Program
from deploy.embedded.supervision import Supervisor
from deploy.embedded.supervisor_socket import pids
from tests.eventually import eventually_now

pytestmark = pytest.mark.slow

SLEEPER = Program(
    "services", "sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], {"PERCENT": "5%"}
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "a-name-long-enough-for-a-socket-to-be-refused-by-the-kernel" / "stack")


@pytest.fixture
def supervisor(home: Home) -> Iterator[Supervisor]:
    supervisor = Supervisor(home)
    supervisor.start([SLEEPER])
    supervisor.begin([SLEEPER])
    # Until then the process is a copy of the supervisor.
    eventually_now(lambda: psutil.Process(sleeper(home)).cmdline() == SLEEPER.argv)
    yield supervisor
    supervisor.stop()


def sleeper(home: Home) -> int:
    pid = pids(home.socket).get("sleeper")
    assert pid is not None
    return pid


def test_a_killed_process_is_back_at_once(home: Home, supervisor: Supervisor) -> None:
    before = sleeper(home)

    os.kill(before, signal.SIGKILL)

    eventually_now(lambda: pids(home.socket).get("sleeper") not in (None, before), timeout=5)


def test_a_pid_is_the_process_itself_with_its_environment(home: Home, supervisor: Supervisor) -> None:
    process = psutil.Process(sleeper(home))

    assert process.cmdline() == SLEEPER.argv
    assert process.environ()["PERCENT"] == "5%"
    assert process.environ()[MARK] == str(home.root)


def test_a_stop_ends_what_a_killed_supervisor_left_behind(home: Home, supervisor: Supervisor) -> None:
    left = psutil.Process(sleeper(home))
    parent = left.parent()
    assert parent is not None
    parent.kill()

    supervisor.stop()

    eventually_now(lambda: not left.is_running() or left.status() == psutil.STATUS_ZOMBIE)
    assert pids(home.socket) == {}


def test_a_stop_leaves_the_processes_of_another_home(
    home: Home, supervisor: Supervisor, tmp_path: Path
) -> None:
    Supervisor(Home(tmp_path / "another")).stop()

    assert psutil.pid_exists(sleeper(home))


def test_only_the_owner_reads_what_holds_passwords(home: Home, supervisor: Supervisor) -> None:
    assert (home.run / "supervisord.conf").stat().st_mode & 0o077 == 0


def test_a_taken_port_is_one_line_with_the_cure(tmp_path: Path) -> None:
    with socket.create_server((HOST, free_port())) as holder:
        port = str(holder.getsockname()[1])
        environment = {**os.environ, "SOB_HOME": str(tmp_path), "PORT_BASE": port}
        refused = subprocess.run(
            [sys.executable, "-m", "deploy.embedded", "run"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode == 1
    assert refused.stdout == ""
    [line] = refused.stderr.splitlines()
    assert f"{port} (issuer)" in line
    assert "PORT_BASE=" in line
