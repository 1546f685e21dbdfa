"""A line of a list: what is shown of one moment, with the resident's name unsealed. It is never written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.moments.lists.domain.collation import collation_key, folded


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many events of one type wait on a moment."""

    flag_type: str
    count: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a moment stands, in ids and codes: a document of the read model. `revision` grows with each change of it,
    `version` is the moment's own.
    """

    id: str
    revision: int
    unit: str
    resident: str
    program: str
    program_version: str
    practitioner: str | None
    state: str
    is_ended: bool
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    last_active_at: datetime | None
    flags: Sequence[FlagCount]
    categories: frozenset[str] = frozenset()
    version: int = 0

    @property
    def release(self) -> str:
        """The id of the program version it runs."""
        return f"{self.program}@{self.program_version}"


@dataclass(frozen=True, slots=True)
class Line:
    """A standing with what people read. `name_key` sorts it and `text` is what a search looks in (R234, R238)."""

    standing: Standing
    id: str = field(init=False)
    program_name: str
    surname: str = field(repr=False)
    given_name: str = field(repr=False)
    number: str = field(repr=False)
    is_protected: bool
    name_key: str = field(init=False, repr=False)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.standing.id)
        object.__setattr__(self, "name_key", collation_key(self.surname, self.given_name))
        object.__setattr__(self, "text", folded(f"{self.given_name} {self.surname} {self.program_name}"))

    @property
    def name(self) -> str:
        """Surname, Given name (R234)."""
        return f"{self.surname}, {self.given_name}"

    @property
    def masked(self) -> str:
        """YYYYMMDD-XXXX (R235)."""
        return f"{self.number[:8]}-XXXX"

    @property
    def flag_count(self) -> int:
        """Everything that waits on it, of any type."""
        return sum(flag.count for flag in self.standing.flags)
