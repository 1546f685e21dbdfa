"""Publishing units: where programs are published from, one for care and one for practice in a region (R34, R284)."""

from enum import StrEnum

from chassis.errors import ConflictError

PUBLISHER = "publisher"
DESIGNER = "designer"


class Purpose(StrEnum):
    """What a publishing unit publishes for; the one for practice is the training publishing unit."""

    CARE = "care"
    PRACTICE = "practice"


class NotPublishingUnitError(ConflictError):
    """Programs are published from the region's publishing units alone (R34)."""

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"{unit} is no publishing unit: the region's administrator names them.",
            unit=unit,
        )


class PublishesAlreadyError(ConflictError):
    """One unit is for care, another for practice (R34)."""

    def __init__(self, unit: str, purpose: Purpose) -> None:
        super().__init__(
            f"{unit} is the publishing unit for {purpose}: name another unit.",
            unit=unit,
            purpose=purpose.value,
        )


class UnitForPracticeError(ConflictError):
    """Practice and care are kept apart: no moment goes from one to the other, and no resident starts practice (R34)."""

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"{unit} is the training publishing unit: what runs there is practice, and stays there.",
            unit=unit,
        )


class MomentsRunningError(ConflictError):
    """What runs at a unit is care or practice to its end: the unit goes from one to the other with nothing running."""

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"{unit} has moments that have not ended: end them before the unit for practice is named.",
            unit=unit,
        )


class PublishingRoleMissingError(ConflictError):
    """A publishing unit has a publisher and, for content of its own, a designer (R284)."""

    def __init__(self, unit: str, role: str) -> None:
        super().__init__(
            f"Nobody is {role} at {unit}: a publishing unit needs one, by its permission administrator.",
            unit=unit,
            role=role,
        )
