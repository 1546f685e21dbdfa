"""Files that hold secrets: whole or absent, readable to their owner alone, never overwritten by a second start."""

import base64
import json
import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write `text` so that a crash leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.touch(0o600)
    with scratch.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.rename(path)


def merge_json(path: Path, proposed: dict[str, str]) -> dict[str, str]:
    """What the file says, with the proposals for names it does not have."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if proposed.keys() - known.keys():
        known = {**proposed, **known}
        write(path, json.dumps(known, indent=1))
    return known


def make_key(path: Path) -> None:
    """A random key of 32 bytes, in base64, unless there is one."""
    if not path.exists():
        write(path, base64.b64encode(os.urandom(32)).decode() + "\n")
