"""A second account for SMS sends while the first fails; both are asked before anything unknown is sent again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from services.notifications.domain.sending import (
    Accepted,
    Found,
    NoAnswer,
    NotFound,
    Postponed,
    Rejected,
    Result,
    Trace,
    Unknown,
)
from services.notifications.domain.wording import Wording
from services.notifications.providers.port import Outgoing
from services.notifications.providers.switching import Breaker, Switching
from services.notifications.sending.limits import Limits

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
MESSAGE = Outgoing("+46701740606", "Region", Wording("s", "s", "b"), NOW)


@dataclass
class Account:
    result: Result
    trace: Trace = field(default_factory=NotFound)
    sent: int = 0
    name: str = "account"

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        self.sent += 1
        return self.result

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return frozenset({self.name})

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        return self.trace


@dataclass
class Watch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("failure", [Postponed("unreachable"), Unknown("500")])
async def test_the_second_sends_while_the_first_fails_and_the_first_again_when_it_works(
    failure: Result,
) -> None:
    watch = Watch()
    first, second = Account(failure), Account(Accepted("b"))
    both = Switching(first, second, Breaker(30, watch))

    for _ in range(8):
        await both.send(MESSAGE, "ref", None)
    assert (first.sent, second.sent) == (5, 3)

    first.result = Accepted("a")
    watch.seconds = 31
    answers = [await both.send(MESSAGE, "ref", None) for _ in range(3)]

    assert answers == [Accepted("a")] * 3 and second.sent == 3


async def test_a_first_that_still_fails_is_tried_once_a_rest() -> None:
    watch = Watch()
    first, second = Account(Unknown("500")), Account(Accepted("b"))
    both = Switching(first, second, Breaker(30, watch))
    for _ in range(5):
        await both.send(MESSAGE, "ref", None)

    for watch.seconds in (31, 32, 62):
        await both.send(MESSAGE, "ref", None)

    assert (first.sent, second.sent) == (7, 1)


async def test_what_is_refused_for_its_own_sake_opens_nothing() -> None:
    first, second = Account(Rejected("400")), Account(Accepted("b"))
    both = Switching(first, second)

    for _ in range(10):
        await both.send(MESSAGE, "ref", None)

    assert second.sent == 0


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (NotFound(), NotFound(), NotFound()),
        (NotFound(), NoAnswer(), NoAnswer()),
        (NoAnswer(), Found(("b",)), Found(("b",))),
        (Found(("a",)), Found(("b",)), Found(("a", "b"))),
    ],
)
async def test_only_what_neither_has_taken_was_not_taken(first: Trace, second: Trace, told: Trace) -> None:
    both = Switching(Account(Accepted("a"), first), Account(Accepted("b"), second))

    assert await both.find(MESSAGE, "ref", NOW) == told


def test_a_region_sends_no_faster_than_its_limit_and_leaves_the_others_alone() -> None:
    watch = Watch()
    limits = Limits(2, watch)

    def started(tenant: str, tries: int) -> int:
        count = 0
        for _ in range(tries):
            if limits.allow(tenant):
                limits.take(tenant)
                count += 1
        return count

    assert started("vgr", 10) == 2 and started("rjl", 1) == 1
    watch.seconds = 0.5
    assert started("vgr", 10) == 1
    watch.seconds = 100
    assert started("vgr", 10) == 2
