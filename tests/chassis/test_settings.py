"""Settings and keys: what a process is told, and how it says what is missing."""

import base64
from pathlib import Path

import pytest

from chassis.settings import Settings, SettingsError, kafka_tls, read_key, read_settings

WANTED = {
    "SOB_MONGO_URI": "mongodb://user:hunter2@host",
    "SOB_KAFKA_BOOTSTRAP": "host:9092",
    "SOB_SECRETS": "/keys",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("SOB_PORT", "SOB_LOG_LEVEL", "SOB_INSTANCE", *WANTED):
        monkeypatch.delenv(name, raising=False)
    for name, value in WANTED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_environment_and_hide_what_is_secret(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SOB_PORT", "8110")

    settings = read_settings(Settings)

    assert (settings.port, settings.tenants, settings.instance) == (8110, Path("deploy/tenants"), None)
    assert "hunter2" not in repr(settings)


def test_what_is_missing_or_wrong_is_named_in_one_line_without_values(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.delenv("SOB_SECRETS")
    environment.setenv("SOB_PORT", "hunter2")

    with pytest.raises(SettingsError) as refusal:
        read_settings(Settings)

    text = str(refusal.value)
    assert "SOB_SECRETS: Field required" in text
    assert "SOB_PORT" in text
    assert "hunter2" not in text
    assert "\n" not in text


def test_a_key_is_read_from_base64(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").write_bytes(base64.b64encode(b"k" * 32) + b"\n")

    assert read_key(tmp_path, "pseudonym.key") == b"k" * 32


@pytest.mark.parametrize("content", [None, b"not base64!", base64.b64encode(b"short"), b""])
def test_a_key_that_is_missing_or_wrong_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "master.key").write_bytes(content)

    with pytest.raises(SettingsError, match=r"master\.key"):
        read_key(tmp_path, "master.key")


def test_who_asks_for_tls_without_a_name_is_refused(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SOB_KAFKA_SECURITY_PROTOCOL", "sasl_ssl")

    with pytest.raises(SettingsError, match=r"SOB_KAFKA_SECURITY_PROTOCOL.*needs SOB_KAFKA_USERNAME"):
        read_settings(Settings)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_refused_with_the_cure(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "ca.crt").write_text(content)
    environment.setenv("SOB_KAFKA_USERNAME", "svc-flags")
    environment.setenv("SOB_KAFKA_SECURITY_PROTOCOL", "sasl_ssl")
    environment.setenv("SOB_KAFKA_CA_FILE", str(tmp_path / "ca.crt"))

    with pytest.raises(SettingsError, match="SOB_KAFKA_CA_FILE") as refused:
        kafka_tls(read_settings(Settings))

    assert "\n" not in str(refused.value)


def test_in_clear_text_nothing_is_checked(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SOB_KAFKA_USERNAME", "svc-flags")

    assert kafka_tls(read_settings(Settings)) is None
