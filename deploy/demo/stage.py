"""Where the story plays: the addresses of a running stack, embedded or composed, and how it is entered.

Everything is asked again while a process comes back: a request that changes something carries one Idempotency-Key
for all its tries, so a kill in the middle of the story changes no figure.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90.0
# What nobody knows the outcome of is sent again when a minute and a half have gone, and not before.
ARRIVAL_SECONDS = 180.0
_AGAIN = (429, 500, 502, 503, 504)


class StoryError(Exception):
    """The stack did something else than the story says; the text is one line."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Everything the story and its judges reach."""

    services: dict[str, str]
    sms: str
    mail: str
    issuer: str
    kafka: str
    kafka_subscribers: str
    mongo: str
    subscriber_password: str
    # Folders whose raw files must hold nothing readable: databases, topics, logs.
    raw: tuple[Path, ...]
    # Named volumes of containers, read with the engine's help.
    volumes: tuple[str, ...] = ()
    # The command that prints everything containers have logged.
    logs: tuple[str, ...] = ()

    @staticmethod
    def of_embedded() -> "Addresses":
        """The stack of `make run`, started first if nothing runs."""
        command = [sys.executable, "-m", "deploy.embedded"]
        subprocess.run([*command, "run", "--detach"], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)
        asked = subprocess.run(
            [*command, "status"],
            cwd=REPOSITORY,
            env={**os.environ, "FORMAT": "json"},
            check=True,
            capture_output=True,
            text=True,
        )
        facts = json.loads(asked.stdout)
        home = Path(facts["data"]).parent
        passwords = json.loads((home / "secrets" / "kafka.json").read_text())
        return Addresses(
            services={row["name"]: row["url"] for row in facts["services"] if row["kind"] == "api"},
            sms=facts["sms"]["url"],
            mail=facts["smtp"]["http"],
            issuer=facts["issuer"]["url"],
            kafka=facts["kafka"]["bootstrap"],
            kafka_subscribers=facts["kafka"]["sasl_bootstrap"],
            mongo=facts["mongo"]["uri"],
            subscriber_password=passwords["rjl"],
            raw=(home / "data" / "mongo", home / "data" / "kafka", home / "logs"),
        )

    @staticmethod
    def of_compose() -> "Addresses":
        """The stack of docker-compose.yml, started first if any of it does not run."""
        topology = json.loads(_compose("config", "--format", "json"))
        wanted = {name for name, each in topology["services"].items() if each.get("restart") != "no"}
        # Not `up` in any case: it would take the further workers of a `--scale` away.
        if not wanted <= set(_compose("ps", "--services", "--status", "running").split()):
            _compose("up", "--build", "--detach", "--wait", shown=True)

        def door(service: str, inside: int = 8000) -> str:
            found = next(p for p in topology["services"][service]["ports"] if p["target"] == inside)
            return f"{found['host_ip']}:{found['published']}"

        passwords = topology["services"]["keys"]["environment"]
        apis = (name for name in topology["services"] if name.endswith("-api"))
        return Addresses(
            services={name.removesuffix("-api"): f"http://{door(name)}" for name in apis},
            sms=f"http://{door('sms')}",
            mail=f"http://{door('smtp')}",
            issuer=f"http://{door('issuer')}",
            kafka=door("kafka", 9094),
            kafka_subscribers=door("kafka", 9096),
            mongo=f"mongodb://admin:{passwords['ADMIN_PASSWORD']}@{door('mongo', 27017)}/?directConnection=true",
            subscriber_password=passwords["RJL_PASSWORD"],
            raw=(),
            volumes=tuple(topology["volumes"][name]["name"] for name in ("mongo", "kafka")),
            logs=("docker", "compose", "logs", "--no-color"),
        )


def _compose(*words: str, shown: bool = False) -> str:
    done = subprocess.run(
        ["docker", "compose", *words],
        cwd=REPOSITORY,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=None if shown else subprocess.PIPE,
        text=True,
    )
    return done.stdout or ""


class Person:
    """Somebody with a token, asking services; the token is fetched anew when the clock has outrun it."""

    def __init__(self, stage: "Stage", tenant: str, name: str, unit: str | None = None) -> None:
        self._stage = stage
        self.tenant = tenant
        self.name = name
        self._unit = unit
        self._token: str | None = None

    def get(self, service: str, path: str, **query: Any) -> Any:
        """The JSON of a GET that must succeed."""
        return self.ask("GET", service, path, query=query).json()

    def send(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        version: str | None = None,
        trace: str | None = None,
    ) -> Any:
        """The JSON of a change that must succeed, done once however often it has to be asked for."""
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        if trace is not None:
            headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
        if version is not None:
            headers["If-Match"] = version
        answer = self.ask(method, service, path, body=body, headers=headers)
        return answer.json() if answer.content else None

    def ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        expect: int | None = None,
    ) -> httpx.Response:
        """One answer; asked again while nobody is there, and with a new token when the old one has run out."""
        url = f"{self._stage.at.services[service]}{path}"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                token = self._token or self._login()
                answer = self._stage.http.request(
                    method,
                    url,
                    params=query,
                    json=body,
                    headers={"Authorization": f"Bearer {token}", **(headers or {})},
                )
            except httpx.TransportError:
                answer = None
            if answer is not None:
                if answer.status_code == 401 and expect != 401 and time.monotonic() < deadline:
                    self._token = None
                elif answer.status_code == expect or answer.is_success:
                    return answer
                elif answer.status_code not in _AGAIN:
                    code = answer.json().get("code", "") if answer.content else ""
                    raise StoryError(f"{method} {service}{path} as {self.name}: {answer.status_code} {code}")
            if time.monotonic() > deadline:
                raise StoryError(
                    f"{method} {service}{path} as {self.name}: no answer for {PATIENCE_SECONDS:.0f} s"
                )
            time.sleep(0.2)

    def _login(self) -> str:
        form = {"person": self.name, **({"unit": self._unit} if self._unit else {})}
        answer = self._stage.http.post(f"{self._stage.at.issuer}/{self.tenant}/token", data=form)
        answer.raise_for_status()
        self._token = str(answer.json()["access_token"])
        return self._token


class Stage:
    """A running stack as the story sees it."""

    def __init__(self, at: Addresses) -> None:
        self.at = at
        self.http = httpx.Client(timeout=20)

    def somebody(self, tenant: str, name: str, unit: str | None = None) -> Person:
        """A person of the local issuer."""
        return Person(self, tenant, name, unit)

    def outside(self, method: str, url: str, **options: Any) -> Any:
        """The JSON of a part outside the services (gateway, sink, issuer), waited for while it comes back."""

        def asked() -> Any:
            answer = self.http.request(method, url, **options)
            answer.raise_for_status()
            return (answer.json(),)

        return self.eventually(asked, f"{method} {url} answers")[0]

    def eventually(
        self, question: Callable[[], T | None], what: str, *, seconds: float = PATIENCE_SECONDS
    ) -> T:
        """The first answer that is something; asked until then. Raises StoryError naming what never came."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = question()
            except httpx.HTTPError:
                answer = None
            if answer:
                return answer
            if time.monotonic() > deadline:
                raise StoryError(f"It never came true that {what} (waited {seconds:.0f} s).")
            time.sleep(0.1)


def change_once(change: Callable[[], object], done: Callable[[], bool]) -> None:
    """A change without an Idempotency-Key: when its answer was lost, what came of it is looked at instead."""
    try:
        change()
    except StoryError:
        if not done():
            raise


def status_of(
    who: Person, service: str, path: str, *, method: str = "GET", body: Any = None, expect: int = 404
) -> int:
    """The status of an answer, `expect` or any other."""
    try:
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        return who.ask(method, service, path, body=body, headers=headers, expect=expect).status_code
    except StoryError as refusal:
        return int(str(refusal).rsplit(":", 1)[1].split()[0])
