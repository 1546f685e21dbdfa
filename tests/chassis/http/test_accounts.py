"""A resident gets in only with an account that is open, and the register is asked no more than is needed."""

import asyncio

import httpx
import pytest

from chassis.http.accounts import (
    AccountInactivatedError,
    AccountLockedError,
    RegisteredAccounts,
    RegisterUnavailableError,
)
from chassis.http.identity import Resident
from tests.chassis.http.register import ADDRESS, Register
from tests.eventually import eventually

NUMBER = "196408239843"
OLGA = Resident("vgr", "res-1", NUMBER)


@pytest.fixture
def register() -> Register:
    return Register({NUMBER: {"surname": "Oskarsson"}})


async def gets_in(accounts: RegisteredAccounts, resident: Resident = OLGA) -> str:
    """How it goes, as a word."""
    try:
        await accounts.must_be_open(resident)
    except (AccountLockedError, AccountInactivatedError, RegisterUnavailableError) as refusal:
        return refusal.code
    return "in"


@pytest.mark.rule("R353", "R354")
@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, "in"),
        ({"locked": True}, "account-locked"),
        ({"deceased": True}, "account-inactivated"),
        ({"deceased": True, "locked": True}, "account-inactivated"),
        (None, "account-inactivated"),
    ],
)
async def test_a_login_is_checked_against_the_register(
    register: Register, row: dict[str, bool] | None, told: str
) -> None:
    register.rows = {} if row is None else {NUMBER: row}

    assert await gets_in(register.accounts()) == told
    assert register.asked == [f"/vgr/persons/{NUMBER}"]


async def test_the_register_is_asked_once_for_a_page_of_requests(register: Register) -> None:
    accounts = register.accounts()

    together = await asyncio.gather(*(gets_in(accounts) for _ in range(20)))
    after = await gets_in(accounts)

    assert {*together, after} == {"in"}
    assert len(register.asked) == 1


@pytest.mark.rule("R354")
async def test_a_lock_is_felt_within_a_second_and_so_is_its_end(register: Register) -> None:
    accounts = register.accounts()
    assert await gets_in(accounts) == "in"

    async def is_told(word: str) -> bool:
        return await gets_in(accounts) == word

    register.rows[NUMBER] = {"locked": True}
    await eventually(lambda: is_told("account-locked"), timeout=3)
    register.rows[NUMBER] = {}
    await eventually(lambda: is_told("in"), timeout=3)


async def test_each_region_has_its_own_account_of_a_resident(register: Register) -> None:
    accounts = register.accounts()

    await gets_in(accounts)
    await gets_in(accounts, Resident("rjl", "res-2", NUMBER))

    assert register.asked == [f"/vgr/persons/{NUMBER}", f"/rjl/persons/{NUMBER}"]


@pytest.mark.parametrize(("kept", "answer"), [(300, "in"), (0, "register-unavailable")])
async def test_while_the_register_is_away_who_was_in_stays_for_a_while(
    register: Register, kept: float, answer: str
) -> None:
    accounts = register.accounts(fresh=0, kept=kept)
    await gets_in(accounts)
    register.is_away = True

    assert await gets_in(accounts) == answer


async def test_while_the_register_is_away_nobody_new_gets_in(register: Register) -> None:
    register.is_away = True

    assert await gets_in(register.accounts()) == "register-unavailable"


async def test_who_is_locked_stays_out_while_the_register_is_away(register: Register) -> None:
    register.rows[NUMBER] = {"locked": True}
    accounts = register.accounts(fresh=0)
    await gets_in(accounts)
    register.is_away = True

    assert await gets_in(accounts) == "account-locked"


async def test_without_a_register_nobody_gets_in() -> None:
    async with httpx.AsyncClient() as client:
        assert await gets_in(RegisteredAccounts(client, None)) == "register-unavailable"


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, text="?"), httpx.Response(500), httpx.ReadTimeout("")]
)
async def test_an_answer_nobody_understands_lets_nobody_in_and_tells_no_number(
    answer: httpx.Response | Exception,
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    accounts = RegisteredAccounts(httpx.AsyncClient(transport=httpx.MockTransport(respond)), ADDRESS)

    with pytest.raises(RegisterUnavailableError) as refused:
        await accounts.must_be_open(OLGA)

    assert refused.value.__cause__ is None
    assert NUMBER not in str(refused.value)


async def test_what_is_remembered_is_bounded(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.accounts._MOST_REMEMBERED", 3)
    accounts = register.accounts()

    for at in range(10):
        await gets_in(accounts, Resident("vgr", f"res-{at}", NUMBER))

    assert len(accounts._known) == 3
    assert not accounts._asking
