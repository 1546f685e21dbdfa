"""Numbers and addresses are taken as people write them, and nothing else is."""

import pytest

from services.notifications.domain.contact import InvalidAddressError, InvalidNumberError
from services.notifications.usecases.addresses import address_of, number_of


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("070-174 06 05", "+46701740605"),
        ("0701740605", "+46701740605"),
        ("+46 70 174 06 05", "+46701740605"),
        ("0046701740605", "+46701740605"),
        ("+4791234567", "+4791234567"),
    ],
)
def test_a_mobile_number_is_kept_as_e164(typed: str, stored: str) -> None:
    assert number_of(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "070", "08-123 456 78", "+46701740605\r\nBcc: x", "070174060५", "+46701740605;ext=1", "tel:+46701740605",
        "+4670174060500000", "112", "0700FLOWERS", "+46 70 174 06 05, +46 70 174 06 06",
        "\u200f+46701740605", "９７０1740605",
        "1" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_take_sms_is_refused(typed: str) -> None:
    with pytest.raises(InvalidNumberError):
        number_of(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Anna.Berg+sob@Example.SE", "Anna.Berg+sob@example.se"), ("a@b.xn--p1ai", "a@b.xn--p1ai")],
)
def test_an_address_is_kept_as_written_with_its_domain_in_small_letters(typed: str, stored: str) -> None:
    assert address_of(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "anna", "anna@", "@example.se", "anna@example", "anna@@example.se", "a b@example.se", "anna@example.se ",
        "anna@example.se\r\nBcc: eve@example.se", "anna@example.se\nSubject: x", "anna@exa\u200bmple.se",
        "anna@example.se, eve@example.se", "<anna@example.se>", "Anna <anna@example.se>", ".anna@example.se",
        "anna..berg@example.se", "anna@-example.se", "anna@example..se", "anna@192.168.0.1", "anna@[127.0.0.1]",
        "åsa@example.se", "anna@exämple.se", "a" * 65 + "@example.se", "anna@" + "a" * 250 + ".se",
        '"anna berg"@example.se', "anna(comment)@example.se", "anna@example.se\u202e", "x" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_single_plain_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAddressError):
        address_of(typed)
