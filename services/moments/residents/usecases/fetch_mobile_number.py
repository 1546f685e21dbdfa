"""Fetch a resident's mobile number from 1177, at the click and for this answer alone (R245, D42)."""

from chassis.personnummer import Personnummer
from services.moments.directory import Directory
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.residents.domain.resident import ProtectedIdentityError
from services.moments.residents.usecases.identify import heed
from services.moments.work import MomentsWork


async def fetch_mobile_number(
    moment_id: str, work: MomentsWork, directory: Directory
) -> str | ProtectedIdentityError | None:
    """The number as 1177 has it now, None if there is none; it is kept nowhere and every fetch is audited.

    That it is shown to nobody (D41) is an answer here: the attempt, and what the register says now, must be committed.
    Raises MomentNotFoundError or what the directory raises.
    """
    moment = await moment_at_own_unit(work, moment_id)
    resident = await work.residents.get(moment.resident)
    number = None
    if not resident.is_protected:
        person = await directory.person(work.tenant, Personnummer(resident.number))
        await heed(person, resident, work)
        number = person.mobile
    if resident.is_protected:
        work.audit("mobile_number.refused", resident=resident.id, moment=moment.id)
        return ProtectedIdentityError(resident.id)
    work.audit("mobile_number.fetched", resident=resident.id, moment=moment.id)
    return number
