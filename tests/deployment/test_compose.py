"""The composed stack: what it shows to the machine, what its containers may do, and that it twins the embedded one."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose.keys import tell_kafka_passwords
from deploy.embedded.kafka import Kafka
from deploy.embedded.mongod import Mongod
from deploy.embedded.ports import KINDS, SERVICES

REPOSITORY = Path(__file__).parents[2]
TOPOLOGY: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = TOPOLOGY["services"]
# These name addresses and folders, which differ by nature.
_OWN = ("listeners", "listener.", "advertised.", "log.dirs", "controller.quorum.", "inter.broker.")


def test_every_service_is_an_api_and_a_worker_from_one_image() -> None:
    for service in SERVICES:
        assert {CONTAINERS[f"{service}-{kind}"]["image"] for kind in KINDS} == {f"sob-{service}"}
        assert [CONTAINERS[f"{service}-{kind}"]["command"] for kind in KINDS] == [["api"], ["worker"]]


def test_ports_are_published_on_loopback_alone_and_follow_one_knob() -> None:
    published = [port for container in CONTAINERS.values() for port in container.get("ports", [])]

    assert len(published) == len(set(published)) == 13
    assert all(port.startswith("127.0.0.1:${SOB_PORTS:-82}") for port in published)


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_a_container_cannot_write_to_itself_or_gain_rights(container: dict[str, Any]) -> None:
    assert container["read_only"]
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "cap_add" not in container or container is CONTAINERS["keys"]


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_what_is_to_run_comes_back_and_is_watched(container: dict[str, Any]) -> None:
    once = container["restart"] == "no"

    assert once or container["restart"] == "unless-stopped"
    assert once == bool(container["healthcheck"].get("disable"))


def test_a_region_without_a_password_in_the_environment_keeps_the_one_that_was_drawn_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("vgr", "rjl", "skane"):
        (tmp_path / f"{slug}.yaml").touch()
    monkeypatch.setenv("SOB_TENANTS", str(tmp_path))
    for name in TOPOLOGY["x-passwords"]:
        monkeypatch.setenv(name, "first")
    file = tmp_path / "kafka.json"
    tell_kafka_passwords(file)
    file.write_text(json.dumps({**json.loads(file.read_text()), "skane": "drawn"}))
    monkeypatch.setenv("VGR_PASSWORD", "second")

    tell_kafka_passwords(file)

    kept = json.loads(file.read_text())
    assert (kept["skane"], kept["rjl"], kept["vgr"]) == ("drawn", "first", "second")


def test_there_may_be_any_number_of_notification_workers() -> None:
    worker = CONTAINERS["notifications-worker"]

    assert not {"container_name", "ports", "hostname"} & worker.keys()
    assert "SOB_INSTANCE" not in worker["environment"]


def test_the_door_without_a_password_is_on_a_network_without_services() -> None:
    on_it = {name for name, container in CONTAINERS.items() if "admin" in container.get("networks", ())}

    assert on_it == {"kafka", "topics"}
    # Published ports lead to the network whose name sorts first.
    assert min(TOPOLOGY["networks"]) == "admin"


def test_the_broker_has_the_settings_of_the_embedded_one(tmp_path: Path) -> None:
    lines = (REPOSITORY / "deploy" / "compose" / "kafka.properties").read_text().splitlines()
    composed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    def shared(settings: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in settings.items() if not name.startswith(_OWN)}

    assert shared(composed) == shared(Kafka(tmp_path).settings())


def test_the_database_has_the_options_of_the_embedded_one(tmp_path: Path) -> None:
    composed = _pairs(CONTAINERS["mongo"]["command"].split())
    embedded = _pairs(Mongod(tmp_path, auth=True, cache_gb=0.5).argv())
    # Folders, addresses and the way the program is found.
    own = {"--dbpath", "--port", "--bind_ip", "--keyFile"}

    assert {pair for pair in embedded if pair[0] not in own} == {
        pair for pair in composed if pair[0] not in own
    }
    assert "--keyFile" in dict(composed)


def _pairs(command: list[str]) -> set[tuple[str, str]]:
    """Options with their values; a flag's value is empty."""
    options = [*command[1:], "--"]
    return {
        (word, "" if after.startswith("--") else after)
        for word, after in pairwise(options)
        if word.startswith("--")
    }
