"""What a process is told by its environment (`SOB_*`), checked once at start.

A wrong or missing setting is one line that names the variable; a value never appears in an error or a repr.
"""

import base64
import binascii
import ssl
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_KEY_BYTES = 32


class SettingsError(Exception):
    """The process cannot start as it is set up; the text is one line with the cure."""


class KafkaSettings(BaseSettings):
    """How a process comes to the broker, as a service or as its administrator."""

    model_config = SettingsConfigDict(
        env_prefix="SOB_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True, extra="ignore"
    )

    kafka_bootstrap: str
    kafka_username: str | None = None
    kafka_password: str | None = Field(default=None, repr=False)
    # In clear text within one machine; with TLS wherever a network lies between.
    kafka_security_protocol: Literal["sasl_plaintext", "sasl_ssl"] = "sasl_plaintext"
    # Whose certificates the brokers have; the system's authorities without it.
    kafka_ca_file: Path | None = None
    tenants: Path = Path("deploy/tenants")

    @field_validator("kafka_security_protocol")
    @classmethod
    def _is_for_a_user(cls, value: str, told: ValidationInfo) -> str:
        # Nobody who asks for TLS shall speak in clear text for want of a name.
        if value == "sasl_ssl" and told.data.get("kafka_username") is None:
            raise ValueError("sasl_ssl needs SOB_KAFKA_USERNAME")
        return value


class Settings(KafkaSettings):
    """The settings every service shares; a service with more of them extends this."""

    mongo_uri: str = Field(repr=False)
    secrets: Path
    clock_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    # Names this process among the consumers of its groups for as long as it is restarted in place (static
    # membership). Without it, membership is dynamic.
    instance: str | None = None
    otlp_endpoint: str | None = None
    # The population register, which every API asks whether a resident's account is open; without it none gets in.
    directory_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    issuer: str | None = None


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """Read settings from the environment, or raise one line that names every variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        prefix = str(kind.model_config.get("env_prefix", ""))
        faults = (
            f"{prefix}{'.'.join(map(str, fault['loc']))}".upper() + f": {fault['msg']}"
            for fault in error.errors()
        )
        raise SettingsError(f"Settings are wrong: {'; '.join(faults)}.") from None


def kafka_tls(settings: KafkaSettings) -> ssl.SSLContext | None:
    """What the brokers' certificates and names are checked with; None where they are spoken to in clear text."""
    if settings.kafka_security_protocol != "sasl_ssl":
        return None
    try:
        return ssl.create_default_context(cafile=settings.kafka_ca_file)
    except OSError as error:
        raise SettingsError(
            f"{settings.kafka_ca_file} cannot be read as certificates ({error.strerror or type(error).__name__}): "
            "SOB_KAFKA_CA_FILE names it."
        ) from None


def read_key(folder: Path, name: str) -> bytes:
    """A key of 32 bytes from the secrets folder, where it lies as base64."""
    file = folder / name
    try:
        key = base64.b64decode(file.read_bytes().strip(), validate=True)
    except OSError as error:
        raise SettingsError(
            f"{file} cannot be read ({error.strerror}): SOB_SECRETS names the folder."
        ) from None
    except binascii.Error:
        raise SettingsError(f"{file} is not base64: it must be {_KEY_BYTES} bytes in base64.") from None
    if len(key) != _KEY_BYTES:
        raise SettingsError(f"{file} holds {len(key)} bytes: it must be {_KEY_BYTES} bytes in base64.")
    return key
