"""What a resident may start alone: open programs of units that have made them available to a group they are in (R25).

County, sex and age come from the population register at each look, and nothing of them is kept. Practice is offered to
nobody: a group holds residents of the whole region.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import NotFoundError
from services.moments.directory import Directory, RegisteredPerson
from services.moments.programs.domain.offer import Offer, offer_id
from services.moments.programs.domain.program import Program
from services.moments.programs.domain.target import Traits
from services.moments.residents.usecases.identify import Identified, identify
from services.moments.units.domain.unit import Unit
from services.moments.work import MomentsWork


class ProgramNotOfferedError(NotFoundError):
    """Not open, or not to this resident: which of them is nobody's business."""

    def __init__(self, program: str, unit: str) -> None:
        super().__init__(f"{unit} offers {program} to nobody who may start it alone here.", program=program)


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """A program the resident may start at a unit, with the description to read first (R27, R374)."""

    program: Program
    unit: Unit

    @property
    def description(self) -> str:
        assert self.program.openness is not None
        return self.program.openness.description


async def find_open_programs(number: str, work: MomentsWork, directory: Directory) -> Sequence[OpenOffer]:
    """Everything the resident may start alone now, by name (R363)."""
    offers = await work.offers.open_ones()
    if not offers:
        return []
    found = await identify(number, work, directory)
    await work.releases.load([offer.release for offer in offers])
    await work.units.load({offer.unit for offer in offers})
    fitting = [await _fitting(offer, found.person, work) for offer in offers]
    work.audit("programs.offered", resident=found.resident_id)
    shown = [offer for offer in fitting if offer is not None]
    return sorted(shown, key=lambda offer: (offer.program.name, offer.unit.name, offer.unit.id))


async def find_open_program(
    unit: str, program: str, number: str, work: MomentsWork, directory: Directory
) -> tuple[OpenOffer, Identified]:
    """One of them, and who asks. Raises ProgramNotOfferedError."""
    offer = await work.offers.find(offer_id(unit, program))
    found = await identify(number, work, directory)
    fitting = None if offer is None else await _fitting(offer, found.person, work)
    if fitting is None:
        raise ProgramNotOfferedError(program, unit)
    return fitting, found


async def _fitting(offer: Offer, person: RegisteredPerson, work: MomentsWork) -> OpenOffer | None:
    if not offer.active or offer.open_to is None:
        return None
    today = work.now.astimezone(work.region.zone).date()
    release, unit = await work.releases.get(offer.release), await work.units.get(offer.unit)
    if not unit.is_active or unit.is_for_practice:
        return None
    if not (release.is_startable(in_practice=False) and release.is_approved_for(unit.id)):
        return None
    if not offer.open_to.includes(Traits(person.county, person.sex, person.born), today):
        return None
    return OpenOffer(release.program, unit)
