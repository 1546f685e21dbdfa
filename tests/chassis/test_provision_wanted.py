"""What provisioning wants, worked out without a broker, and the command's answers when it cannot work."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chassis.provision import passwords, wanted
from chassis.provision.wanted import Grant, ProvisionError
from contracts.registry import SERVICES, TOPICS

ROOT = Path(__file__).resolve().parents[2]
TENANT = """
slug: vgr
name: Region
organisation_number: "232100-0131"
maintenance_limit_days: 30
sms_sender: Region
mail_from: no-reply@region.example
support: {staff: Ring, residents: Ring}
issuer: https://idp.example/vgr
audience: sob
"""


def test_every_tenant_has_every_topic() -> None:
    names = {topic.name for topic in wanted.topics(["vgr", "rjl"], TOPICS)}

    assert len(names) == 2 * len(TOPICS)
    assert {"vgr.moments.moment.v1", "rjl.notifications.command.v1"} <= names


def test_every_service_and_every_region_has_a_user() -> None:
    assert set(wanted.users(["vgr"], TOPICS)) == {*(f"svc-{service}" for service in SERVICES), "vgr"}


def test_a_region_may_read_its_own_and_nothing_else() -> None:
    of_region = {grant for grant in wanted.grants(["vgr", "rjl"], TOPICS) if grant.user == "vgr"}

    assert of_region == {
        Grant("vgr", "READ", "TOPIC", "PREFIXED", "vgr."),
        Grant("vgr", "READ", "GROUP", "PREFIXED", "vgr."),
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_only_its_own_and_what_others_have_opened_to_it(service: str) -> None:
    writes = {
        grant.name
        for grant in wanted.grants(["vgr"], TOPICS)
        if grant.user == f"svc-{service}" and grant.operation == "WRITE"
    }

    assert writes == {
        f"vgr.{service}.",
        *(["vgr.notifications.command."] if service in ("moments", "messaging", "flags") else []),
    }


def test_prefixes_end_with_a_dot_so_that_no_name_is_the_beginning_of_another() -> None:
    prefixed = [grant for grant in wanted.grants(["vg", "vgr"], TOPICS) if grant.pattern == "PREFIXED"]

    assert prefixed and all(grant.name.endswith(".") for grant in prefixed)


@pytest.mark.parametrize("slug", ["moments", "admin"])
def test_a_tenant_cannot_take_the_name_of_a_service_or_of_the_administrator(slug: str) -> None:
    with pytest.raises(ProvisionError, match=slug):
        wanted.users([slug], TOPICS)


def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kafka.json"
    file.write_text("{}")
    file.chmod(0o644)

    with pytest.raises(ProvisionError, match="chmod 600"):
        passwords.read(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_password_file_that_is_given_to_our_group_is_read(tmp_path: Path) -> None:
    """As Kubernetes mounts a Secret."""
    file = tmp_path / "kafka.json"
    file.write_text("{}")
    file.chmod(0o440)
    os.chown(file, os.geteuid() + 1, os.getegid())

    assert passwords.read(file) == {}


@pytest.mark.parametrize("content", ["", "[]", '{"vgr": 1}'])
def test_a_broken_password_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "kafka.json"
    file.write_text(content)
    file.chmod(0o600)

    with pytest.raises(ProvisionError, match="JSON"):
        passwords.read(file)


def test_without_settings_the_command_names_them_in_one_line() -> None:
    code, said = _command({})

    assert code == 2
    assert len(said) == 1 and "SOB_KAFKA_BOOTSTRAP" in said[0] and "SOB_KAFKA_PASSWORDS" in said[0]


def test_without_a_tenant_the_command_says_where_it_looked(tmp_path: Path) -> None:
    code, said = _command(_settings(tmp_path))

    assert code == 2
    assert len(said) == 1 and "SOB_TENANTS" in said[0]


def test_an_unknown_tenant_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vgr.yaml").write_text(TENANT)

    code, said = _command(_settings(tmp_path), "--tenant", "rjl")

    assert code == 2
    assert len(said) == 1 and "rjl" in said[0]


def test_without_a_broker_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "vgr.yaml").write_text(TENANT)

    code, said = _command(_settings(tmp_path), "--wait", "1")

    assert code == 1
    assert len(said) == 1 and "No Kafka answers at 127.0.0.1" in said[0]


@pytest.mark.parametrize("user", ["svc-moments", "admin", "ANONYMOUS"])
def test_only_a_regions_user_can_be_revoked(tmp_path: Path, user: str) -> None:
    (tmp_path / "vgr.yaml").write_text(TENANT)

    code, said = _command(_settings(tmp_path), "--revoke", user)

    assert code == 1
    assert said == [f"{user} is no region's user: give the slug of a tenant."]


def _settings(folder: Path) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "SOB_KAFKA_BOOTSTRAP": f"127.0.0.1:{port}",
        "SOB_KAFKA_PASSWORDS": str(folder / "kafka.json"),
        "SOB_TENANTS": str(folder),
    }


def _command(settings: dict[str, str], *arguments: str) -> tuple[int, list[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOB_")}
    done = subprocess.run(
        [sys.executable, "-m", "chassis.provision", *arguments],
        cwd=ROOT, env=environment | settings, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()
