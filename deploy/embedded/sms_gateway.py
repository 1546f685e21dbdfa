"""A local SMS gateway with the API of 46elks, which shows what it took and can be told to misbehave.

An accepted SMS is on disk before the answer, so no kill loses one. Times follow the stack's clock.
"""

import argparse
import asyncio
import base64
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from chassis.clock import Clock, open_clock
from deploy.embedded.behaviour import Mode, Script
from deploy.embedded.ledger import Ledger, Row
from deploy.embedded.orders import order_routes
from deploy.embedded.serving import abort, server, wait_until_gone
from deploy.embedded.sms_messages import RefusedSmsError, accepted, as_text, as_time, check
from deploy.embedded.sms_receipts import Receipts

_HIDDEN = frozenset({"whendelivered", "dontlog", "traceparent"})


class Gateway:
    """What the endpoints share."""

    def __init__(self, data: Path, clock: Clock, username: str, password: str) -> None:
        self.ledger = Ledger(data / "sms.jsonl")
        self.receipts = Receipts(data / "receipts.jsonl", clock.now)
        self.script = Script()
        self._clock = clock
        self._login = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self._last = clock.now()

    def admit(self, request: Request) -> None:
        """Raise RefusedSmsError unless the caller has the account's password."""
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), self._login.encode()):
            raise RefusedSmsError(401, "Access denied: wrong API username or password")

    async def accept(self, form: dict[str, str], traceparent: str | None) -> Row:
        """Keep an SMS; it is on disk when this returns."""
        # No two have one time, or pages of history would overlap.
        self._last = max(self._clock.now(), self._last + timedelta(microseconds=1))
        row = accepted(form, self._last, traceparent)
        await self.ledger.append(row)
        return row

    def sent_to(self, to: str | None) -> list[Row]:
        """Everything accepted, or what one number was sent, oldest first."""
        return [row for row in self.ledger.rows if to in (None, row["to"])]

    def one(self, sms_id: str) -> dict[str, Any]:
        """One SMS as the history shows it."""
        for row in reversed(self.ledger.rows):
            if row["id"] == sms_id:
                return self.show(row)
        raise RefusedSmsError(404, "Not found")

    def forget(self) -> None:
        """Lose everything accepted so far; for tests."""
        self.ledger.clear()
        self.receipts.clear()

    def show(self, row: Row) -> dict[str, Any]:
        """A row as the history shows it: without the text where `dontlog=message` asked for that."""
        hidden = _HIDDEN | {"message"} if row["dontlog"] == "message" else _HIDDEN
        shown = {key: value for key, value in row.items() if key not in hidden}
        return {**shown, "status": "created", **(self.receipts.outcome(row["id"]) or {})}


def create_app(gateway: Gateway) -> FastAPI:
    """The API of 46elks under /a1, and what tests ask and order."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        gateway.receipts.resume(gateway.ledger.rows)
        delivering = asyncio.create_task(gateway.receipts.run())
        yield
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering

    app = FastAPI(title="Local SMS gateway", openapi_url=None, lifespan=lifespan)

    @app.exception_handler(RefusedSmsError)
    async def refuse(request: Request, refusal: RefusedSmsError) -> Response:
        return PlainTextResponse(str(refusal), refusal.status)

    app.include_router(_elks_routes(gateway))
    app.include_router(order_routes(gateway.script, gateway.sent_to, gateway.forget))
    return app


def _elks_routes(gateway: Gateway) -> APIRouter:
    routes = APIRouter(prefix="/a1")

    @routes.post("/sms")
    async def send(request: Request) -> Response:
        gateway.admit(request)
        return await _send(gateway, request)

    @routes.get("/sms/{sms_id}")
    async def one(request: Request, sms_id: str) -> dict[str, Any]:
        gateway.admit(request)
        return gateway.one(sms_id)

    @routes.get("/sms")
    async def history(
        request: Request,
        to: str | None = None,
        start: str | None = None,
        end: str | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
    ) -> dict[str, Any]:
        """Newest first: at or before `start`, after `end`; `next` is the `start` of the next page."""
        gateway.admit(request)
        before, after = as_text(as_time(start)) if start else None, as_text(as_time(end)) if end else None
        found = [row for row in reversed(gateway.sent_to(to)) if _is_within(row["created"], before, after)]
        page = {"data": [gateway.show(row) for row in found[:limit]]}
        return {**page, "next": found[limit]["created"]} if len(found) > limit else page

    return routes


def _is_within(created: str, before: str | None, after: str | None) -> bool:
    return (before is None or created <= before) and (after is None or created > after)


async def _send(gateway: Gateway, request: Request) -> Response:
    form = dict(parse_qsl((await request.body()).decode()))
    check(form)
    order = gateway.script.take(form["to"])
    match order.mode:
        case Mode.FAIL:
            return PlainTextResponse("Internal server error", 500)
        case Mode.REJECT:
            return PlainTextResponse("Invalid to: the number cannot be reached", 400)
        case Mode.HANG:
            await wait_until_gone(request)
            return Response(status_code=499)
    row = await gateway.accept(form, request.headers.get("traceparent"))
    gateway.receipts.deliver(row, order.mode)
    match order.mode:
        case Mode.DROP:
            await abort(request)
        case Mode.LATE:
            await asyncio.sleep(order.seconds)
    return JSONResponse({**{k: v for k, v in row.items() if k not in _HIDDEN}, "status": "created"})


def main() -> None:
    """Serve until told to stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--clock", type=Path)
    given = options.parse_args()
    username, password = os.environ["SOB_SMS_USERNAME"], os.environ["SOB_SMS_PASSWORD"]
    gateway = Gateway(given.data, open_clock(given.clock), username, password)
    server(create_app(gateway), given.port).run()


if __name__ == "__main__":
    main()
