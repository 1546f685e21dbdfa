"""What a schema cannot say: codes are unique, and what one part names is there in another."""

from collections.abc import Iterator, Sequence

from services.moments.programs.definitions.flag_rules import (
    FollowUpDefinition,
    OutcomeDefinition,
    TimeLeftDefinition,
)
from services.moments.programs.definitions.schema import ProgramDefinition

Path = tuple[str | int, ...]
Conflict = tuple[Path, str]


def conflicts(definition: ProgramDefinition) -> Iterator[Conflict]:
    """Every conflict with the path it stands at; empty is good."""
    if not any(module.open_from_start for module in definition.modules):
        yield ("modules",), "at least one module must be open from the start"
    yield from _repeated(("modules",), "code", [module.code for module in definition.modules])
    for at, module in enumerate(definition.modules):
        yield from _repeated(("modules", at, "steps"), "code", [step.code for step in module.steps])
    yield from _repeated(("activity_plans",), "code", [plan.code for plan in definition.activity_plans])
    for at, plan in enumerate(definition.activity_plans):
        labels = [question.label for question in plan.questions]
        yield from _repeated(("activity_plans", at, "questions"), "label", labels)
    yield from _rules(definition)


def _rules(definition: ProgramDefinition) -> Iterator[Conflict]:
    forms = definition.as_program().forms
    modules = {module.code for module in definition.modules}
    for at, rule in enumerate(definition.flags):
        match rule:
            case OutcomeDefinition() if rule.form not in forms:
                yield ("flags", at, "form"), "is no form of this program"
            case FollowUpDefinition() if rule.module not in modules:
                yield ("flags", at, "module"), "is no module of this program"
            case TimeLeftDefinition() if rule.days > definition.recommended_days:
                yield ("flags", at, "days"), "is more than the recommended days"


def _repeated(above: Path, name: str, codes: Sequence[str]) -> Iterator[Conflict]:
    seen: set[str] = set()
    for at, code in enumerate(codes):
        if code in seen:
            yield (*above, at, name), f"is the {name} of another one too"
        seen.add(code)
