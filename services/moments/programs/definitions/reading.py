"""Reading a program definition: every fault is told with its line, all of them at once.

Aliases are refused, so that a small file cannot unfold into a large one; a key given twice is refused, because YAML
would silently take the last.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from chassis.errors import InvalidError
from services.moments.programs.definitions.conflicts import Path, conflicts
from services.moments.programs.definitions.schema import ProgramDefinition
from services.moments.programs.domain.program import Program

_MOST_TOLD = 50


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong at a line; `place` is a path such as `modules.3.days`."""

    line: int
    place: str
    reason: str


class InvalidProgramError(InvalidError):
    """The definition is wrong; `fields` say what for each line."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)[:_MOST_TOLD]
        by_line: dict[str, str] = {}
        for fault in self.faults:
            told = f"{fault.place}: {fault.reason}" if fault.place else fault.reason
            name = f"line {fault.line}"
            by_line[name] = f"{by_line[name]}; {told}" if name in by_line else told
        first = self.faults[0]
        super().__init__(
            f"The program definition is wrong at {len(by_line)} lines, first at line {first.line}: "
            f"{by_line[f'line {first.line}']}.",
            first_line=first.line,
            **by_line,
        )


def read_definition(text: str) -> Program:
    """The program the YAML defines. Raises InvalidProgramError."""
    content, lines = _parsed(text)
    try:
        definition = ProgramDefinition.model_validate(content)
    except ValidationError as error:
        raise InvalidProgramError([_fault(told, lines) for told in error.errors(include_url=False)]) from None
    faults = [Fault(line_of(path, lines), told(path), reason) for path, reason in conflicts(definition)]
    if faults:
        raise InvalidProgramError(faults)
    return definition.as_program()


def _parsed(text: str) -> tuple[Any, Mapping[Path, int]]:
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                mark = event.start_mark
                line = mark.line + 1 if mark is not None else 1
                raise InvalidProgramError([Fault(line, "", "aliases are not accepted")])
        loader = yaml.CSafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise InvalidProgramError([Fault(1, "", "the definition is empty")])
        lines: dict[Path, int] = {(): node.start_mark.line + 1}
        repeated = list(_number_lines(node, (), lines))
        if repeated:
            raise InvalidProgramError(repeated)
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise InvalidProgramError([Fault(line, "", "this is not YAML")]) from None
    except (ValueError, RecursionError):
        raise InvalidProgramError([Fault(1, "", "this cannot be read")]) from None


def _number_lines(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Iterator[Fault]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            line = key.start_mark.line + 1
            if below in lines:
                yield Fault(line, told(below), "is given twice")
            lines[below] = line
            yield from _number_lines(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            lines[(*path, at)] = value.start_mark.line + 1
            yield from _number_lines(value, (*path, at), lines)


def _fault(error: Mapping[str, Any], lines: Mapping[Path, int]) -> Fault:
    path: Path = tuple(error["loc"])
    if path[:1] == ("flags",):
        # After a rule's place pydantic adds its kind, which stands on no line of its own.
        path = (*path[:2], *path[3:])
    known = path
    while known not in lines:
        known = known[:-1]
    return Fault(lines[known], told(path), _reason(error))


def _reason(error: Mapping[str, Any]) -> str:
    if error["type"] == "union_tag_invalid":
        # Its message repeats what was sent.
        return f"kind must be one of {error['ctx']['expected_tags']}"
    return str(error["msg"]).removeprefix("Value error, ").lower()


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The line of this path, or of the nearest part above it that is written out."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def told(path: Path) -> str:
    """A path as people read it: `modules.3.days`."""
    return ".".join(map(str, path))
