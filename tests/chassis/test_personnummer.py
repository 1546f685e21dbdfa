"""Reading, showing and hiding personal identity numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import DomainError
from chassis.personnummer import InvalidPersonnummerError, ReserveNumberError, normalise
from chassis.pseudonym import Pseudonyms

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("198112289874", "198112289874"),
        ("19811228-9874", "198112289874"),
        ("811228-9874", "198112289874"),
        ("8112289874", "198112289874"),
        (" 811228-9874 ", "198112289874"),
        ("121212+1212", "191212121212"),
        ("121212-1212", "201212121212"),
        ("19121212-1212", "191212121212"),
    ],
)
@pytest.mark.rule("R43", "R357")
def test_a_number_is_read_in_every_form_people_write(written: str, digits: str) -> None:
    assert normalise(written, TODAY).digits == digits


def test_a_short_number_of_later_this_year_is_of_the_century_before() -> None:
    assert normalise("121212-1212", date(2012, 12, 11)).digits == "191212121212"
    assert normalise("121212-1212", date(2012, 12, 12)).digits == "201212121212"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "198112289875",
        "19811328-9874",
        "811228-98740",
        "811228 9874",
        "198112280008",
        "178112289874",
        "٨١١٢٢٨٩٨٧٤",
        "811228-9874\n1",
    ],
)
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(InvalidPersonnummerError):
        normalise(written, TODAY)


def test_a_birth_in_the_future_is_refused() -> None:
    with pytest.raises(InvalidPersonnummerError, match="future"):
        normalise("198112289874", date(1981, 12, 27))


@pytest.mark.decision("D39")
@pytest.mark.rule("R356")
def test_a_coordination_number_is_read_and_told_from_others() -> None:
    number = normalise("701063-2391", TODAY)

    assert number.is_coordination
    assert number.born == date(1970, 10, 3)
    assert not normalise("811228-9874", TODAY).is_coordination


@pytest.mark.rule("R358")
def test_a_coordination_number_may_lack_month_and_day() -> None:
    assert normalise("19700060123" + _check("700060123"), TODAY).born is None


@pytest.mark.rule("R356")
@pytest.mark.decision("D39")
@pytest.mark.parametrize("written", ["19610831-A123", "610831-12K4", "991961083112"])
def test_reserve_numbers_are_refused(written: str) -> None:
    with pytest.raises(ReserveNumberError):
        normalise(written, TODAY)


def test_a_number_is_shown_full_or_masked_and_never_in_a_repr() -> None:
    number = normalise("811228-9874", TODAY)

    assert number.full == "19811228-9874"
    assert number.masked == "19811228-XXXX"
    assert "9874" not in repr(number)


@given(st.from_regex(r"\A[0-9]{6,8}[-+]?[0-9A-Z]{3,5}\Z"))
def test_a_refusal_never_repeats_what_was_written(written: str) -> None:
    refusal = _refusal_of(written)

    assert refusal is None or written not in f"{refusal} {refusal.fields} {refusal.__cause__}"


def test_a_resident_has_one_id_in_a_region_and_another_in_the_next() -> None:
    pseudonyms = Pseudonyms(b"k" * 32)

    resident = pseudonyms.resident_id("vgr", "198112289874")

    assert resident == Pseudonyms(b"k" * 32).resident_id("vgr", "198112289874")
    assert resident != pseudonyms.resident_id("rjl", "198112289874")
    assert resident != Pseudonyms(b"l" * 32).resident_id("vgr", "198112289874")
    assert len(resident) == 36
    assert resident.startswith("res-")


@pytest.mark.parametrize("number", ["8112289874", "19811228-9874", "١٩٨١١٢٢٨٩٨٧٤"])
def test_a_resident_id_is_computed_from_twelve_digits_alone(number: str) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        Pseudonyms(b"k" * 32).resident_id("vgr", number)


def _refusal_of(written: str) -> DomainError | None:
    try:
        normalise(written, TODAY)
    except DomainError as error:
        return error
    return None


def _check(nine: str) -> str:
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(nine))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)
