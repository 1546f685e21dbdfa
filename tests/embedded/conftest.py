"""Local sinks as processes of their own on free ports, so that a kill is a kill."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from deploy.embedded.ports import free_port
from tests.eventually import eventually_now

LOGIN = ("u-local", "secret")


@dataclass
class Server:
    """One local stand-in, and how to end it without warning."""

    module: str
    options: list[str]
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        ports = ["--port", str(self.port)]
        if self.module == "smtp_sink":
            ports = ["--port", str(self.smtp_port), "--http-port", str(self.port)]
        self.child = subprocess.Popen(
            [sys.executable, "-m", f"deploy.embedded.{self.module}", *ports, *self.options],
            env={**os.environ, "SOB_SMS_USERNAME": LOGIN[0], "SOB_SMS_PASSWORD": LOGIN[1]},
        )
        eventually_now(self._answers, timeout=20)

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()
        self.child.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Starts a stand-in with an empty data folder and a clock of its own."""
    started: list[Server] = []

    def start(module: str) -> Server:
        data: Path = tmp_path_factory.mktemp(module)
        server = Server(module, ["--data", str(data), "--clock", str(data / "clock.json")])
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()
