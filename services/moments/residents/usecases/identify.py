"""Who a number belongs to, and how that person can be reached: what a start and a look-up share."""

from dataclasses import dataclass, field

from chassis.personnummer import Personnummer, normalise
from services.moments.directory import Directory, RegisteredPerson
from services.moments.residents.domain.resident import Resident
from services.moments.residents.domain.warnings import Standing, StartWarning, warnings_of
from services.moments.residents.store.contact_choices import has_notifications
from services.moments.work import MomentsWork


@dataclass(frozen=True, slots=True)
class Identified:
    """A registered person. `known` is what this service holds of them, if they have a moment."""

    resident_id: str
    number: Personnummer = field(repr=False)
    person: RegisteredPerson = field(repr=False)
    known: Resident | None = field(repr=False)
    warnings: list[StartWarning]


async def identify(written: str, work: MomentsWork, directory: Directory) -> Identified:
    """Read a short or full number and ask who has it (R43, R44); who is known is from now on known as the answer says.

    Raises InvalidPersonnummerError, ReserveNumberError (D39), ResidentNotInRegisterError or
    DirectoryUnavailableError.
    """
    number = normalise(written, work.now.astimezone(work.region.zone).date())
    person = await directory.person(work.tenant, number)
    resident_id = work.room.pseudonyms.resident_id(work.tenant, number.digits)
    known = await work.residents.find(resident_id)
    if known is not None:
        await heed(person, known, work)
    standing = Standing(
        has_logged_in=person.last_login_at is not None
        or (known is not None and known.first_login_at is not None),
        has_notifications=await has_notifications(work, resident_id),
        is_coordination=number.is_coordination,
        is_locked=person.is_locked,
        is_protected=person.is_protected,
        is_deceased=person.is_deceased,
    )
    return Identified(resident_id, number, person, known, warnings_of(standing))


async def heed(person: RegisteredPerson, known: Resident, work: MomentsWork) -> None:
    """Keep another name, and an identity that has been protected since the start, as soon as the register says so."""
    if known.rename(person.surname, person.given_name, is_protected=person.is_protected):
        await work.residents.save(known)
        work.audit("resident.renewed", resident=known.id)
