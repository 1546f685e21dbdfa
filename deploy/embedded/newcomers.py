"""Residents made up while the stack runs, and what the register learns about everybody: on disk before it is answered.

A story that is told again and again needs somebody who has never logged in; a killed issuer must still know them.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from deploy.embedded.ledger import Ledger
from deploy.embedded.people import People, Person


class Newcomer(BaseModel):
    """A resident to be known to the register from now on; called by the number in tokens."""

    model_config = ConfigDict(extra="forbid")

    given_name: Annotated[str, Field(min_length=1, max_length=100)]
    surname: Annotated[str, Field(min_length=1, max_length=100)]
    mobile: Annotated[str, Field(pattern=r"^\+4670174\d{4}$")] | None = None
    county: Annotated[str, Field(pattern=r"^\d{2}$")] | None = None


class Newcomers:
    """What has changed in the register since the people files were read."""

    def __init__(self, everybody: dict[str, People], folder: Path) -> None:
        self._everybody = everybody
        self._ledger = Ledger(folder / "register.jsonl")
        for row in self._ledger.rows:
            self._put(row["slug"], row["person"])

    async def add(self, slug: str, number: str, newcomer: Newcomer) -> Person:
        """Make a resident known; adding one again changes nothing but the names."""
        return await self.keep(slug, Person(short=number, personnummer=number, **newcomer.model_dump()))

    async def keep(self, slug: str, person: Person) -> Person:
        """Remember a row as it is now."""
        row = person.model_dump(mode="json")
        await self._ledger.append({"slug": slug, "person": row})
        return self._put(slug, row)

    def _put(self, slug: str, row: dict[str, Any]) -> Person:
        person = Person.model_validate(row)
        residents = self._everybody[slug].residents
        residents[:] = [each for each in residents if each.personnummer != person.personnummer] + [person]
        return person
