"""The port to register and directory: the one over HTTP and the one in memory keep the same promises.

The one over HTTP asks the local issuer's real application.
"""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from chassis.personnummer import normalise
from deploy.embedded.issuer import create_app
from deploy.embedded.issuing import Issuer
from deploy.embedded.local_clock import LocalClock
from deploy.embedded.people import read_people
from services.moments.directory import (
    Directory,
    ResidentNotInRegisterError,
    StaffNotInDirectoryError,
    UnitNotInDirectoryError,
)
from services.moments.directory.over_http import DirectoryUnavailableError, HttpDirectory
from services.moments.tests.world import ANNA, OLGA, RUT, SIXTEN, UNIT, a_directory

NOBODY = "SE2321000131-P000000000999"
TODAY = date(2026, 11, 20)


@pytest.fixture(params=["memory", "http"])
async def directory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Directory]:
    if request.param == "memory":
        yield a_directory()
        return
    issuer = Issuer("http://issuer.test", read_people(), tmp_path, LocalClock(tmp_path / "clock.json"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(issuer))) as client:
        yield HttpDirectory(client, "http://issuer.test/")


async def test_a_person_has_a_name_and_perhaps_a_login(directory: Directory) -> None:
    olga = await directory.person("vgr", normalise(OLGA, TODAY))
    sixten = await directory.person("vgr", normalise(SIXTEN, TODAY))

    assert (olga.surname, olga.given_name) == ("Oskarsson", "Olga")
    assert olga.last_login_at is not None and olga.last_login_at < datetime(2100, 1, 1, tzinfo=UTC)
    assert sixten.last_login_at is None
    assert "Olga" not in repr(olga)


@pytest.mark.rule("R25")
async def test_county_sex_and_birth_date_are_told(directory: Directory) -> None:
    olga = await directory.person("vgr", normalise(OLGA, TODAY))

    assert (olga.county, olga.sex, olga.born) == ("14", "female", date(1964, 8, 23))


async def test_staff_have_address_and_number_from_hsa(directory: Directory) -> None:
    anna = await directory.staff("vgr", ANNA)

    assert anna.email is not None and anna.email.startswith("anna") and anna.phone is not None
    assert anna.email not in repr(anna)


async def test_protected_identity_is_told(directory: Directory) -> None:
    assert (await directory.person("vgr", normalise(RUT, TODAY))).is_protected


async def test_staff_have_a_name_and_units(directory: Directory) -> None:
    anna = await directory.staff("vgr", ANNA)

    assert (anna.hsa_id, anna.name) == (ANNA, "Anna Andersson")
    assert UNIT in anna.units


async def test_a_unit_has_a_name(directory: Directory) -> None:
    assert (await directory.unit("vgr", UNIT)).name == "Vårdcentralen Lindholmen"


async def test_who_is_unknown_is_not_found(directory: Directory) -> None:
    with pytest.raises(ResidentNotInRegisterError) as unknown:
        await directory.person("vgr", normalise("198507099805", TODAY))
    with pytest.raises(StaffNotInDirectoryError):
        await directory.staff("vgr", NOBODY)
    with pytest.raises(UnitNotInDirectoryError):
        await directory.unit("vgr", NOBODY)
    assert "1985" not in unknown.value.text


def answering(respond: httpx.Response | Exception) -> HttpDirectory:
    def handle(_request: httpx.Request) -> httpx.Response:
        if isinstance(respond, Exception):
            raise respond
        return respond

    return HttpDirectory(httpx.AsyncClient(transport=httpx.MockTransport(handle)), "http://away.test")


@pytest.mark.parametrize(
    "respond",
    [
        httpx.ConnectError("no"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"surname": 1}),
    ],
)
async def test_a_directory_that_does_not_answer_as_agreed_is_unavailable_and_says_no_number(
    respond: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(DirectoryUnavailableError) as away:
        await answering(respond).person("vgr", normalise(OLGA, TODAY))

    assert away.value.status == 503
    # A traceback would quote the client's error, and that quotes the address.
    assert away.value.__cause__ is None
    assert away.value.__suppress_context__ or away.value.__context__ is None
    assert OLGA not in f"{away.value}{caplog.text}"
