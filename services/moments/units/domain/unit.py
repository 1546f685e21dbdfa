"""A care unit and who holds which roles at it (R263, R265, R267).

A unit always has a permission administrator, so that somebody can give its roles (R282).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from chassis.errors import ConflictError, InvalidError, NotFoundError
from services.moments.units.domain.publishing import (
    DESIGNER,
    PUBLISHER,
    NotPublishingUnitError,
    PublishesAlreadyError,
    PublishingRoleMissingError,
    Purpose,
    UnitForPracticeError,
)

PERMISSION_ADMIN = "permission_admin"
PRACTITIONER = "practitioner"
RESIDENT_ADMIN = "resident_admin"
# Held in the region's file, not at a unit (R283).
REGIONAL = frozenset({"caregiver_admin"})
# At least two people should hold each of these (R275).
_BY_TWO = (PRACTITIONER, RESIDENT_ADMIN, PERMISSION_ADMIN, "data_admin")
# And a publishing unit needs one for each of these (R284).
_BY_ONE = (PUBLISHER, DESIGNER)


class UnitNotFoundError(NotFoundError):
    def __init__(self, unit: str) -> None:
        super().__init__(f"There is no active unit {unit} here.", unit=unit)


class UnitInactiveError(ConflictError):
    """What runs there goes on and stays traceable; nothing new begins (R263, R266)."""

    def __init__(self, unit: str) -> None:
        super().__init__(f"{unit} is inactivated: the region's administrator re-activates it.", unit=unit)


class LastPermissionAdministratorError(ConflictError):
    """Somebody must be able to give roles (D36)."""

    def __init__(self, unit: str) -> None:
        super().__init__(
            f"{unit} would be without a permission administrator: give another person that role first.",
            unit=unit,
        )


class RegionalRoleError(InvalidError):
    def __init__(self, role: str) -> None:
        super().__init__(
            f"{role} is not given at a unit: the region's administrators stand in the tenant's file.",
            role=role,
        )


class NotAtUnitError(ConflictError):
    """No care assignment at the unit (R276)."""

    def __init__(self, person: str, unit: str) -> None:
        super().__init__(
            f"{person} has no care assignment at {unit}: it is given in the HSA directory.",
            person=person,
            unit=unit,
        )


@dataclass(frozen=True, slots=True)
class Activated:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Inactivated:
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Granted:
    """All roles the person holds from now on."""

    person: str
    roles: frozenset[str]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as the HSA directory names them, with roles at the unit."""

    hsa_id: str
    name: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scarcity:
    """A role held by `count` people, fewer than the `least` it should be (R275, R284, D36)."""

    role: str
    count: int
    least: int = 2


@dataclass(slots=True)
class Unit:
    """A unit that uses the service; `id` is its HSA-id. It is inactivated, never removed (R263, R266).

    `publishes`: it is the region's publishing unit for that purpose (R34).
    """

    id: str
    name: str
    organisation: str
    kind: str | None = None
    valid_until: date | None = None
    is_active: bool = True
    publishes: Purpose | None = None
    people: dict[str, Person] = field(default_factory=dict)
    version: int = 0
    position: int = 0
    events: list[Any] = field(default_factory=list)

    @staticmethod
    def activated(id: str, name: str, organisation: str, *, at: datetime, by: str) -> "Unit":
        """A unit that may use the service from now on (R263)."""
        unit = Unit(id, name, organisation)
        unit.events.append(Activated(at, by))
        return unit

    def inactivate(self, *, at: datetime, by: str) -> None:
        """Nothing new begins at the unit; again changes nothing (R263)."""
        if self.is_active:
            self.is_active = False
            self.events.append(Inactivated(at, by))

    def reactivate(self, *, at: datetime, by: str) -> None:
        """Let it use the service again, with the roles it had; again changes nothing (R263)."""
        if not self.is_active:
            self.is_active = True
            self.events.append(Activated(at, by))

    def must_be_active(self) -> None:
        """Raises UnitInactiveError."""
        if not self.is_active:
            raise UnitInactiveError(self.id)

    def roles_of(self, hsa_id: str) -> frozenset[str]:
        """The roles of a person here; they add up (R278)."""
        person = self.people.get(hsa_id)
        return person.roles if person is not None else frozenset()

    def name_of(self, hsa_id: str) -> str:
        """What a person is called here, or the HSA-id of somebody unknown."""
        person = self.people.get(hsa_id)
        return person.name if person is not None else hsa_id

    def holders(self, role: str) -> list[Person]:
        """Everybody who holds the role, by name."""
        holding = (person for person in self.people.values() if role in person.roles)
        return sorted(holding, key=lambda person: (person.name, person.hsa_id))

    def grant(self, hsa_id: str, name: str, roles: Iterable[str], *, at: datetime, by: str) -> None:
        """Let the person hold exactly these roles; none takes the last away (R267, R278, R280).

        Raises RegionalRoleError, LastPermissionAdministratorError (D36) or PublishingRoleMissingError (R284).
        """
        wanted = frozenset(roles)
        for role in sorted(wanted & REGIONAL):
            raise RegionalRoleError(role)
        others = [person for person in self.holders(PERMISSION_ADMIN) if person.hsa_id != hsa_id]
        if not others and PERMISSION_ADMIN not in wanted:
            raise LastPermissionAdministratorError(self.id)
        before = self.roles_of(hsa_id)
        self.people[hsa_id] = Person(hsa_id, name, wanted)
        if self.publishes is not None and PUBLISHER in before - wanted:
            self._must_have(PUBLISHER)
        if before != wanted:
            self.events.append(Granted(hsa_id, wanted, at, by))

    def appoint(self, administrators: Mapping[str, str], *, at: datetime, by: str) -> None:
        """Make these people (HSA-id to name) permission administrators, beside what they are (R265)."""
        for hsa_id, name in administrators.items():
            self.grant(hsa_id, name, self.roles_of(hsa_id) | {PERMISSION_ADMIN}, at=at, by=by)

    def publish_for(self, purpose: Purpose | None) -> None:
        """Make it the publishing unit for this purpose, or for none any more; again changes nothing (R34, R284).

        Raises UnitInactiveError, PublishesAlreadyError for the other purpose, or PublishingRoleMissingError.
        """
        if purpose is not None:
            self.must_be_active()
            if self.publishes not in {None, purpose}:
                raise PublishesAlreadyError(self.id, self.publishes)
            self._must_have(PUBLISHER)
        self.publishes = purpose

    def publishing_for(self) -> Purpose:
        """What is published from here is for this. Raises UnitInactiveError or NotPublishingUnitError (R34)."""
        self.must_be_active()
        if self.publishes is None:
            raise NotPublishingUnitError(self.id)
        return self.publishes

    def must_be_able_to_make_content(self) -> None:
        """Raises PublishingRoleMissingError at a publishing unit that has no designer (R284)."""
        if self.publishes is not None:
            self._must_have(DESIGNER)

    @property
    def is_for_practice(self) -> bool:
        """Whether what runs here is practice: it is the region's training publishing unit (R34, R285)."""
        return self.publishes is Purpose.PRACTICE

    def must_be_for_care(self) -> None:
        """Raises UnitForPracticeError."""
        if self.is_for_practice:
            raise UnitForPracticeError(self.id)

    @property
    def scarcities(self) -> list[Scarcity]:
        """The roles that fewer people hold than should."""
        wanted = [(role, 2) for role in _BY_TWO]
        if self.publishes is not None:
            wanted += [(role, 1) for role in _BY_ONE]
        counted = (Scarcity(role, len(self.holders(role)), least) for role, least in wanted)
        return [scarce for scarce in counted if scarce.count < scarce.least]

    def _must_have(self, role: str) -> None:
        if not self.holders(role):
            raise PublishingRoleMissingError(self.id, role)


def care_giver_of(hsa_id: str) -> str:
    """The care giver of a unit: the organisation number in its HSA-id (R359, R360)."""
    return hsa_id.partition("-")[0].removeprefix("SE")[-10:]
