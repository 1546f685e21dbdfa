"""Reading: which pages a resident reaches in a moment, what is read, and what is completed of it.

Steps are opened in order the first time, within their module, where the program says so; hidden ones are skipped (D15).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.moments.moments.domain.errors import (
    ModuleEndedError,
    NoSuchModuleError,
    StepNotUnlockedError,
)
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import Moment, MomentState
from services.moments.moments.domain.progress import Progress
from services.moments.programs.domain.program import Program, Step, StepNotFoundError


@dataclass(frozen=True, slots=True)
class Share:
    """So many steps are read, of so many that are shown: the progress meter (R364)."""

    read: int
    steps: int

    @property
    def percent(self) -> int:
        """Whole percent, 100 only when everything is read."""
        return 100 * self.read // self.steps if self.steps else 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment, the program it runs and the resident's progress, seen together at an instant."""

    moment: Moment
    program: Program
    progress: Progress
    at: datetime

    def steps_shown(self, run: ModuleRun) -> Sequence[Step]:
        """The steps of a module that staff let the resident see, in the program's order (R74, R75)."""
        return [step for step in self.program.module(run.code).steps if step.code in run.visible_steps]

    def is_read(self, run: ModuleRun, step: Step) -> bool:
        """Whether the resident has opened the step (R84)."""
        return (run.code, step.code) in self.progress.read

    def is_unlocked(self, run: ModuleRun, step: Step) -> bool:
        """Whether the resident may open a step that is shown: the order holds until it is opened (R80, R81, D15).

        Where nothing is marked any more, in what has ended and in maintenance, no order is kept.
        """
        if not (self.program.ordered_steps and self._marks(run)) or self.is_read(run, step):
            return True
        steps = self.steps_shown(run)
        return all(self.is_read(run, before) for before in steps[: steps.index(step)])

    def is_accessible(self, module: str, step: str) -> bool:
        """Whether the resident could open the step now (R83)."""
        run = self.moment.module(module)
        if not self.moment.is_open_to_resident(self.at) or run not in self.moment.modules_shown():
            return False
        return any(shown.code == step and self.is_unlocked(run, shown) for shown in self.steps_shown(run))

    def page(self, module: str, step: str) -> Step:
        """The step as the resident opens it: what is not shown does not exist.

        Raises NoSuchModuleError, StepNotFoundError or StepNotUnlockedError.
        """
        run = self._shown(module)
        for shown in self.steps_shown(run):
            if shown.code == step:
                if not self.is_unlocked(run, shown):
                    raise StepNotUnlockedError(module, step)
                return shown
        raise StepNotFoundError(module, step)

    def turn_to(self, module: str, step: str, *, by: str) -> Step:
        """Open the step as the resident: it is read from now on, if anything is still marked. Raises as `page` does."""
        page = self.page(module, step)
        if self._marks(self.moment.module(module)):
            self.progress.mark((module, step), self.at)
            self.say_completed(by=by)
        return page

    def bookmark(self, module: str, step: str) -> None:
        """Keep a bookmark in a step that can be opened (R366).

        Raises what `page` raises, MomentMaintainedError (R290) or ModuleEndedError (D16).
        """
        self.page(module, step)
        self.moment.must_be_ongoing()
        if self.moment.module(module).state is ModuleState.ENDED:
            raise ModuleEndedError(self.moment.id, module)
        self.progress.bookmark((module, step), self.at)

    def bookmarked(self) -> Sequence[tuple[ModuleRun, Step]]:
        """The steps with a bookmark that the resident still reaches, in the program's order (R366)."""
        return [
            (run, step)
            for run in self.moment.modules_shown()
            for step in self.steps_shown(run)
            if (run.code, step.code) in self.progress.bookmarks
        ]

    def is_completed(self, run: ModuleRun) -> bool:
        """Whether the resident has read everything shown of a module that was started (R85, R86, D17)."""
        steps = self.steps_shown(run)
        return not run.is_upcoming and bool(steps) and all(self.is_read(run, step) for step in steps)

    def say_completed(self, *, by: str) -> None:
        """Say what has become complete. What staff have ended asks nothing more of the resident (R94)."""
        runs = self.moment.modules
        completed = [run.code for run in runs if self.is_completed(run)]
        program = bool(completed) and all(
            run.code in completed or run.state is ModuleState.ENDED for run in runs
        )
        self.progress.say_completed(completed, program=program, at=self.at, by=by)

    def share(self) -> Share:
        """How much is read of what is shown."""
        pages = [(run, step) for run in self.moment.modules_shown() for step in self.steps_shown(run)]
        return Share(sum(self.is_read(run, step) for run, step in pages), len(pages))

    def _shown(self, module: str) -> ModuleRun:
        for run in self.moment.modules_shown():
            if run.code == module:
                return run
        raise NoSuchModuleError(self.moment.id, module)

    def _marks(self, run: ModuleRun) -> bool:
        return self.moment.state is MomentState.ONGOING and run.state is ModuleState.ONGOING
