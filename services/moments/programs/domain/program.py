"""A program as content: modules of steps, fixed within one version (R4, R5, R11).

Content never changes once its version is published, so that every running moment can show what it was started with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from chassis.errors import NotFoundError
from services.moments.programs.domain.flag_rules import FlagRule, FollowUp, Words
from services.moments.programs.domain.plans import ReadyPlan
from services.moments.programs.domain.sections import FormReference, Section, Text
from services.moments.programs.domain.target import Openness


class ProgramKind(StrEnum):
    """What a program is for (R5)."""

    SUPPORT = "support"
    TREATMENT = "treatment"


class StepNotFoundError(NotFoundError):
    def __init__(self, module: str, step: str) -> None:
        super().__init__(f"The module {module} has no step {step} here.", module=module, step=step)


class ModuleNotFoundInProgramError(NotFoundError):
    def __init__(self, program: str, module: str) -> None:
        super().__init__(f"{program} has no module {module}.", program=program, module=module)


# A paper that a module holds for the resident to keep: of the module itself, or of the whole program (R91).
Paper = Literal["module", "program"]


@dataclass(frozen=True, slots=True)
class Step:
    """One page. `visible`: shown as soon as its module is started, unless the practitioner chooses (R19)."""

    code: str
    name: str
    heading: str | None = None
    visible: bool = True
    sections: tuple[Section, ...] = ()

    @property
    def text(self) -> str:
        """Its words in Markdown, without what is not text."""
        return "\n\n".join(section.markdown for section in self.sections if isinstance(section, Text))

    @property
    def forms(self) -> Iterator[str]:
        """The forms placed in it, from top to bottom (R96)."""
        return (section.form for section in self.sections if isinstance(section, FormReference))


@dataclass(frozen=True, slots=True)
class Module:
    """One chapter. `days` is advice to staff (R18, R77); `forms` are placed in the module itself (R89, R96)."""

    code: str
    name: str
    open_from_start: bool
    days: int
    steps: tuple[Step, ...]
    summary: str = ""
    forms: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()

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


class SharedWith(StrEnum):
    """Who may use it, by the rights to its content (R12): the owner's unit, its care giver, the region, or others."""

    UNIT = "unit"
    CARE_GIVER = "care_giver"
    REGION = "region"
    REGIONS = "regions"


@dataclass(frozen=True, slots=True)
class Program:
    """One version of a program, whole. `openness` None: residents cannot start it themselves (R25)."""

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
    shared_with: SharedWith = SharedWith.REGION
    openness: Openness | None = None
    start_battery: tuple[str, ...] = ()
    plans: tuple[ReadyPlan, ...] = ()
    flag_rules: tuple[FlagRule, ...] = ()

    @property
    def id(self) -> str:
        """What this version is called: `tobakshjalpen@9.0`."""
        return version_id(self.code, self.version)

    @property
    def forms(self) -> frozenset[str]:
        """Every form that is used somewhere in it."""
        placed = {form for module in self.modules for form in module.forms}
        in_steps = {form for module in self.modules for step in module.steps for form in step.forms}
        return frozenset(placed | in_steps | set(self.start_battery))

    @property
    def notice_texts(self) -> tuple[Words, ...]:
        """What its designer wrote for residents to read in their inboxes (R186)."""
        return tuple(rule.words for rule in self.flag_rules if isinstance(rule, FollowUp))

    def follow_ups(self, module: str) -> tuple[FollowUp, ...]:
        """What is to be told some days after this module was started (R185)."""
        return tuple(rule for rule in self.flag_rules if isinstance(rule, FollowUp) and rule.module == module)

    def module(self, code: str) -> Module:
        """The module of this code, which a moment on this version has. Raises ModuleNotFoundInProgramError."""
        for module in self.modules:
            if module.code == code:
                return module
        raise ModuleNotFoundInProgramError(self.id, code)

    def is_minor_after(self, earlier: "Program") -> bool:
        """Whether both are versions of one MAJOR of one program, and this one is later (R36)."""
        (major, minor), (earlier_major, earlier_minor) = number_of(self.version), number_of(earlier.version)
        return self.code == earlier.code and major == earlier_major and minor > earlier_minor

    def lost_since(self, earlier: "Program") -> list[str]:
        """What a moment on the earlier version stands on and this one lacks: modules, and `module/step`."""
        here = {module.code: {step.code for step in module.steps} for module in self.modules}
        lost = [module.code for module in earlier.modules if module.code not in here]
        return lost + [
            f"{module.code}/{step.code}"
            for module in earlier.modules
            for step in module.steps
            if module.code in here and step.code not in here[module.code]
        ]


def version_id(code: str, version: str) -> str:
    """The id of one version of a program."""
    return f"{code}@{version}"


def number_of(version: str) -> tuple[int, int]:
    """MAJOR and MINOR, to compare by (R36)."""
    major, _, minor = version.partition(".")
    return int(major), int(minor)
