"""What is sent is neutral, fits one SMS, and leaves no place for anything else."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chassis.tenancy import TenantFileError, Tenants
from chassis.testing import a_tenant
from services.notifications.domain.wording import DIGEST, Wording, WordingError, checked
from services.notifications.tests.world import a_mobile, a_resident, a_world
from services.notifications.wording import check_texts, code_wording, wording_of, wordings

FINE = {
    "sms": "Du har ett nytt meddelande.",
    "subject": "Nytt meddelande",
    "body": "Du har ett nytt meddelande.",
}


@pytest.mark.decision("D20")
def test_every_category_has_a_neutral_text_in_one_part() -> None:
    found = wordings()

    assert set(found) == {"new_message", "follow_up", "reminder", DIGEST}
    for category, wording in found.items():
        wording.check(category)


@pytest.mark.decision("D20")
@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("sms", "Du har ett nytt meddelande 👋"),
        ("sms", "a" * 161),
        ("sms", ""),
        ("sms", "Läs på https://1177.se"),
        ("sms", "Läs på www.1177.se"),
        ("sms", "Läs på 1177.se/inkorg"),
        ("sms", "Läs på vgr.se"),
        ("sms", "Läs på 1177.se.exempel.com"),
        ("sms", "Skriv till a@exempel"),
        ("body", "Läs på min-vård.nu"),
        ("sms", "Nytt i {program}"),
        ("sms", "Nytt i <program>"),
        ("sms", "Nytt i [program]"),
        ("sms", "Nytt i $program"),
        ("sms", "Nytt i %s"),
        ("subject", "Nytt\r\nBcc: a@b.se"),
        ("subject", "Nytt\u202eetalp"),
        ("subject", "a" * 79),
        ("body", "Nytt i {{ program }}"),
        ("body", "Nytt\x00"),
        ("body", "a" * 2001),
    ],
)
def test_a_text_that_could_carry_more_is_refused(part: str, text: str) -> None:
    with pytest.raises(WordingError):
        checked({"new_message": FINE | {part: text}})


def test_a_catalogue_with_an_unknown_part_is_refused() -> None:
    with pytest.raises(WordingError):
        checked({"new_message": FINE | {"link": "1177.se"}})


@pytest.mark.decision("D20")
def test_a_code_comes_in_one_part_without_a_link_or_a_word_of_care() -> None:
    wording = code_wording("012345")

    wording.check("code")
    assert "012345" in wording.sms and "15 minuter" in wording.sms and "012345" not in wording.subject


def test_a_text_with_swedish_letters_fits() -> None:
    Wording("Du har något att läsa, Åsa Öberg", "Läs", "Läs").check("new_message")


@pytest.mark.decision("D20")
@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({"new_message": {"sms": "a" * 161}}, "new_message.sms: is longer than one part of 160"),
        ({"new_message": {"sms": "Nytt 👋"}}, "new_message.sms: has characters outside GSM-7"),
        ({"digest": {"sms": "Läs på vgr.se"}}, "digest.sms: holds a link"),
        ({"reminder": {"body": "Nytt i {program}"}}, "reminder.body: has a place to fill in"),
        ({"reminder": {"subject": " "}}, "reminder.subject: is empty"),
        ({"follow_up": {"subject": "En\nTvå"}}, "follow_up.subject: is more than one line"),
        ({"follow_up": {"html": "Nytt"}}, "follow_up: may hold body, sms, subject and nothing else"),
        ({"flag": {"sms": "Nytt"}}, "flag: must be one of digest, follow_up, new_message, reminder"),
    ],
)
def test_a_region_with_a_text_that_may_not_be_sent_is_named_with_key_and_fault(
    texts: dict[str, dict[str, str]], fault: str
) -> None:
    with pytest.raises(TenantFileError) as refused:
        check_texts(Tenants.of([a_tenant("vgr", notice_texts=texts)]))

    assert str(refused.value) == f"vgr.yaml: notice_texts.{fault}."


def test_a_region_says_it_in_its_own_words_and_the_rest_as_everywhere() -> None:
    region = a_tenant("vgr", notice_texts={"new_message": {"sms": "Nytt att läsa på 1177.se."}})
    check_texts(Tenants.of([region]))

    told = wording_of(region, "new_message")

    assert told.sms == "Nytt att läsa på 1177.se."
    assert told.subject == wordings()["new_message"].subject
    assert wording_of(region, "reminder") == wordings()["reminder"]
    assert wording_of(region, "unheard of") == wordings()[DIGEST]


async def test_a_resident_gets_the_text_of_their_region(mongo_url: str, tenant: str, tmp_path: Path) -> None:
    texts = {"new_message": {"sms": "Nytt att läsa på 1177.se."}}
    async with a_world(mongo_url, tenant, tmp_path, notice_texts=texts) as world:
        await world.has_on(a_resident(), sms=a_mobile())
        await world.hears(world.asks(), world.asks(category="reminder"))
        await world.sends()

        assert set(world.texts_to(a_mobile())) == {texts["new_message"]["sms"], wordings()["reminder"].sms}


def test_no_process_starts_with_a_text_that_may_not_be_sent(tmp_path: Path) -> None:
    shipped = Path("deploy/tenants/vgr.yaml").read_text("utf-8")
    (tmp_path / "vgr.yaml").write_text(
        f"{shipped}notice_texts: {{digest: {{sms: Se www.vgr.se}}}}\n", "utf-8"
    )
    env = {**os.environ, "SOB_TENANTS": str(tmp_path), "SOB_ISSUER": "http://127.0.0.1:9"}
    env |= {"SOB_MONGO_URI": "mongodb://127.0.0.1:9", "SOB_KAFKA_BOOTSTRAP": "127.0.0.1:9"}
    env |= {"SOB_SECRETS": str(tmp_path)}

    started = subprocess.run(
        [sys.executable, "-m", "services.notifications", "indexes"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert started.returncode == 1
    assert started.stderr == "notifications: vgr.yaml: notice_texts.digest.sms: holds a link.\n"


def test_no_region_names_a_program_in_what_it_sends() -> None:
    """Programs are not known where texts are checked; here they are."""
    names = [
        str(yaml.safe_load(file.read_text("utf-8"))["name"]).lower()
        for file in Path("programs").rglob("*.yaml")
    ]
    tenants = Tenants.load(Path("deploy/tenants"), {"SOB_ISSUER": "http://127.0.0.1:9"})
    said = [
        " ".join(dataclasses.astuple(wording_of(region, category))).lower()
        for region in tenants
        for category in wordings()
    ]

    assert names and said
    assert not [text for text in said if any(name in text for name in names)]
