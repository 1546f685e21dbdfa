"""Starting a local stack: each step may be done again, so a start that was cut short is finished by the next.

What does not depend on each other starts side by side: on two cores the order decides the seconds.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.asking import are_ready
from deploy.embedded.console import Console
from deploy.embedded.home import MARK, REPOSITORY, Home
from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from deploy.embedded.parts import find_java, find_mongod, kafka_class_path
from deploy.embedded.ports import SERVICES, Ports, is_free
from deploy.embedded.programs import Program, Topology, can_run
from deploy.embedded.supervision import Supervisor

_READY_WITHIN = 90.0


class CannotStartError(Exception):
    """Something a person must see to; the text is one line with the cure in it."""


class Starting:
    """One start of the stack below one home."""

    def __init__(self, home: Home, ports: Ports, supervisor: Supervisor, console: Console) -> None:
        self._home = home
        self._ports = ports
        self._supervisor = supervisor
        self._console = console
        self._topology = Topology(home, ports)

    def run(self) -> bool:
        """Start everything; says whether all of it is ready. Raises CannotStartError."""
        find_mongod()
        find_java()
        kafka_class_path(self._console.say)
        if not self._supervisor.is_running():
            self._supervise()
        with self._console.step("MongoDB, Kafka, issuer, SMS gateway, mail sink and inbox"):
            self._start_parts()
        self._facts(ready=False)
        self._provision()
        services = self._topology.service_programs()
        self._start_services(services)
        ready = self._await_services(services)
        self._load()
        self._facts(ready=ready)
        return ready

    def _supervise(self) -> None:
        left = self._supervisor.sweep()
        if left:
            self._console.warn(f"Ended {left} processes that an earlier start left behind")
        self._refuse_taken_ports()
        for folder in (self._home.data, self._home.run, self._home.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._topology.make_secrets()
        parts = (self._topology.mongod, self._topology.kafka)
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(part.prepare) for part in parts]:
                done.result()
        everything = [
            *self._topology.part_programs(),
            *self._topology.stand_in_programs(),
            *self._topology.service_programs(),
        ]
        self._supervisor.start(everything)

    def _refuse_taken_ports(self) -> None:
        for name, port in self._ports.all.items():
            if not is_free(port):
                raise CannotStartError(
                    f"Port {port} ({name}) is taken by another process: free it, or take other ports with "
                    f"`make run PORT_BASE={self._ports.base + 1000}`."
                )

    def _start_parts(self) -> None:
        self._supervisor.begin([*self._topology.part_programs(), *self._topology.stand_in_programs()])
        parts: tuple[Mongod | Kafka, ...] = (self._topology.mongod, self._topology.kafka)
        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(_settle, part) for part in parts]:
                done.result()
        t = self._topology
        addresses = [f"{url}/health" for url in (t.issuer_url, t.sms_url, t.mail_url, t.inbox_url)]
        if self._await_all(addresses, 30):
            raise CannotStartError(f"The issuer or a sink does not answer: see {self._home.logs}.")

    def _provision(self) -> None:
        if not _exists("chassis.provision"):
            self._console.warn("chassis.provision is not there yet: no topics, users or indexes are made")
            return
        with self._console.step("Topics, users, rights and indexes"):
            self._call("chassis.provision", self._topology.provision_env(), self._home.logs / "provision.log")

    def _start_services(self, services: list[Program]) -> None:
        for service in SERVICES:
            if not can_run(f"services.{service}"):
                self._console.warn(f"services.{service} cannot be run yet: left out")
        self._supervisor.begin(services)

    def _await_services(self, services: list[Program]) -> bool:
        urls = {
            f"http://{program.env['SOB_HOST']}:{program.env['SOB_PORT']}/health/ready": program.name
            for program in services
        }
        with self._console.step(f"{len(services)} service processes"):
            late = self._await_all(list(urls), _READY_WITHIN)
        for url in late:
            name = urls[url]
            self._console.warn(
                f"{name} is not ready after {_READY_WITHIN:.0f} s: {_last_line(self._home.logs / f'{name}.log')}"
            )
        return not late

    def _load(self) -> None:
        if not _exists("deploy.embedded.load"):
            self._console.warn(
                "deploy.embedded.load is not there yet: no units, roles or programs are loaded"
            )
            return
        with self._console.step("Units, roles and programs"):
            self._call("deploy.embedded.load", self._topology.load_env(), None)

    def _call(self, module: str, env: dict[str, str], log: Path | None) -> None:
        command = [sys.executable, "-m", module]
        inherited = {**os.environ, **env, MARK: str(self._home.root)}
        with _opened(log) as output:
            done = subprocess.run(
                command, env=inherited, cwd=REPOSITORY, stdout=output, stderr=output, check=False
            )
        if done.returncode != 0:
            reason = f": {_last_line(log)} ({log})" if log else "."
            raise CannotStartError(f"python -m {module} failed{reason}")

    def _await_all(self, urls: list[str], timeout: float) -> list[str]:
        deadline = time.monotonic() + timeout
        late = urls
        while late and time.monotonic() < deadline:
            late = [url for url, ready in zip(late, are_ready(late), strict=True) if not ready]
            if late and not self._supervisor.is_running():
                raise CannotStartError("The stack was stopped while it was starting.")
            time.sleep(0.1)
        return late

    def _facts(self, *, ready: bool) -> None:
        facts = {"port_base": self._ports.base, "mongo_uri": self._topology.mongod.admin_uri, "ready": ready}
        self._home.write_facts(facts)


def _settle(part: Mongod | Kafka) -> None:
    part.wait(60)
    part.settle()


def _exists(module: str) -> bool:
    path = REPOSITORY.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        return "it said nothing"
    return lines[-1][-300:] if lines else "it said nothing"


@contextmanager
def _opened(log: Path | None) -> Iterator[int | None]:
    # Without a log the module's own progress goes where ours does: stdout is for results.
    if log is None:
        yield sys.stderr.fileno()
        return
    with log.open("ab") as file:
        yield file.fileno()
