"""HTTP servers within a test: up before it begins, stopped when it ends."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn


@asynccontextmanager
async def running(server: uvicorn.Server) -> AsyncIterator[None]:
    """Serve on the server's own port. Whoever connects from now on is answered.

    Raises `OSError` if somebody else has the port. uvicorn itself would raise `SystemExit`, and pytest keeps a fixture
    that ends so half made, for every later test.
    """
    # asyncio turns Nagle's delays off only where the protocol is named.
    with socket.socket(proto=socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((server.config.host, server.config.port))
        door.listen()
        serving = asyncio.create_task(server.serve([door]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving
