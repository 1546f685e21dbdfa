"""What members of staff choose to be told of: off until ticked, by mail, by SMS too, and of which types of flags.

Where to is no choice of theirs here: addresses are the HSA directory's.
"""

from dataclasses import dataclass, field

from chassis.errors import InvalidError


class UnknownFlagTypeError(InvalidError):
    def __init__(self, types: list[str]) -> None:
        super().__init__(f"There is no type of flag called {', '.join(types)}.", types=", ".join(types))


@dataclass(slots=True)
class StaffChoices:
    """One person's choices in a region (R188, R189, R192)."""

    id: str
    email: bool = False
    sms: bool = False
    flag_types: frozenset[str] = frozenset()
    version: int = 0
    position: int = 0
    events: list[object] = field(default_factory=list)

    def choose(self, *, email: bool, sms: bool, flag_types: frozenset[str], known: frozenset[str]) -> None:
        """Replace them. Raises UnknownFlagTypeError."""
        if unknown := sorted(flag_types - known):
            raise UnknownFlagTypeError(unknown)
        self.email, self.sms, self.flag_types = email, sms, flag_types

    def channels_for(self, flag_type: str) -> tuple[str, ...]:
        """On which channels they want to be told of a flag of this type."""
        if flag_type not in self.flag_types:
            return ()
        return tuple(name for name, on in (("sms", self.sms), ("email", self.email)) if on)


def is_staff(recipient: str) -> bool:
    """Whether a recipient is a member of staff: HSA-ids begin so, and no resident's id does."""
    return recipient.startswith("SE")
