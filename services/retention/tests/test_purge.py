"""The saga: whatever the order and number of receipts, the same purge with the same certificate."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from chassis.testing import NOON
from contracts.registry import CARE_SERVICES
from services.retention.domain.certificate import is_unaltered
from services.retention.domain.purge import PATIENCE, Asked, Completed, Purge, ReceiptMismatchError, Status
from services.retention.domain.receipt import Scope
from services.retention.tests.builders import MOMENT, RESIDENT, a_purge, a_receipt, take

ORDERS = list(permutations(CARE_SERVICES))
EVERYBODY = tuple(sorted(CARE_SERVICES))
MOMENTS = ("moments",)
OTHERS = ("flags", "messaging", "notifications")


def certified(purge: Purge) -> dict[str, Any]:
    assert purge.certificate is not None
    return purge.certificate


def asked(purge: Purge) -> list[tuple[Scope, tuple[str, ...]]]:
    return [(event.scope, event.services) for event in purge.events if isinstance(event, Asked)]


def scopes_asked(purge: Purge) -> list[Scope]:
    return [scope for scope, _ in asked(purge)]


@pytest.mark.parametrize("order", ORDERS)
def test_receipts_in_any_order_complete_a_purge_whose_resident_remains(order: Sequence[str]) -> None:
    purge = a_purge()

    for service in order[:-1]:
        take(purge, a_receipt(service, remains=True), others_remain=True)
        assert purge.status is Status.WAITING
    take(purge, a_receipt(order[-1], remains=True), others_remain=True)

    assert purge.status is Status.COMPLETED
    assert scopes_asked(purge) == [Scope.MOMENT]


@pytest.mark.parametrize("order", ORDERS)
def test_when_the_last_moment_is_purged_the_resident_is_too(order: Sequence[str]) -> None:
    purge = a_purge()

    for service in order:
        take(purge, a_receipt(service), others_remain=False)
    assert (purge.status, purge.scope) == (Status.WAITING, Scope.RESIDENT)
    take(purge, a_receipt("moments", Scope.RESIDENT), others_remain=False)
    for service in [each for each in reversed(order) if each in OTHERS]:
        assert purge.status is Status.WAITING
        take(purge, a_receipt(service, Scope.RESIDENT), others_remain=False)

    assert purge.status is Status.COMPLETED
    assert asked(purge) == [(Scope.MOMENT, EVERYBODY), (Scope.RESIDENT, MOMENTS), (Scope.RESIDENT, OTHERS)]
    assert purge.events[-1] == Completed(RESIDENT, NOON)


@pytest.mark.rule("R308")
def test_nobody_but_moments_is_asked_of_a_resident_who_remains_there() -> None:
    # Retention has not heard of the moment that was started; moments holds it.
    purge = a_purge()
    for service in CARE_SERVICES:
        take(purge, a_receipt(service))

    take(purge, a_receipt("moments", Scope.RESIDENT, deleted={"things": 0}, key=False, remains=True))

    assert purge.status is Status.COMPLETED
    assert asked(purge) == [(Scope.MOMENT, EVERYBODY), (Scope.RESIDENT, MOMENTS)]
    receipts = certified(purge)["receipts"]
    assert [each["service"] for each in receipts if each["scope"] == "resident"] == ["moments"]


def test_receipts_of_earlier_steps_that_come_again_take_no_step() -> None:
    purge = a_purge()
    for service in CARE_SERVICES:
        take(purge, a_receipt(service))
    take(purge, a_receipt("flags"))
    take(purge, a_receipt("moments", Scope.RESIDENT))

    # A moment was started after moments had let the resident go: the others are asked already.
    take(purge, a_receipt("moments", Scope.RESIDENT, remains=True))
    take(purge, a_receipt("notifications"))

    assert purge.waiting_for == OTHERS
    assert asked(purge)[1:] == [(Scope.RESIDENT, MOMENTS), (Scope.RESIDENT, OTHERS)]


@pytest.mark.parametrize("remains", [True, False])
def test_a_purge_that_had_asked_everybody_for_the_resident_at_once_is_completed(remains: bool) -> None:
    purge = a_purge()
    purge.scope = Scope.RESIDENT
    for service in CARE_SERVICES:
        purge.receipts[Scope.MOMENT, service] = a_receipt(service)
    purge.receipts[Scope.RESIDENT, "notifications"] = a_receipt("notifications", Scope.RESIDENT)

    take(purge, a_receipt("moments", Scope.RESIDENT, remains=remains))
    purge.look(NOON + PATIENCE)
    assert asked(purge)[1:] == [(Scope.RESIDENT, ("flags", "messaging"))]
    for service in purge.waiting_for:
        take(purge, a_receipt(service, Scope.RESIDENT))

    assert purge.status is Status.COMPLETED
    assert len(certified(purge)["receipts"]) == 8


def test_who_has_answered_before_being_asked_is_not_asked() -> None:
    # A service of before answers a request that asks moments alone.
    purge = a_purge()
    for service in CARE_SERVICES:
        take(purge, a_receipt(service))
    take(purge, a_receipt("notifications", Scope.RESIDENT))

    take(purge, a_receipt("moments", Scope.RESIDENT))

    assert asked(purge)[2:] == [(Scope.RESIDENT, ("flags", "messaging"))]


def test_a_moment_started_after_the_receipts_keeps_the_resident() -> None:
    # They said that nothing was left, and it was true when they said it.
    purge = a_purge()

    for service in CARE_SERVICES:
        take(purge, a_receipt(service, remains=False), others_remain=service == CARE_SERVICES[-1])

    assert purge.status is Status.COMPLETED
    assert scopes_asked(purge) == [Scope.MOMENT]


def test_two_last_moments_purged_at_once_leave_no_resident_behind() -> None:
    # Each service may still have held the other moment when it answered; here it is known that both go.
    purge = a_purge()

    for service in CARE_SERVICES:
        take(purge, a_receipt(service, remains=True), others_remain=False)

    assert (purge.status, purge.scope) == (Status.WAITING, Scope.RESIDENT)


@pytest.mark.parametrize("order", ORDERS[::5])
def test_repeated_receipts_change_nothing(order: Sequence[str]) -> None:
    once, often = a_purge(), a_purge()
    first = {service: a_receipt(service, deleted={"b": 3, "a": 1}, remains=True) for service in order}
    again = {service: a_receipt(service, deleted={"a": 0}, remains=True, key=False) for service in order}

    for service in order:
        take(once, first[service], others_remain=True)
    for service in order[:-1]:
        for receipt in (first[service], again[service], first[service]):
            take(often, receipt, others_remain=True)
    take(often, first[order[-1]], others_remain=True)

    assert certified(once)["documents_deleted"] == 16
    assert certified(often) == certified(once)


def test_a_receipt_after_completion_changes_nothing() -> None:
    purge = a_purge()
    for service in CARE_SERVICES:
        take(purge, a_receipt(service, remains=True), others_remain=True)
    certificate, said = dict(certified(purge)), len(purge.events)

    take(purge, a_receipt("flags", deleted={"things": 99}), others_remain=False)

    assert (certified(purge), len(purge.events)) == (certificate, said)


@pytest.mark.parametrize(
    ("service", "moment", "resident"),
    [("strangers", MOMENT, RESIDENT), ("flags", "mom-2", RESIDENT), ("flags", MOMENT, "res-2")],
)
def test_a_receipt_that_answers_something_else_is_refused(service: str, moment: str, resident: str) -> None:
    purge = a_purge()

    with pytest.raises(ReceiptMismatchError):
        purge.answer(a_receipt(service), moment_id=moment, resident_id=resident, others_remain=False, at=NOON)

    assert not purge.receipts


def test_nobody_is_late_within_the_patience() -> None:
    purge = a_purge()

    assert not purge.look(NOON + PATIENCE - timedelta(seconds=1))

    assert (purge.status, purge.late) == (Status.WAITING, ())


def test_who_is_late_is_named_and_asked_again_with_growing_patience() -> None:
    purge = a_purge()
    take(purge, a_receipt("moments"))
    take(purge, a_receipt("messaging"))

    assert purge.look(NOON + PATIENCE)

    assert (purge.status, purge.late) == (Status.LATE, ("flags", "notifications"))
    assert asked(purge) == [(Scope.MOMENT, EVERYBODY), (Scope.MOMENT, ("flags", "notifications"))]
    assert purge.look_at == NOON + 3 * PATIENCE
    for _ in range(20):
        purge.look(purge.look_at)
    assert purge.events[-1].at + timedelta(days=1) == purge.look_at


def test_a_late_receipt_completes_the_scope_and_nobody_is_late_any_more() -> None:
    purge = a_purge()
    for service in CARE_SERVICES[1:]:
        take(purge, a_receipt(service))
    purge.look(NOON + PATIENCE)

    take(purge, a_receipt(CARE_SERVICES[0]), at=NOON + 2 * PATIENCE)

    assert (purge.status, purge.scope, purge.late) == (Status.WAITING, Scope.RESIDENT, ())
    assert purge.look_at == NOON + 3 * PATIENCE


@pytest.mark.rule("R308")
@pytest.mark.decision("D34")
def test_a_completed_purge_forgets_the_resident_and_is_certified() -> None:
    purge = a_purge()
    for scope in Scope:
        for service in CARE_SERVICES:
            take(purge, a_receipt(service, scope, key=scope is Scope.MOMENT))

    assert purge.resident_id is None
    certificate = certified(purge)
    assert RESIDENT not in str(certificate)
    assert (certificate["documents_deleted"], certificate["keys_destroyed"]) == (16, 4)
    assert certificate["resident_scope_asked"] is True
    assert is_unaltered(certificate)


def test_the_order_of_receipts_leaves_no_trace_in_the_certificate() -> None:
    certificates = []
    for order in ORDERS:
        purge = a_purge()
        for service in order:
            take(purge, a_receipt(service, remains=True), others_remain=True)
        certificates.append(certified(purge))

    assert len({certificate["digest"] for certificate in certificates}) == 1


def test_an_altered_certificate_is_seen() -> None:
    purge = a_purge()
    for service in CARE_SERVICES:
        take(purge, a_receipt(service, remains=True), others_remain=True)

    altered = {**certified(purge), "requested_by": "SE2321000131-P000000000099"}

    assert is_unaltered(certified(purge))
    assert not is_unaltered(altered)
