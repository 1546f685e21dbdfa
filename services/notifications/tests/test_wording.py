"""What is sent is neutral, fits one SMS, and leaves no place for anything else."""

import pytest

from services.notifications.domain.wording import DIGEST, Wording, WordingError, checked
from services.notifications.wording import code_wording, wordings

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
        ("sms", "Nytt i {program}"),
        ("sms", "Nytt i %s"),
        ("subject", "Nytt\r\nBcc: a@b.se"),
        ("body", "Nytt i {{ program }}"),
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
