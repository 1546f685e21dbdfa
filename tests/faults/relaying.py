"""A process that relays and does nothing else: `python -m tests.faults.relaying MONGO DATABASE KAFKA HOLDER`."""

import asyncio
import sys

from chassis.leases import Lease
from chassis.loops import Loop
from chassis.mongo import connect, database
from chassis.relay import Producer, Relay
from tests.chassis.counting import SERVICE


async def main(mongo: str, name: str, kafka: str, holder: str) -> None:
    client = connect(mongo)
    own = database(client, name)
    producer = Producer(bootstrap_servers=kafka)
    await producer.start()
    relay = Relay(SERVICE, client, own, producer)
    await Loop("relay", relay, Lease(own, "relay", holder, 2)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
