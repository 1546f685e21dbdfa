"""The schema of each message as its readers see it, and the snapshots that tell when it moves.

A snapshot differs from the message until `python -m contracts snapshot` is run, so no change to the published
language is made by accident.
"""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from contracts.asyncapi import document
from contracts.message import Message
from contracts.registry import MESSAGES

FOLDER = Path(__file__).parent
SCHEMAS = FOLDER / "schemas"
ASYNCAPI = FOLDER / "asyncapi.json"


class _WithoutTitles(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def name_of(message: type[Message]) -> str:
    """`MomentStarted.v1`: the name of its files."""
    return f"{message.__name__}.v{message.version}"


def schema(message: type[Message]) -> dict[str, Any]:
    """What a reader of the message accepts."""
    return message.model_json_schema(schema_generator=_WithoutTitles)


def snapshots() -> Iterator[tuple[Path, str]]:
    """Every snapshot file with the text it ought to have."""
    for message in MESSAGES.values():
        yield SCHEMAS / f"{name_of(message)}.json", _text(schema(message))
    yield ASYNCAPI, _text(document())


def write() -> None:
    """Make the snapshots what the messages are; a snapshot of no message goes."""
    wanted = dict(snapshots())
    SCHEMAS.mkdir(exist_ok=True)
    for stray in set(SCHEMAS.glob("*.json")) - wanted.keys():
        stray.unlink()
    for file, text in wanted.items():
        file.write_text(text, "utf-8")


def differences() -> Iterator[str]:
    """A readable diff for each snapshot that is not what the message is; nothing when all agree."""
    wanted = dict(snapshots())
    for stray in sorted(set(SCHEMAS.glob("*.json")) - wanted.keys()):
        yield f"{stray.relative_to(FOLDER)} is the snapshot of no message."
    for file, text in wanted.items():
        kept = file.read_text("utf-8") if file.exists() else ""
        if kept != text:
            name = str(file.relative_to(FOLDER))
            lines = difflib.unified_diff(
                kept.splitlines(), text.splitlines(), f"{name} (snapshot)", f"{name} (message)", lineterm=""
            )
            yield "\n".join(lines)


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
