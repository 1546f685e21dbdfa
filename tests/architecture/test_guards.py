"""Every guard is seen to refuse an offending sample, and to let its neighbour pass."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import guards, imports
from tests.architecture.refusals import refusals, texts_beside
from tests.architecture.source import Module, modules, services

Guard = Callable[[Module], Iterator[str]]

TEST, DOMAIN, STORE = (
    "services/flags/tests/test_x.py",
    "services/flags/domain/flag.py",
    "services/flags/store/x.py",
)


@pytest.mark.parametrize(
    ("guard", "path", "text"),
    [
        (guards.undocumented, "chassis/x.py", "X = 1"),
        (guards.too_long, "chassis/x.py", "\n" * 301),
        (guards.banned_names, "chassis/x.py", "class FlagManager: ..."),
        (guards.banned_names, "chassis/x.py", "class AbstractStore: ..."),
        (guards.banned_names, "chassis/x.py", "class HTTPHelper: ..."),
        (guards.banned_names, "chassis/x.py", "class StoreImpl: ..."),
        (guards.banned_names, "chassis/x.py", "class RepositoryBase: ..."),
        (guards.banned_names, "chassis/utils.py", ""),
        (guards.unsaid_events, "contracts/x.py", "class MomentUpdated(Message): ..."),
        (guards.unsaid_events, "contracts/x.py", "class FlagChanged(Message): ..."),
        (guards.clock_reads, DOMAIN, "now = datetime.now(UTC)"),
        (guards.clock_reads, "chassis/x.py", "now = time.time()"),
        (guards.clock_reads, "chassis/x.py", "today = date.today()"),
        (guards.foreign_digits, "services/flags/api/x.py", 'version: str = Field(pattern=r"^\\d{4}$")'),
        (guards.foreign_digits, "chassis/x.py", 'Code = Annotated[str, Query(pattern=rf"^\\w{MOST}$")]'),
        (guards.sleeping_tests, TEST, "await asyncio.sleep(0.1)"),
        (guards.sleeping_tests, TEST, "time.sleep(1)"),
        (guards.patched_tests, TEST, "from unittest.mock import patch"),
        (guards.patched_tests, TEST, "import unittest.mock"),
        (guards.patched_tests, TEST, "@mock.patch('x')\ndef test_x(): ..."),
        (guards.patched_tests, TEST, "def test_x(mocker): mocker.patch('x')"),
        (imports.drivers_out_of_place, "chassis/x.py", "from motor.motor_asyncio import AsyncIOMotorClient"),
        (imports.drivers_out_of_place, DOMAIN, "def late():\n    import bson"),
        (imports.drivers_out_of_place, "services/flags/api/x.py", "from pymongo import UpdateOne"),
        (imports.broker_out_of_place, "services/flags/app.py", "import faststream.kafka"),
        (imports.broker_out_of_place, "contracts/x.py", "from aiokafka import ConsumerRecord"),
        (imports.domain_looks_out, DOMAIN, "from contracts.flags import FlagRaised"),
        (imports.domain_looks_out, DOMAIN, "from chassis.clock import Clock"),
        (imports.domain_looks_out, DOMAIN, "import pydantic"),
        (imports.domain_looks_out, DOMAIN, "from services.flags.store import flags"),
        (imports.domain_looks_out, DOMAIN, "from services.moments.domain import moment"),
        (imports.contracts_look_out, "contracts/x.py", "import yaml"),
        (imports.contracts_look_out, "contracts/x.py", "from chassis.clock import Clock"),
        (imports.services_look_at_each_other, TEST, "from services.moments.domain.moment import Moment"),
        (imports.services_look_at_each_other, DOMAIN, "import services.moments"),
    ],
)
def test_an_offence_is_seen(guard: Guard, path: str, text: str) -> None:
    found = list(guard(Module(path, text)))

    assert found and all(path in complaint for complaint in found)


@pytest.mark.parametrize(
    ("guard", "path", "text"),
    [
        (guards.undocumented, "services/flags/__init__.py", ""),
        (guards.banned_names, "chassis/x.py", "class Basement(BaseModel): ..."),
        (guards.unsaid_events, "chassis/x.py", "class SettingsChanged: ..."),
        (guards.clock_reads, "chassis/x.py", "time.monotonic()\nclock.now()"),
        (guards.clock_reads, TEST, "datetime.now(UTC)"),
        (guards.foreign_digits, "chassis/x.py", 'number: str = Field(pattern=r"^[0-9]\\S$")'),
        (guards.sleeping_tests, TEST, "await asyncio.sleep(0)"),
        (guards.sleeping_tests, "chassis/x.py", "await asyncio.sleep(1)"),
        (guards.patched_tests, TEST, "monkeypatch.setenv('A', 'b')"),
        (imports.drivers_out_of_place, STORE, "from pymongo import UpdateOne"),
        (imports.drivers_out_of_place, "chassis/mongo.py", "import motor"),
        (imports.broker_out_of_place, "chassis/relay.py", "import aiokafka"),
        (
            imports.domain_looks_out,
            DOMAIN,
            "from datetime import datetime\nfrom chassis.errors import ConflictError",
        ),
        (imports.domain_looks_out, DOMAIN, "from services.flags.domain.ids import FlagId"),
        (imports.contracts_look_out, "contracts/x.py", "from pydantic import BaseModel"),
        (imports.services_look_at_each_other, TEST, "from services.flags.domain.flag import Flag"),
    ],
)
def test_what_is_right_is_left_alone(guard: Guard, path: str, text: str) -> None:
    assert not list(guard(Module(path, text)))


def test_refusals_are_found_through_their_families() -> None:
    module = Module(
        "services/flags/domain/flag.py",
        textwrap.dedent(
            """
            class FlagError(ConflictError): ...
            class FlagGoneError(FlagError): ...
            class Flag: ...
            """
        ),
    )
    above = Module("chassis/errors.py", "class ConflictError(DomainError): ...")

    assert [found.code for found in refusals([module, above])] == ["conflict", "flag", "flag-gone"]


def test_texts_are_those_of_the_chassis_and_of_the_service_itself(tmp_path: Path) -> None:
    for folder, code in (
        ("chassis", "conflict"),
        ("services/flags", "flag-gone"),
        ("services/moments", "other"),
    ):
        (tmp_path / folder / "texts").mkdir(parents=True)
        (tmp_path / folder / "texts" / "sv.yaml").write_text(f"{code}: Så är det.\n")

    assert texts_beside("services/flags/domain/flag.py", tmp_path) == {"conflict", "flag-gone"}


def test_modules_are_found_wherever_they_lie(tmp_path: Path) -> None:
    for path in ("services/flags/app.py", "services/flags/domain/flag.py", "services/moments/README.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")

    assert [m.path for m in modules("services", root=tmp_path)] == [
        "services/flags/app.py",
        "services/flags/domain/flag.py",
    ]
    assert [folder.name for folder in services(tmp_path)] == ["flags"]
