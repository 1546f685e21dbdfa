"""Flag rules: when a program wants somebody's attention (R20, R208 to R212). No rule, no flag.

What is addressed to the resident has a heading and a text of the designer's (R20, R186).
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Audience = Literal["practitioner", "resident"]


@dataclass(frozen=True, slots=True)
class Words:
    """What the resident reads."""

    heading: str
    text: str

    @property
    def id(self) -> str:
        """The same words are the same text, and say nothing of whose they are."""
        return "txt-" + sha256(f"{self.heading}\n{self.text}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """So many days remain of the recommended time; 0 is its last day (R208, D1)."""

    days: int
    audience: Audience = "practitioner"
    words: Words | None = None
    kind: Literal["time_left"] = "time_left"


@dataclass(frozen=True, slots=True)
class TimeOut:
    """The recommended time has run out (R209)."""

    audience: Audience = "practitioner"
    words: Words | None = None
    kind: Literal["time_out"] = "time_out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result or an answer of a form within these bounds, ends included (R210, D28).

    Exactly one of `result` (a result's code) and `question` (a question's label) is named.
    """

    form: str
    result: str | None = None
    question: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    kind: Literal["result"] = "result"


@dataclass(frozen=True, slots=True)
class Inactive:
    """The resident has not been active for so many days (R211, D25)."""

    days: int
    kind: Literal["inactive"] = "inactive"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """So many days after the module was started the resident is told (R185, R186, R206, D19)."""

    module: str
    days: int
    words: Words
    kind: Literal["follow_up"] = "follow_up"


FlagRule = TimeLeft | TimeOut | Outcome | Inactive | FollowUp
