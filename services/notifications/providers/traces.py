"""Asking a provider's trace what it took under a name of ours."""

import asyncio

import httpx

from services.notifications.domain.sending import Found, NoAnswer, NotFound, NoWayToTell, Trace


async def ask(client: httpx.AsyncClient, url: str | None, name: str, wanted: str, seconds: float) -> Trace:
    """What the trace at the address shows of `wanted`, asked for as `name`. Without an address nobody can tell."""
    if url is None:
        return NoWayToTell()
    try:
        async with asyncio.timeout(seconds):
            answer = await client.get(url, params={name: wanted})
    except (httpx.HTTPError, TimeoutError):
        return NoAnswer()
    match answer.status_code:
        case 200:
            return Found((wanted,))
        case 404 if _speaks_of(answer, name, wanted):
            return NotFound()
        case _:
            return NoAnswer()


def _speaks_of(answer: httpx.Response, name: str, wanted: str) -> bool:
    """Whether it is the trace that says so: a wrong address, too, answers 404, and would send everything twice."""
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and said.get(name) == wanted
