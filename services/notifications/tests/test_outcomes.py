"""What follows from a provider's answer: a table, because a line of it that is wrong loses or doubles a notice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.accounts import OUTCOMES, Balance, outcome_of_lines, together
from services.notifications.domain.sending import (
    Accepted,
    Found,
    Kind,
    Next,
    NoAnswer,
    NotFound,
    NoWayToTell,
    Pace,
    Postponed,
    Rejected,
    Result,
    State,
    Trace,
    Unknown,
    after_look,
    after_try,
    outcome_of,
)

PACE = Pace(lease=10, settle=60, look_again=5, delays=(1, 2, 5), give_up_after=4)


@pytest.mark.parametrize(
    ("result", "attempts", "then"),
    [
        (Accepted("s1"), 1, Next(State.SENT, provider_id="s1")),
        (Rejected("400"), 1, Next(State.FAILED, "rejected", code="400")),
        (Postponed("429"), 1, Next(State.DUE, wait=1, code="429")),
        (Postponed("429"), 3, Next(State.DUE, wait=5, code="429")),
        (Postponed("429"), 4, Next(State.FAILED, "gave_up", code="429")),
        (Unknown("timeout"), 1, Next(State.UNKNOWN, "no_answer", wait=0.0, code="timeout")),
        (Unknown("timeout"), 9, Next(State.UNKNOWN, "no_answer", wait=0.0, code="timeout")),
    ],
)
def test_what_follows_from_an_answer(result: Result, attempts: int, then: Next) -> None:
    assert after_try(result, attempts, PACE) == then


@pytest.mark.parametrize(
    ("trace", "ours", "age", "then"),
    [
        (Found(("s1",)), "s1", 1, Next(State.SENT, provider_id="s1")),
        (Found(("s1",)), None, 1, Next(State.UNKNOWN, "no_answer", wait=5)),
        (Found(("s1",)), None, 60, Next(State.DUE, wait=0.0)),
        (NotFound(), None, 1, Next(State.UNKNOWN, "no_answer", wait=5)),
        (NotFound(), None, 58, Next(State.UNKNOWN, "no_answer", wait=2)),
        (NotFound(), None, 60, Next(State.DUE, wait=0.0)),
        (NoAnswer(), None, 1, Next(State.UNKNOWN, "no_answer", wait=5)),
        (NoAnswer(), None, 600, Next(State.UNKNOWN, "no_answer", wait=60)),
        (NoAnswer(), None, 9999, Next(State.UNKNOWN, "no_answer", wait=300)),
        (NoWayToTell(), None, 9999, Next(State.UNKNOWN, "no_answer")),
    ],
)
def test_nothing_is_tried_again_before_it_is_sure_that_it_was_not_taken(
    trace: Trace, ours: str | None, age: float, then: Next
) -> None:
    assert after_look(trace, ours, 1, age, PACE) == then


def test_a_sending_that_is_never_taken_is_given_up_with_a_reason() -> None:
    assert after_look(NotFound(), None, 4, 60, PACE) == Next(State.FAILED, "gave_up")


@given(st.sampled_from(Kind), st.sampled_from(State))
def test_every_state_is_exactly_one_outcome(kind: Kind, state: State) -> None:
    assert outcome_of(kind, state) in OUTCOMES


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        (["sent", "failed"], "sent"),
        (["pending", "sent"], "pending"),
        (["unknown", "failed"], "unknown"),
        (["suppressed"], "suppressed"),
        (["digested", "unknown"], "digested"),
    ],
)
def test_a_notice_has_the_best_outcome_of_its_lines(lines: list[str], outcome: str) -> None:
    assert outcome_of_lines(lines) == outcome


def a_balance(**changed: object) -> Balance:
    usual: dict[str, object] = {
        "tenant": "vgr",
        "day": "2026-11-20",
        "asked": 3,
        "recorded": 3,
        "outcomes": dict.fromkeys(OUTCOMES, 0) | {"sent": 2, "pending": 1},
        "channels": {},
        "digests": {},
        "doubled": 0,
        "stranded": 0,
    }
    return Balance(**(usual | changed))  # type: ignore[arg-type]


def test_an_account_balances_when_all_that_was_asked_has_an_outcome() -> None:
    assert a_balance().balanced


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"asked": 4, "recorded": 4}, "1 lost"),
        ({"asked": 2, "recorded": 2}, "1 too many"),
        ({"recorded": 2}, "2 notices are recorded"),
        ({"doubled": 1}, "more than once"),
        ({"stranded": 5}, "5 notices wait"),
    ],
)
def test_an_account_that_does_not_balance_names_the_difference(changed: dict[str, int], says: str) -> None:
    found = a_balance(**changed)

    assert not found.balanced
    assert says in " ".join(found.differences)


def test_several_accounts_together_balance_when_each_of_them_does() -> None:
    fine, off = a_balance(tenant="rjl"), a_balance(asked=4, recorded=4)

    both = together([fine, off])

    assert (both["asked"], both["sent"], both["pending"], both["balanced"]) == (7, 4, 2, False)
    assert both["differences"] == ["vgr: asked 4, but 3 have an outcome: 1 lost"]
    assert together([fine, fine])["balanced"]
