"""Fetch a resident's mobile number from 1177, at the click and for this answer alone (R245, D42)."""

from chassis.personnummer import Personnummer
from services.moments.directory import Directory
from services.moments.moments.usecases.reach import moment_at_own_unit
from services.moments.residents.domain.resident import ProtectedIdentityError
from services.moments.work import MomentsWork


async def fetch_mobile_number(moment_id: str, work: MomentsWork, directory: Directory) -> str | None:
    """The number as 1177 has it now, None if there is none; it is kept nowhere and every fetch is audited.

    Raises MomentNotFoundError, ProtectedIdentityError (D41) or what the directory raises.
    """
    moment = await moment_at_own_unit(work, moment_id)
    resident = await work.residents.get(moment.resident)
    if resident.is_protected:
        raise ProtectedIdentityError(moment.resident)
    person = await directory.person(work.tenant, Personnummer(resident.number))
    if person.is_protected:
        # Protected since the moment was started: the register knows before we do.
        raise ProtectedIdentityError(moment.resident)
    work.audit("mobile_number.fetched", resident=moment.resident, moment=moment.id)
    return person.mobile
