"""Processes of a test: started, frozen, killed, told to end, and never left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """A Python module of the tests as a process of its own."""

    def __init__(
        self, module: str, log: Path, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.command = [sys.executable, "-m", module, *arguments]
        self.environment = {**os.environ, **(environment or {})}
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def runs(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """As a power cut would."""
        self._signal(signal.SIGKILL)
        self._wait(10)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self, timeout: float = 20) -> int:
        """Ask it to end and return its exit code; -9 if it had to be killed."""
        self._signal(signal.SIGTERM)
        return self._wait(timeout)

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)

    def _wait(self, timeout: float) -> int:
        if self._child is None:
            return 0
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return self._child.wait()


@contextmanager
def programs(*those: Program) -> Iterator[None]:
    """Start them, and kill what is left at the end."""
    try:
        for program in those:
            program.start()
        yield
    finally:
        for program in those:
            program.kill()
