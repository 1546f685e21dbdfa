"""Topics carry no personal data: the guard sees every field, and is seen to refuse what it must."""

import json
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, create_model

from contracts.examples import example
from contracts.fields import (
    Count,
    FieldClass,
    MomentId,
    PublishedText,
    ResidentId,
    StaffId,
    Switch,
    TextId,
    Time,
    UnitId,
)
from contracts.guard import PUBLISHED_STREAM, SAMPLES, faults
from contracts.message import Message
from contracts.moments import MomentStarted
from contracts.notifications import ContactChoicesMade, NoticeSettled, NotifyResident
from contracts.registry import MESSAGES


class Inner(BaseModel):
    """A nested model with a field that fits a diagnosis."""

    diagnosis: str


class Good(Message):
    """What a message looks like."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    maybe: ResidentId | None = None
    many: list[MomentId]
    counted: Count
    on: Switch
    at: Time
    word: Annotated[Literal["one", "two"], FieldClass("code", "a word")]


def with_field(annotation: Any) -> type[BaseModel]:
    return create_model("Offending", __base__=Good, extra=(annotation, ...))


@pytest.mark.rule("R334")
@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.__name__)
def test_no_field_of_a_message_fits_free_text(message: type[Message]) -> None:
    assert faults(message) == []


def test_a_message_of_classified_fields_is_accepted() -> None:
    assert faults(Good) == []


@pytest.mark.parametrize(
    ("annotation", "complaint"),
    [
        (str, "no field class"),
        (dict[str, str], "no field class"),
        (Any, "no field class"),
        (list[str], "no field class"),
        (MomentId | str, "no field class"),
        (datetime, "no field class"),
        (Inner, "Inner"),
        (list[Inner], "no field class"),
        (Inner | None, "no field class"),
        (Annotated[str, FieldClass("code", "whatever one likes")], "without a pattern"),
        (Annotated[str, Field(pattern="[a-z]+"), FieldClass("code", "a word somewhere")], "not anchored"),
        (
            Annotated[str, Field(pattern="^.{1,40}$"), FieldClass("id", "a name")],
            "lets 'Anna Andersson' through",
        ),
        (
            Annotated[str, Field(pattern="^[0-9]{12}$"), FieldClass("id", "a number")],
            "lets '191212121212' through",
        ),
        (
            Annotated[str, Field(pattern=r"^\+[0-9]+$"), FieldClass("id", "a phone")],
            "lets '+46701740605' through",
        ),
        (Annotated[dict[str, str], FieldClass("code", "anything")], "holds dict"),
        (Annotated[Any, FieldClass("code", "anything")], "holds typing.Any"),
        (Annotated[bytes, FieldClass("code", "anything")], "holds <class 'bytes'>"),
        (Annotated[int, FieldClass("code", "a number that says code")], "holds <class 'int'>"),
        (Annotated[bool, FieldClass("count", "a switch that says count")], "holds <class 'bool'>"),
        (Annotated[Literal["a"], FieldClass("id", "a word that says id")], "its class is code"),
    ],
)
def test_a_field_that_could_carry_personal_data_is_refused(annotation: Any, complaint: str) -> None:
    found = faults(with_field(annotation))

    assert len(found) >= 1
    assert any("extra" in line and complaint in line for line in found) or (complaint == "Inner" and found)


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.__name__)
def test_what_identifies_a_person_cannot_be_put_in_any_field(message: type[Message]) -> None:
    shown = example(message).value
    texts = [
        name
        for name, value in shown.items()
        # What is published is about nobody: the guard keeps everybody off its stream.
        if isinstance(value, str) and not name.endswith("at") and not is_published(message, name)
    ]
    for name in texts:
        for sample in SAMPLES:
            with pytest.raises(ValidationError, match=name):
                message.model_validate_json(json.dumps({**shown, name: sample}))


def is_published(message: type[BaseModel], name: str) -> bool:
    stated = message.model_fields[name].metadata
    return any(isinstance(extra, FieldClass) and extra.kind == "published" for extra in stated)


def a_text(stream: str = PUBLISHED_STREAM, **beside: Any) -> type[BaseModel]:
    class Text(Message):
        text_id: TextId
        body: PublishedText
        published_at: Time

    Text.stream = stream
    return create_model("Offending", __base__=Text, **{name: (kind, ...) for name, kind in beside.items()})


def test_a_published_text_alone_on_its_stream_is_accepted() -> None:
    assert faults(a_text()) == []


@pytest.mark.rule("R334")
@pytest.mark.parametrize(
    "beside",
    [ResidentId, MomentId, StaffId, UnitId, Count, ResidentId | None, list[MomentId], TextId | MomentId],
)
def test_nothing_beside_a_published_text_can_say_whom_it_is_for(beside: Any) -> None:
    assert any("stands beside published text" in line for line in faults(a_text(extra=beside)))


def test_a_published_text_is_refused_on_any_other_stream() -> None:
    assert any("goes on moments.text" in line for line in faults(a_text(stream="moments.moment")))


def test_a_published_text_says_how_long_it_may_be() -> None:
    endless = Annotated[str, FieldClass("published", "as long as one likes")]

    assert any("without an end" in line for line in faults(a_text(extra=endless)))


@pytest.mark.decision("D20")
@pytest.mark.parametrize("message", [NotifyResident, ContactChoicesMade, NoticeSettled])
def test_a_notice_cannot_tell_which_program_it_is_about(message: type[Message]) -> None:
    assert not [name for name in message.model_fields if "program" in name or is_published(message, name)]


def test_the_word_program_in_a_notice_would_be_seen() -> None:
    assert [name for name in MomentStarted.model_fields if "program" in name]


def test_the_class_and_meaning_of_a_field_stand_in_its_schema() -> None:
    assert Good.model_json_schema()["properties"]["counted"] == {
        "description": "how many",
        "minimum": 0,
        "title": "Counted",
        "type": "integer",
        "x-field-class": "count",
    }


def test_a_due_time_belongs_to_timing_at_alone() -> None:
    shown = example(NotifyResident).value

    with pytest.raises(ValidationError, match="due_at"):
        NotifyResident.model_validate_json(json.dumps({**shown, "timing": "at"}))
