"""The house rules, kept by every file of the repository."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import guards, imports
from tests.architecture.refusals import refusals, texts_beside
from tests.architecture.source import EVERYTHING, PRODUCT, ROOT, Module, modules, services

Guard = Callable[[Module], Iterator[str]]

README_HEADINGS = ["Owns", "Says", "Hears", "Promises", "When it breaks"]

_ALL = modules(*EVERYTHING)


@pytest.mark.parametrize(
    "guard",
    [
        guards.undocumented,
        guards.too_long,
        guards.banned_names,
        guards.unsaid_events,
        guards.clock_reads,
        guards.foreign_digits,
        guards.sleeping_tests,
        guards.patched_tests,
        imports.drivers_out_of_place,
        imports.broker_out_of_place,
        imports.domain_looks_out,
        imports.contracts_look_out,
        imports.services_look_at_each_other,
    ],
    ids=lambda guard: guard.__name__,
)
def test_no_module_breaks_the_rule(guard: Guard) -> None:
    found = [complaint for module in _ALL for complaint in guard(module)]

    assert not found, "\n".join(["", *found])


def test_every_listed_exception_still_exists() -> None:
    listed = imports.DRIVER_MODULES | guards.CLOCK_READERS | guards.SLEEPERS

    assert not [path for path in sorted(listed) if not (ROOT / path).exists()]


@pytest.mark.parametrize("folder", services(), ids=lambda folder: folder.name)
def test_a_service_says_what_it_is_under_the_same_five_headings(folder: Path) -> None:
    readme = folder / "README.md"

    assert readme.exists(), f"{readme} is missing"
    said = [
        line.removeprefix("## ") for line in readme.read_text("utf-8").splitlines() if line.startswith("## ")
    ]
    assert said == README_HEADINGS


@pytest.mark.rule("R376")
def test_every_refusal_has_a_swedish_text() -> None:
    found = refusals(module for module in modules(*PRODUCT) if not module.is_test)

    missing = [f"{one.path}: {one.code}" for one in found if one.code not in texts_beside(one.path)]

    assert not missing, "\n".join(["no text in sv.yaml for", *missing])
