"""Processes of a benchmark: actors that do tasks on command, and programs that run until they are stopped.

Every one is a child with a deadline for each answer, and is killed when its block is left.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]


class BenchError(Exception):
    """A process of the benchmark failed; the text ends with its last lines."""


class Program:
    """`python -m <module> ...` in the repository's folder; what it prints goes to a file."""

    def __init__(self, module: str, *arguments: str, env: Mapping[str, str], log: Path) -> None:
        self.module = module
        self._log = log
        self._argv = [sys.executable, "-m", module, *arguments]
        self._env = {**os.environ, **env}
        self.child: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self.child.pid if self.child is not None and self.child.poll() is None else None

    def start(self) -> Self:
        """Start it; does not wait for anything."""
        with self._log.open("a") as log:
            self.child = subprocess.Popen(
                self._argv, cwd=ROOT, env=self._env, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True
            )
        return self

    def kill(self) -> None:
        """SIGKILL, as a power cut."""
        if self.child is not None:
            self.child.kill()
            self.child.wait(10)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that takes more than 20 s."""
        if self.child is None or self.child.poll() is not None:
            return
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_lines(self) -> str:
        return " | ".join(self._log.read_text(errors="replace").strip().splitlines()[-8:])[-2000:]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.stop()


class Actor(Program):
    """A module that calls `acting.act`."""

    def start(self) -> Self:
        """Start it and wait until it is ready for tasks."""
        answers, theirs = os.pipe()
        self._answers = answers
        self._rest = b""
        with self._log.open("a") as log:
            self.child = subprocess.Popen(
                self._argv,
                cwd=ROOT,
                env={**self._env, "BENCH_ANSWERS": str(theirs)},
                pass_fds=[theirs],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
            )
        os.close(theirs)
        self._answer(60)
        return self

    def tell(self, task: str, **values: Any) -> None:
        """Begin a task; `answer` waits for its end. One at a time."""
        assert self.child is not None
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps({"task": task, **values}) + "\n")
        self.child.stdin.flush()

    def answer(self, timeout: float = 300) -> dict[str, Any]:
        """The answer to the task that was begun."""
        return self._answer(timeout)

    def do(self, task: str, timeout: float = 300, **values: Any) -> dict[str, Any]:
        """Do a task and return its answer."""
        self.tell(task, **values)
        return self._answer(timeout)

    def _answer(self, timeout: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            read = os.read(self._answers, 1 << 20) if ready else b""
            if not read:
                self.kill()
                raise BenchError(f"{self.module} gave no answer: {self.last_lines()}")
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def stop(self) -> None:
        self.kill()
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1
