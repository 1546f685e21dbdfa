"""A local 1177 inbox: takes messages by the service contract AddMessage 2.0, shows them, and can be told to misbehave.

An accepted message is on disk before the answer, so no kill loses one. `GET /trace?reference=` answers whether one was
taken, which the contract itself does not. `undelivered` stands for who has no account or has blocked it (INFO).
"""

import argparse
import asyncio
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from chassis.clock import Clock, open_clock
from deploy.embedded.behaviour import Mode, Script
from deploy.embedded.inbox_contract import SOAP_ACTION, BrokenContractError, answer, fault, read_call
from deploy.embedded.ledger import Ledger, Row
from deploy.embedded.orders import order_routes
from deploy.embedded.serving import abort, server, wait_until_gone

PATH = "/AddMessage"


class Inbox:
    """What the endpoints share."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self.ledger = Ledger(data / "inbox.jsonl")
        self.script = Script()
        self._clock = clock

    async def accept(self, asked: Row, traceparent: str | None) -> None:
        """Keep a message; it is on disk when this returns."""
        created = self._clock.now().isoformat()
        await self.ledger.append({**asked, "traceparent": traceparent, "created": created})

    def sent_to(self, to: str | None) -> list[Row]:
        """Everything accepted, or what one resident was sent, oldest first."""
        return [row for row in self.ledger.rows if to in (None, row["to"])]

    def has(self, reference: str) -> bool:
        """Whether a message of this reference was accepted."""
        return any(row["reference"] == reference for row in reversed(self.ledger.rows))


def create_app(inbox: Inbox) -> FastAPI:
    """The contract, and what tests ask and order."""
    app = FastAPI(title="Local 1177 inbox", openapi_url=None)

    @app.post(PATH)
    async def add_message(request: Request) -> Response:
        return await _add(inbox, request)

    @app.get("/trace")
    async def trace(reference: str) -> JSONResponse:
        known = inbox.has(reference)
        said = {"reference": reference, "status": "accepted" if known else "unknown"}
        return JSONResponse(said, 200 if known else 404)

    app.include_router(order_routes(inbox.script, inbox.sent_to, inbox.ledger.clear))
    return app


async def _add(inbox: Inbox, request: Request) -> Response:
    if request.headers.get("soapaction", "").strip('"') != SOAP_ACTION:
        return _xml(fault("Client", "The SOAPAction is not that of AddMessage."), 500)
    try:
        asked = read_call(await request.body())
    except BrokenContractError as broken:
        return _xml(fault("Client", str(broken)), 400)
    order = inbox.script.take(asked["to"])
    match order.mode:
        case Mode.FAIL:
            return _xml(fault("Server", "Internal error"), 500)
        case Mode.REJECT:
            return _xml(answer("ERROR", "Meddelandet kunde inte läggas i inkorgen."))
        case Mode.UNDELIVERED:
            return _xml(answer("INFO", "Invånaren har inget konto, eller har spärrat det."))
        case Mode.HANG:
            await wait_until_gone(request)
            return Response(status_code=499)
    await inbox.accept(asked, request.headers.get("traceparent"))
    match order.mode:
        case Mode.DROP:
            await abort(request)
        case Mode.LATE:
            await asyncio.sleep(order.seconds)
    return _xml(answer("OK"))


def _xml(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type="text/xml; charset=utf-8")


def main() -> None:
    """Serve until told to stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--clock", type=Path)
    given = options.parse_args()
    server(create_app(Inbox(given.data, open_clock(given.clock))), given.port).run()


if __name__ == "__main__":
    main()
