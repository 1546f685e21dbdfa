"""What a start says while it goes on: one line per step, with the seconds it took; plain where nobody watches."""

# ruff: noqa: PLC0415 (rich is imported where a table is drawn: most commands draw none.)

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Console:
    """Progress on stderr, results on stdout."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ

    def say(self, text: str) -> None:
        """One line of progress."""
        self._line("•", "36", text)

    def warn(self, text: str) -> None:
        """One line about what is missing and does not stop the rest."""
        self._line("!", "33", text)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A line when the step is done, with its time."""
        began = time.monotonic()
        yield
        self._line("✓", "32", f"{text} ({time.monotonic() - began:.1f} s)")

    def _line(self, sign: str, colour: str, text: str) -> None:
        shown = f"\x1b[{colour}m{sign}\x1b[0m" if self._colour else sign
        print(f"{time.monotonic() - self._began:6.1f} s {shown} {text}", file=sys.stderr, flush=True)


def print_table(facts: dict[str, Any]) -> None:
    """Every address, what runs behind it, and how to get a token."""
    rows = [
        (f"{row['name']} {row['kind']}", row["url"], row["pid"], row["ready"]) for row in facts["services"]
    ]
    rows += [(row["name"], row["url"], row["pid"], row["ready"]) for row in facts["parts"]]
    if sys.stdout.isatty():
        _rich_table(rows)
    else:
        for name, url, pid, ready in rows:
            print(
                f"{name:22} {url:32} {'ready' if ready else 'down' if pid is None else 'not ready':10} {pid or ''}"
            )
    if facts["running"]:
        print(
            f"Services reach Kafka at {facts['kafka']['sasl_bootstrap']} (SCRAM); logs are in {facts['logs']}"
        )
        print("A token:      make -s token AS=anna TENANT=vgr      (everybody: deploy/embedded/people/)")
        print("Another time: make forward BY=1d")
    else:
        print("Nothing runs here. Start it with: make run")


def _rich_table(rows: list[tuple[str, str, int | None, bool]]) -> None:
    from rich.console import Console as Rich
    from rich.table import Table

    table = Table("", "Address", "", "Process")
    for name, url, pid, ready in rows:
        state = "[green]ready" if ready else "[red]down" if pid is None else "[yellow]not ready"
        table.add_row(name, url, state, str(pid or ""))
    Rich().print(table)
