"""A moment: a program that runs for a resident at a unit, from its start to its end for good (R40, R302)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.moments.moments.domain.errors import (
    ModuleNotUpcomingError,
    MomentEndedError,
    NoSuchModuleError,
    NotResponsibleError,
    StaleMomentError,
)
from services.moments.moments.domain.module import ModuleRun, ModuleState


class MomentState(StrEnum):
    ONGOING = "ongoing"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a moment ended (R299, R300, D51)."""

    COMPLETED = "completed"
    RESIDENT_BREAKS_OFF = "resident_breaks_off"
    PRACTITIONER_BREAKS_OFF = "practitioner_breaks_off"
    MOVED_TO_OTHER_CARE = "moved_to_other_care"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Started:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Assigned:
    practitioner: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ModuleOpened:
    module: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Ended:
    reason: EndReason
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The welcome text of this one resident: `text` None is the program's own (R21, R59, R60)."""

    text: str | None = field(default=None, repr=False)
    is_hidden: bool = False


@dataclass(slots=True)
class Moment:
    """It stays on `program_version` of `program` (R11, D29)."""

    id: str
    resident: str
    unit: str
    program: str
    program_version: str
    messaging: bool
    started_at: datetime
    started_on: date
    practitioner: str
    modules: list[ModuleRun]
    welcome: Welcome = field(default_factory=Welcome)
    state: MomentState = MomentState.ONGOING
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def begin(self, opened: Iterable[str], *, by: str) -> None:
        """Start: with its practitioner, and with the modules that are open from the start (R55)."""
        self.events.append(Started(self.started_at, by))
        self.events.append(Assigned(self.practitioner, self.started_at, by))
        for code in opened:
            self._open(self.module(code), at=self.started_at, on=self.started_on, by=by)

    def must_be_at(self, version: int | None) -> None:
        """Refuse a change by somebody who has read another version."""
        if version is not None and version != self.version:
            raise StaleMomentError(self.id)

    def must_be_of(self, person: str) -> None:
        """Raises NotResponsibleError for anybody but the responsible practitioner."""
        if person != self.practitioner:
            raise NotResponsibleError(self.id)

    def module(self, code: str) -> ModuleRun:
        """The module of this code. Raises NoSuchModuleError."""
        for module in self.modules:
            if module.code == code:
                return module
        raise NoSuchModuleError(self.id, code)

    def start_module(
        self, code: str, *, visible_steps: frozenset[str], at: datetime, on: date, by: str
    ) -> None:
        """Show an upcoming module to the resident, with these steps of it (R69, R70, R74)."""
        self._must_go_on()
        module = self.module(code)
        if module.state is not ModuleState.UPCOMING:
            raise ModuleNotUpcomingError(self.id, code)
        module.visible_steps = visible_steps
        self._open(module, at=at, on=on, by=by)

    def reassign(self, practitioner: str, *, at: datetime, by: str) -> None:
        """Give it another responsible practitioner (R256); the present one changes nothing."""
        self._must_go_on()
        if practitioner == self.practitioner:
            return
        self.practitioner = practitioner
        self.events.append(Assigned(practitioner, at, by))

    def greet(self, welcome: Welcome) -> None:
        """Change this resident's welcome text, or hide it (R59, R60)."""
        self._must_go_on()
        self.welcome = welcome

    def end(self, reason: EndReason, *, at: datetime, by: str) -> None:
        """End it for good (R298 to R302)."""
        self._must_go_on()
        self.state, self.ended_at, self.end_reason = MomentState.ENDED, at, reason
        self.events.append(Ended(reason, at, by))

    @property
    def is_ended(self) -> bool:
        """Whether the resident has lost access to it (R302)."""
        return self.state is MomentState.ENDED

    def in_state(self, state: ModuleState) -> list[ModuleRun]:
        """The modules in this state, in the program's order."""
        return [module for module in self.modules if module.state is state]

    def days_gone(self, today: date) -> int:
        """Civil days since the start, 0 on the first (R244)."""
        return (today - self.started_on).days

    def _open(self, module: ModuleRun, *, at: datetime, on: date, by: str) -> None:
        module.state, module.started_at, module.started_on = ModuleState.ONGOING, at, on
        self.events.append(ModuleOpened(module.code, at, by))

    def _must_go_on(self) -> None:
        if self.is_ended:
            raise MomentEndedError(self.id)
