"""What the APIs do is what their documents promise: schemathesis asks each of them, as it runs, everything it knows."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from contracts.registry import SERVICES
from tests.contracts.asking import ask
from tests.contracts.served import served


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("name", SERVICES)
def test_an_api_is_what_its_document_says(name: str, mongo_url: str, tmp_path: Path) -> None:
    with served(name, mongo_url, tmp_path) as api:
        findings = ask(api)

    assert not findings.faults, "\n\n".join(findings.faults[:20])
    # Where little succeeds, little was asked.
    assert len(findings.never_succeeded) <= len(findings.statuses) / 4, sorted(findings.never_succeeded)
