"""What a moment refuses."""

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
