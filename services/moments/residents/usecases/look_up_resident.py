"""Look a resident up by number, before a moment is started (R43 to R45)."""

from dataclasses import dataclass, field

from services.moments.directory import Directory
from services.moments.residents.domain.warnings import StartWarning
from services.moments.residents.usecases.identify import identify
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class LookUpResident:
    personnummer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The row of R45: full name and unmasked number."""

    name: str = field(repr=False)
    personnummer: str = field(repr=False)
    is_protected: bool
    warnings: list[StartWarning]


async def look_up_resident(command: LookUpResident, work: MomentsWork, directory: Directory) -> LookedUp:
    """Who it is and what staff should know; nothing is kept of who has no moment but the audit record."""
    found = await identify(command.personnummer, work, directory)
    work.audit("resident.looked_up", resident=found.resident_id)
    name = f"{found.person.surname}, {found.person.given_name}"
    return LookedUp(name, found.number.full, found.person.is_protected, found.warnings)
