"""Marks that name rules and decisions: a number that does not exist stops the run."""

import pytest

from tests.rules import known_numbers

_FIRST_LETTER = {"rule": "R", "decision": "D"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse marks that name nothing."""
    known = known_numbers()
    for item in items:
        for kind, letter in _FIRST_LETTER.items():
            for mark in item.iter_markers(kind):
                unknown = [n for n in mark.args if n not in known or not str(n).startswith(letter)]
                if unknown or not mark.args:
                    raise pytest.UsageError(f"{item.nodeid}: no such {kind} in docs/rules.yaml: {unknown}")
