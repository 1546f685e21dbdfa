"""Refusals: their codes, statuses and texts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.errors import ConflictError, DomainError, DuplicateKeyError, StaleError, code_of
from chassis.http.problems import STATUS, HttpError
from chassis.http.texts import Texts

ROOT = Path(__file__).parents[2]
CATEGORIES = {kind.__name__ for kind in (*STATUS, DomainError, HttpError)}
FOLDERS = [
    "chassis",
    *sorted(f"services/{file.parent.name}" for file in ROOT.glob("services/*/pyproject.toml")),
]


class MomentEndedError(ConflictError):
    pass


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


def test_every_category_has_a_status() -> None:
    assert set(DomainError.__subclasses__()) & set(STATUS) == set(STATUS)


def _refusals(folder: Path) -> Iterator[str]:
    """The names of the folder's classes that are refusals by their bases, near or far."""
    bases = {
        node.name: {ast.unparse(base).split(".")[-1] for base in node.bases}
        for file in folder.rglob("*.py")
        if "tests" not in file.relative_to(folder).parts
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    known = set(CATEGORIES)
    while found := {name for name, parents in bases.items() if name not in known and parents & known}:
        known |= found
    yield from sorted(known & bases.keys() - {"DomainError", "HttpError"})


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_refusal_has_a_text_for_people(folder: str) -> None:
    own = ROOT / folder / "texts" / "sv.yaml"
    codes = Texts.load(*([own] if own.exists() else [])).codes

    missing = [code_of(name) for name in _refusals(ROOT / folder) if code_of(name) not in codes]

    assert missing == []


def test_refusals_are_found_by_their_bases() -> None:
    found = set(_refusals(ROOT / "chassis"))

    assert {"MissingTokenError", "IssuerUnavailableError", "MalformedCursorError", "SavedFirstError"} <= found
    assert "SettingsError" not in found
