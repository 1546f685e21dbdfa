"""What moments does when others have said something: flags in lists, and purges with receipts."""

import pytest

from chassis.keys import SubjectPurgedError
from chassis.testing import raw_bytes, said
from contracts.flags import FlagHandled, FlagRaised
from contracts.notifications import ContactChoicesMade
from contracts.retention import PurgeAnswered, PurgeRequested
from services.moments.residents.store.residents import begin_leaving
from services.moments.tests.world import ANNA, OLGA, PELLE, UNIT, World
from services.moments.work import MomentsWork


def a_flag(world: World, moment: str, **changes: object) -> FlagRaised:
    told = {
        "flag_id": "flag-1",
        "moment_id": moment,
        "unit_id": UNIT,
        "flag_type": "new_message",
        "audience": "practitioner",
        "count": 1,
        "raised_at": world.room.clock.now(),
    }
    return FlagRaised.model_validate(told | changes)


def a_purge(world: World, moment: str, scope: str = "moment", number: str = OLGA) -> PurgeRequested:
    told = {
        "purge_id": f"purge-{scope}",
        "scope": scope,
        "moment_id": moment,
        "resident_id": world.resident_id(number),
        "requested_at": world.room.clock.now(),
    }
    return PurgeRequested.model_validate(told)


async def an_ended(world: World, number: str = OLGA) -> str:
    moment = await world.started(number)
    assert (await world.ends(moment)).status_code == 200
    return moment


async def receipt(world: World) -> PurgeAnswered:
    *_, last = await said(world.room, PurgeAnswered)
    assert isinstance(last, PurgeAnswered)
    return last


@pytest.mark.rule("R215", "R218")
async def test_flags_that_stand_are_counted_by_type_in_list_and_header(world: World) -> None:
    moment = await world.started()

    await world.hears(
        a_flag(world, moment),
        a_flag(world, moment, count=3),
        a_flag(world, moment, flag_id="flag-2", flag_type="form_saved"),
        a_flag(world, moment, flag_id="flag-3", audience="resident", flag_type="follow_up"),
    )

    counted = [{"flag_type": "form_saved", "count": 1}, {"flag_type": "new_message", "count": 3}]
    assert (await world.reads("/moments"))["items"][0]["flags"] == counted
    assert (await world.reads(f"/moments/{moment}"))["flags"] == counted


async def test_a_handled_flag_is_gone_from_the_list(world: World) -> None:
    moment = await world.started()
    await world.hears(a_flag(world, moment))

    await world.hears(
        FlagHandled(
            flag_id="flag-1",
            moment_id=moment,
            flag_type="new_message",
            by=ANNA,
            handled_at=world.room.clock.now(),
        )
    )

    assert (await world.reads("/moments"))["items"][0]["flags"] == []


@pytest.mark.rule("R308", "R312")
async def test_purging_a_moment_deletes_it_destroys_its_key_and_gives_a_receipt(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_flag(world, moment))

    await world.hears(a_purge(world, moment))

    answer = await receipt(world)
    assert (answer.scope, answer.service, answer.moment_id) == ("moment", "moments", moment)
    counts = {deleted.collection: deleted.count for deleted in answer.deleted}
    assert (counts["moments"], counts["standings"], counts["timeline"]) == (1, 1, 7)
    assert answer.key_destroyed and not answer.resident_remains
    with pytest.raises(SubjectPurgedError):
        await world.room.keyring.ensure(world.tenant, moment)
    assert (await world.call("GET", f"/moments/{moment}", world.staff(ANNA))).status_code == 404
    assert (await world.reads("/moments?list=ended"))["items"] == []


@pytest.mark.rule("R308")
async def test_the_last_moments_purge_lets_the_resident_go_and_leaves_no_byte(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(
        ContactChoicesMade(
            resident_id=world.resident_id(OLGA), sms=True, email=False, at=world.room.clock.now()
        )
    )

    await world.hears(a_purge(world, moment))
    await world.hears(a_purge(world, moment, "resident"))

    answer = await receipt(world)
    counts = {deleted.collection: deleted.count for deleted in answer.deleted}
    assert (counts["residents"], counts["contact_choices"]) == (1, 1)
    assert answer.key_destroyed and not answer.resident_remains
    for collection in ("moments", "residents", "flags", "activity", "contact_choices"):
        assert await world.room.database[collection].count_documents({}) == 0
    assert b"Oskarsson" not in await raw_bytes(world.room)


@pytest.mark.rule("R308")
async def test_choices_heard_after_the_residents_purge_go_with_the_last_word(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_purge(world, moment))
    await world.hears(a_purge(world, moment, "resident"))

    await world.chooses(OLGA, sms=True)
    await world.chooses(OLGA)

    assert await world.room.database["contact_choices"].count_documents({}) == 0


@pytest.mark.parametrize("scope", ["moment", "resident"])
async def test_a_purge_that_is_asked_of_others_deletes_nothing_here(world: World, scope: str) -> None:
    moment = await an_ended(world)

    await world.hears(a_purge(world, moment, scope).model_copy(update={"services": ["flags"]}))

    assert await said(world.room, PurgeAnswered) == []
    assert (await world.reads(f"/moments/{moment}"))["resident"]["name"] == "Oskarsson, Olga"


async def test_a_resident_with_another_moment_remains_in_both_receipts(world: World) -> None:
    moment, other = await an_ended(world), await world.started()

    await world.hears(a_purge(world, moment))
    first = await receipt(world)
    await world.hears(a_purge(world, moment, "resident"))
    second = await receipt(world)

    assert first.resident_remains and second.resident_remains
    assert (second.deleted, second.key_destroyed) == ([], False)
    assert (await world.reads(f"/moments/{other}"))["resident"]["name"] == "Oskarsson, Olga"


async def test_of_two_moments_purged_at_once_one_receipt_says_that_nothing_remains(world: World) -> None:
    together = [await an_ended(world), await an_ended(world)]

    await world.hears(*(a_purge(world, moment) for moment in together))

    receipts = await said(world.room, PurgeAnswered)
    assert [answer.resident_remains for answer in receipts] == [True, False]


async def test_who_is_being_purged_is_not_started(world: World) -> None:
    moment = await an_ended(world)
    work = MomentsWork(world.room, world.tenant)
    await begin_leaving(work, world.resident_id(OLGA))

    refused = await world.starts()
    await world.hears(a_purge(world, moment), a_purge(world, moment, "resident"))

    assert (refused.status_code, refused.json()["code"]) == (409, "resident-leaving")
    assert (await world.starts()).status_code == 201


async def test_a_purge_touches_nobody_else(world: World) -> None:
    moment, pelles = await an_ended(world), await an_ended(world, PELLE)

    await world.hears(a_purge(world, moment), a_purge(world, moment, "resident"))

    ended = (await world.reads("/moments?list=ended"))["items"]
    assert [(row["moment_id"], row["resident"]["name"]) for row in ended] == [(pelles, "Persson, Pelle")]


async def test_a_purge_of_what_is_not_held_is_answered_all_the_same(world: World) -> None:
    await world.hears(a_purge(world, "mom-unknown"))

    answer = await receipt(world)
    assert {deleted.count for deleted in answer.deleted} == {0}
    assert answer.key_destroyed, "no key is left of it"


async def test_who_was_purged_can_start_again(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_purge(world, moment), a_purge(world, moment, "resident"))

    again = await world.started()

    assert (await world.reads(f"/moments/{again}"))["resident"]["name"] == "Oskarsson, Olga"


async def test_a_flag_that_comes_after_the_purge_is_not_kept(world: World) -> None:
    moment = await an_ended(world)
    await world.hears(a_purge(world, moment))

    handling = await world.hears(a_flag(world, moment))

    assert (handling.tally.handled, handling.tally.parked) == (1, 0)
    assert await world.room.database["flags"].count_documents({}) == 0
