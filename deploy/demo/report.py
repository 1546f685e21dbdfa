"""What the audience sees: one line per step as it happens, and at the end one JSON object with the figures."""

import json
import sys
import time
from typing import Any


class Report:
    """Shows each step with what came of it; keeps what differed."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.differences: list[str] = []
        self._colour = sys.stdout.isatty()
        print(f"{'':>7}  {'':4}  {'What':58}  What came of it", flush=True)

    def step(self, what: str, came: object) -> None:
        """A step that went as told."""
        self._line("ok", "32", what, str(came))

    def check(self, what: str, came: object, expected: object) -> None:
        """A step whose outcome is compared; a difference fails the demo at its end."""
        if came == expected:
            self._line("ok", "32", what, str(came))
            return
        self.differences.append(f"{what}: {came} instead of {expected}")
        self._line("NO", "31", what, f"{came} instead of {expected}")

    def chapter(self, title: str) -> None:
        """A new part of the story."""
        print(f"\n{'':>7}  {title}", flush=True)

    def end(self, figures: dict[str, Any]) -> int:
        """The figures as the last line; returns the exit code."""
        for difference in self.differences:
            print(f"differs: {difference}", flush=True)
        figures = {"ok": not self.differences, **figures, "seconds": round(time.monotonic() - self._began, 1)}
        print(json.dumps(figures), flush=True)
        return 0 if not self.differences else 1

    def _line(self, sign: str, colour: str, what: str, came: str) -> None:
        shown = f"\x1b[{colour}m{sign:4}\x1b[0m" if self._colour else f"{sign:4}"
        print(f"{time.monotonic() - self._began:6.1f}s  {shown}  {what:58}  {came}", flush=True)
