"""What the API takes and tells of moments, to staff."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.schema import Schema
from contracts.fields import StaffId
from services.moments.residents.api.residents import WrittenNumber
from services.moments.wording import Notice

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]


class StartMomentIn(Schema):
    """`practitioner_id` is an HSA-id, or "me"."""

    personnummer: WrittenNumber = Field(repr=False)
    program_id: Code
    practitioner_id: StaffId | Literal["me"]


class StartedOut(Schema):
    moment_id: str
    version: int
    warnings: list[Notice]


class StartModuleIn(Schema):
    """`visible_steps`: only these are shown; left out, those that the program shows from the start (R74, R75)."""

    visible_steps: Annotated[list[Code], Field(max_length=100)] | None = None


class PractitionerIn(Schema):
    practitioner_id: StaffId | Literal["me"]


class EndMomentIn(Schema):
    reason: Literal[
        "completed", "resident_breaks_off", "practitioner_breaks_off", "moved_to_other_care", "other"
    ]


class WelcomeIn(Schema):
    """`text` null goes back to the program's own."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = Field(repr=False)
    hidden: bool = False


class FlagOut(Schema):
    flag_type: str
    count: int


class PersonOut(Schema):
    person_id: str
    name: str


class ResidentOut(Schema):
    """Name as "Surname, Given name"; the number is masked (R235)."""

    resident_id: str
    name: str
    personnummer: str
    protected_identity: bool


class MomentRow(Schema):
    """The columns of R233."""

    moment_id: str
    resident: ResidentOut
    program_id: str
    program_name: str
    practitioner: PersonOut
    started_at: datetime
    last_active_at: datetime | None
    flags: list[FlagOut]
    ended_at: datetime | None
    end_reason: str | None


class CountsOut(Schema):
    mine: int
    all: int
    ended: int


class MomentPage(Schema):
    items: list[MomentRow]
    next: str | None
    counts: CountsOut


class StepOut(Schema):
    code: str
    name: str
    heading: str | None
    visible: bool


class ModuleOut(Schema):
    """`days_left` is advice to staff and never below 0 (R76, R77)."""

    code: str
    name: str
    state: Literal["upcoming", "ongoing", "ended"]
    days: int
    days_left: int
    started_at: datetime | None
    steps: list[StepOut]


class ModuleCounts(Schema):
    ongoing: int
    upcoming: int
    ended: int


class WelcomeOut(Schema):
    text: str
    edited: bool
    hidden: bool


class MomentOut(Schema):
    """Header, information box and modules of a moment (R242, R243, R246)."""

    moment_id: str
    version: int
    state: Literal["ongoing", "ended"]
    program_id: str
    program_name: str
    program_version: str
    resident: ResidentOut
    unit_id: str
    messaging: bool
    started_at: datetime
    days_gone: int
    recommended_days: int
    last_active_at: datetime | None
    practitioner: PersonOut
    module_counts: ModuleCounts
    modules: list[ModuleOut]
    welcome: WelcomeOut
    flags: list[FlagOut]
    ended_at: datetime | None
    end_reason: str | None


class ChangedOut(Schema):
    """The moment's new version; its ETag too."""

    moment_id: str
    version: int
    state: Literal["ongoing", "ended"]
