"""The categories of a unit: words of its own to sort by (R261)."""

from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidError


class CategoryTwiceError(InvalidError):
    def __init__(self) -> None:
        super().__init__("A category is there twice: give each a name of its own.")


@dataclass(slots=True)
class Categories:
    """All categories of one unit, in its own order; `id` is the unit's HSA-id."""

    id: str
    names: list[str] = field(default_factory=list)
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def replace(self, names: list[str]) -> None:
        """Have exactly these from now on. Raises CategoryTwiceError, whatever the case of the letters."""
        if len({name.casefold() for name in names}) != len(names):
            raise CategoryTwiceError
        self.names = names
