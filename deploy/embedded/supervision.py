"""The supervisor of a local stack: restarts what dies, at once and for ever, and stops all in order.

Each program's command is the process itself (no shell in between), so a pid in the status is the one to kill.
"""

import contextlib
import os
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from deploy.embedded import secret_files
from deploy.embedded.home import MARK, REPOSITORY, Home
from deploy.embedded.process import allow_open_files
from deploy.embedded.programs import Program
from deploy.embedded.supervisor_socket import connect, pids

# The order of starting; stopping goes backwards, group by group, a group's programs side by side.
_GROUPS = ("parts", "standins", "services")
_ALREADY_STARTED = 60
_RPC = "supervisor.rpcinterface:make_main_rpcinterface"


class SupervisorGoneError(Exception):
    """The supervisor ended, or never began; the text is one line."""


class Supervisor:
    """supervisord of one stack, spoken to over its socket."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, programs: Iterable[Program]) -> None:
        """Start it with all programs known and none running."""
        secret_files.write(self._conf, _configuration(self._home, programs))
        self._home.logs.mkdir(parents=True, exist_ok=True)
        allow_open_files()
        with (self._home.logs / "supervisord.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._conf)],
                cwd=REPOSITORY,
                env={**os.environ, MARK: str(self._home.root), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while not self.is_running():
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise SupervisorGoneError(f"The supervisor did not start: see {log.name}.")
            time.sleep(0.05)

    def is_running(self) -> bool:
        """Whether it answers."""
        try:
            self._rpc.getState()
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def begin(self, programs: Iterable[Program]) -> None:
        """Start programs that are not running; returns at once. Raises SupervisorGoneError."""
        running = pids(self._home.socket)
        for program in programs:
            if running.get(program.name) is None:
                self._begin(program)

    def _begin(self, program: Program) -> None:
        try:
            self._rpc.startProcess(f"{program.group}:{program.name}", False)
        except xmlrpc.client.Fault as refusal:
            if refusal.faultCode != _ALREADY_STARTED:
                raise SupervisorGoneError(
                    f"{program.name} could not be started: {refusal.faultString}"
                ) from None
        except OSError:
            raise SupervisorGoneError("The stack was stopped while it was starting.") from None

    def wait(self) -> None:
        """Return when it has ended, whoever ended it."""
        while self.is_running():
            time.sleep(1)

    def stop(self) -> None:
        """End every program in order, then itself, then whatever else carries the stack's mark."""
        try:
            self._rpc.shutdown()
        except (OSError, xmlrpc.client.Error):
            """There is none; what it left behind is swept."""
        else:
            self._await_end(timeout=60)
        self.sweep()
        self._home.socket.unlink(missing_ok=True)

    def sweep(self) -> int:
        """End what a killed supervisor or start left behind; says how many there were."""
        ended, looks = 0, 0
        # A process that is between fork and exec shows no environment: only a second look is to be believed.
        while looks < 2:
            left = list(_marked(self._home))
            looks = 0 if left else looks + 1
            ended += len(left)
            _end(left)
            time.sleep(0.1)
        return ended

    def _await_end(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._child is not None:
                self._child.poll()
            if not any(True for _ in _marked(self._home)):
                return
            time.sleep(0.1)

    @property
    def _conf(self) -> Path:
        return self._home.run / "supervisord.conf"

    @property
    def _rpc(self) -> Any:
        return connect(self._home.socket)


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=10)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def _marked(home: Home) -> Iterable[psutil.Process]:
    for process in psutil.process_iter():
        try:
            ours = process.environ().get(MARK) == str(home.root) and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            continue
        if ours and process.pid != os.getpid():
            yield process


def _configuration(home: Home, programs: Iterable[Program]) -> str:
    known = list(programs)
    sections = [
        f"[unix_http_server]\nfile={home.socket}\nchmod=0600",
        f"[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile={home.run}/supervisord.pid",
        f"[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory={_RPC}",
    ]
    for place, group in enumerate(_GROUPS):
        names = [program.name for program in known if program.group == group]
        if names:
            sections.append(f"[group:{group}]\nprograms={','.join(names)}\npriority={place}")
    sections += [_section(home, program) for program in known]
    return "\n\n".join(sections) + "\n"


def _section(home: Home, program: Program) -> str:
    environment = ",".join(f'{name}="{value}"' for name, value in program.env.items())
    lines = {
        "command": shlex.join(program.argv),
        "directory": str(REPOSITORY),
        "environment": environment,
        "autostart": "false",
        "autorestart": "true",
        # Killed after its first second it is back at once; one that cannot start is tried at growing intervals.
        "startsecs": "1",
        "startretries": "1000000",
        "stopsignal": "TERM",
        "stopwaitsecs": "25",
        "stopasgroup": "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": f"{home.logs}/{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": "3",
    }
    body = "\n".join(f"{key}={value.replace('%', '%%')}" for key, value in lines.items() if value)
    return f"[program:{program.name}]\n{body}"
