"""The passwords of the broker's users: one JSON file {user: password} that its owner alone can read.

A password reaches the file after the broker has taken it. A crash in between leaves a user whose password
nobody knows, and the next run gives that user a new one. A file that somebody else keeps (a mounted Secret) is only
read.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chassis.masterkey import is_open_to_others
from chassis.provision.wanted import ProvisionError


def draw() -> str:
    """A new random password."""
    return secrets.token_urlsafe(32)


def read(file: Path) -> dict[str, str]:
    """What the file says; nothing if there is none yet."""
    try:
        found = file.stat()
        if is_open_to_others(found.st_mode, owner=found.st_uid):
            raise ProvisionError(f"{file} can be read by others: chmod 600 {file}")
        known = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ProvisionError(f"{file} cannot be read as JSON ({type(error).__name__}).") from None
    if not isinstance(known, dict) or not all(isinstance(value, str) for value in known.values()):
        raise ProvisionError(f"{file} must be one JSON object of user and password.")
    return known


def write(file: Path, passwords: Mapping[str, str]) -> None:
    """Replace the file as a whole; a crash leaves the old or the new."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    opened = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as out:
        json.dump(passwords, out, indent=1, sort_keys=True)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    scratch.replace(file)


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Two runs at once would each draw passwords the other does not know: the second waits."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
