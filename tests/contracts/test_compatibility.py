"""A message does not change under its readers, nor under what already lies on the topics."""

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from contracts.fields import MomentId
from contracts.message import Message
from contracts.registry import MESSAGES
from contracts.schemas import SCHEMAS, name_of, schema
from tests.contracts.compatibility import breaks

Colour = Literal["red", "blue"]


class Dot(BaseModel):
    """A nested thing."""

    size: Annotated[int, Field(ge=1, le=9)]


class DotPainted(BaseModel):
    """The message as it was published."""

    moment_id: MomentId
    colour: Colour
    dots: list[Dot]
    note: MomentId | None = None


PUBLISHED = DotPainted.model_json_schema()


def changed(**fields: object) -> dict[str, object]:
    return create_model("DotPainted", __base__=DotPainted, **fields).model_json_schema()  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.__name__)
def test_each_message_is_compatible_with_its_snapshot(message: type[Message]) -> None:
    snapshot = json.loads((SCHEMAS / f"{name_of(message)}.json").read_text("utf-8"))

    assert breaks(snapshot, schema(message)) == []


def test_the_same_schema_is_compatible_with_itself() -> None:
    assert breaks(PUBLISHED, PUBLISHED) == []


def test_an_optional_field_may_be_added() -> None:
    assert breaks(PUBLISHED, changed(extra=(MomentId | None, None))) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"extra": (MomentId, ...)}, "a new reader"),
        ({"note": (MomentId, ...)}, "a new reader"),
        ({"colour": (Literal["red"], ...)}, "a new reader"),
        ({"colour": (int, ...)}, "a new reader"),
        ({"dots": (list[Annotated[int, Field()]], ...)}, "a new reader"),
        ({"colour": (Literal["red", "blue", "green"], ...)}, "an old reader"),
        ({"colour": (Colour | None, ...)}, "an old reader"),
        ({"colour": (Colour, "red")}, "an old reader"),
        ({"moment_id": (Annotated[str, Field(pattern="^[a-z]$")], ...)}, "the pattern"),
    ],
    ids=[
        "a new required field",
        "an optional field made required",
        "a narrowed list",
        "another type",
        "another type in a list",
        "a widened list",
        "a field that may be null",
        "a required field made optional",
        "another pattern",
    ],
)
def test_a_change_that_breaks_a_reader_is_refused(change: dict[str, object], complaint: str) -> None:
    found = breaks(PUBLISHED, changed(**change))

    assert any(line.startswith(complaint) for line in found), found


def test_a_removed_required_field_breaks_old_readers() -> None:
    removed = json.loads(json.dumps(PUBLISHED))
    del removed["properties"]["colour"]
    removed["required"].remove("colour")

    assert breaks(PUBLISHED, removed) == ["an old reader would refuse what is written from now on"]


def test_a_new_required_field_in_a_nested_object_is_refused() -> None:
    grown = json.loads(json.dumps(PUBLISHED))
    grown["$defs"]["Dot"]["properties"]["weight"] = {"type": "integer"}
    grown["$defs"]["Dot"]["required"].append("weight")

    assert breaks(PUBLISHED, grown) == ["a new reader would refuse what was written before"]


def test_narrower_bounds_are_refused() -> None:
    narrowed = json.loads(json.dumps(PUBLISHED))
    narrowed["$defs"]["Dot"]["properties"]["size"]["maximum"] = 5

    assert breaks(PUBLISHED, narrowed) == ["a new reader would refuse what was written before"]
