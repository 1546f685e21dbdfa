"""A running moment goes on with a later MINOR version of its program (D29): nothing it stands on may be gone.

New modules wait as upcoming; new steps of a module show as they would at its start. All else stays as it was.
"""

from datetime import datetime

from services.moments.moments.domain.errors import MomentEndedError
from services.moments.moments.domain.events import VersionApplied
from services.moments.moments.domain.module import ModuleRun
from services.moments.moments.domain.moment import Moment
from services.moments.programs.domain.program import Program


def apply_version(moment: Moment, before: Program, after: Program, *, at: datetime, by: str) -> None:
    """Let the moment, which runs on `before`, go on with `after`.

    Raises MomentEndedError, or ValueError if `after` is no later MINOR version.
    """
    if moment.is_ended:
        raise MomentEndedError(moment.id)
    if not after.is_minor_after(before):
        raise ValueError(f"{after.id} is no later MINOR version of {before.id}.")
    runs = {run.code: run for run in moment.modules}
    known = {module.code: {step.code for step in module.steps} for module in before.modules}
    for module in after.modules:
        run = runs.get(module.code)
        if run is None:
            runs[module.code] = ModuleRun(module.code, module.days, visible_steps=module.visible_from_start)
            continue
        run.visible_steps |= module.visible_from_start - known[module.code]
    moment.modules = [runs[module.code] for module in after.modules]
    moment.program_version = after.version
    moment.events.append(VersionApplied(after.version, at, by))
