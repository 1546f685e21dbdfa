"""The lines of the table: for each key what was asked, what was measured, and how that is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_MOST_DUPLICATES_A_KILL = 500


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be: at least or at most `limit`."""

    limit: float
    at_least: bool = True

    def met_by(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g}"


GOALS: Mapping[str, Goal] = {
    "intake": Goal(1.8),
    "intake_single_p50": Goal(1.25, at_least=False),
    "middleware": Goal(0.7),
    "relay": Goal(0.75),
    "relay_kills": Goal(0, at_least=False),
    "consumer": Goal(1.0),
    "consumer_duplicates": Goal(0.8),
    "faststream": Goal(0.85),
    "end_to_end": Goal(2.0),
    "end_to_end_p99_ms": Goal(150, at_least=False),
    "drain": Goal(0.7),
    "latency_p50": Goal(1.3, at_least=False),
    "latency_p99": Goal(1.3, at_least=False),
    "digest": Goal(2.3, at_least=False),
    "digest_mb": Goal(16, at_least=False),
    "fairness": Goal(2, at_least=False),
    "lists_mine": Goal(3, at_least=False),
    "lists_search": Goal(3, at_least=False),
    "lists_open": Goal(3, at_least=False),
    "doubling": Goal(2.2, at_least=False),
}


@dataclass
class Measured:
    """Figures by key, a readable line for each, and how time grew when the work doubled."""

    figures: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    doublings: dict[str, float] = field(default_factory=dict)

    def tell(self, key: str, value: Any, detail: str) -> None:
        """Keep a figure and its line."""
        self.figures[key] = round(value, 3) if isinstance(value, float) else value
        self.lines.append(_line(key, value, detail))

    def tell_costs(self, of: str, **sides: object) -> None:
        """A line below a figure's: what each process spent on a unit of work, for each side."""
        told = "; ".join(f"{side} {costs}" for side, costs in sides.items())
        self.lines.append(f"{'':<20}processor time of {of}: {told}")

    def take(self, other: "Measured") -> None:
        """Add what another module has measured."""
        self.figures |= other.figures
        self.lines += other.lines
        self.doublings |= other.doublings


def _line(key: str, value: Any, detail: str) -> str:
    goal = GOALS[key]
    if isinstance(value, dict):
        few = value["duplicates"] <= _MOST_DUPLICATES_A_KILL * value["kills"]
        met, shown = value["lost"] == 0 and value["reordered"] == 0 and few, ""
        asked = "0 lost, 0 reordered"
    else:
        met, shown, asked = goal.met_by(value), f"{value:.2f}", str(goal)
    return f"{key:<20}{shown:>8}  {asked:<20}{'ok' if met else 'SHORT':<7}{detail}"
