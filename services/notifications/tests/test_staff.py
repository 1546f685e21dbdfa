"""Staff's notices: off until ticked, addressed by the HSA directory alone, and not a word of whom they are about."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts.access import Role
from contracts.notifications import NotifyStaff
from deploy.embedded.behaviour import Mode
from services.notifications.domain.wording import fits
from services.notifications.providers.directory import DirectoryAwayError, StaffEntry
from services.notifications.sending.staff import StaffDesk
from services.notifications.tests.world import World, a_mobile, raw_bytes
from services.notifications.wording import staff_wording
from tests.eventually import eventually

STAFF, UNIT = "SE2321000131-P000000000101", "SE2321000131-E000000000101"
NUMBER, ADDRESS = a_mobile(), "anna@region.example"
LINK = "https://sob.example/processes/unit"


@dataclass
class Directory:
    entry: StaffEntry | None = field(default_factory=lambda: StaffEntry(ADDRESS, NUMBER))
    away: bool = False

    async def staff(self, tenant: str, hsa_id: str) -> StaffEntry | None:
        if self.away:
            raise DirectoryAwayError
        return self.entry

    async def unit(self, tenant: str, hsa_id: str) -> str | None:
        return "Psykiatrimottagningen"


def a_flag(world: World, **content: Any) -> NotifyStaff:
    usual: dict[str, Any] = {
        "recipient_id": STAFF,
        "unit_id": UNIT,
        "flag_type": "form_saved",
        "dedup_key": f"f{secrets.token_hex(8)}",
        "asked_at": world.room.clock.now(),
    }
    return NotifyStaff(**(usual | content))


async def ticked(world: World, version: int = 0, **chosen: Any) -> Any:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.PRACTITIONER)
    body = {"email": True, "sms": False, "flag_types": ["form_saved"]} | chosen
    return await world.api.http.put("/me/notices", headers={**staff, "If-Match": f'"{version}"'}, json=body)


async def is_sent(world: World, directory: Directory, link: str | None = LINK) -> None:
    await world.posting(world.sender(staff=StaffDesk(directory, link))).work_off()


@pytest.mark.rule("R188")
async def test_who_has_ticked_nothing_is_told_nothing(world: World) -> None:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.PRACTITIONER)
    off = await world.api.http.get("/me/notices", headers=staff)

    await world.hears(a_flag(world), service="flags")
    await is_sent(world, Directory())

    assert off.json() == {"email": False, "sms": False, "flag_types": []}
    assert world.texts_to(NUMBER) == [] and world.mails_to(ADDRESS) == []
    account = await world.balance()
    assert account.balanced and account.outcomes["suppressed"] == 1


@pytest.mark.rule("R345")
async def test_at_the_first_login_it_is_seen_that_nothing_was_chosen_and_then_that_it_was(
    world: World,
) -> None:
    staff = await world.api.as_staff(world.tenant, STAFF, Role.PRACTITIONER)

    first = await world.api.http.get("/me/notices", headers=staff)
    await ticked(world)
    later = await world.api.http.get("/me/notices", headers=staff)

    assert (first.headers["ETag"], later.headers["ETag"]) == ('"0"', '"1"')
    assert later.json() == {"email": True, "sms": False, "flag_types": ["form_saved"]}


@pytest.mark.rule("R189", "R192")
@pytest.mark.decision("D23")
async def test_one_notice_for_each_flag_of_the_types_chosen_with_unit_and_link_and_nobodys_name(
    world: World,
) -> None:
    assert (await ticked(world, sms=True)).status_code == 200
    flag = a_flag(world)

    await world.hears(flag, a_flag(world, flag_type="new_message"), service="flags")
    await world.hears(flag, service="flags")
    await is_sent(world, Directory())

    (text,) = world.texts_to(NUMBER)
    (mail,) = world.mails_to(ADDRESS)
    assert "Psykiatrimottagningen" in text and LINK in text and fits(text)
    assert flag.dedup_key not in text and "form" not in text
    assert mail["subject"] == "Ny flagga i Stöd och behandling"
    assert await world.settled() == []
    account = await world.balance()
    assert account.balanced and (account.outcomes["sent"], account.outcomes["suppressed"]) == (1, 1)


@pytest.mark.rule("R191", "R192")
async def test_whoever_has_ticked_it_is_told_that_a_resident_has_finished(world: World) -> None:
    await ticked(world, flag_types=["program_completed"])

    await world.hears(a_flag(world, flag_type="program_completed"), a_flag(world), service="flags")
    await is_sent(world, Directory())

    assert len(world.mails_to(ADDRESS)) == 1


@pytest.mark.rule("R190", "R201")
@pytest.mark.decision("D24")
async def test_addresses_are_the_directorys_and_are_neither_taken_nor_kept(world: World) -> None:
    refused = await ticked(world, address="mine@example.se")
    await ticked(world)
    await world.hears(a_flag(world), service="flags")

    await is_sent(world, Directory())

    assert refused.status_code == 422
    assert len(world.mails_to(ADDRESS)) == 1
    assert ADDRESS.encode() not in await raw_bytes(world.room)


@pytest.mark.rule("R201")
async def test_who_has_no_number_in_the_directory_gets_no_sms(world: World) -> None:
    await ticked(world, email=False, sms=True)
    await world.hears(a_flag(world), service="flags")

    await is_sent(world, Directory(StaffEntry(ADDRESS, None)))

    assert world.texts_to(NUMBER) == []
    account = await world.balance()
    assert account.balanced and account.outcomes["suppressed"] == 1


async def test_while_the_directory_is_away_the_notice_waits(world: World) -> None:
    await ticked(world)
    await world.hears(a_flag(world), service="flags")
    directory = Directory(away=True)

    await is_sent(world, directory)
    assert (await world.balance()).outcomes["pending"] == 1
    directory.away = False
    await world.room.database["sendings"].update_many({}, [{"$set": {"next_at": "$$NOW"}}])
    await is_sent(world, directory)

    assert len(world.mails_to(ADDRESS)) == 1


@pytest.mark.rule("R188", "R189", "R192")
@pytest.mark.parametrize(
    ("chosen", "texts", "mails"),
    [({"sms": True}, 1, 1), ({}, 0, 1), ({"email": False}, 0, 0), ({"sms": True, "flag_types": []}, 0, 0)],
)
async def test_what_has_waited_goes_only_where_it_is_still_wanted(
    world: World, chosen: dict[str, Any], texts: int, mails: int
) -> None:
    await ticked(world, sms=True)
    await world.hears(a_flag(world), service="flags")
    await is_sent(world, Directory(away=True))

    await ticked(world, version=1, **chosen)
    await world.room.database["sendings"].update_many({}, [{"$set": {"next_at": "$$NOW"}}])
    await is_sent(world, Directory())

    assert (len(world.texts_to(NUMBER)), len(world.mails_to(ADDRESS))) == (texts, mails)
    account = await world.balance()
    assert account.balanced and account.outcomes["pending"] == 0
    reasons = {each["reason"] for each in await world.sendings() if each["state"] == "suppressed"}
    assert reasons == ({"no_channel"} if texts + mails < 2 else set())


async def test_waiting_for_the_directory_uses_up_no_tries(world: World) -> None:
    await ticked(world)
    await world.hears(a_flag(world), service="flags")
    directory = Directory(away=True)
    for _ in range(world.pace.give_up_after):
        await is_sent(world, directory)
        await world.room.database["sendings"].update_many({}, [{"$set": {"next_at": "$$NOW"}}])
    directory.away = False
    world.sink_does(Mode.FAIL)

    async def arrived() -> bool:
        await is_sent(world, directory)
        return len(world.mails_to(ADDRESS)) == 1

    await eventually(arrived)


async def test_as_long_as_nobody_has_said_where_the_link_leads_the_notice_waits(world: World) -> None:
    await ticked(world)
    await world.hears(a_flag(world), service="flags")

    await is_sent(world, Directory(), link=None)

    assert world.mails_to(ADDRESS) == []
    sending = await world.room.database["sendings"].find_one({"tenant": world.tenant, "channel": "email"})
    assert sending is not None and (sending["state"], sending["code"]) == ("due", "link")


async def test_choices_are_staffs_own_and_their_types_are_known_ones(world: World) -> None:
    assert (await ticked(world)).status_code == 200
    assert (await ticked(world)).status_code == 412
    assert (await ticked(world, version=1, flag_types=["secret"])).status_code == 422
    resident = world.api.as_resident(world.tenant, "191212121212")
    assert (await world.api.http.get("/me/notices", headers=resident)).status_code == 403


def test_a_unit_whose_name_does_not_fit_is_left_to_the_link() -> None:
    assert fits(staff_wording("Mottagning " * 20, LINK).sms)
    assert "Mottagning" not in staff_wording("Mottagning " * 20, LINK).sms
    assert fits(staff_wording("Mottagning “Ö”", LINK).sms)
