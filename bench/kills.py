"""`make kills`: workers, providers, broker and database die at every step, and everybody is told exactly once.

Each row counts at the providers' side: how many residents were told, how many were not (lost), how many sendings came
on top (doubled). The last line of stdout is one JSON object over all rows. See docs/kills.md.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from bench.dying import Scene
from bench.rounds import progress
from bench.scene import a_scene

_MOST_STEPS = 120


@dataclass
class Row:
    """What became of one row's notices."""

    name: str
    kills: int
    asked: int
    sent: int
    lost: int
    doubled: int
    unknown: int
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.name:<58}{self.kills:>6}{self.asked:>7}{self.sent:>6}{self.lost:>6}{self.doubled:>9}{self.unknown:>9}"
            + ("" if not self.differences else "  NOT BALANCED: " + "; ".join(self.differences))
        )


_HEAD = f"{'row':<58}{'kills':>6}{'asked':>7}{'sent':>6}{'lost':>6}{'doubled':>9}{'unknown':>9}"


def intake(scene: Scene, channel: str, **timing: str) -> int:
    """Killed at each step of taking one command in; the broker brings them all again."""
    commands = []
    for step in range(_MOST_STEPS):
        commands.append(scene.a_command(scene.a_resident(channel), **timing))
        if not scene.do("hear", die_at=step, **commands[-1]):
            break
    for command in commands:
        scene.do("hear", **command)
    if timing:
        scene.next_day()
    return len(commands) - 1


def sending(scene: Scene, channel: str, job: str = "send", before: Callable[[], None] = lambda: None) -> int:
    """Killed at each step of attempting (or looking into) one direct sending."""
    killed = 0
    for step in range(_MOST_STEPS):
        resident = scene.a_resident(channel)
        scene.do("hear", **scene.a_command(resident))
        before()
        if job == "look":
            scene.do("send", residents=[resident])
        if not scene.do(job, die_at=step, residents=[resident]):
            break
        killed += 1
    return killed


def flushing(scene: Scene, channel: str, **timing: str) -> int:
    """Killed at each step of the timer and the flush, each worker going on where the one before was killed."""
    killed = 0
    for step in range(_MOST_STEPS):
        resident = scene.a_resident(channel)
        for _ in range(3):
            scene.do("hear", **scene.a_command(resident, **timing))
        scene.next_day()
        if not scene.do("flush", die_at=step):
            break
        killed += 1
    return killed


def digest_sending(scene: Scene, channel: str, **timing: str) -> int:
    """Killed at each step of sending a digest."""
    killed = 0
    for step in range(_MOST_STEPS):
        resident = scene.a_resident(channel)
        for _ in range(2):
            scene.do("hear", **scene.a_command(resident, **timing))
        scene.next_day()
        scene.do("flush")
        if not scene.do("send", die_at=step, residents=[resident]):
            break
        killed += 1
    return killed


def misbehaving(scene: Scene, channel: str, mode: str, seconds: float = 3.0) -> int:
    """A real worker, and a provider that misbehaves for each of the first ten."""
    scene.behave(channel, mode, 10, seconds)
    scene.publish([scene.a_resident(channel) for _ in range(20)])
    return 0


def broken(scene: Scene, part: str) -> int:
    """A real worker, while the broker or the database is killed and started again, three times."""
    for _ in range(3):
        scene.publish([scene.a_resident("sms") for _ in range(8)], wait=False)
        scene.kill_and_start(part)
        scene.publish([scene.a_resident("sms") for _ in range(4)])
    return 3


_SILENT = {"times out": "hang", "drops its answer": "drop", "answers too late": "late"}
_BATCHED = {"timing": "batched"}
_TIMED = {"timing": "at"}
AT_EACH_STEP: dict[str, Callable[[Scene], int]] = {
    "direct SMS: worker killed at each step of intake": lambda s: intake(s, "sms"),
    "direct SMS: worker killed at each step of sending": lambda s: sending(s, "sms"),
    "direct SMS: ... of looking up what was taken, unanswered": lambda s: sending(
        s, "sms", "look", lambda: s.behave("sms", "drop", 1)
    ),
    "direct SMS: ... of looking up what was not taken": lambda s: sending(
        s, "sms", "look", lambda: s.behave("sms", "hang", 1)
    ),
    "direct mail: worker killed at each step of sending": lambda s: sending(s, "email"),
    "inbox: worker killed at each step of intake": lambda s: intake(s, "inbox"),
    "inbox: worker killed at each step of delivering": lambda s: sending(s, "inbox"),
    "inbox: ... of looking up what was taken, unanswered": lambda s: sending(
        s, "inbox", "look", lambda: s.behave("inbox", "drop", 1)
    ),
    "inbox: ... of looking up what was not taken": lambda s: sending(
        s, "inbox", "look", lambda: s.behave("inbox", "hang", 1)
    ),
    "batched: worker killed at each step of intake": lambda s: intake(s, "sms", **_BATCHED),
    "batched: worker killed at each step of timer and flush": lambda s: flushing(s, "sms", **_BATCHED),
    "batched: worker killed at each step of sending the SMS": lambda s: digest_sending(s, "sms", **_BATCHED),
    "batched: worker killed at each step of sending the mail": lambda s: digest_sending(
        s, "email", **_BATCHED
    ),
    "timed: worker killed at each step of intake": lambda s: intake(s, "sms", **_TIMED),
    "timed: worker killed at each step of timer and flush": lambda s: flushing(s, "sms", **_TIMED),
    "timed: worker killed at each step of sending": lambda s: digest_sending(s, "sms", **_TIMED),
}
AROUND: dict[str, Callable[[Scene], int]] = {
    **{
        f"{channel}: provider {what}": lambda s, c=channel, m=mode: misbehaving(s, c, m)  # type: ignore[misc]
        for channel, modes in {
            "sms": _SILENT | {"reports twice": "twice", "fails": "fail"},
            "email": _SILENT | {"fails": "fail"},
            "inbox": _SILENT | {"fails": "fail"},
        }.items()
        for what, mode in modes.items()
    },
    "broker killed and started again": lambda s: broken(s, "broker"),
    "database killed and started again": lambda s: broken(s, "database"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make kills", description=__doc__)
    parser.add_argument("--only", default="", help="rows whose names hold this text")
    only = parser.parse_args().only
    rows: list[Row] = []
    print(_HEAD, flush=True)
    with a_scene() as scene:
        for matrix, around in ((AT_EACH_STEP, False), (AROUND, True)):
            if around:
                scene.start_service()
            for name, act in matrix.items():
                if only not in name:
                    continue
                began = time.monotonic()
                kills = act(scene)
                row = Row(name, kills, **asdict(scene.judge(around=around)))
                rows.append(row)
                print(row, flush=True)
                progress(f"{name}: {time.monotonic() - began:.0f} s")
    total = {
        "rows": len(rows),
        "sent": sum(row.sent for row in rows),
        "lost": sum(row.lost for row in rows),
        "doubled": sum(row.doubled for row in rows),
        "unknown": sum(row.unknown for row in rows),
    }
    print(json.dumps(total))
    return 0 if not (total["lost"] or total["doubled"] or any(row.differences for row in rows)) else 1


if __name__ == "__main__":
    sys.exit(main())
