"""The timeline without a database: every event has a sentence, and nothing that people wrote gets onto it."""

import dataclasses
import inspect
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.moments.moments.domain import events, progress
from services.moments.programs.definitions.reading import read_definition
from services.moments.tests.world import ANNA, BJORN, PROGRAMS, UNIT
from services.moments.timeline.api.sentences import Names, sentence
from services.moments.timeline.domain.entry import ActorKind, Entry, Kind, entry_of, event_code
from services.moments.units.domain.unit import Person, Unit
from services.moments.wording import wording

# The time of the manual's own example, in Stockholm.
AT = datetime(2024, 6, 25, 7, 25, tzinfo=UTC)


def every_event() -> list[type[Any]]:
    """The events of the aggregates of a moment: their dataclasses that have a time."""
    found = [kind for module in (events, progress) for _, kind in inspect.getmembers(module, inspect.isclass)]
    return [
        kind
        for kind in found
        if dataclasses.is_dataclass(kind) and "at" in {field.name for field in dataclasses.fields(kind)}
    ]


def names() -> Names:
    program = read_definition((PROGRAMS / "tobakshjalpen.yaml").read_text("utf-8"))
    people = {
        hsa_id: Person(hsa_id, name, frozenset({"practitioner"}))
        for hsa_id, name in ((ANNA, "Anna Andersson"), (BJORN, "Björn Berg"))
    }
    unit = Unit(UNIT, "Utbildningsenhet", "Region Gävleborg", people=people)
    return Names(program, {UNIT: unit}, UNIT, ZoneInfo("Europe/Stockholm"))


def told(event: Any, *, by_kind: ActorKind = ActorKind.STAFF, unit: str | None = UNIT) -> str:
    return sentence(entry_of(event, id="mom-1|m1", by=ANNA, by_kind=by_kind, unit=unit), names())


@pytest.mark.rule("R227", "R228")
def test_the_sentences_are_those_of_the_manual() -> None:
    by = "2024-06-25 09:25 av Anna Andersson (Utbildningsenhet, Region Gävleborg)"

    assert told(events.ModuleOpened("steg-1", AT, ANNA)).endswith(f" startades {by}")
    assert told(events.ModuleOpened("steg-1", AT, ANNA)).startswith("Modulen Steg 1")
    assert told(events.Started(AT, ANNA)) == f"Momentet Tobakshjälpen startades {by}"
    assert (
        told(events.Assigned(BJORN, AT, ANNA))
        == f"Momentet Tobakshjälpen har fått en ansvarig behandlare: Björn Berg {by}"
    )


def test_residents_and_the_service_itself_have_no_name_on_a_timeline() -> None:
    done = progress.ModuleDone("steg-1", AT, "res-1")

    assert told(done, by_kind=ActorKind.RESIDENT, unit=None).endswith("2024-06-25 09:25 av invånaren")
    assert told(events.Started(AT, "moments"), by_kind=ActorKind.SYSTEM, unit=None).endswith("av systemet")


@pytest.mark.rule("R221")
@pytest.mark.parametrize("kind", every_event(), ids=lambda kind: kind.__name__)
def test_every_event_has_a_sentence_that_names_only_what_the_event_tells(kind: type[Any]) -> None:
    fields = {field.name for field in dataclasses.fields(kind)}
    given = {name: f"{{{name}}}" for name in fields | {"program", "at", "by"}}

    text = wording(f"timeline-{event_code(kind)}", **given)

    assert text != wording("unexpected"), f"{kind.__name__} needs a sentence in texts/timeline.sv.yaml."
    assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= set(given)
    assert "{at}" in text


@pytest.mark.parametrize("reason", list(events.EndReason))
def test_every_reason_of_an_end_has_words(reason: events.EndReason) -> None:
    assert told(events.Ended(reason, AT, ANNA)).endswith(wording(f"timeline-reason-{reason.value}"))
    assert wording(f"timeline-reason-{reason.value}") != wording("unexpected")


@dataclass(frozen=True, slots=True)
class Written:
    module: str
    note: str
    visible: tuple[str, ...]
    at: datetime
    by: str


@pytest.mark.rule("R226")
def test_an_entry_holds_ids_and_codes_and_nothing_that_people_write() -> None:
    event = Written("steg-1", "Ring mig, säger Åsa", ("steg-a", "fri text"), AT, ANNA)

    entry = entry_of(event, id="mom-1|m1", by=ANNA, by_kind=ActorKind.STAFF, unit=UNIT)

    assert entry == Entry(
        "mom-1|m1",
        Kind.MODULE,
        "written",
        AT,
        ANNA,
        ActorKind.STAFF,
        UNIT,
        {"module": "steg-1", "visible": ["steg-a"]},
    )
