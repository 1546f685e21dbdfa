"""A service's real API over HTTP: uvicorn, a real database, tokens of the local issuer, and data that is there.

Everything runs in one loop in a thread of its own, as the client under test is not asynchronous.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from chassis.committer import Committer
from chassis.http.server import server_of
from chassis.metrics import Metrics
from chassis.process import api
from chassis.service import Surroundings
from chassis.tenancy import Tenants
from chassis.units import Units
from deploy.embedded.issuer import create_app as issuer_app
from deploy.embedded.issuing import Issuer
from deploy.embedded.people import read_people
from deploy.embedded.ports import HOST, free_port
from tests.contracts.seeds import SEEDS, TENANT, Seeded
from tests.serving import running

# The region's administrator with every role at the unit, and a resident of hers.
STAFF, RESIDENT = "karin", "olga"


@dataclass(frozen=True)
class Served:
    """Where it answers, tokens by who asks, and ids that exist by the name of the parameter."""

    url: str
    tokens: Mapping[str, str]
    ids: Mapping[str, str]

    def token_for(self, permission: str) -> str:
        """The token of somebody who may do what needs this."""
        return self.tokens[RESIDENT if permission == "resident" else STAFF]


@contextmanager
def served(name: str, mongo_url: str, folder: Path) -> Iterator[Served]:
    """The API of a service, for as long as it is needed."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=f"api-{name}", daemon=True)
    thread.start()
    made = _served(name, mongo_url, folder)

    def within(step: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(step, loop).result(timeout=60)

    try:
        yield within(made.__aenter__())
    finally:
        within(made.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


@asynccontextmanager
async def _served(name: str, mongo_url: str, folder: Path) -> AsyncIterator[Served]:
    async with AsyncExitStack() as stack:
        seeded: Seeded = await stack.enter_async_context(SEEDS[name](mongo_url, folder))
        room = seeded.room
        own, issuer_port = free_port(), free_port()
        issuer = Issuer(f"http://{HOST}:{issuer_port}", read_people(), folder, room.clock)  # type: ignore[arg-type]
        region = room.tenants.by_slug(TENANT).model_copy(update={"issuer": f"{issuer.url}/{TENANT}"})
        room = replace(room, tenants=Tenants.of([region]))
        committer = Committer(room.client, room.database)
        made = {"mongo_uri": "", "kafka_bootstrap": "", "directory_url": issuer.url}
        settings = seeded.service.settings.model_construct(**made)
        units = Units(room, committer, seeded.service.work)
        here = Surroundings(settings, room, units, committer, Metrics())
        app = await stack.enter_async_context(api(seeded.service, here, seeded.ports))
        for served_app, port in ((issuer_app(issuer), issuer_port), (app, own)):
            await stack.enter_async_context(running(server_of(served_app, HOST, port, finish_seconds=1)))
        async with httpx.AsyncClient(base_url=issuer.url) as client:
            tokens = {who: await _login(client, who) for who in (STAFF, RESIDENT)}
        yield Served(f"http://{HOST}:{own}", tokens, seeded.ids)


async def _login(client: httpx.AsyncClient, who: str) -> str:
    answer = await client.post(f"/{TENANT}/token", data={"person": who})
    return str(answer.raise_for_status().json()["access_token"])
