"""What is said outside of each event of a moment's life."""

from typing import Any

from contracts.message import Message
from contracts.moments import (
    MaintenanceExpired,
    ModuleEnded,
    ModuleSetUpcoming,
    ModuleStarted,
    MomentEnded,
    MomentMaintained,
    MomentResumed,
    MomentStarted,
    PractitionerAssigned,
    ProgramVersionApplied,
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
    VersionApplied,
)
from services.moments.moments.domain.moment import Moment


def said_of(moment: Moment, event: Any) -> Message:
    """The message of an event; every event has one."""
    match event:
        case Started():
            return MomentStarted(
                moment_id=moment.id,
                resident_id=moment.resident,
                unit_id=moment.unit,
                program_id=moment.program,
                program_version=moment.program_version,
                messaging=moment.messaging,
                continues_id=moment.continues,
                self_started=event.by == moment.resident,
                started_at=event.at,
                by=event.by,
            )
        case Assigned():
            return PractitionerAssigned(
                moment_id=moment.id, practitioner_id=event.practitioner, at=event.at, by=event.by
            )
        case Ended():
            return MomentEnded(
                moment_id=moment.id,
                resident_id=moment.resident,
                unit_id=moment.unit,
                reason=event.reason,
                continued_by_id=moment.continued_by,
                ended_at=event.at,
                by=event.by,
            )
        case ModuleOpened():
            return ModuleStarted(moment_id=moment.id, module=event.module, at=event.at, by=event.by)
        case ModuleClosed():
            return ModuleEnded(moment_id=moment.id, module=event.module, at=event.at, by=event.by)
        case ModulePutBack():
            return ModuleSetUpcoming(moment_id=moment.id, module=event.module, at=event.at, by=event.by)
        case VersionApplied():
            return ProgramVersionApplied(
                moment_id=moment.id, program_version=event.version, at=event.at, by=event.by
            )
        case _:
            return _of_maintenance(moment, event)


def _of_maintenance(moment: Moment, event: Maintained | Resumed | Expired) -> Message:
    match event:
        case Maintained():
            return MomentMaintained(
                moment_id=moment.id,
                modules=list(event.modules),
                expires_at=event.expires_at,
                at=event.at,
                by=event.by,
            )
        case Resumed():
            return MomentResumed(moment_id=moment.id, at=event.at, by=event.by)
        case Expired():
            return MaintenanceExpired(moment_id=moment.id, at=event.at)
