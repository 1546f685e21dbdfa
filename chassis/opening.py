"""Opening: reads a record as it came from the broker, or says by a code why nobody can, now or later."""

from collections.abc import Mapping
from typing import Any

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from chassis import parking
from chassis.reactions import Answer, Heard
from contracts.envelope import EnvelopeError, parse


class BrokenMessageError(Exception):
    """The message cannot be read, now or later; `code` says why without quoting it, `type` what it claims to be."""

    def __init__(self, code: str, type_: str = parking.UNREADABLE) -> None:
        super().__init__(code)
        self.code = code
        self.type = type_


def open_record(record: ConsumerRecord, answers: Mapping[str, Answer]) -> Heard[Any] | None:
    """The message; None if nobody here reacts to its type. Raises BrokenMessageError, and nothing else."""
    try:
        return _opened(record, answers)
    except BrokenMessageError:
        raise
    except Exception as error:  # noqa: BLE001 (what only this message meets must not look like an absent database)
        raise BrokenMessageError(f"unreadable:{type(error).__name__}") from None


def _opened(record: ConsumerRecord, answers: Mapping[str, Answer]) -> Heard[Any] | None:
    try:
        envelope = parse(record.headers)
    except EnvelopeError as error:
        raise BrokenMessageError(error.code) from None
    answer = answers.get(envelope.type)
    if answer is None:
        return None
    if record.topic.split(".", 1)[0] != envelope.tenant or not envelope.source.startswith(
        f"/{envelope.tenant}/"
    ):
        raise BrokenMessageError("foreign-tenant", envelope.type)
    if record.key is None or record.value is None:
        raise BrokenMessageError("no-key" if record.key is None else "no-value", envelope.type)
    try:
        data = answer.model.model_validate_json(record.value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]["type"]
        code = "not-json" if first == "json_invalid" else f"not-the-schema:{first}"
        raise BrokenMessageError(code, envelope.type) from None
    key = record.key.decode(errors="replace")
    return Heard(data, envelope, record.topic, record.partition, record.offset, key)
