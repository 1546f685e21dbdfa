"""Where a local stack keeps what is its own: one folder, so that two stacks can stand side by side.

`SOB_HOME` (default `.sob` in the repository) holds `data`, `secrets`, `logs` and `run`; a reset removes them all.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.embedded import secret_files

REPOSITORY = Path(__file__).resolve().parents[2]
# Every process of a stack carries it in its environment: what a killed supervisor leaves behind can be found.
MARK = "SOB_STACK"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one stack."""

    root: Path

    @staticmethod
    def here() -> "Home":
        """The folder that SOB_HOME names, else the repository's own."""
        named = os.environ.get("SOB_HOME")
        return Home(Path(named).resolve() if named else REPOSITORY / ".sob")

    @property
    def data(self) -> Path:
        """Databases, topics, what the sinks accepted, the clock."""
        return self.root / "data"

    @property
    def secrets(self) -> Path:
        """Keys and passwords."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """One file per process, rotated."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What only matters while it runs."""
        return self.root / "run"

    @property
    def clock_file(self) -> Path:
        """How far the stack is ahead of real time."""
        return self.data / "clock.json"

    @property
    def socket(self) -> Path:
        """Where the supervisor listens; a socket's path may not be longer than some 100 bytes."""
        near = self.run / "supervisor.sock"
        if len(str(near)) < 90:
            return near
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"sob-{os.getuid()}-{digest}.sock"

    def read_facts(self) -> dict[str, Any] | None:
        """What the last start said of itself (addresses, port base, ready or not)."""
        try:
            facts: dict[str, Any] = json.loads((self.run / "stack.json").read_text())
        except FileNotFoundError:
            return None
        return facts

    def write_facts(self, facts: dict[str, Any]) -> None:
        """Say it; readable to the owner alone, for it holds the administrator's password."""
        secret_files.write(self.run / "stack.json", json.dumps(facts, indent=1))
