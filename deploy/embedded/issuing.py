"""What the local issuer knows: the people of each region, who signs for it, and what time it is there."""

from pathlib import Path
from typing import Any

from fastapi import HTTPException

from deploy.embedded.local_clock import LocalClock
from deploy.embedded.newcomers import Newcomers
from deploy.embedded.people import People, Person
from deploy.embedded.tokens import Signer


class Issuer:
    """What the endpoints share."""

    def __init__(self, url: str, everybody: dict[str, People], data: Path, clock: LocalClock) -> None:
        self.url = url
        self.clock = clock
        self._everybody = everybody
        self.newcomers = Newcomers(everybody, data)
        self._signers = {slug: Signer(slug, f"{url}/{slug}", data / "keys") for slug in everybody}

    def people(self, slug: str) -> People:
        """A region's people, or 404."""
        if slug not in self._everybody:
            raise HTTPException(404, f"No region {slug}; there are {', '.join(self._everybody)}.")
        return self._everybody[slug]

    def signer(self, slug: str) -> Signer:
        """A region's signer, or 404."""
        self.people(slug)
        return self._signers[slug]

    def person(self, slug: str, number: str) -> Person:
        """A row of the population register, or 404."""
        person = self.people(slug).resident(number)
        if person is None or not number.isdecimal():
            raise HTTPException(404, "Nobody has this number.")
        return person

    def directory_row(self, slug: str, hsa_id: str) -> dict[str, Any]:
        """A person of the HSA directory, or 404."""
        member = self.people(slug).staff_member(hsa_id)
        if member is None or member.hsa_id != hsa_id:
            raise HTTPException(404, f"The directory has no {hsa_id}.")
        return {**member.model_dump(include={"hsa_id", "name", "email", "phone"}), "units": member.all_units}

    def directory_unit(self, slug: str, hsa_id: str) -> dict[str, Any]:
        """A care unit of the HSA directory, or 404."""
        people = self.people(slug)
        for unit in people.units:
            if unit.hsa_id == hsa_id:
                return {**unit.model_dump(mode="json"), "organisation": people.organisation}
        raise HTTPException(404, f"The directory has no {hsa_id}.")

    async def token(self, slug: str, name: str, unit: str | None) -> str:
        """A token for whoever is called so; a resident's login is remembered as one at 1177."""
        people, signer, now = self.people(slug), self.signer(slug), self.clock.now()
        member = people.staff_member(name)
        if member is not None:
            units = member.all_units
            if unit is not None and unit not in units:
                raise HTTPException(
                    400, f"{name} has no care assignment at {unit}; but at {', '.join(units)}."
                )
            return signer.of_staff(member, unit or next(iter(units), None), now)
        person = people.resident(name)
        if person is None:
            raise HTTPException(
                404, f"Nobody in {slug} is called {name}; there are {', '.join(people.names())}."
            )
        if person.logged_in_at is None:
            person.logged_in_at = now
            await self.newcomers.keep(slug, person)
        return signer.of_resident(person, now)
