"""Swedish personal identity and coordination numbers: read strictly, shown masked, never repeated in an error.

Every number inside is 12 digits. The century of a short number follows from today's date, which is passed in.
Reserve numbers are refused: their holders cannot log in, and no two regions write them alike (R352, R356).
"""

import re
from dataclasses import dataclass, field
from datetime import date

from personnummer import personnummer as library  # type: ignore[import-untyped]

from chassis.errors import InvalidError

_FORM = re.compile(r"(?P<century>[0-9]{2})?(?P<short>[0-9]{6})(?P<mark>[-+]?)(?P<end>[0-9]{4})")
# Regions write reserve numbers with letters among the last four, or (Stockholm) as a number of the "century" 99.
_RESERVE = re.compile(
    r"(?:[0-9]{2})?[0-9]{6}[-+]?(?=[0-9]*[A-Za-zÅÄÖåäö])[0-9A-Za-zÅÄÖåäö]{4}|99[0-9]{6}[-+]?[0-9]{4}"
)
_COORDINATION = 60


class InvalidPersonnummerError(InvalidError):
    """What was given is no personal identity number; the number itself is never repeated."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The personal identity number {reason}: write it as YYYYMMDD-NNNN.")


class ReserveNumberError(InvalidError):
    """A reserve number was given."""

    def __init__(self) -> None:
        super().__init__("Reserve numbers are not accepted: use a personal identity or coordination number.")


@dataclass(frozen=True, slots=True)
class Personnummer:
    """A valid number; its digits stay out of the repr."""

    digits: str = field(repr=False)

    @property
    def is_coordination(self) -> bool:
        """A coordination number (samordningsnummer): its holder cannot log in at 1177 (R352)."""
        return int(self.digits[6:8]) >= _COORDINATION

    @property
    def full(self) -> str:
        """YYYYMMDD-NNNN."""
        return f"{self.digits[:8]}-{self.digits[8:]}"

    @property
    def masked(self) -> str:
        """YYYYMMDD-XXXX."""
        return f"{self.digits[:8]}-XXXX"

    @property
    def born(self) -> date | None:
        """The date of birth; a coordination number may lack month or day (R358)."""
        day = int(self.digits[6:8]) % _COORDINATION
        month = int(self.digits[4:6])
        return date(int(self.digits[:4]), month, day) if month and day else None


def normalise(text: str, today: date) -> Personnummer:
    """Read a short or full number. Raises InvalidPersonnummerError or ReserveNumberError."""
    written = text.strip()
    if _RESERVE.fullmatch(written):
        raise ReserveNumberError
    form = _FORM.fullmatch(written)
    if form is None:
        raise InvalidPersonnummerError("has the wrong form")
    short, end = form["short"], form["end"]
    century = form["century"] or _century(short, today, hundred=form["mark"] == "+")
    number = Personnummer(f"{century}{short}{end}")
    if int(century) < 18 or end.startswith("000"):
        raise InvalidPersonnummerError("does not exist")
    if number.is_coordination and (short[2:4] == "00" or short[4:6] == "60"):
        if not _has_check_digit(short + end):
            raise InvalidPersonnummerError("has a wrong check digit")
    elif not library.valid(number.digits):
        raise InvalidPersonnummerError("has a wrong date or check digit")
    born = number.born
    if (born is not None and born > today) or int(number.digits[:4]) > today.year:
        raise InvalidPersonnummerError("has a date of birth in the future")
    return number


def _century(short: str, today: date, *, hundred: bool) -> str:
    year = today.year - (today.year - int(short[:2])) % 100
    day = int(short[4:6]) % _COORDINATION
    if year == today.year and (int(short[2:4]), day) > (today.month, today.day):
        year -= 100
    return f"{(year - 100 if hundred else year) // 100:02d}"


def _has_check_digit(ten: str) -> bool:
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(ten))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
