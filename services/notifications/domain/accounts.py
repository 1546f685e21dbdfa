"""Accounts: what was asked for and what became of it must be the same number, per tenant and day.

A notice has one line per channel. Its own outcome is the best of those by SMS and e-mail: whoever was told on one
channel was told. Its entry in the inbox is a line beside them and is added up on its own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

OUTCOMES = ("sent", "digested", "suppressed", "failed", "unknown", "pending")
# Pending first, because an account with an open line is open; then from told to not told.
PRECEDENCE = ("pending", "sent", "digested", "unknown", "failed", "suppressed")


def outcome_of_lines(lines: Iterable[str]) -> str:
    """The outcome of a notice with lines of these outcomes."""
    held = set(lines)
    return next(outcome for outcome in PRECEDENCE if outcome in held)


@dataclass(frozen=True, slots=True)
class Balance:
    """The account of one tenant and day. `differences` is empty exactly when it balances."""

    tenant: str
    day: str
    asked: int
    recorded: int
    outcomes: Mapping[str, int]
    channels: Mapping[str, Mapping[str, int]]
    digests: Mapping[str, int]
    doubled: int
    stranded: int
    # Entries that were to be made in inboxes, and how many of their lines are found.
    entries: int = 0
    entered: int = 0
    # Taken by a provider that said later that it could not deliver: for people to see, and no outcome of its own.
    undelivered: int = 0
    # Codes by what became of them: nobody asked for them as notices, so they stand beside the sum.
    codes: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "differences", tuple(self._differences()))

    @property
    def balanced(self) -> bool:
        return not self.differences

    def _differences(self) -> Iterable[str]:
        if self.asked != self.recorded:
            yield f"asked {self.asked}, but {self.recorded} notices are recorded"
        ended = sum(self.outcomes.values())
        if self.asked != ended:
            kind = "lost" if ended < self.asked else "too many"
            yield f"asked {self.asked}, but {ended} have an outcome: {abs(self.asked - ended)} {kind}"
        if self.entries != self.entered:
            yield f"{self.entries} entries were to be made in inboxes, but {self.entered} have a line"
        if self.doubled:
            yield f"{self.doubled} lines were accepted by a provider more than once or stand in two sendings"
        if self.stranded:
            yield f"{self.stranded} notices wait for a batch that has gone and that nobody is flushing"

    @property
    def as_json(self) -> dict[str, Any]:
        """One flat object for machines."""
        said = asdict(self)
        outcomes = said.pop("outcomes")
        differences = list(said.pop("differences"))
        return {**said, **outcomes, "balanced": self.balanced, "differences": differences}


def together(balances: Sequence[Balance]) -> dict[str, Any]:
    """The accounts of several tenants as one object: it balances when each of them does."""
    counts: Counter[str] = Counter()
    channels: dict[str, Counter[str]] = {}
    digests: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for each in balances:
        counts.update({"asked": each.asked, "recorded": each.recorded, **each.outcomes})
        counts.update({"doubled": each.doubled, "stranded": each.stranded})
        counts.update({"undelivered": each.undelivered, "entries": each.entries, "entered": each.entered})
        digests.update(each.digests)
        codes.update(each.codes)
        for channel, lines in each.channels.items():
            channels.setdefault(channel, Counter()).update(lines)
    return {
        "tenant": "*",
        "day": max(each.day for each in balances),
        **counts,
        "channels": {channel: dict(lines) for channel, lines in sorted(channels.items())},
        "digests": dict(digests),
        "codes": dict(codes),
        "balanced": all(each.balanced for each in balances),
        "differences": [f"{each.tenant}: {said}" for each in balances for said in each.differences],
    }
