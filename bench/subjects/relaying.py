"""The real relay in an actor: drains a full outbox once (`drain`), or runs until it is killed (`--run`)."""

import sys
import time
from collections.abc import Mapping
from typing import Any

import uvloop

from bench.acting import Task, act
from chassis.consumer import kafka_connection
from chassis.leases import Lease
from chassis.loops import Loop
from chassis.main import calm_collector
from chassis.mongo import connect, database
from chassis.relay import Producer, Relay
from chassis.settings import Settings, read_settings

_LEASE_SECONDS = 5.0


async def open_relay() -> tuple[Relay, Lease]:
    """The relay of the moments service as its worker makes it."""
    settings = read_settings(Settings)
    client = connect(settings.mongo_uri)
    own = database(client, "moments")
    producer = Producer(client_id="moments-relay", **kafka_connection(settings))
    await producer.start()
    return Relay("moments", client, own, producer), Lease(own, "relay", "bench", _LEASE_SECONDS)


async def open_tasks() -> Mapping[str, Task]:
    relay, _ = await open_relay()

    async def drain(messages: int) -> dict[str, Any]:
        began = time.perf_counter()
        published = 0
        while published < messages:
            published += await relay.drain()
        return {"seconds": time.perf_counter() - began}

    return {"drain": drain}


async def run() -> None:
    """As in a worker, until the process ends."""
    relay, lease = await open_relay()
    await Loop("relay", relay, lease).run()


if __name__ == "__main__":
    if sys.argv[1:] == ["--run"]:
        calm_collector()
        uvloop.run(run())
    else:
        act(open_tasks)
