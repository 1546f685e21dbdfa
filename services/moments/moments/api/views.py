"""From what use cases answer to what the API tells staff."""

from collections.abc import Sequence
from datetime import datetime

from services.moments.lists.domain.line import FlagCount
from services.moments.moments.api.schemas import (
    FlagOut,
    MaintenanceOut,
    ModuleCounts,
    ModuleOut,
    MomentOut,
    PersonOut,
    ProgressOut,
    ResidentOut,
    StepOut,
    TodoOut,
    WelcomeOut,
)
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import Moment
from services.moments.moments.usecases.open_moment import OpenedMoment
from services.moments.residents.domain.resident import Resident
from services.moments.units.api.categories import category_out
from services.moments.units.domain.unit import Unit
from services.moments.wording import wording


def moment_out(opened: OpenedMoment) -> MomentOut:
    """A moment as staff see it."""
    reading = opened.reading
    moment, program, share = reading.moment, reading.program, reading.share()
    counts = {state: len(moment.in_state(state)) for state in ModuleState}
    return MomentOut(
        moment_id=moment.id,
        version=moment.version,
        state=moment.state.value,
        program_id=program.code,
        program_name=program.name,
        program_version=program.version,
        resident=_resident(opened.resident),
        unit_id=moment.unit,
        messaging=moment.messaging,
        started_at=moment.started_at,
        days_gone=moment.days_gone(opened.today),
        recommended_days=program.recommended_days,
        pdfs=f"/programs/{program.code}/versions/{program.version}/pdfs",
        last_active_at=opened.last_active_at,
        practitioner=_person(moment.practitioner, opened.unit),
        progress=ProgressOut(steps_read=share.read, steps_shown=share.steps, percent=share.percent),
        module_counts=ModuleCounts(
            ongoing=counts[ModuleState.ONGOING],
            upcoming=counts[ModuleState.UPCOMING],
            ended=counts[ModuleState.ENDED],
        ),
        modules=[_module(run, opened) for run in moment.modules],
        welcome=WelcomeOut(
            text=moment.welcome.text or program.welcome_text,
            edited=moment.welcome.text is not None,
            hidden=moment.welcome.is_hidden,
        ),
        flags=_flags(opened.flags),
        todo=_todo(opened.flags),
        maintenance=_maintenance(moment, reading.at),
        continues_id=moment.continues,
        continued_by_id=moment.continued_by,
        categories=[category_out(category) for category in opened.categories],
        ended_at=moment.ended_at,
        end_reason=moment.end_reason,
    )


def _module(run: ModuleRun, opened: OpenedMoment) -> ModuleOut:
    reading = opened.reading
    module, read = reading.program.module(run.code), reading.progress.read
    return ModuleOut(
        code=run.code,
        name=module.name,
        state=run.state.value,
        days=run.days,
        days_left=run.days_left(opened.today),
        started_at=run.started_at,
        ended_at=run.ended_at,
        completed=reading.is_completed(run),
        steps=[
            StepOut(
                code=step.code,
                name=step.name,
                heading=step.heading,
                visible=step.code in run.visible_steps,
                read_at=read.get((run.code, step.code)),
                accessible_to_resident=reading.is_accessible(run.code, step.code),
            )
            for step in module.steps
        ],
    )


def _person(hsa_id: str | None, unit: Unit) -> PersonOut | None:
    return None if hsa_id is None else PersonOut(person_id=hsa_id, name=unit.name_of(hsa_id))


def _maintenance(moment: Moment, at: datetime) -> MaintenanceOut | None:
    held = moment.maintenance
    if held is None:
        return None
    return MaintenanceOut(
        modules=sorted(held.modules),
        last_day=held.last_day,
        expires_at=held.expires_at,
        expired=not held.lasts(at),
    )


def _resident(resident: Resident) -> ResidentOut:
    return ResidentOut(
        resident_id=resident.id,
        name=resident.name,
        personnummer=resident.masked,
        protected_identity=resident.is_protected,
    )


def _flags(flags: Sequence[FlagCount]) -> list[FlagOut]:
    return [FlagOut(flag_type=flag.flag_type, count=flag.count) for flag in flags]


def _todo(flags: Sequence[FlagCount]) -> list[TodoOut]:
    return [
        TodoOut(
            flag_type=flag.flag_type,
            count=flag.count,
            text=wording(f"todo-{flag.flag_type}", count=flag.count),
        )
        for flag in flags
    ]
