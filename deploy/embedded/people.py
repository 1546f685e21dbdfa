"""The made-up people of the local issuer: one YAML file per region, checked when read.

A short name is one person's in its region, so that `make token AS=anna` cannot mean two.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER = Path(__file__).parent / "people"
_HSA = Annotated[str, Field(pattern=r"^SE\d{10}-[EP]\d{12}$")]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Unit(_Row):
    """A care unit of the HSA directory."""

    hsa_id: _HSA
    name: str
    kind: str = "Vårdenhet"
    valid_until: date | None = None


class StaffMember(_Row):
    """A person of the HSA directory; `roles` is what the seeding gives, unit by unit."""

    short: str
    hsa_id: _HSA
    name: str
    email: str
    phone: str
    administrator: bool = False
    units: list[_HSA] = []
    roles: dict[_HSA, list[str]] = {}

    @property
    def all_units(self) -> list[str]:
        """Units with a care assignment (medarbetaruppdrag), the first one taken when a login names none."""
        return list(dict.fromkeys([*self.units, *self.roles]))

    @property
    def all_roles(self) -> list[str]:
        """Roles held at any unit."""
        return sorted({role for roles in self.roles.values() for role in roles})


class Person(_Row):
    """A row of the population register, which the local stack may change."""

    short: str
    personnummer: Annotated[str, Field(pattern=r"^\d{12}$")]
    given_name: str
    surname: str
    mobile: Annotated[str, Field(pattern=r"^\+4670174\d{4}$")] | None = None
    # Where they are registered, by the two digits of the county; sex and birth date stand in the number.
    county: Annotated[str, Field(pattern=r"^\d{2}$")] | None = None
    protected: bool = False
    deceased: bool = False
    locked: bool = False
    last_login_days_ago: int | None = None
    logged_in_at: datetime | None = None

    def as_row(self, now: datetime) -> dict[str, Any]:
        """The row as the register answers it."""
        login = self.logged_in_at
        if login is None and self.last_login_days_ago is not None:
            login = now.replace(microsecond=0) - timedelta(days=self.last_login_days_ago)
        row = self.model_dump(exclude={"short", "last_login_days_ago", "logged_in_at"})
        return {
            **row,
            "last_login_1177": login.isoformat() if login else None,
            "sex": "male" if int(self.personnummer[10]) % 2 else "female",
            "birth_date": self._birth_date(),
        }

    def _birth_date(self) -> str | None:
        year, month, day = self.personnummer[:4], self.personnummer[4:6], int(self.personnummer[6:8]) % 60
        # Month and day may be 00 in a coordination number (R358).
        return f"{year}-{month}-{day:02}" if month != "00" and day else None


class People(_Row):
    """One region's units, staff and residents."""

    organisation: str
    units: list[Unit]
    staff: list[StaffMember]
    residents: list[Person]

    @model_validator(mode="after")
    def _names_are_unambiguous(self) -> "People":
        names = list(self.names())
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"short names given twice: {', '.join(twice)}")
        return self

    def staff_member(self, name: str) -> StaffMember | None:
        """By short name or HSA-id."""
        return next((row for row in self.staff if name in (row.short, row.hsa_id)), None)

    def resident(self, name: str) -> Person | None:
        """By short name or personal identity number of 12 digits."""
        return next((row for row in self.residents if name in (row.short, row.personnummer)), None)

    def names(self) -> Iterator[str]:
        """Every short name."""
        yield from (member.short for member in self.staff)
        yield from (person.short for person in self.residents)


def read_people(folder: Path = FOLDER) -> dict[str, People]:
    """Everybody, by the slug of the region."""
    return {
        file.stem: People.model_validate(yaml.safe_load(file.read_text()))
        for file in sorted(folder.glob("*.yaml"))
    }
