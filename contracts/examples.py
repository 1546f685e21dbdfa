"""One worked example of each message, as it lies on its topic: headers, key and value.

They are documentation that is executed: tests read them as a consumer would, and the AsyncAPI page shows them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.message import Message

FOLDER = Path(__file__).parent / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """A message on a topic."""

    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, Any]

    @property
    def raw_headers(self) -> list[tuple[str, bytes]]:
        """The headers as Kafka has them."""
        return [(name, text.encode()) for name, text in self.headers.items()]

    @property
    def raw_value(self) -> bytes:
        """The value as Kafka has it."""
        return json.dumps(self.value).encode()


def file_of(message: type[Message]) -> Path:
    """Where the example of a message lies."""
    return FOLDER / f"{message.__name__}.v{message.version}.json"


def example(message: type[Message]) -> Example:
    """The example of a message. Raises LookupError with the name of the file that is missing."""
    file = file_of(message)
    if not file.exists():
        raise LookupError(f"{message.__name__} has no example: write contracts/examples/{file.name}.")
    return Example(**json.loads(file.read_text("utf-8")))
