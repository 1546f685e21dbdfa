"""`lists_mine`, `lists_search`, `lists_open`: what staff wait for in a region with 100 000 moments, over HTTP.

Each is a multiple of the time that bare indexed finds of as many documents take in the same round, of every document
that the answer is made of: 50 moments with their residents and standings (150 documents in three finds), or the six
that opening a moment needs, one by one. The audit records that every answer waits for are in it.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.actors import ROOT, Actor, BenchError, Program
from bench.lines import Measured
from bench.people import TENANT
from bench.rounds import interleave, progress, spread
from bench.seeds import Mongo, empty
from bench.stack import Stack, await_ready
from deploy.embedded.ports import free_port
from services.moments.generating.region import staff_id, unit_id

_MOMENTS = 100_000
_UNITS = 100
_CALLERS = 10
_PAGE = 50
_REQUESTS = 1000
_CONNECTIONS = 8
# Each is in more than a page of lines, of every made-up unit.
_WORDS = ("an", "tobak", "19", "son", "sm")


@dataclass(frozen=True)
class Sides:
    """What is asked of both for one line."""

    task: str
    floor: Mapping[str, Any]
    asked: Sequence[Mapping[str, Any]]


def measure(stack: Stack) -> Measured:
    measured, mongo = Measured(), stack.mongo
    moments = max(stack.work(_MOMENTS), 10_000)
    units = _UNITS * moments // _MOMENTS
    port = free_port()
    env = {**stack.env, "SOB_PORT": str(port), "SOB_DIRECTORY_URL": "http://127.0.0.1:9"}
    progress(f"lists: {moments} moments are generated")
    _generate(env, moments, units)
    _copy(mongo)
    program = Program("services.moments", "api", env=env, log=stack.log("moments-api"))
    with program, stack.actor("bench.floors.bare_finds") as bare, stack.actor("bench.asking") as asking:
        await_ready(f"http://127.0.0.1:{port}", program)
        bench = Bench(stack, port, bare, asking)
        for key, sides in _lines(stack, mongo, min(_CALLERS, units)).items():
            bench.measure(key, sides, measured)
    return measured


@dataclass(frozen=True)
class Bench:
    """Both sides at work."""

    stack: Stack
    port: int
    bare: Actor
    asking: Actor

    def measure(self, key: str, sides: Sides, measured: Measured) -> None:
        """Measure one line."""
        rounds, requests = self.stack.rounds, self.stack.work(_REQUESTS)
        load: dict[str, Any] = {"requests": requests, "connections": _CONNECTIONS}

        def subject() -> float:
            asked = list(sides.asked)
            seconds: float = self.asking.do("run", port=self.port, asked=asked, **load)["seconds"]
            empty(self.stack.mongo, "moments", "outbox")
            return seconds

        def floor() -> float:
            seconds: float = self.bare.do(sides.task, **sides.floor, **load)["seconds"]
            return seconds

        both = interleave(key, rounds, floor, subject)
        each = 1000 / requests
        told = (
            f"{spread([1 / share for share in both.shares])}; over HTTP, audited, "
            f"{spread([each * seconds for seconds in both.subject])} ms each, "
            f"bare finds {spread([each * seconds for seconds in both.floor])} ms"
        )
        if sides.task == "page":
            alone = [
                self.bare.do("page", **sides.floor, **load, alone=True)["seconds"] for _ in range(rounds)
            ]
            told += f", of the 50 moments alone {spread([each * seconds for seconds in alone])} ms"
        measured.tell(key, 1 / both.share, told)


def _lines(stack: Stack, mongo: Mongo, callers: int) -> Mapping[str, Sides]:
    units = [unit_id(number) for number in range(callers)]
    tokens = [stack.issuer.token(staff_id(number, 0), units[number]) for number in range(callers)]

    def asked(method: str, path: str, body: Any = None, *, token: str) -> dict[str, Any]:
        return {"method": method, "path": path, "body": body, "token": token}

    page = {"units": units, "limit": _PAGE}
    opened = [(token, row) for token, unit in zip(tokens, units, strict=True) for row in _opened(mongo, unit)]
    search = {"list": "all", "sort": "name", "limit": _PAGE}
    return {
        "lists_mine": Sides(
            "page",
            page,
            [asked("GET", f"/moments?list=mine&limit={_PAGE}", token=token) for token in tokens],
        ),
        "lists_search": Sides(
            "page",
            page,
            [
                asked("POST", "/moments/search", {**search, "text": word}, token=token)
                for word in _WORDS
                for token in tokens
            ],
        ),
        "lists_open": Sides(
            "each",
            {"moments": [row for _, row in opened]},
            [
                asked("GET", f"/moments/{row['moments'].partition('|')[2]}", token=token)
                for token, row in opened
            ],
        ),
    }


def _opened(mongo: Mongo, unit: str) -> list[dict[str, str]]:
    """By collection, the ids of the documents that opening a moment needs; for some moments of the unit."""
    found = mongo["moments"]["moments"].find({"tenant": TENANT, "unit": unit}).limit(20)
    return [
        {
            "moments": row["_id"],
            "progress": row["_id"],
            "standings": row["_id"],
            "residents": f"{TENANT}|{row['resident']}",
            "releases": f"{TENANT}|{row['program']}@{row['program_version']}",
            "units": f"{TENANT}|{unit}",
        }
        for row in found
    ]


def _generate(env: Mapping[str, str], moments: int, units: int) -> None:
    options = ["--tenant", TENANT, "--moments", str(moments), "--units", str(units), "--yes"]
    for command in (["indexes"], ["generate", *options]):
        done = subprocess.run(
            [sys.executable, "-m", "services.moments", *command],
            cwd=ROOT,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"{command[0]}: {done.stderr[-2000:]}")


def _copy(mongo: Mongo) -> None:
    """The same moments again, with the index that a bare find of a page would have."""
    mongo["moments"]["moments"].aggregate([{"$out": {"db": "floor", "coll": "moments"}}])
    mongo["floor"]["moments"].create_index(
        [("tenant", 1), ("unit", 1), ("is_ended", 1), ("started_at", -1), ("_id", 1)]
    )
