"""A program as content: modules of steps, fixed within one version (R4, R5, R11).

Content never changes once its version is published, so that every running moment can show what it was started with.
"""

from dataclasses import dataclass
from enum import StrEnum

from chassis.errors import NotFoundError


class ProgramKind(StrEnum):
    """What a program is for (R5)."""

    SUPPORT = "support"
    TREATMENT = "treatment"


class StepNotFoundError(NotFoundError):
    def __init__(self, module: str, step: str) -> None:
        super().__init__(f"The module {module} has no step {step} here.", module=module, step=step)


@dataclass(frozen=True, slots=True)
class Step:
    """One page. `visible`: shown as soon as its module is started, unless the practitioner chooses (R19)."""

    code: str
    name: str
    heading: str | None
    visible: bool
    text: str


@dataclass(frozen=True, slots=True)
class Module:
    """One chapter. `days` is advice to staff (R18, R77)."""

    code: str
    name: str
    open_from_start: bool
    days: int
    steps: tuple[Step, ...]

    def step(self, code: str) -> Step:
        """The step of this code, or StepNotFoundError."""
        for step in self.steps:
            if step.code == code:
                return step
        raise StepNotFoundError(self.code, code)

    @property
    def visible_from_start(self) -> frozenset[str]:
        """The steps shown when nobody chooses (R75)."""
        return frozenset(step.code for step in self.steps if step.visible)


@dataclass(frozen=True, slots=True)
class Program:
    """One version of a program, whole."""

    code: str
    version: str
    name: str
    kind: ProgramKind
    summary: str
    guidance: str
    recommended_days: int
    messaging: bool
    ordered_steps: bool
    welcome_text: str
    modules: tuple[Module, ...]

    @property
    def id(self) -> str:
        """What this version is called: `tobakshjalpen@9.0`."""
        return version_id(self.code, self.version)

    def module(self, code: str) -> Module:
        """The module of this code, which a moment on this version has."""
        return next(module for module in self.modules if module.code == code)


def version_id(code: str, version: str) -> str:
    """The id of one version of a program."""
    return f"{code}@{version}"


def number_of(version: str) -> tuple[int, int]:
    """MAJOR and MINOR, to compare by (R36)."""
    major, _, minor = version.partition(".")
    return int(major), int(minor)
