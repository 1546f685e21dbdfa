"""`make bench`: every share of the table against its floor; the last line of stdout is one JSON object.

`ONLY=relay` (or several, with commas) measures one line, `QUICK=1` is a smoke whose figures mean nothing.
"""

import argparse
import importlib
import json
import os
import platform
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from bench.lines import GOALS, Measured
from bench.rounds import progress
from bench.stack import Stack, a_stack

MODULES = {
    "intake": ("intake", "intake_single_p50"),
    "middleware": ("middleware",),
    "relay": ("relay",),
    "relay_kills": ("relay_kills",),
    "consumer": ("consumer", "consumer_duplicates"),
    "faststream_edge": ("faststream",),
    "end_to_end": ("end_to_end", "end_to_end_p99_ms"),
    "drain": ("drain",),
    "latency": ("latency_p50", "latency_p99"),
    "digest": ("digest", "digest_mb"),
    "lists": ("lists_mine", "lists_search", "lists_open"),
    "fairness": ("fairness",),
}


def main() -> int:
    arguments = _arguments()
    # Whoever ends it ends broker, database and actors, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = _wanted(arguments.only)
    size, rounds = (0.1, 2) if arguments.quick else (1.0, 5)
    measured = Measured()
    failed = []
    with a_stack(size=size, rounds=rounds) as stack:
        for module in wanted:
            progress(f"{module} begins")
            measure: Callable[[Stack], Measured] = importlib.import_module(f"bench.{module}").measure
            try:
                part = measure(stack)
            except Exception as error:  # noqa: BLE001 (one line that fails must not take the others with it)
                failed.append(module)
                progress(f"{module} FAILED: {type(error).__name__}: {error}")
                continue
            measured.take(part)
            for line in part.lines:
                progress(line)
    if measured.doublings:
        worst = max(measured.doublings.values())
        each = ", ".join(f"{key} {value:.2f}" for key, value in measured.doublings.items())
        measured.tell("doubling", worst, each)
    print(_machine())
    for line in measured.lines:
        print(line)
    print(json.dumps({key: measured.figures[key] for key in GOALS if key in measured.figures}))
    return 1 if failed else 0


def _wanted(only: str) -> list[str]:
    chosen = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [
        name for name in chosen if not any(name in (module, *keys) for module, keys in MODULES.items())
    ]
    if unknown:
        sys.exit(f"There is no line {unknown[0]}: choose among {', '.join(MODULES)}.")
    return [
        module
        for module, keys in MODULES.items()
        if not chosen or any(name in (module, *keys) for name in chosen)
    ]


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}, load {load:.1f}"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", help="one line of the table, or several with commas")
    parser.add_argument("--quick", action="store_true", help="a smoke: little work, two rounds")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
