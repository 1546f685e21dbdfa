"""What the API takes and tells of lists."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from chassis.http.paging import DEFAULT_LIMIT
from chassis.http.schema import Schema
from contracts.fields import StaffId
from contracts.flags import FlagType
from services.moments.lists.domain.finding import Tab
from services.moments.lists.domain.ordering import Column
from services.moments.moments.api.schemas import Code, FlagOut, PersonOut, ResidentOut
from services.moments.moments.domain.moment import MomentState
from services.moments.units.api.categories import CategoryId, CategoryOut


class SearchIn(Schema):
    """`text`: parts of names, of the number with or without hyphen, or of the program's name; every word must be found.

    Days are civil days of the region, both counted in. `descending` left out is the column's own way.
    """

    list: Tab = Tab.ALL
    text: Annotated[str, Field(max_length=200)] = Field(default="", repr=False)
    program_id: Code | None = None
    practitioner_id: StaffId | None = None
    flag_type: FlagType | None = None
    has_flags: bool | None = None
    state: MomentState | None = None
    category_id: CategoryId | None = None
    started_from: date | None = None
    started_to: date | None = None
    sort: Column = Column.STARTED
    descending: bool | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(max_length=1000)] | None = None


class MomentRow(Schema):
    """The columns of R233. `last_active_at` null is "Ingen aktivitet", no flags "Inga flaggor".

    `version` is what a change from the list names in If-Match, such as that of the practitioner (R257).
    """

    moment_id: str
    version: int
    resident: ResidentOut
    program_id: str
    program_name: str
    state: MomentState
    practitioner: PersonOut | None
    started_at: datetime
    last_active_at: datetime | None
    flags: list[FlagOut]
    categories: list[CategoryOut]
    ended_at: datetime | None
    end_reason: str | None


class CountsOut(Schema):
    mine: int
    all: int
    ended: int


class MomentPage(Schema):
    """`heading` and `counts` are of the whole list; `matching` is how many the search and the filter leave."""

    heading: str
    items: list[MomentRow]
    matching: int
    next: str | None
    counts: CountsOut
