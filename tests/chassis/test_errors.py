"""Refusals: their codes, statuses and texts."""

from collections.abc import Iterator

import pytest

import chassis.http.app
import chassis.http.etags
import chassis.http.idempotency
import chassis.http.jwks
import chassis.http.paging
import chassis.http.permissions
import chassis.personnummer
import chassis.tenancy  # noqa: F401
from chassis.errors import ConflictError, DomainError, DuplicateKeyError, StaleError, code_of
from chassis.http.problems import STATUS, HttpError
from chassis.http.texts import Texts


class MomentEndedError(ConflictError):
    pass


def _all(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)


def test_a_code_is_the_class_name_in_kebab_case() -> None:
    assert MomentEndedError.code == "moment-ended"
    assert MomentEndedError("It has ended.").code == "moment-ended"
    assert code_of("SMSProviderAwayError") == "sms-provider-away"


def test_an_error_carries_its_sentence_and_its_fields() -> None:
    error = MomentEndedError("Moment m-1 has ended: start a new one.", moment_id="m-1")

    assert str(error) == "Moment m-1 has ended: start a new one."
    assert error.fields == {"moment_id": "m-1"}


def test_a_duplicate_key_is_told_from_a_stale_version() -> None:
    error = DuplicateKeyError("idempotency")

    assert error.collection == "idempotency"
    assert not isinstance(error, StaleError)


@pytest.mark.parametrize(
    "kind", [kind for kind in _all(DomainError) if kind.__module__.startswith("chassis")]
)
def test_every_refusal_of_the_chassis_has_a_status(kind: type[DomainError]) -> None:
    assert any(each in STATUS for each in kind.__mro__)


@pytest.mark.parametrize(
    "code",
    sorted(
        code_of(kind.__name__)
        for root in (DomainError, HttpError)
        for kind in _all(root)
        if kind.__module__.startswith("chassis")
    ),
)
def test_every_code_of_the_chassis_has_a_text_for_people(code: str) -> None:
    assert code in Texts.load().codes
