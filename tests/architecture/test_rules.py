"""The page of rules says what the tests say: marks are found wherever they stand, and none names nothing."""

import ast
import re
import textwrap
from pathlib import Path

import pytest

from tests.rules import ROOT, Proof, Rule, groups, known_numbers, main, marked, page, proofs

SAMPLE = textwrap.dedent(
    '''
    """A module."""
    import pytest

    pytestmark = [pytest.mark.asyncio, pytest.mark.rule("R1")]


    @pytest.mark.rule("R2", "R3")
    async def test_a_moment_ends_once(): ...


    class TestEnding:
        pytestmark = pytest.mark.decision("D9")

        @pytest.mark.parametrize("x", [1])
        @pytest.mark.rule("R4")
        def test_it_asks(self): ...


    def helps(): ...
    '''
)


def test_numbers_are_complete_and_in_order() -> None:
    numbers = [rule.number for rules in groups().values() for rule in rules]

    assert numbers == [*(f"R{n}" for n in range(1, 386)), *(f"D{n}" for n in range(1, 57))]


def test_each_rule_is_one_sentence_and_each_exception_has_a_reason() -> None:
    for rules in groups().values():
        for rule in rules:
            assert re.fullmatch(r"[A-Z].*[^.]\.", rule.sentence), rule
            assert "|" not in rule.sentence
            exceptions = [rule.outside, rule.waits, rule.lacks]
            assert "" not in exceptions
            assert exceptions.count(None) >= len(exceptions) - 1, rule


def test_what_is_built_waits_for_nothing() -> None:
    built = proofs(ROOT)
    waiting = [rule.number for rules in groups().values() for rule in rules if rule.waits]

    assert not built.keys() & set(waiting), "take their `waits` out of docs/rules.yaml"


def test_what_lacks_a_part_is_otherwise_built() -> None:
    lacking = {rule.number for rules in groups().values() for rule in rules if rule.lacks}

    assert lacking <= proofs(ROOT).keys()


def test_marks_are_read_from_functions_classes_and_modules() -> None:
    assert dict(marked(ast.parse(SAMPLE))) == {
        "test_a_moment_ends_once": ["R1", "R2", "R3"],
        "test_it_asks": ["R1", "D9", "R4"],
    }


def test_tests_of_services_and_of_the_whole_are_both_read(tmp_path: Path) -> None:
    for path in ("tests/journeys/test_a.py", "services/flags/tests/test_b.py", "chassis/test_c.py"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text('@pytest.mark.rule("R7")\ndef test_it(): ...')

    assert proofs(tmp_path) == {
        "R7": [
            Proof("services/flags/tests/test_b.py", "test_it"),
            Proof("tests/journeys/test_a.py", "test_it"),
        ]
    }


def test_a_rule_is_built_outside_or_not_built() -> None:
    rules = {
        "Ending": [
            Rule("R1", "It ends."),
            Rule("R2", "It is told."),
            Rule("R3", "So.", outside="staff"),
            Rule("R4", "It is shown.", waits="the web"),
            Rule("R5", "It ends and rings.", lacks="the ringing"),
        ]
    }
    proof = Proof("tests/test_a.py", "test_a_moment_ends_once")

    made = page(rules, {"R1": [proof], "R5": [proof]})

    assert "| R1 | It ends. | built | [a moment ends once](../tests/test_a.py) |" in made
    assert "| R2 | It is told. | not built |  |" in made
    assert "| R3 | So. | outside: staff |  |" in made
    assert "| R4 | It is shown. | not built: waits for the web |  |" in made
    assert "| R5 | It ends and rings. | built: without the ringing | [a moment" in made
    assert "| **Total** | 2 | 2 | 1 |" in made


def test_an_unknown_command_is_answered_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["print"]) == 2
    assert "write|check" in capsys.readouterr().err


def test_a_mark_that_names_no_rule_stops_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_x='import pytest\n@pytest.mark.rule("R999")\ndef test_it(): ...')
    pytester.makeini(
        "[pytest]\nmarkers = rule: of the product\nasyncio_default_fixture_loop_scope = function"
    )

    done = pytester.runpytest("-p", "tests.marks")

    assert "R999" not in known_numbers()
    assert "no such rule in docs/rules.yaml: ['R999']" in done.stderr.str() + done.stdout.str()
