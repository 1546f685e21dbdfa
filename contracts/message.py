"""The face of every message: frozen, strict, closed to the writer and open to the reader.

A reader ignores fields it does not know, so that a later minor change does not stop it; strict, so that "5" is
not taken for 5.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """One fact or command on a topic. `stream` is `<service>.<stream>`, or `*.<stream>` for one every service has."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    stream: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type; the major version is part of it, so an incompatible change is another type."""
        return f"se.sob.{cls.__name__}.v{cls.version}"

    @classmethod
    def stream_of(cls, service: str) -> str:
        """The stream this message goes to when `service` says it."""
        return cls.stream.replace("*", service, 1)
