"""What staff are told about a resident before a moment starts: informative only, nothing is refused (R51 to R53)."""

from dataclasses import dataclass
from enum import StrEnum


class StartWarning(StrEnum):
    """Each has a Swedish text of the same name."""

    NEVER_LOGGED_IN = "never-logged-in"
    NO_NOTIFICATIONS = "no-notifications"
    CANNOT_LOG_IN = "cannot-log-in"
    ACCOUNT_LOCKED = "account-locked"
    PROTECTED_IDENTITY = "protected-identity"
    DECEASED = "deceased"
    SAME_PROGRAM_ONGOING = "same-program-ongoing"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a resident's reachability."""

    has_logged_in: bool
    has_notifications: bool
    is_coordination: bool
    is_locked: bool
    is_protected: bool
    is_deceased: bool = False


def warnings_of(standing: Standing) -> list[StartWarning]:
    """The warnings that apply, in the order they are shown."""
    applies = {
        StartWarning.DECEASED: standing.is_deceased,
        StartWarning.NEVER_LOGGED_IN: not standing.has_logged_in,
        StartWarning.NO_NOTIFICATIONS: not standing.has_notifications,
        StartWarning.CANNOT_LOG_IN: standing.is_coordination,
        StartWarning.ACCOUNT_LOCKED: standing.is_locked,
        StartWarning.PROTECTED_IDENTITY: standing.is_protected,
    }
    return [warning for warning, does in applies.items() if does]
