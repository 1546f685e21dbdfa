"""The local issuer's tokens are such as the services take, by the stack's clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.personnummer import normalise
from contracts.access import Role
from deploy.embedded.people import read_people
from deploy.embedded.tokens import PERSONNUMMER_CLAIM
from tests.embedded.conftest import Server

UNIT = "SE2321000131-E000000000001"
EVERYBODY = read_people()


@pytest.fixture(scope="module")
def server(serve: Callable[[str], Server]) -> Server:
    return serve("issuer")


@pytest.fixture
def issuer(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def login(issuer: httpx.Client, **form: str) -> str:
    token: str = issuer.post("/vgr/token", data=form).raise_for_status().json()["access_token"]
    return token


def claims(issuer: httpx.Client, token: str) -> dict[str, Any]:
    configuration = issuer.get("/vgr/.well-known/openid-configuration").json()
    keys = KeySet.import_key_set(httpx.get(configuration["jwks_uri"]).json())
    verified = jwt.decode(token, keys, algorithms=["RS256"]).claims
    assert verified["iss"] == configuration["issuer"]
    return verified


def now(issuer: httpx.Client) -> datetime:
    return datetime.fromisoformat(issuer.get("/clock").json()["now"])


def test_a_token_of_staff_names_person_and_unit(issuer: httpx.Client) -> None:
    said = claims(issuer, login(issuer, person="anna"))

    assert (said["employeeHsaId"], said["careUnitHsaId"]) == ("SE2321000131-P000000000102", UNIT)
    assert said["aud"] == "sob"


def test_staff_log_in_only_where_they_have_an_assignment(issuer: httpx.Client) -> None:
    other = UNIT[:-1] + "2"

    assert claims(issuer, login(issuer, person="bjorn", unit=other))["careUnitHsaId"] == other
    assert issuer.post("/vgr/token", data={"person": "anna", "unit": other}).status_code == 400


def test_a_token_of_a_resident_has_a_subject_that_says_nothing(issuer: httpx.Client) -> None:
    said = claims(issuer, login(issuer, person="olga"))

    assert said[PERSONNUMMER_CLAIM] == "196408239843"
    assert "196408239843" not in said["sub"]


def test_nobody_gets_no_token(issuer: httpx.Client) -> None:
    assert issuer.post("/vgr/token", data={"person": "agnes"}).status_code == 404
    assert issuer.post("/skane/token", data={"person": "anna"}).status_code == 404


def test_a_login_is_what_the_register_remembers(issuer: httpx.Client) -> None:
    assert issuer.get("/vgr/persons/195503189804").json()["last_login_1177"] is None

    login(issuer, person="sixten")

    assert issuer.get("/vgr/persons/195503189804").json()["last_login_1177"] is not None


def test_tokens_and_keys_outlive_a_kill(server: Server, issuer: httpx.Client) -> None:
    token = login(issuer, person="anna")

    server.kill()
    server.start()

    with httpx.Client(base_url=server.url) as again:
        assert claims(again, token)["name"] == "Anna Andersson"


def test_tokens_follow_the_clock_also_after_a_kill(server: Server, issuer: httpx.Client) -> None:
    shift = issuer.get("/clock").json()["shift_seconds"] + 86_400
    issuer.put("/clock", json={"shift_seconds": shift}).raise_for_status()
    server.kill()
    server.start()

    with httpx.Client(base_url=server.url) as again:
        issued = datetime.fromtimestamp(claims(again, login(again, person="anna"))["iat"], UTC)
        assert abs(issued - now(again)) < timedelta(seconds=5)
        assert now(again) - datetime.now(UTC) > timedelta(hours=23)


def test_the_clock_never_goes_back(issuer: httpx.Client) -> None:
    before = now(issuer)
    issuer.put("/clock", json={"to": (before + timedelta(hours=2)).isoformat()}).raise_for_status()

    past = issuer.put("/clock", json={"to": before.isoformat()})
    less = issuer.put("/clock", json={"shift_seconds": 0})

    assert (past.status_code, less.status_code) == (409, 409)
    assert now(issuer) >= before + timedelta(hours=2)


def test_the_directories_know_people_and_units(issuer: httpx.Client) -> None:
    assert issuer.get("/vgr/staff/SE2321000131-P000000000103").json()["units"] == [UNIT, UNIT[:-1] + "2"]
    assert issuer.get(f"/vgr/units/{UNIT}").json()["organisation"] == "Västra Götalandsregionen"
    assert issuer.get("/vgr/staff/anna").status_code == 404


@pytest.mark.parametrize("slug", EVERYBODY)
def test_the_made_up_people_are_enough_for_every_rule(slug: str) -> None:
    people = EVERYBODY[slug]
    numbers = [normalise(person.personnummer, datetime.now(UTC).date()) for person in people.residents]
    roles = [role for member in people.staff for given in member.roles.values() for role in given]

    assert sum(number.is_coordination for number in numbers) == 1
    assert any(person.protected for person in people.residents)
    assert any(person.last_login_days_ago is None for person in people.residents)
    assert {Role(role) for role in roles} == set(Role) - {Role.CAREGIVER_ADMIN}
    for unit in people.units:
        admins = [m for m in people.staff if "permission_admin" in m.roles.get(unit.hsa_id, [])]
        assert len(admins) >= 2
