"""What a moment refuses."""

from collections.abc import Collection

from chassis.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError


class MomentNotFoundError(NotFoundError):
    def __init__(self, moment: str) -> None:
        super().__init__(f"There is no moment {moment} here.", id=moment)


class MomentEndedError(ConflictError):
    """Nothing happens after the end (R302)."""

    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} has ended: start a new moment instead.", id=moment)


class StaleMomentError(StaleError):
    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} was changed meanwhile: read it again.", id=moment)


class NoSuchModuleError(NotFoundError):
    def __init__(self, moment: str, module: str) -> None:
        super().__init__(f"{moment} has no module {module} here.", id=moment, module=module)


class ModuleNotUpcomingError(ConflictError):
    """Only an upcoming module can be started (R69)."""

    def __init__(self, moment: str, module: str) -> None:
        super().__init__(
            f"{module} of {moment} is not upcoming: it was started before.", id=moment, module=module
        )


class ModuleNotOngoingError(ConflictError):
    """Only an ongoing module is ended, set to upcoming, or has its steps shown and hidden (R67, R75)."""

    def __init__(self, moment: str, module: str) -> None:
        super().__init__(f"{module} of {moment} is not ongoing: start it first.", id=moment, module=module)


class ModuleEndedError(ConflictError):
    """An ended module is read and nothing else (D16)."""

    def __init__(self, moment: str, module: str) -> None:
        super().__init__(f"{module} of {moment} has ended: it can only be read.", id=moment, module=module)


class ModuleNotStartedError(ConflictError):
    """What the resident has never had is not kept available (R66, R293)."""

    def __init__(self, moment: str, module: str) -> None:
        super().__init__(
            f"{module} of {moment} has not been started: choose among those that have.",
            id=moment,
            module=module,
        )


class ModuleChosenTwiceError(InvalidError):
    def __init__(self, module: str) -> None:
        super().__init__(f"{module} is named twice: name each module once.", module=module)


class EndReasonNotOfferedError(InvalidError):
    """The region has a list of its own, in its file (D51)."""

    def __init__(self, reason: str, offered: Collection[str]) -> None:
        super().__init__(f"{reason} is no reason here: choose among {', '.join(offered)}.", reason=reason)


class DaysOutOfRangeError(InvalidError):
    """A number of days that is no such number (R76, R295, D8)."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(f"The number of days must be {least} to {most}.", least=least, most=most)


class MomentMaintainedError(ConflictError):
    """In maintenance everything is read and nothing is changed (R290, D11)."""

    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} is in maintenance: resume it first.", id=moment)


class MomentNotMaintainedError(ConflictError):
    def __init__(self, moment: str) -> None:
        super().__init__(f"{moment} is not in maintenance: there is nothing to resume.", id=moment)


class MaintenanceExpiredError(ForbiddenError):
    """The days of maintenance are over, and with them the resident's access (D9)."""

    def __init__(self, moment: str) -> None:
        super().__init__(f"The days of maintenance of {moment} are over.", id=moment)


class StepNotUnlockedError(ConflictError):
    """The first time, steps are opened in their order (R80)."""

    def __init__(self, module: str, step: str) -> None:
        super().__init__(
            f"{step} of {module} is not unlocked: open the steps before it first.", module=module, step=step
        )


class SameUnitError(InvalidError):
    """Within a unit it is the practitioner that changes (R256, R306)."""

    def __init__(self, unit: str) -> None:
        super().__init__(f"The moment is at {unit} already: change practitioner instead.", unit=unit)


class UnknownStepError(InvalidError):
    def __init__(self, module: str) -> None:
        super().__init__(f"A step to be shown is none of {module}: name steps of the module.", module=module)


class NotPractitionerError(InvalidError):
    """Only a practitioner of the unit can be responsible (R46, R269)."""

    def __init__(self, person: str, unit: str) -> None:
        super().__init__(
            f"{person} is no practitioner at {unit}: choose somebody who holds that role.",
            person=person,
            unit=unit,
        )


class NotResponsibleError(ForbiddenError):
    """Others' moments are a resident administrator's to hand over (D37), and nobody else's to end (R279)."""

    def __init__(self, moment: str) -> None:
        super().__init__(
            f"Only the responsible practitioner of {moment} may do this: change practitioner first.",
            id=moment,
        )


class SameProgramOngoingError(ConflictError):
    """A resident who starts alone starts a program once (R58)."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is ongoing already: go on with it.", program=program)
