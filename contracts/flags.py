"""What flags says: that something in a moment asks for attention, and that somebody has taken care of it."""

from typing import Annotated, ClassVar, Literal

from contracts.fields import ActorId, Count, FieldClass, FlagId, MomentId, Time, UnitId
from contracts.message import Message

FlagType = Annotated[
    Literal[
        "new_message",
        "form_saved",
        "follow_up",
        "time_left",
        "time_out",
        "maintenance_expired",
        "unassigned",
        "program_completed",
        "result",
        "inactive",
        "manual",
    ],
    FieldClass("code", "the type of flag (R205 to R211)"),
]
Audience = Annotated[Literal["practitioner", "resident"], FieldClass("code", "whom the flag is for (R203)")]


class FlagRaised(Message):
    """A flag stands on the moment, or stands for one event more: `count` events so far (R202, R218)."""

    stream: ClassVar[str] = "flags.flag"

    flag_id: FlagId
    moment_id: MomentId
    unit_id: UnitId
    flag_type: FlagType
    audience: Audience
    count: Count
    raised_at: Time


class FlagHandled(Message):
    """The flag is taken care of and gone from the lists (R216)."""

    stream: ClassVar[str] = "flags.flag"

    flag_id: FlagId
    moment_id: MomentId
    flag_type: FlagType
    by: ActorId
    handled_at: Time
