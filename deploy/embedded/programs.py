"""Every process of a local stack: its command, its environment, its place in the order of starting and stopping.

The order is parts, stand-ins, services; stopping goes the other way, so that nobody loses what it still needs.
"""

import importlib.util
import json
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded import secret_files
from deploy.embedded.home import REPOSITORY, Home
from deploy.embedded.kafka import Kafka, KafkaPorts
from deploy.embedded.mongod import Mongod
from deploy.embedded.ports import HOST, KINDS, SERVICES, Ports

TENANTS = REPOSITORY / "deploy" / "tenants"


@dataclass(frozen=True, slots=True)
class Program:
    """One process under the supervisor; `group` starts and stops together."""

    group: str
    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)


class Topology:
    """The whole stack below one home, at one port base."""

    def __init__(self, home: Home, ports: Ports) -> None:
        self.home = home
        self.ports = ports
        p = ports.parts
        self.mongod = Mongod(home.data / "mongo", p["mongo"], auth=True, services=SERVICES, cache_gb=0.5)
        doors = KafkaPorts(p["kafka"], p["kafka-controller"], p["kafka-sasl"])
        self.kafka = Kafka(home.data / "kafka", doors)
        self.issuer_url = f"http://{HOST}:{p['issuer']}"
        self.sms_url = f"http://{HOST}:{p['sms']}"
        self.mail_url = f"http://{HOST}:{p['smtp-http']}"
        self.inbox_url = f"http://{HOST}:{p['inbox']}"

    def make_secrets(self) -> None:
        """Keys and passwords that are not there yet, readable to their owner alone."""
        for name in ("master.key", "pseudonym.key"):
            secret_files.make_key(self.home.secrets / name)
        users = [
            *(f"svc-{service}" for service in SERVICES),
            *sorted(file.stem for file in TENANTS.glob("*.yaml")),
        ]
        secret_files.merge_json(self._kafka_passwords, {user: secrets.token_hex(20) for user in users})
        secret_files.merge_json(self._sms_login, {"username": "u-sob", "password": secrets.token_hex(20)})

    def part_programs(self) -> list[Program]:
        """MongoDB and Kafka; they must be prepared first."""
        return [Program("parts", part.name, part.argv()) for part in (self.mongod, self.kafka)]

    def stand_in_programs(self) -> list[Program]:
        """What stands in for the world around: identity and registers, SMS, mail, the 1177 inbox."""
        p, data, clock = self.ports.parts, self.home.data, ["--clock", str(self.home.clock_file)]

        def of(name: str, module: str, *options: str, env: Mapping[str, str] | None = None) -> Program:
            command = [sys.executable, "-m", f"deploy.embedded.{module}", *options]
            return Program("standins", name, [*command, "--data", str(data / name), *clock], env or {})

        mail = ("--port", str(p["smtp"]), "--http-port", str(p["smtp-http"]))
        return [
            of("issuer", "issuer", "--port", str(p["issuer"])),
            of("sms", "sms_gateway", "--port", str(p["sms"]), env=self._sms_env()),
            of("smtp", "smtp_sink", *mail),
            of("inbox", "inbox", "--port", str(p["inbox"])),
        ]

    def service_programs(self) -> list[Program]:
        """Ten processes: an API and a worker of each service that can be run."""
        return [
            Program(
                "services",
                f"{service}-{kind}",
                [sys.executable, "-m", f"services.{service}", kind],
                self._service_env(service, kind),
            )
            for service in SERVICES
            if can_run(f"services.{service}")
            for kind in KINDS
        ]

    def provision_env(self) -> dict[str, str]:
        """What `chassis.provision` needs to make topics, users, ACLs and indexes."""
        return {
            **self._common_env(),
            "SOB_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "SOB_MONGO_ADMIN_URI": self.mongod.admin_uri,
            "SOB_KAFKA_PASSWORDS": str(self._kafka_passwords),
        }

    def load_env(self) -> dict[str, str]:
        """What the seeding needs: the addresses of the public APIs and of the issuer."""
        return {**self._common_env(), **self._addresses()}

    def service_url(self, service: str, kind: str) -> str:
        """Where a process answers HTTP."""
        return f"http://{HOST}:{self.ports.of_service(service, kind)}"

    def _common_env(self) -> dict[str, str]:
        return {
            "SOB_TENANTS": str(TENANTS),
            "SOB_SECRETS": str(self.home.secrets),
            "SOB_CLOCK_FILE": str(self.home.clock_file),
            "SOB_ISSUER": self.issuer_url,
        }

    def _addresses(self) -> dict[str, str]:
        return {f"SOB_{service.upper()}_URL": self.service_url(service, "api") for service in SERVICES}

    def _service_env(self, service: str, kind: str) -> dict[str, str]:
        user = f"svc-{service}"
        env = {
            **self._common_env(),
            **self._addresses(),
            "SOB_MONGO_URI": self.mongod.uri(service),
            "SOB_KAFKA_BOOTSTRAP": self.kafka.sasl_bootstrap,
            "SOB_KAFKA_USERNAME": user,
            "SOB_KAFKA_PASSWORD": _read(self._kafka_passwords)[user],
            "SOB_HOST": HOST,
            "SOB_PORT": str(self.ports.of_service(service, kind)),
            "SOB_INSTANCE": f"{service}-{kind}",
            "SOB_DIRECTORY_URL": self.issuer_url,
        }
        if service == "notifications":
            return {
                **env,
                **self._sms_env(),
                **self._mail_env(),
                "SOB_INBOX_URL": f"{self.inbox_url}/AddMessage",
                "SOB_INBOX_TRACE_URL": f"{self.inbox_url}/trace",
                "SOB_PUBLIC_URL": self.service_url(service, "api"),
                # Of a region's web, of which there is none here.
                "SOB_STAFF_URL": "https://sob.region.example/processes/unit",
            }
        return env

    def _sms_env(self) -> dict[str, str]:
        login = _read(self._sms_login)
        return {
            "SOB_SMS_URL": self.sms_url,
            "SOB_SMS_USERNAME": login["username"],
            "SOB_SMS_PASSWORD": login["password"],
        }

    def _mail_env(self) -> dict[str, str]:
        port = str(self.ports.parts["smtp"])
        return {"SOB_SMTP_HOST": HOST, "SOB_SMTP_PORT": port, "SOB_SMTP_TRACE_URL": f"{self.mail_url}/trace"}

    @property
    def _kafka_passwords(self) -> Path:
        return self.home.secrets / "kafka.json"

    @property
    def _sms_login(self) -> Path:
        return self.home.secrets / "sms.json"


def can_run(package: str) -> bool:
    """Whether `python -m package` would find something to run."""
    try:
        return importlib.util.find_spec(f"{package}.__main__") is not None
    except ModuleNotFoundError:
        return False


def _read(file: Path) -> dict[str, str]:
    content: dict[str, str] = json.loads(file.read_text())
    return content
