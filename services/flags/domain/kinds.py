"""The types of flags and whom they are for."""

from enum import StrEnum


class FlagType(StrEnum):
    """Each is told apart by its icon in the lists (R205 to R211, R215)."""

    NEW_MESSAGE = "new_message"
    FORM_SAVED = "form_saved"
    FOLLOW_UP = "follow_up"
    TIME_LEFT = "time_left"
    TIME_OUT = "time_out"
    MAINTENANCE_EXPIRED = "maintenance_expired"
    UNASSIGNED = "unassigned"
    PROGRAM_COMPLETED = "program_completed"
    RESULT = "result"
    INACTIVE = "inactive"
    MANUAL = "manual"


class Audience(StrEnum):
    """Whom a flag is addressed to (R203)."""

    PRACTITIONER = "practitioner"
    RESIDENT = "resident"
