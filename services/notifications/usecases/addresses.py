"""Numbers and addresses as residents type them, made into what can be called, or refused.

Nothing with a control character, a second address or a comment in it gets through, so none can become a header.
"""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from services.notifications.domain.contact import InvalidAddressError, InvalidNumberError

_TYPED = re.compile(r"\+?[0-9][0-9 ()-]{4,28}")
_TAKES_SMS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_TOP = re.compile(r"[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{1,59}")


def number_of(typed: str) -> str:
    """The number as E.164; without a country it is Swedish. Raises InvalidNumberError."""
    if _TYPED.fullmatch(typed) is None:
        raise InvalidNumberError
    try:
        number = phonenumbers.parse(typed, "SE")
    except phonenumbers.NumberParseException:
        raise InvalidNumberError from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _TAKES_SMS:
        raise InvalidNumberError
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def address_of(typed: str) -> str:
    """The address with its domain in small letters. Raises InvalidAddressError."""
    local, at, host = typed.rpartition("@")
    labels = host.lower().split(".")
    if (
        not at
        or len(typed) > 254
        or len(local) > 64
        or _LOCAL.fullmatch(local) is None
        or len(labels) < 2
        or not all(_LABEL.fullmatch(label) for label in labels)
        or _TOP.fullmatch(labels[-1]) is None
    ):
        raise InvalidAddressError
    return f"{local}@{'.'.join(labels)}"
