"""What moments says: the life of a moment and its modules, and who may do what at which unit."""

from typing import Annotated, ClassVar

from contracts.access import Role
from contracts.fields import (
    ActorId,
    Code,
    FieldClass,
    MomentId,
    PublishedHeading,
    PublishedText,
    ResidentId,
    StaffId,
    Switch,
    TextId,
    Time,
    UnitId,
    Version,
)
from contracts.message import Message


class MomentStarted(Message):
    """A program now runs for a resident (R40, R55). `messaging`: the program has messages on (R154).

    `continues_id`: the moment it was created from by handover or continuation, which is purged after it (R313).
    `self_started`: the resident started an open program alone, and nobody is responsible for it yet (R63, D31).
    """

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    resident_id: ResidentId
    unit_id: UnitId
    program_id: Code
    program_version: Version
    messaging: Switch
    continues_id: MomentId | None = None
    self_started: Switch = False
    started_at: Time
    by: ActorId


class PractitionerAssigned(Message):
    """The moment has got a responsible practitioner, at the start or by a change (R55, R256)."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    practitioner_id: StaffId
    at: Time
    by: ActorId


class ModuleStarted(Message):
    """An upcoming module is ongoing and the resident sees it (R69, R70)."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    module: Code
    at: Time
    by: ActorId


class ModuleEnded(Message):
    """Staff have ended an ongoing module: the resident reads it among the completed ones (R67)."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    module: Code
    at: Time
    by: ActorId


class ModuleSetUpcoming(Message):
    """An ongoing module is upcoming again and the resident sees it no more (R67, R68)."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    module: Code
    at: Time
    by: ActorId


class ModuleCompleted(Message):
    """Every step shown of the module is read: the resident has completed it (R94). Said once for each module."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    module: Code
    at: Time
    by: ActorId


class ProgramCompleted(Message):
    """No module is upcoming, and each is completed or was ended by staff (R94). Said once for each moment."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    at: Time
    by: ActorId


class MomentMaintained(Message):
    """The resident reads these modules for so long, and nobody writes anything new (R289, R290, R293).

    `expires_at` is the end of the last day, in the region's civil time; the access stops there without any message.
    """

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    modules: list[Code]
    expires_at: Time
    at: Time
    by: ActorId


class MomentResumed(Message):
    """The moment is out of maintenance and goes on as before."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    at: Time
    by: ActorId


class MaintenanceExpired(Message):
    """The days of maintenance are over: the resident has no access, and staff end the moment by hand (R296)."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    at: Time


class ProgramVersionApplied(Message):
    """A running moment goes on with a later MINOR version of its program (D29)."""

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    program_version: Version
    at: Time
    by: ActorId


class MomentEnded(Message):
    """The moment is over for good: the resident has no access any more (R298 to R302).

    `continued_by_id`: the moment that was made from it by handover, which is purged before it (R313, D32).
    """

    stream: ClassVar[str] = "moments.moment"

    moment_id: MomentId
    resident_id: ResidentId
    unit_id: UnitId
    reason: Code
    continued_by_id: MomentId | None = None
    ended_at: Time
    by: ActorId


class UnitActivated(Message):
    """A care unit may use the service from now on (R263, R265)."""

    stream: ClassVar[str] = "moments.access"

    unit_id: UnitId
    at: Time
    by: ActorId


class UnitInactivated(Message):
    """Nothing new begins at the unit; what runs there goes on (R263, R266)."""

    stream: ClassVar[str] = "moments.access"

    unit_id: UnitId
    at: Time
    by: ActorId


class RolesGranted(Message):
    """All the roles a person holds at a unit from now on; an empty list takes the last away (R267, R278, R280)."""

    stream: ClassVar[str] = "moments.access"

    unit_id: UnitId
    person_id: StaffId
    roles: list[Annotated[Role, FieldClass("code", "a role held at the unit")]]
    at: Time
    by: ActorId


class NoticeTextPublished(Message):
    """What a program's designer wrote for residents to read in an inbox entry (R186), once for each text.

    It is about nobody: who gets it, and of which program it is, is said nowhere on this stream.
    """

    stream: ClassVar[str] = "moments.text"

    text_id: TextId
    heading: PublishedHeading
    body: PublishedText
    published_at: Time
