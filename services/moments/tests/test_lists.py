"""Lists without a database: Swedish order, what a search finds, and pages that stay where they were."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from contracts.flags import FlagType
from services.moments.lists.domain.collation import collation_key
from services.moments.lists.domain.finding import Counts, Filter, Tab, counts, found
from services.moments.lists.domain.line import FlagCount, Line, Standing
from services.moments.lists.domain.ordering import Column, Order, Place
from services.moments.wording import wording

ANNA, BJORN = "SE1-A", "SE1-B"
NAMES = {ANNA: "Östen Andersson", BJORN: "Birgit Berg"}
DAY = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def a_line(
    id: str = "mom-1", name: str = "Oskarsson, Olga", number: str = "196408239843", **more: Any
) -> Line:
    surname, _, given_name = name.partition(", ")
    told: dict[str, Any] = {
        "id": id,
        "revision": 1,
        "unit": "SE1-U",
        "resident": f"res-{id}",
        "program": "tobakshjalpen",
        "program_version": "9.0",
        "practitioner": ANNA,
        "state": "ongoing",
        "is_ended": False,
        "started_at": DAY,
        "ended_at": None,
        "end_reason": None,
        "last_active_at": None,
        "flags": (),
    }
    return Line(Standing(**told | more), "Tobakshjälpen", surname, given_name, number, is_protected=False)


def ids(lines: Sequence[Line]) -> list[str]:
    return [line.id for line in lines]


def is_found(text: str, **more: Any) -> bool:
    return bool(found([a_line(**more)], Tab.ALL, Filter(text=text), ANNA))


@pytest.mark.rule("R237")
def test_names_are_in_swedish_order() -> None:
    swedish = ["Ek", "Édith", "Ekström", "Müller", "Myrén", "Zetterlund", "Åberg", "Ärlig", "Öberg"]

    assert sorted(swedish, key=collation_key) == [
        "Édith",
        "Ek",
        "Ekström",
        "Müller",
        "Myrén",
        "Zetterlund",
        "Åberg",
        "Ärlig",
        "Öberg",
    ]


@pytest.mark.rule("R238")
@pytest.mark.parametrize(
    "text",
    [
        *("olga", "OSKAR", "oskarsson, olga", "olga osk", "tobaks", "olga 9843 tobak", "", "  "),
        *("19640823", "640823-9843", "6408239843", "9843", "196408239843", "19640823-9843", "0823"),
    ],
)
def test_a_search_finds_parts_of_names_numbers_and_programs(text: str) -> None:
    assert is_found(text)


@pytest.mark.rule("R238")
@pytest.mark.parametrize("text", ["pelle", "9844", "olga pelle", "xxxx", "196408239844"])
def test_a_search_leaves_what_any_of_its_words_is_not_in(text: str) -> None:
    assert not is_found(text)


@pytest.mark.rule("R238")
def test_a_search_overlooks_accents_but_not_rings_and_dots() -> None:
    assert is_found("myren", name="Myrén, Zoë") and is_found("zoe", name="Myrén, Zoë")
    assert is_found("åberg", name="A\u030aberg, Bo")
    assert not is_found("aberg", name="Åberg, Bo")


@pytest.mark.rule("R231", "R232", "R239")
@pytest.mark.decision("D12")
def test_each_tab_has_its_lines_and_its_figure() -> None:
    lines = [
        a_line("mom-1"),
        a_line("mom-2", practitioner=BJORN, state="maintenance"),
        a_line("mom-3", practitioner=None),
        a_line("mom-4", state="ended", is_ended=True),
    ]

    shown = {tab: ids(found(lines, tab, Filter(), ANNA)) for tab in Tab}

    assert shown == {Tab.MINE: ["mom-1"], Tab.ALL: ["mom-1", "mom-2", "mom-3"], Tab.ENDED: ["mom-4"]}
    assert counts(lines, ANNA) == Counts(1, 3, 1)


@pytest.mark.rule("R238")
@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Filter(program="artrosskolan"), ["mom-2"]),
        (Filter(practitioner=BJORN), ["mom-2"]),
        (Filter(flag_type="new_message"), ["mom-1"]),
        (Filter(has_flags=True), ["mom-1", "mom-3"]),
        (Filter(has_flags=False), ["mom-2"]),
        (Filter(state="maintenance"), ["mom-3"]),
        (Filter(started_from=DAY), ["mom-1", "mom-3"]),
        (Filter(started_before=DAY), ["mom-2"]),
        (Filter(text="olga", has_flags=True, state="ongoing"), ["mom-1"]),
    ],
)
def test_a_filter_narrows_by_each_thing_and_by_all_together(wanted: Filter, left: list[str]) -> None:
    lines = [
        a_line("mom-1", flags=(FlagCount("new_message", 3),)),
        a_line("mom-2", program="artrosskolan", practitioner=BJORN, started_at=DAY - timedelta(seconds=1)),
        a_line("mom-3", flags=(FlagCount("inactive", 1),), state="maintenance"),
    ]

    assert ids(found(lines, Tab.ALL, wanted, ANNA)) == left


@pytest.mark.rule("R233", "R237")
@pytest.mark.parametrize(
    ("column", "descending", "ordered"),
    [
        (Column.NAME, None, ["mom-3", "mom-1", "mom-2"]),
        (Column.NAME, True, ["mom-2", "mom-1", "mom-3"]),
        (Column.STARTED, None, ["mom-2", "mom-1", "mom-3"]),
        (Column.STARTED, False, ["mom-3", "mom-1", "mom-2"]),
        (Column.LAST_ACTIVE, None, ["mom-3", "mom-1", "mom-2"]),
        (Column.RESPONSIBLE, None, ["mom-2", "mom-3", "mom-1"]),
        (Column.FLAGS, None, ["mom-1", "mom-2", "mom-3"]),
    ],
)
def test_a_list_is_sorted_by_each_column_both_ways(
    column: Column, descending: bool | None, ordered: list[str]
) -> None:
    lines = [
        a_line("mom-1", "Andersson, Åke", flags=(FlagCount("inactive", 2), FlagCount("manual", 1))),
        a_line("mom-2", "Ärlig, Bo", practitioner=None, started_at=DAY + timedelta(days=1)),
        a_line(
            "mom-3",
            "Andersson, Zoë",
            practitioner=BJORN,
            started_at=DAY - timedelta(days=1),
            last_active_at=DAY,
        ),
    ]

    assert ids(Order.by(column, descending, NAMES).sorted(lines)) == ordered


@pytest.mark.parametrize("column", list(Column))
@pytest.mark.parametrize("descending", [True, False])
def test_pages_miss_nothing_and_repeat_nothing_also_among_equals(column: Column, descending: bool) -> None:
    lines = [
        a_line(
            f"mom-{at:02}",
            f"Berg, {'ABC'[at % 3]}",
            practitioner=[ANNA, BJORN, None][at % 3],
            started_at=DAY + timedelta(days=at % 4),
            last_active_at=None if at % 2 else DAY + timedelta(days=at % 3),
            flags=(FlagCount("manual", at % 3),) if at % 3 else (),
        )
        for at in range(23)
    ]
    order = Order.by(column, descending, NAMES)
    ordered, known = order.sorted(lines), {line.id: line for line in lines}
    seen, begin = [], 0
    while begin < len(ordered):
        page = ordered[begin : begin + 5]
        seen += ids(page)
        place = order.place_of(page[-1], begin + len(page))
        assert order.fits(place)
        begin = order.begin(ordered, place, known)

    assert seen == ids(ordered) and len(set(seen)) == 23


@pytest.mark.parametrize("column", list(Column))
def test_a_page_begins_where_it_should_though_its_last_line_has_left(column: Column) -> None:
    lines = [
        a_line(
            f"mom-{at}",
            f"Berg, {'ABCDEF'[at]}",
            started_at=DAY + timedelta(days=at),
            last_active_at=DAY + timedelta(days=at),
            flags=(FlagCount("manual", at + 1),),
        )
        for at in range(6)
    ]
    order = Order.by(column, None, NAMES)
    ordered = order.sorted(lines)
    place = order.place_of(ordered[2], 3)
    ended = replace(ordered[2], standing=replace(ordered[2].standing, is_ended=True))
    rest = [line for line in ordered if line.id != ended.id]

    assert order.begin(rest, place, {line.id: line for line in [*rest, ended]}) == 2


def test_a_place_of_another_kind_of_order_does_not_fit() -> None:
    assert not Order.by(Column.STARTED, None, {}).fits(Place(3, "mom-1"))
    assert not Order.by(Column.NAME, None, {}).fits(Place(DAY, "mom-1"))
    assert not Order.by(Column.NAME, None, {}).fits(Place(-1, "mom-1"))
    assert not Order.by(Column.FLAGS, None, {}).fits(Place("3", "mom-1"))


def test_a_line_says_nothing_of_the_resident_when_it_is_printed() -> None:
    shown = repr(a_line())

    assert not any(part in shown for part in ("Oskarsson", "Olga", "oskarsson", "19640823", "9843"))


@pytest.mark.parametrize("kind", get_args(get_args(FlagType)[0]))
def test_every_type_of_flag_has_words_for_what_is_to_be_done(kind: str) -> None:
    assert wording(f"todo-{kind}", count=2) != wording("unexpected"), f"todo-{kind} is not in lists.sv.yaml."
