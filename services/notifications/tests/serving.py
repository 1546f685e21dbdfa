"""Servers within a test: up before it begins, stopped when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import uvicorn


@asynccontextmanager
async def running(serving: uvicorn.Server) -> AsyncIterator[None]:
    task = asyncio.create_task(serving.serve())
    try:
        yield
    finally:
        serving.should_exit = True
        await task


async def answers(client: httpx.AsyncClient, url: str) -> bool:
    with suppress(httpx.HTTPError):
        return (await client.get(url)).is_success
    return False
