"""HTTP load from a process of its own: keep-alive connections that each ask, wait for the answer, and ask again.

Nothing but bytes on sockets, so that the two cores are left to what is measured.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bench.acting import Task, act
from bench.rounds import percentile
from bench.seeds import COUNTERS, counter_id


class RefusedError(Exception):
    """An answer was no 2xx."""


class Connection(asyncio.Protocol):
    """Asks, waits for the whole answer, and asks again until there is nothing more to ask."""

    def __init__(self, ask: Callable[[], bytes | None]) -> None:
        self._ask = ask
        self._got = b""
        self._asked_at = 0.0
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(RefusedError("connection lost"))

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length):
            return
        self.latencies.append(time.perf_counter() - self._asked_at)
        if head[9:10] != b"2":
            self.done.set_exception(RefusedError(self._got.decode(errors="replace")))
            self._transport.abort()
            return
        self._got = b""
        self._next()

    def _next(self) -> None:
        request = self._ask()
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)


def _request(path: str, token: str, body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: bench", f"authorization: Bearer {token}"]
    lines += ["content-type: application/json", f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def _asker(
    orders: Iterator[int], requests: int, own: Iterator[int], path: str, token: str
) -> Callable[[], bytes | None]:
    def ask() -> bytes | None:
        if next(orders) >= requests:
            return None
        body = b'{"module":"module-1","at":"' + datetime.now(UTC).isoformat().encode() + b'"}'
        return _request(path + counter_id(next(own)), token, body)

    return ask


async def run(port: int, path: str, token: str, requests: int, connections: int) -> dict[str, Any]:
    """Send that many requests over that many connections; each connection has counters of its own."""
    orders = itertools.count()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    protocols = []
    for number in range(connections):
        own = itertools.cycle(range(number, COUNTERS, connections))
        ask = _asker(orders, requests, own, path, token)
        _, protocol = await loop.create_connection(lambda ask=ask: Connection(ask), "127.0.0.1", port)  # type: ignore[misc]
        protocols.append(protocol)
    await asyncio.gather(*(protocol.done for protocol in protocols))
    seconds = time.perf_counter() - began
    latencies = [each for protocol in protocols for each in protocol.latencies]
    return {"seconds": seconds, "p50": percentile(latencies, 0.5), "p99": percentile(latencies, 0.99)}


async def open_tasks() -> Mapping[str, Task]:
    return {"run": run}


if __name__ == "__main__":
    act(open_tasks)
