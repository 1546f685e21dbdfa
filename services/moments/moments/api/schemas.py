"""What the API takes and tells of moments, to staff."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.schema import Schema
from contracts.fields import StaffId
from services.moments.residents.api.residents import WrittenNumber
from services.moments.units.api.categories import CategoryId, CategoryOut
from services.moments.wording import Notice

State = Literal["ongoing", "maintenance", "ended"]
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
    """`reason` is one of `GET /end-reasons`."""

    reason: Code


class EndReasonOut(Schema):
    reason: str
    text: str


class CategoriseIn(Schema):
    """All categories of the unit that it is to stand in; an empty list takes it out of all."""

    category_ids: Annotated[list[CategoryId], Field(max_length=50)]


class WelcomeIn(Schema):
    """`text` null goes back to the program's own."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = Field(repr=False)
    hidden: bool = False


class FlagOut(Schema):
    flag_type: str
    count: int


class TodoOut(Schema):
    """Something new since last (R247): so many of a type of flag, and how staff read it."""

    flag_type: str
    count: int
    text: str


class PersonOut(Schema):
    person_id: str
    name: str


class ResidentOut(Schema):
    """Name as "Surname, Given name"; the number is masked (R235)."""

    resident_id: str
    name: str
    personnummer: str
    protected_identity: bool


class StepOut(Schema):
    code: str
    name: str
    heading: str | None
    visible: bool
    read_at: datetime | None
    accessible_to_resident: bool


class ModuleOut(Schema):
    """`days_left` is advice to staff and never below 0 (R76, R77); `completed` is the resident's part (R86, D17)."""

    code: str
    name: str
    state: Literal["upcoming", "ongoing", "ended"]
    days: int
    days_left: int
    started_at: datetime | None
    ended_at: datetime | None
    completed: bool
    steps: list[StepOut]


class ModuleCounts(Schema):
    ongoing: int
    upcoming: int
    ended: int


class WelcomeOut(Schema):
    text: str
    edited: bool
    hidden: bool


class ProgressOut(Schema):
    """The progress meter: how much is read of what is shown (R364)."""

    steps_read: int
    steps_shown: int
    percent: int


class MaintenanceOut(Schema):
    """`expired`: the last day is over, and the resident has no access (D9)."""

    modules: list[str]
    last_day: date
    expires_at: datetime
    expired: bool


class MomentOut(Schema):
    """Header, information box and modules of a moment (R242, R243, R246).

    `practitioner` is null until somebody is responsible; `continues_id` and `continued_by_id` are linked moments (D32).
    `pdfs` is where the list of its PDFs stands.
    """

    moment_id: str
    version: int
    state: State
    program_id: str
    program_name: str
    program_version: str
    resident: ResidentOut
    unit_id: str
    messaging: bool
    started_at: datetime
    days_gone: int
    recommended_days: int
    pdfs: str
    last_active_at: datetime | None
    practitioner: PersonOut | None
    progress: ProgressOut
    module_counts: ModuleCounts
    modules: list[ModuleOut]
    welcome: WelcomeOut
    flags: list[FlagOut]
    todo: list[TodoOut]
    maintenance: MaintenanceOut | None
    continues_id: str | None
    continued_by_id: str | None
    categories: list[CategoryOut]
    ended_at: datetime | None
    end_reason: str | None


class ChangedOut(Schema):
    """The moment's new version; its ETag too."""

    moment_id: str
    version: int
    state: State
