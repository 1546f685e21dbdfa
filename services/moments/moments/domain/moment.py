"""A moment: a program that runs for a resident at a unit, from its start to its end for good (R40, R302).

What the resident reads and marks lies beside it, in `Progress`: a page turned makes no change by staff stale.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.moments.moments.domain.errors import (
    DaysOutOfRangeError,
    ModuleEndedError,
    ModuleNotOngoingError,
    ModuleNotStartedError,
    ModuleNotUpcomingError,
    MomentEndedError,
    MomentMaintainedError,
    MomentNotMaintainedError,
    NoSuchModuleError,
    NotResponsibleError,
    StaleMomentError,
)
from services.moments.moments.domain.events import (
    Assigned,
    Ended,
    Expired,
    Maintained,
    ModuleClosed,
    ModuleOpened,
    ModulePutBack,
    Resumed,
    Started,
)
from services.moments.moments.domain.maintenance import Maintenance
from services.moments.moments.domain.module import MOST_DAYS, ModuleRun, ModuleState


class MomentState(StrEnum):
    ONGOING = "ongoing"
    MAINTENANCE = "maintenance"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Welcome:
    """The welcome text of this one resident: `text` None is the program's own (R21, R59, R60)."""

    text: str | None = field(default=None, repr=False)
    is_hidden: bool = False


@dataclass(slots=True)
class Moment:
    """It stays on `program_version` of `program` (R11, D29). `practitioner` None: nobody is responsible yet.

    `continues` is the moment it was made from at another unit, `continued_by` the one that was made from it (D32).
    """

    id: str
    resident: str
    unit: str
    program: str
    program_version: str
    messaging: bool
    started_at: datetime
    started_on: date
    practitioner: str | None
    modules: list[ModuleRun]
    welcome: Welcome = field(default_factory=Welcome)
    state: MomentState = MomentState.ONGOING
    maintenance: Maintenance | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None
    categories: frozenset[str] = frozenset()
    continues: str | None = None
    continued_by: str | None = None
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def begin(self, opened: Iterable[str], *, by: str) -> None:
        """Start: with its practitioner, if it has one, and with the modules that are open from the start (R55)."""
        self.events.append(Started(self.started_at, by))
        if self.practitioner is not None:
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

    def start_modules(self, chosen: Mapping[str, frozenset[str]], *, at: datetime, on: date, by: str) -> None:
        """Show upcoming modules to the resident, with these steps of each: all, or none if one cannot (R69, R74)."""
        self.must_be_ongoing()
        modules = [self.module(code) for code in chosen]
        for module in modules:
            if not module.is_upcoming:
                raise ModuleNotUpcomingError(self.id, module.code)
        for module in modules:
            module.visible_steps = chosen[module.code]
            self._open(module, at=at, on=on, by=by)

    def end_module(self, code: str, *, at: datetime, by: str) -> None:
        """Put an ongoing module among the completed ones (R67, D16)."""
        module = self._ongoing_module(code)
        module.close(at)
        self.events.append(ModuleClosed(code, at, by))

    def set_upcoming(self, code: str, *, at: datetime, by: str) -> None:
        """Take an ongoing module back from the resident (R67, R68)."""
        module = self._ongoing_module(code)
        module.put_back()
        self.events.append(ModulePutBack(code, at, by))

    def choose_steps(self, code: str, visible: frozenset[str]) -> None:
        """Show these steps of an ongoing module and no others (R75)."""
        self._ongoing_module(code).visible_steps = visible

    def change_days(self, code: str, days: int, today: date) -> None:
        """Let so many days be left of a module, which is advice and locks nothing (R76, R79, D2)."""
        self.must_be_ongoing()
        module = self.module(code)
        if module.state is ModuleState.ENDED:
            raise ModuleEndedError(self.id, code)
        if not 0 <= days <= MOST_DAYS:
            raise DaysOutOfRangeError(0, MOST_DAYS)
        module.leave(days, today)

    def reassign(self, practitioner: str, *, at: datetime, by: str) -> None:
        """Give it another responsible practitioner (R256); the present one changes nothing."""
        self._must_not_have_ended()
        if practitioner == self.practitioner:
            return
        self.practitioner = practitioner
        self.events.append(Assigned(practitioner, at, by))

    def greet(self, welcome: Welcome) -> None:
        """Change this resident's welcome text, or hide it (R59, R60)."""
        self.must_be_ongoing()
        self.welcome = welcome

    def categorise(self, categories: frozenset[str]) -> None:
        """Let it stand in exactly these categories of its unit, by id, until it ends (R261)."""
        self._must_not_have_ended()
        self.categories = categories

    def maintain(self, maintenance: Maintenance, *, at: datetime, by: str) -> None:
        """Let the resident go on reading what has been started of it for some days (R289 to R295)."""
        self.must_be_ongoing()
        for code in sorted(maintenance.modules):
            if self.module(code).is_upcoming:
                raise ModuleNotStartedError(self.id, code)
        self.state, self.maintenance = MomentState.MAINTENANCE, maintenance
        self.events.append(Maintained(sorted(maintenance.modules), maintenance.expires_at, at, by))

    def resume(self, *, at: datetime, by: str) -> None:
        """Go on as before, also when the days of maintenance are over (D10)."""
        self._must_not_have_ended()
        if self.state is not MomentState.MAINTENANCE:
            raise MomentNotMaintainedError(self.id)
        self.state, self.maintenance = MomentState.ONGOING, None
        self.events.append(Resumed(at, by))

    def expire(self, at: datetime) -> bool:
        """Say once that the days of maintenance are over; True if they are and it was not said (R296, D9)."""
        held = self.maintenance
        if self.state is not MomentState.MAINTENANCE or held is None or held.is_over or held.lasts(at):
            return False
        self.maintenance = replace(held, is_over=True)
        self.events.append(Expired(held.expires_at))
        return True

    def end(self, reason: str, *, at: datetime, by: str) -> None:
        """End it for good (R298 to R302)."""
        self._must_not_have_ended()
        self.state, self.ended_at, self.end_reason = MomentState.ENDED, at, reason
        self.events.append(Ended(reason, at, by))

    @property
    def is_ended(self) -> bool:
        """Whether the resident has lost access to it (R302)."""
        return self.state is MomentState.ENDED

    def is_open_to_resident(self, at: datetime) -> bool:
        """Until it ends, or the days of maintenance are over, whether or not that has been said (D9)."""
        if self.state is MomentState.MAINTENANCE and self.maintenance is not None:
            return self.maintenance.lasts(at)
        return not self.is_ended

    def modules_shown(self) -> list[ModuleRun]:
        """What the resident sees: what has been started, in maintenance what was chosen of it (R66, R290, R293)."""
        started = [module for module in self.modules if not module.is_upcoming]
        if self.state is MomentState.MAINTENANCE and self.maintenance is not None:
            return [module for module in started if module.code in self.maintenance.modules]
        return started

    def in_state(self, state: ModuleState) -> list[ModuleRun]:
        """The modules in this state, in the program's order."""
        return [module for module in self.modules if module.state is state]

    def days_gone(self, today: date) -> int:
        """Civil days since the start, 0 on the first (R244)."""
        return (today - self.started_on).days

    def must_be_ongoing(self) -> None:
        """Raises MomentEndedError, or MomentMaintainedError: in maintenance nothing is changed (R290, D11)."""
        self._must_not_have_ended()
        if self.state is MomentState.MAINTENANCE:
            raise MomentMaintainedError(self.id)

    def _must_not_have_ended(self) -> None:
        if self.is_ended:
            raise MomentEndedError(self.id)

    def _ongoing_module(self, code: str) -> ModuleRun:
        self.must_be_ongoing()
        module = self.module(code)
        if module.state is not ModuleState.ONGOING:
            raise ModuleNotOngoingError(self.id, code)
        return module

    def _open(self, module: ModuleRun, *, at: datetime, on: date, by: str) -> None:
        module.open(at=at, on=on, version=self.program_version)
        self.events.append(ModuleOpened(module.code, at, by))
