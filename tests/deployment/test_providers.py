"""Whatever notifications can be told of its providers can be told it in every deployment, or be left out."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from chassis.settings import read_settings
from deploy.embedded.home import Home
from deploy.embedded.ports import Ports
from deploy.embedded.programs import Topology
from services.notifications.settings import NotificationsSettings

REPOSITORY = Path(__file__).parents[2]
_OF_PROVIDERS = ("sms", "smtp", "bounce", "public", "inbox", "staff")
NAMES = {
    f"SOB_{name.upper()}" for name in NotificationsSettings.model_fields if name.startswith(_OF_PROVIDERS)
}
_ALWAYS = {
    "SOB_MONGO_URI": "mongodb://here",
    "SOB_KAFKA_BOOTSTRAP": "here",
    "SOB_KAFKA_USERNAME": "svc-notifications",
}
_SECRET = ("USERNAME", "PASSWORD")


def composed(kind: str) -> dict[str, str]:
    topology = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    found: dict[str, str] = topology["services"][f"notifications-{kind}"]["environment"]
    return found


def config_map() -> dict[str, str]:
    objects: list[Any] = list(
        yaml.safe_load_all((REPOSITORY / "deploy" / "kubernetes" / "settings.yaml").read_text())
    )
    found: dict[str, str] = next(each["data"] for each in objects if each["kind"] == "ConfigMap")
    return found


def embedded(home: Path) -> dict[str, str]:
    stack = Topology(Home(home), Ports())
    stack.make_secrets()
    stack.mongod.prepare()
    return {name: value for program in stack.service_programs() for name, value in program.env.items()}


def test_there_are_a_second_account_and_bounces_to_be_set() -> None:
    assert {"SOB_SMS2_URL", "SOB_SMS2_USERNAME", "SOB_SMS2_PASSWORD", "SOB_BOUNCE_TO"} <= NAMES


@pytest.mark.parametrize("kind", ["api", "worker"])
def test_compose_sets_everything_of_providers(kind: str) -> None:
    assert composed(kind).keys() >= NAMES


def test_kubernetes_sets_everything_of_providers_and_keeps_credentials_secret() -> None:
    manifest = (REPOSITORY / "deploy" / "kubernetes" / "notifications.yaml").read_text()
    secret = {name for name in NAMES if name.endswith(_SECRET)}

    assert config_map().keys() >= NAMES - secret
    assert not config_map().keys() & secret
    # The worker, which alone calls a provider, says which names its Secret holds.
    assert all(manifest.count(name) == 1 for name in secret)
    assert manifest.index("name: notifications-worker") < min(manifest.index(name) for name in secret)


@pytest.mark.parametrize("told", [composed("worker"), config_map()], ids=["compose", "kubernetes"])
def test_what_is_left_empty_is_not_there(monkeypatch: pytest.MonkeyPatch, told: dict[str, str]) -> None:
    for name, value in {**_ALWAYS, **told}.items():
        # Compose puts what follows `:-` for a variable that nobody sets.
        monkeypatch.setenv(name, "" if value.endswith(":-}") else value)

    settings = read_settings(NotificationsSettings)

    assert settings.sms2_url is None and settings.bounce_to is None


def test_staff_are_led_to_no_system_but_the_one_that_is_named(tmp_path: Path) -> None:
    assert NotificationsSettings.model_fields["staff_url"].default is None

    links = [told["SOB_STAFF_URL"] for told in (composed("worker"), config_map(), embedded(tmp_path))]

    # What ends with it belongs to nobody.
    assert all((urlsplit(link).hostname or "").endswith(".example") for link in links)
