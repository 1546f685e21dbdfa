"""Who plays: the staff of the local people files, and a resident made up for this one performance.

A new resident each time, so that the story can be told again and again and nobody has logged in before it begins.
"""

import random
import secrets
import string
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.stage import Person, Stage

UNIT = "SE2321000131-E000000000001"


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A resident nobody has; the words of the story are theirs alone, so that any trace of them can be found."""

    number: str
    given_name: str
    surname: str
    mobile: str
    address: str
    words: str

    @staticmethod
    def draw() -> "MadeUp":
        mark = "".join(secrets.choice(string.ascii_lowercase) for _ in range(10))
        born = date(1950, 1, 1) + timedelta(days=secrets.randbelow(18_000))
        # The numbers 980 to 999 are those that Skatteverket keeps for tests.
        nine = f"{born:%y%m%d}{random.randrange(980, 1000)}"
        return MadeUp(
            number=f"{born:%Y}{nine[2:]}{_check_digit(nine)}",
            given_name=f"Demo{mark[:4]}",
            surname=f"Påhittad{mark[4:]}",
            mobile=f"+4670174{random.randrange(10_000):04d}",
            address=f"{mark}@example.org",
            words=f"hemligheten {mark}",
        )

    @property
    def short(self) -> str:
        """As staff may type it: ÅÅMMDDXXXX (R44)."""
        return self.number[2:]

    @property
    def traces(self) -> list[str]:
        """Everything readable that would point to this person."""
        n = self.number
        return [
            n,
            n[2:],
            f"{n[:8]}-{n[8:]}",
            f"{n[2:8]}-{n[8:]}",
            self.given_name,
            self.surname,
            self.mobile,
            f"0{self.mobile[3:]}",
            self.address,
            self.words,
        ]


def _check_digit(nine: str) -> int:
    """Luhn over the nine digits before it (R357)."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(nine))
    return -sum(part // 10 + part % 10 for part in doubled) % 10


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in the story."""

    resident: MadeUp
    anna: Person
    patient: Person
    gunilla: Person
    karin: Person
    foreigner: Person

    @staticmethod
    def gather(stage: Stage) -> "Cast":
        """Make the resident known to the population register and find the staff."""
        resident = MadeUp.draw()
        row = {"given_name": resident.given_name, "surname": resident.surname, "mobile": resident.mobile}
        stage.outside("PUT", f"{stage.at.issuer}/vgr/persons/{resident.number}", json=row)
        rjl = stage.outside("GET", f"{stage.at.issuer}/rjl/people")
        return Cast(
            resident=resident,
            anna=stage.somebody("vgr", "anna", UNIT),
            patient=stage.somebody("vgr", resident.number),
            gunilla=stage.somebody("vgr", "gunilla", UNIT),
            karin=stage.somebody("vgr", "karin", UNIT),
            foreigner=stage.somebody(
                "rjl", next(row["short"] for row in rjl if "practitioner" in row["roles"])
            ),
        )
