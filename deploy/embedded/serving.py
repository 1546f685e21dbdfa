"""Runs a local sink's app with uvicorn, so that it can also close a connection without an answer.

`scope["sob.abort"]()` breaks the client's connection: what a network does, and no ASGI message can say.
"""

import logging
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp

from deploy.embedded.ports import HOST

Message = MutableMapping[str, Any]


class _Abortable:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] == "http":
            # uvicorn's `send` is a method of the exchange, which knows the connection.
            scope["sob.abort"] = send.__self__.transport.abort  # type: ignore[attr-defined]
        await self._app(scope, receive, send)


async def abort(request: Request) -> None:
    """Close the client's connection without an answer."""
    request.scope["sob.abort"]()
    await wait_until_gone(request)


async def wait_until_gone(request: Request) -> None:
    """Return when the client has given up."""
    while (await request.receive())["type"] != "http.disconnect":
        """The rest of a body that nobody reads."""


def listening_host() -> str:
    """Loopback, unless SOB_HOST says otherwise: in a container others must reach it."""
    return os.environ.get("SOB_HOST") or HOST


def server(app: ASGIApp, port: int) -> uvicorn.Server:
    """A server for the app; requests that hang do not keep it from stopping."""
    config = uvicorn.Config(
        _Abortable(app),
        host=listening_host(),
        port=port,
        log_level=logging.WARNING,
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
    )
    return uvicorn.Server(config)
