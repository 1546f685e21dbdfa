"""The worked examples are what they show: readable by our envelope, by the CloudEvents SDK, and strictly."""

import json
from datetime import UTC

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from pydantic import ValidationError

from contracts import envelope
from contracts.examples import FOLDER, Example, example, file_of
from contracts.message import Message
from contracts.registry import MESSAGES, TOPICS, topic_of

each_message = pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.__name__)


def service_of(shown: Example) -> str:
    return shown.headers["ce_source"].split("/")[2]


def test_there_is_one_example_for_each_message_and_none_for_others() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(file_of(message) for message in MESSAGES.values())


@each_message
def test_the_value_of_an_example_is_read_strictly_and_written_the_same(message: type[Message]) -> None:
    shown = example(message)

    read = message.model_validate_json(shown.raw_value)

    assert json.loads(read.model_dump_json()) == shown.value


@each_message
def test_the_headers_of_an_example_survive_being_read_and_written(message: type[Message]) -> None:
    shown = example(message)

    read = envelope.parse(shown.raw_headers)
    written = envelope.headers(
        id=read.id,
        source=read.source,
        type=read.type,
        time=read.time.isoformat(),
        subject=read.subject,
        tenant=read.tenant,
        sequence=read.sequence,
        traceparent=read.traceparent,
    )

    assert sorted(written) == sorted(shown.raw_headers)


@each_message
def test_an_example_lies_on_its_topic_under_its_key(message: type[Message]) -> None:
    shown = example(message)
    read = envelope.parse(shown.raw_headers)
    topic = topic_of(message, service_of(shown))

    assert shown.topic == topic.name(read.tenant)
    assert shown.key == shown.value[topic.key]
    assert read.type == message.type()
    assert read.source == envelope.source_of(read.tenant, service_of(shown))


@each_message
def test_the_cloudevents_sdk_reads_an_example_as_we_do(message: type[Message]) -> None:
    shown = example(message)
    ours = envelope.parse(shown.raw_headers)

    theirs = from_binary(KafkaMessage(dict(shown.raw_headers), shown.key, shown.raw_value), JSONFormat())

    assert (theirs.get_id(), theirs.get_source(), theirs.get_type()) == (ours.id, ours.source, ours.type)
    assert (theirs.get_subject(), theirs.get_specversion()) == (ours.subject, "1.0")
    said_at = theirs.get_time()
    assert said_at is not None and said_at.astimezone(UTC) == ours.time
    assert (theirs.get_extension("tenant"), theirs.get_extension("sequence")) == (ours.tenant, ours.sequence)
    assert theirs.get_datacontenttype() == "application/json"
    assert theirs.get_data() == shown.value


@each_message
def test_a_reader_ignores_fields_it_does_not_know(message: type[Message]) -> None:
    shown = example(message)
    later = json.dumps({**shown.value, "a_field_of_next_year": {"of": ["any", 1]}}).encode()

    assert message.model_validate_json(later) == message.model_validate_json(shown.raw_value)


@each_message
def test_every_required_field_is_missed_when_it_is_not_there(message: type[Message]) -> None:
    shown = example(message)
    for name, field in message.model_fields.items():
        if field.is_required():
            without = {other: value for other, value in shown.value.items() if other != name}
            with pytest.raises(ValidationError, match=name):
                message.model_validate_json(json.dumps(without))


def test_a_text_of_digits_is_no_number() -> None:
    raised = next(message for message in MESSAGES.values() if message.__name__ == "FlagRaised")
    shown = example(raised)

    with pytest.raises(ValidationError, match="count"):
        raised.model_validate_json(json.dumps({**shown.value, "count": "5"}))


def test_a_message_cannot_be_altered_once_made() -> None:
    for message in MESSAGES.values():
        made = message.model_validate_json(example(message).raw_value)
        with pytest.raises(ValidationError, match="frozen"):
            setattr(made, next(iter(message.model_fields)), None)


def test_a_missing_example_is_asked_for_by_the_name_of_its_file() -> None:
    class NothingShown(Message):
        stream = "moments.moment"

    with pytest.raises(LookupError, match=r"NothingShown\.v1\.json"):
        example(NothingShown)


def test_examples_are_of_every_topic_that_one_service_owns() -> None:
    shown = {example(message).topic.removeprefix("vgr.") for message in MESSAGES.values()}
    shared = {"receipt", "audit"}

    assert {f"{t.service}.{t.stream}.v{t.version}" for t in TOPICS if t.stream not in shared} <= shown
