"""Field classes: what kind of data a contract field carries.

Topics carry no personal data. Every field of every message is annotated with one of these classes, and a test
refuses a message that has any other field, so free text, names and numbers cannot slip onto a topic. Words that people
read have a class of their own, `published`, which the guard keeps apart from everybody.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, GetJsonSchemaHandler

Kind = Literal["id", "code", "time", "count", "score", "switch", "published"]


@dataclass(frozen=True, slots=True)
class FieldClass:
    """The class of a field, and in one phrase what it says; both stand in the schema and in the AsyncAPI page."""

    kind: Kind
    meaning: str

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The field's schema with its class and meaning."""
        return {**handler(core), "description": self.meaning, "x-field-class": self.kind}


# An id begins with a letter or is a UUID: a personal identity number or a telephone number is no id.
_ID = r"^(?:[A-Za-z]|[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}-)[A-Za-z0-9._:-]{0,99}$"
_CODE = r"^[a-z][a-z0-9_.-]{0,63}$"
_HSA = r"^SE(16)?[0-9]{10}-[A-Za-z0-9]{1,20}$"

MomentId = Annotated[str, Field(pattern=_ID), FieldClass("id", "the moment")]
ResidentId = Annotated[
    str, Field(pattern=_ID), FieldClass("id", "the resident, as a pseudonym of the tenant")
]
UnitId = Annotated[str, Field(pattern=_HSA), FieldClass("id", "the care unit, by HSA-id (R359, R360)")]
StaffId = Annotated[str, Field(pattern=_HSA), FieldClass("id", "the member of staff, by HSA-id (R359, R360)")]
ConversationId = Annotated[str, Field(pattern=_ID), FieldClass("id", "the conversation")]
MessageId = Annotated[str, Field(pattern=_ID), FieldClass("id", "the message")]
FlagId = Annotated[str, Field(pattern=_ID), FieldClass("id", "the flag")]
NoticeId = Annotated[str, Field(pattern=_ID), FieldClass("id", "the notice")]
TextId = Annotated[
    str,
    Field(pattern=r"^txt-[0-9a-f]{32}$"),
    FieldClass("id", "a published text, by a hash of its words; the same for everybody"),
]
PurgeId = Annotated[str, Field(pattern=_ID), FieldClass("id", "the purge")]
ActorId = Annotated[
    str, Field(pattern=_ID), FieldClass("id", "who did it: HSA-id, resident id, or the name of a service")
]
DedupKey = Annotated[
    str, Field(pattern=_ID), FieldClass("id", "the asker's own id of what is asked; a repeat is one")
]
Code = Annotated[str, Field(pattern=_CODE), FieldClass("code", "a word of a published list")]
Version = Annotated[
    str, Field(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}$"), FieldClass("code", "a version, MAJOR.MINOR")
]
Time = Annotated[AwareDatetime, FieldClass("time", "a moment in time, UTC")]
Count = Annotated[int, Field(ge=0), FieldClass("count", "how many")]
Switch = Annotated[bool, FieldClass("switch", "yes or no")]
_PUBLISHED = (
    "written by a program's designer and approved by its publisher; the same for everybody, about nobody"
)
PublishedHeading = Annotated[
    str, Field(min_length=1, max_length=100), FieldClass("published", f"a heading {_PUBLISHED}")
]
PublishedText = Annotated[
    str, Field(min_length=1, max_length=1000), FieldClass("published", f"a text {_PUBLISHED}")
]

__all__ = [
    "ActorId",
    "Code",
    "ConversationId",
    "Count",
    "DedupKey",
    "FieldClass",
    "FlagId",
    "Kind",
    "MessageId",
    "MomentId",
    "NoticeId",
    "PublishedHeading",
    "PublishedText",
    "PurgeId",
    "ResidentId",
    "StaffId",
    "Switch",
    "TextId",
    "Time",
    "UnitId",
    "Version",
]
