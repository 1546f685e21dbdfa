"""Papers: a step, a module or a program as something to keep, made of what its reader may see (R90, R91).

A paper names nobody: the same one is made for everybody who sees the same of a program.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.moments.programs.domain.program import Module, Program, Step
from services.moments.programs.domain.sections import Section
from services.moments.programs.rendering.markdown import html_of


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading; `contents` is a list of names."""

    title: str
    opening: str = ""
    sections: Sequence[Section] = ()
    contents: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: its title, in one line what it belongs to, and what stands in it. `opening` is Markdown."""

    title: str
    about: str
    opening: str = ""
    sections: Sequence[Section] = ()
    parts: Sequence[Part] = ()


def step_paper(program: Program, module: Module, step: Step) -> Paper:
    """One page (R90)."""
    return Paper(step.name, f"{program.name}, {module.name}", sections=step.sections)


def module_paper(program: Program, module: Module, steps: Sequence[Step]) -> Paper:
    """A whole module: of its steps, these (R91)."""
    parts = [Part(step.name, sections=step.sections) for step in steps]
    return Paper(module.name, program.name, opening=module.summary, parts=parts)


def program_paper(program: Program, modules: Sequence[tuple[Module, Sequence[Step]]]) -> Paper:
    """The program in summary: of its modules and their steps, these (R91)."""
    parts = [
        Part(module.name, opening=module.summary, contents=[step.name for step in steps])
        for module, steps in modules
    ]
    return Paper(program.name, f"Sammanfattning, version {program.version}", program.summary, parts=parts)


def html_of_paper(paper: Paper) -> str:
    """The paper as one HTML document that fetches nothing."""
    return _templates().get_template("paper.html.j2").render(paper=paper)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    # What comes out of html_of has been cleaned, and only that is not escaped.
    templates.filters["markdown"] = lambda text, top: Markup(html_of(text, top=top))  # noqa: S704
    return templates
