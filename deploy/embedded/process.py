"""A server as a child of this process: started until it answers, stopped, killed and frozen on demand.

A child lives in a session of its own, so a Ctrl-C meant for the tests does not reach it before they clean up.
"""

import atexit
import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class StartError(Exception):
    """A server ended or kept silent while it was to start; the text ends with its last lines."""


class Process:
    """What MongoDB and Kafka have in common: knows its command, when it answers, and how to bring it down."""

    def __init__(self, name: str, data_dir: Path) -> None:
        self.name = name
        self.data_dir = data_dir
        self._child: subprocess.Popen[bytes] | None = None

    def argv(self) -> list[str]:
        """The command that becomes the server; its pid is the server's own."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Write what the command needs; does nothing where it has been done."""

    def answers(self) -> bool:
        """Whether the server would serve a client now."""
        raise NotImplementedError

    def settle(self) -> None:
        """Do what can only be done to a running server; does nothing where it has been done."""

    @property
    def log(self) -> Path:
        """What the server has said, when it runs as a child of this process."""
        return self.data_dir / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self, timeout: float = 60) -> Self:
        """Start and return when it serves; raises StartError with its last lines."""
        if self.pid is not None:
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.prepare()
        with self.log.open("ab") as log:
            allow_open_files()
            self._child = subprocess.Popen(
                self.argv(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        atexit.register(self.kill)
        self.wait(timeout)
        self.settle()
        return self

    def wait(self, timeout: float = 60) -> None:
        """Return when the server answers."""
        deadline = time.monotonic() + timeout
        while not self.answers():
            if self._child is not None and self._child.poll() is not None:
                raise StartError(f"{self.name} ended while starting: {self._last_lines()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} gave no answer in {timeout:.0f} s: {self._last_lines()}")
            time.sleep(0.03)

    def stop(self, timeout: float = 30) -> None:
        """Ask it to end (SIGTERM), and kill it when it does not."""
        if self.pid is not None:
            self.resume()
            self._signal(signal.SIGTERM)
        self._reap(timeout)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._signal(signal.SIGKILL)
        self._reap(10)

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            os.kill(pid, number)

    def _reap(self, timeout: float) -> None:
        child, self._child = self._child, None
        atexit.unregister(self.kill)
        if child is None:
            return
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _last_lines(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except OSError:
            return "it said nothing"
        return " | ".join(lines[-3:])[-600:]


def allow_open_files() -> None:
    """As many open files as this user may have: a shell's usual 1024 are too few for a database or a broker."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
