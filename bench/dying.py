"""What happens in `make kills`: workers are told to die, providers to misbehave, and everybody told is counted.

What was sent is counted at the providers, who write down each message before they answer.
"""

import json
import secrets
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from confluent_kafka import Producer

from bench.actors import BenchError, Program
from bench.people import TENANT
from bench.stack import Stack, await_ready
from chassis.relay import partition_of
from chassis.testing import a_record
from contracts.notifications import NotifyResident
from contracts.registry import topic_name

_TOPIC = topic_name(TENANT, "notifications", "command")
_PARTITIONS = 8
_SETTLE_SECONDS = 90.0
_RESIDENTS = 120
_UNIT = "SE2321000131-E000000000001"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row as the providers saw it; `unknown` and `differences` as the account says it."""

    asked: int
    sent: int
    lost: int
    doubled: int
    unknown: int
    differences: list[str]


@dataclass
class Scene:
    """Everything that can be killed, and whom it should tell."""

    stack: Stack
    env: dict[str, str]
    # Where each channel's provider takes orders and shows what it took.
    providers: dict[str, str]
    own_port: int
    workers: "subprocess.Popen[str]"
    _exits: ExitStack
    _shift: timedelta = timedelta(0)
    _expected: dict[str, str] = field(default_factory=dict)
    _service: Program | None = None
    _unflushed: Any = None

    def do(self, job: str, *, die_at: int | None = None, **values: Any) -> bool:
        """Let a worker do a job; True if it was killed at that step, False if it came to its end first."""
        order = {"job": job, "tenant": TENANT, **values} | ({} if die_at is None else {"die_at": die_at})
        answer = self._order(order)
        if answer["status"] == -9:
            return True
        if answer["status"] != 0:
            raise BenchError(f"{job} failed: {answer['answer']}")
        return False

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.workers.stdin is not None
        assert self.workers.stdout is not None
        self.workers.stdin.write(json.dumps(order) + "\n")
        self.workers.stdin.flush()
        line = self.workers.stdout.readline()
        if not line:
            raise BenchError("the workers' parent is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def settle_in(self) -> None:
        """Residents make their choices: the first third has SMS on, the next mail, the last an inbox at 1177."""
        self.do(
            "choose",
            residents=[_resident(number) for number in range(2 * _RESIDENTS)],
            sms=[_number(number) for number in range(_RESIDENTS)] + [None] * _RESIDENTS,
            email=[None] * _RESIDENTS + [_address(_RESIDENTS + number) for number in range(_RESIDENTS)],
        )
        numbers = range(2 * _RESIDENTS, 3 * _RESIDENTS)
        self.do("log_in", numbers={_resident(number): _identity(number) for number in numbers})

    def a_resident(self, channel: str) -> str:
        """Somebody with this one channel on, who is to be told once in this row."""
        number = len(self._expected) + ("sms", "email", "inbox").index(channel) * _RESIDENTS
        resident = _resident(number)
        self._expected[resident] = {"sms": _number, "email": _address, "inbox": _identity}[channel](number)
        return resident

    def a_command(self, resident: str, timing: str = "direct") -> dict[str, Any]:
        """A command to the resident and the id under which the broker brings it, each time the same."""
        now = datetime.now(UTC) + self._shift
        due = {"due_at": (now + timedelta(days=1)).isoformat()} if timing == "at" else {}
        said = {
            "recipient_id": resident,
            "moment_id": f"mom-{secrets.token_hex(8)}",
            "category": "new_message",
            "timing": timing,
            "dedup_key": f"k{secrets.token_hex(8)}",
            "asked_at": now.isoformat(),
            # Only an entry that says which unit it is from goes to 1177, where the last third have an inbox.
            "unit_id": _UNIT,
        }
        return {"commands": [said | due], "identities": [f"{secrets.token_hex(7)}-{resident}"]}

    def next_day(self) -> None:
        """The clock moves on to after the next batch, and after that of what is due tomorrow."""
        self._shift += timedelta(days=2)
        (self.stack.folder / "clock.json").write_text(
            json.dumps({"shift_seconds": self._shift.total_seconds()})
        )
        time.sleep(0.06)

    def behave(self, channel: str, mode: str, count: int, seconds: float = 3.0) -> None:
        """The provider misbehaves for so many."""
        _call(
            f"{self.providers[channel]}/behaviour", "PUT", {"mode": mode, "count": count, "seconds": seconds}
        )

    def start_service(self) -> None:
        """A real process of the service, worker and API, from now on."""
        program = Program(
            "services.notifications",
            "all",
            env={**self.env, "SOB_PORT": str(self.own_port), "SOB_INSTANCE": "kills"},
            log=self.stack.log("service"),
        )
        self._service = self._exits.enter_context(program)
        await_ready(f"http://127.0.0.1:{self.own_port}", program)

    def publish(self, residents: Sequence[str], *, wait: bool = True) -> None:
        """Ask for a direct notice to each, over the broker; `wait` until the broker has them all."""
        producer = Producer(
            {
                "bootstrap.servers": self.stack.kafka.bootstrap,
                "enable.idempotence": True,
                "message.timeout.ms": 60_000,
            }
        )
        for resident in residents:
            said = NotifyResident.model_validate_json(json.dumps(self.a_command(resident)["commands"][0]))
            record = a_record(said, tenant=TENANT, service="messaging")
            producer.produce(
                _TOPIC,
                record.value,
                key=record.key,
                partition=partition_of(resident, _PARTITIONS),
                headers=list(record.headers),
            )
        if wait:
            if producer.flush(60):
                raise BenchError("the broker did not take what was published")
        else:
            self._unflushed = producer
            producer.poll(0.2)

    def kill_and_start(self, part: str) -> None:
        """SIGKILL, a pause, and a new start on the same data."""
        process = self.stack.kafka if part == "broker" else self.stack.mongod
        process.kill()
        time.sleep(1.0)
        process.start()
        if self._unflushed.flush(60):
            raise BenchError("the broker did not take what was published")
        self._alive()

    def _alive(self) -> None:
        """A worker that gives up is started again, as its supervisor would."""
        assert self._service is not None
        if self._service.child is None or self._service.child.poll() is not None:
            self._service.start()
            await_ready(f"http://127.0.0.1:{self.own_port}", self._service)

    def judge(self, *, around: bool) -> Verdict:
        """Let all that is left be done, and count at the providers; the next row begins with nothing."""
        if around:
            self._await_all()
        else:
            self.do("settle", seconds=_SETTLE_SECONDS)
        account = self._order({"job": "account", "tenant": TENANT})["answer"]
        got = self._got()
        counts = [got[to] for to in self._expected.values()]
        verdict = Verdict(
            asked=len(self._expected),
            sent=sum(got.values()),
            lost=counts.count(0),
            doubled=sum(max(0, count - 1) for count in counts),
            unknown=account["unknown"],
            differences=account["differences"],
        )
        self._expected.clear()
        for url in self.providers.values():
            _call(f"{url}/behaviour", "PUT", {"mode": "ok"})
            _call(f"{url}/sent", "DELETE")
        own = self.stack.mongo["notifications"]
        for name in (
            "sendings",
            "notices",
            "accounts",
            "outbox",
            "inbox",
            "reads",
            "timers",
            "flushes",
            "parked",
        ):
            own[name].delete_many({})
        return verdict

    def _got(self) -> Counter[str]:
        taken = {channel: _call(f"{url}/sent", "GET") for channel, url in self.providers.items()}
        one_each = [row["to"] for channel in ("sms", "inbox") for row in taken[channel]]
        return Counter(one_each + [to for row in taken["email"] for to in row["to"]])

    def _await_all(self) -> None:
        """Until every notice has been taken in and nothing is open, and then as long as a receipt takes."""
        own = self.stack.mongo["notifications"]
        deadline = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < deadline:
            self._alive()
            taken = own["notices"].count_documents({})
            open_ = own["sendings"].count_documents({"next_at": {"$ne": None}})
            if taken >= len(self._expected) and not open_:
                time.sleep(0.5)
                return
            time.sleep(0.1)


def _resident(number: int) -> str:
    return f"res-{number:032x}"


def _number(number: int) -> str:
    # Numbers that the Swedish regulator keeps for fiction come first.
    return f"+4670174{605 + number:04d}"


def _address(number: int) -> str:
    return f"r{number}@example.se"


def _identity(number: int) -> str:
    # Of no century: nobody's.
    return f"0000{number:08d}"


def _call(url: str, method: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        said = answer.read()
    return json.loads(said) if said else None
