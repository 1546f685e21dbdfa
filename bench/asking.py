"""The same load for any request: callers by turns, each with requests of its own, over keep-alive connections."""

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

from bench.acting import Task, act
from bench.load import Connection
from bench.rounds import percentile


def _request(asked: Mapping[str, Any]) -> bytes:
    body = b"" if asked["body"] is None else json.dumps(asked["body"]).encode()
    lines = [f"{asked['method']} {asked['path']} HTTP/1.1", "host: bench"]
    lines += [f"authorization: Bearer {asked['token']}", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def run(port: int, asked: list[dict[str, Any]], requests: int, connections: int) -> dict[str, Any]:
    """Send so many requests, taken from `asked` by turns."""
    turns = itertools.islice(itertools.cycle([_request(each) for each in asked]), requests)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    protocols = []
    for _ in range(connections):
        _, protocol = await loop.create_connection(
            lambda: Connection(lambda: next(turns, None)), "127.0.0.1", port
        )
        protocols.append(protocol)
    await asyncio.gather(*(protocol.done for protocol in protocols))
    latencies = [each for protocol in protocols for each in protocol.latencies]
    return {"seconds": time.perf_counter() - began, "p50": percentile(latencies, 0.5)}


async def open_tasks() -> Mapping[str, Task]:
    return {"run": run}


if __name__ == "__main__":
    act(open_tasks)
