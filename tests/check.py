"""`make check`: everything that needs no server, side by side, with its time; red if anything is.

One line for each part; what a part printed is shown only if it failed.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
_BIN = Path(sys.executable).parent
_IN_MEMORY = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
# Most of what waits for clocks and processes of its own, so that the rest need not wait for it.
_WAITING = ("tests/chassis", "tests/embedded")
_PARTS: dict[str, list[str]] = {
    "tests that wait": [*_IN_MEMORY, *_WAITING],
    "tests in memory": [*_IN_MEMORY, *(f"--ignore={folder}" for folder in _WAITING)],
    "types": [str(_BIN / "mypy"), "--no-error-summary"],
    "format": [str(_BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(_BIN / "ruff"), "check", "--quiet", "."],
    "imports": [str(_BIN / "lint-imports"), "--no-logo"],
    "published language": [sys.executable, "-m", "contracts", "check"],
    "rules page": [sys.executable, "-m", "tests.rules", "check"],
}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a part."""

    name: str
    code: int
    seconds: float
    output: str


def _run(name: str, command: list[str]) -> Done:
    began = time.monotonic()
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return Done(name, done.returncode, time.monotonic() - began, done.stdout + done.stderr)


def main() -> int:
    """Run every part; returns how many failed."""
    began = time.monotonic()
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in pool.map(lambda part: _run(*part), _PARTS.items()):
            failed += done.code != 0
            print(
                f"{'ok' if done.code == 0 else 'FAILED':7} {done.name:20} {done.seconds:5.1f} s", flush=True
            )
            if done.code != 0:
                print(done.output, flush=True)
            elif done.name.startswith("tests"):
                print(done.output.strip().splitlines()[-1], flush=True)
    print(f"make check: {time.monotonic() - began:.1f} s, {failed} of {len(_PARTS)} parts failed", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
