"""A sending: one notification to one resident on one channel, and what may become of it.

It carries one notice (direct) or many (digest) and is the account line of each. Nothing is tried again while it is
not known what became of the try before.
"""

from dataclasses import dataclass
from enum import StrEnum

# A provider that cannot be asked for long is asked this seldom, in seconds.
_RARELY = 300.0


class State(StrEnum):
    """Due, attempting and unknown are live; the rest are ends."""

    DUE = "due"
    ATTEMPTING = "attempting"
    UNKNOWN = "unknown"
    SENT = "sent"
    SUPPRESSED = "suppressed"
    FAILED = "failed"


UNDELIVERED = "undelivered"
LIVE = (State.DUE, State.ATTEMPTING, State.UNKNOWN)


class Kind(StrEnum):
    """Direct: one notice. Digest: a resident's of one window. None: what was not to be sent. Staff: a flag.

    Code: what shows that a number or address is the resident's own; it carries no notice.
    """

    DIRECT = "direct"
    DIGEST = "digest"
    NONE = "none"
    STAFF = "staff"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider will never take it; `reason` is why, as people are told it."""

    code: str
    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Postponed:
    """The provider has surely not taken it, and may take it later."""

    code: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the provider took it."""

    code: str


Result = Accepted | Rejected | Postponed | Unknown


@dataclass(frozen=True, slots=True)
class Found:
    """The provider shows that it took it."""

    provider_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider shows all it took, and this is not among it."""


@dataclass(frozen=True, slots=True)
class NoWayToTell:
    """The provider shows nothing, now or ever."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The provider cannot be asked right now."""


Trace = Found | NotFound | NoWayToTell | NoAnswer


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try was made: from whom, with which category's text, and by what each account can be asked about it.

    `asked_by` are fingerprints. Who cannot be asked by the same any more cannot say that it was not taken.
    """

    sender: str
    told: str
    asked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds of real time. `settle` counts from the try and outlasts any lease on it."""

    lease: float = 45.0
    settle: float = 90.0
    look_again: float = 5.0
    delays: tuple[float, ...] = (1, 2, 5, 15, 60, 300, 900, 1800)
    give_up_after: int = 100

    def delay(self, attempts: int) -> float:
        """How long to wait after this many tries."""
        return self.delays[min(max(attempts, 1), len(self.delays)) - 1]


@dataclass(frozen=True, slots=True)
class Next:
    """Where a sending goes from here; `wait` is when to look at it again, None for never."""

    state: State
    reason: str = "none"
    wait: float | None = None
    provider_id: str | None = None
    code: str | None = None


def after_try(result: Result, attempts: int, pace: Pace) -> Next:
    """What follows from a provider's answer to the `attempts`-th try."""
    match result:
        case Accepted(provider_id):
            return Next(State.SENT, provider_id=provider_id)
        case Rejected(code, reason):
            return Next(State.FAILED, reason, code=code)
        case Postponed(code) if attempts >= pace.give_up_after:
            return Next(State.FAILED, "gave_up", code=code)
        case Postponed(code):
            return Next(State.DUE, wait=pace.delay(attempts), code=code)
        case Unknown(code):
            return Next(State.UNKNOWN, "no_answer", wait=0.0, code=code)


def after_look(trace: Trace, provider_id: str | None, attempts: int, age: float, pace: Pace) -> Next:
    """What follows from asking the provider about a try `age` seconds old; `provider_id` is one free to be ours."""
    if provider_id is not None:
        return Next(State.SENT, provider_id=provider_id)
    match trace:
        case NoWayToTell():
            return Next(State.UNKNOWN, "no_answer")
        case Found() | NotFound() if age >= pace.settle:
            if attempts >= pace.give_up_after:
                return Next(State.FAILED, "gave_up")
            return Next(State.DUE, wait=0.0)
        case Found() | NotFound():
            return Next(State.UNKNOWN, "no_answer", wait=min(pace.look_again, pace.settle - age))
        case NoAnswer():
            return Next(State.UNKNOWN, "no_answer", wait=max(pace.look_again, min(age / 10, _RARELY)))


def outcome_of(kind: Kind, state: State) -> str:
    """What a notice's account line says when its sending is in this state."""
    match state:
        case State.DUE | State.ATTEMPTING:
            return "pending"
        case State.SENT:
            return "digested" if kind is Kind.DIGEST else "sent"
        case _:
            return state.value


def shown_outcome(kind: Kind, state: State, receipt: str | None) -> str:
    """What people are shown: as `outcome_of`, but what the provider took and could not deliver is `undelivered`."""
    if state is State.SENT and receipt == "failed":
        return UNDELIVERED
    return outcome_of(kind, state)
