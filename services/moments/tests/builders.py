"""Moments in memory, with only the detail that a test is about."""

from datetime import UTC, date, datetime
from typing import Any

from services.moments.moments.domain.module import ModuleRun
from services.moments.moments.domain.moment import Moment
from services.moments.moments.domain.progress import Progress
from services.moments.moments.domain.reading import Reading
from services.moments.programs.definitions.reading import read_definition
from services.moments.programs.domain.program import Program

AT = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)

_PROGRAM = """
program: sova-battre
version: "1.0"
name: Sova bättre
kind: treatment
summary: Om sömn.
recommended_days: 60
messaging: true
ordered_steps: {ordered}
welcome_text: Hej!
modules:
  - {{code: start, name: Start, open_from_start: true, days: 7, steps: [
      {{code: a, name: A}}, {{code: b, name: B}}, {{code: c, name: C}}]}}
  - {{code: vanor, name: Vanor, days: 14, steps: [{{code: d, name: D}}, {{code: e, name: E, visible: false}}]}}
  - {{code: framat, name: Framåt, days: 14, steps: [{{code: f, name: F}}]}}
"""


def a_program(*, ordered: bool = True) -> Program:
    """Three modules: `start` with a, b, c; `vanor` with d and the hidden e; `framat` with f."""
    return read_definition(_PROGRAM.format(ordered=str(ordered).lower()))


def a_moment(**changes: Any) -> Moment:
    """Anna's moment of that program, in which `start` runs; what was said at its start is forgotten."""
    modules = [
        ModuleRun(module.code, module.days, visible_steps=module.visible_from_start)
        for module in a_program().modules
    ]
    told: dict[str, Any] = {
        "id": "mom-1",
        "resident": "res-1",
        "unit": "SE2321000131-E1",
        "program": "sova-battre",
        "program_version": "1.0",
        "messaging": True,
        "started_at": AT,
        "started_on": TODAY,
        "practitioner": "anna",
        "modules": modules,
    }
    moment = Moment(**{**told, **changes})
    moment.begin(["start"], by="anna")
    moment.events.clear()
    return moment


def started(moment: Moment, *codes: str, steps: str = "") -> None:
    """Start these modules today, each with these steps, or with those of the program."""
    program = a_program()
    chosen = {code: frozenset(steps) or program.module(code).visible_from_start for code in codes}
    moment.start_modules(chosen, at=AT, on=TODAY, by="anna")


def a_reading(
    moment: Moment | None = None,
    *,
    read: str = "",
    module: str = "start",
    ordered: bool = True,
    at: datetime = AT,
) -> Reading:
    """The moment as its resident reads it, who has read these steps of the module."""
    progress = Progress("mom-1")
    for step in read:
        progress.mark((module, step), AT)
    return Reading(moment or a_moment(), a_program(ordered=ordered), progress, at)
