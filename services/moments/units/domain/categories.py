"""The categories of a unit: words of its own to sort its moments by (R261).

A category keeps its id for as long as the unit has it, whatever it is called: moments name ids, never words.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.errors import InvalidError


class CategoryTwiceError(InvalidError):
    def __init__(self) -> None:
        super().__init__("A category is there twice: give each a name of its own.")


class NoSuchCategoryError(InvalidError):
    """The unit has no such category, or no longer."""

    def __init__(self, category: str, unit: str) -> None:
        super().__init__(f"{unit} has no category {category}.", category=category, unit=unit)


@dataclass(frozen=True, slots=True)
class Category:
    id: str
    name: str


@dataclass(slots=True)
class Categories:
    """All categories of one unit, in its own order; `id` is the unit's HSA-id."""

    id: str
    every: list[Category] = field(default_factory=list)
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    def replace(self, wanted: Sequence[tuple[str | None, str]], new_ids: Iterator[str]) -> None:
        """Have exactly these from now on, by id and name; one without an id is new, unless its name is known.

        Raises CategoryTwiceError, whatever the case of the letters, or NoSuchCategoryError.
        """
        by_name = {category.name.casefold(): category.id for category in self.every}
        given = [(identity or by_name.get(name.casefold()), name) for identity, name in wanted]
        known = [identity for identity, _ in given if identity is not None]
        self.must_have(known)
        if len({name.casefold() for _, name in given}) != len(given) or len(set(known)) != len(known):
            raise CategoryTwiceError
        self.every = [Category(identity or next(new_ids), name) for identity, name in given]

    def must_have(self, identities: Collection[str]) -> None:
        """Raises NoSuchCategoryError for the first that the unit does not have."""
        held = {category.id for category in self.every}
        for identity in identities:
            if identity not in held:
                raise NoSuchCategoryError(identity, self.id)

    def of(self, identities: Collection[str]) -> list[Category]:
        """Those of them that the unit has, in its own order."""
        return [category for category in self.every if category.id in identities]
