"""From an entry of a timeline to the sentence that staff read, as the manual has it (R227, R228)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from services.moments.programs.domain.program import Program
from services.moments.timeline.domain.entry import ActorKind, Entry, Fact
from services.moments.units.domain.unit import Unit
from services.moments.wording import wording


@dataclass(frozen=True, slots=True)
class Names:
    """What codes and ids are called: the program's, the people's of the unit the moment is at and of others, and the
    region's own reasons of an end.
    """

    program: Program
    units: Mapping[str, Unit]
    unit: str
    zone: ZoneInfo
    reasons: Mapping[str, str] = field(default_factory=dict)

    def actor(self, entry: Entry) -> str:
        """`N (enhet, organisation)`, or the resident, or the system."""
        if entry.by_kind is not ActorKind.STAFF:
            return wording(f"timeline-by-{entry.by_kind.value}")
        unit = self.units.get(entry.unit or self.unit)
        if unit is None:
            return self.person(entry.by)
        return wording(
            "timeline-by-staff", name=self.person(entry.by), unit=unit.name, organisation=unit.organisation
        )

    def person(self, hsa_id: str) -> str:
        """What a member of staff is called at any of the units; the HSA-id of somebody unknown."""
        names = (unit.people[hsa_id].name for unit in self.units.values() if hsa_id in unit.people)
        return next(names, hsa_id)

    def module(self, code: str) -> str:
        """The module's name; its code if the version has it no more."""
        return next((module.name for module in self.program.modules if module.code == code), code)

    def time(self, at: datetime) -> str:
        """YYYY-MM-DD HH:MM, civil (R227)."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"


def sentence(entry: Entry, names: Names) -> str:
    """What happened, when, and by whom."""
    facts = {name: _told(name, fact, names) for name, fact in entry.facts.items()}
    return wording(
        f"timeline-{entry.event}",
        **facts,
        program=names.program.name,
        at=names.time(entry.at),
        by=names.actor(entry),
    )


def _told(name: str, fact: Fact, names: Names) -> str:
    match name, fact:
        case "module", str():
            return names.module(fact)
        case "modules", list():
            return ", ".join(_modules(fact, names))
        case "practitioner", str():
            return names.person(fact)
        case "reason", str():
            return names.reasons.get(fact) or wording(f"timeline-reason-{fact}", "timeline-reason-other")
        case _, datetime():
            return names.time(fact)
        case _:
            return str(fact)


def _modules(codes: Iterable[str], names: Names) -> Iterable[str]:
    return (names.module(code) for code in codes)
