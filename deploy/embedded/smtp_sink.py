"""A local mail server that delivers nothing: it shows what it took and can be told to misbehave.

Accepted mail is on disk before "250", so no kill loses one. `GET /trace?message_id=` answers whether a mail was
taken, which is how a sender learns the fate of one whose answer never came.
"""

import argparse
import asyncio
import email.policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from chassis.clock import Clock, open_clock
from deploy.embedded.behaviour import Mode, Script
from deploy.embedded.ledger import Ledger, Row
from deploy.embedded.orders import order_routes
from deploy.embedded.serving import listening_host, server


class Sink:
    """The handler of aiosmtpd; one call per mail."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self.ledger = Ledger(data / "mail.jsonl")
        self.script = Script()
        self._clock = clock

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, smtp: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or do as ordered; an order for one recipient is matched against the first."""
        recipients = [str(address) for address in envelope.rcpt_tos]
        order = self.script.take(recipients[0])
        match order.mode:
            case Mode.FAIL:
                return "451 4.3.0 Try again later"
            case Mode.REJECT:
                return "550 5.1.1 No such mailbox"
            case Mode.HANG:
                # Cancelled by aiosmtpd when the client goes.
                await asyncio.Event().wait()
        await self.ledger.append(self._row(envelope, recipients))
        if order.mode is Mode.DROP and isinstance(smtp.transport, asyncio.Transport):
            smtp.transport.abort()
        if order.mode is Mode.LATE:
            await asyncio.sleep(order.seconds)
        return "250 2.0.0 Accepted"

    def sent_to(self, to: str | None) -> list[Row]:
        """Everything accepted, or what one address was sent, oldest first."""
        return [row for row in self.ledger.rows if to is None or to in row["to"]]

    def _row(self, envelope: Envelope, recipients: list[str]) -> Row:
        content = (
            envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        )
        mail = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
        body = mail.get_body(("plain", "html"))
        return {
            "message_id": mail.get("message-id"),
            "from": envelope.mail_from,
            "to": recipients,
            "subject": mail.get("subject"),
            "text": body.get_content() if body is not None else "",
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "traceparent": mail.get("traceparent"),
            "created": self._clock.now().isoformat(),
        }


def create_app(sink: Sink) -> FastAPI:
    """What tests and reconciling ask and order."""
    app = FastAPI(title="Local mail sink", openapi_url=None)

    @app.get("/trace")
    async def trace(message_id: str) -> JSONResponse:
        wanted = message_id.strip("<>")
        known = any((row["message_id"] or "").strip("<>") == wanted for row in reversed(sink.ledger.rows))
        answer: dict[str, Any] = {"message_id": message_id, "status": "accepted" if known else "unknown"}
        return JSONResponse(answer, 200 if known else 404)

    app.include_router(order_routes(sink.script, sink.sent_to, sink.ledger.clear))
    return app


async def serve(sink: Sink, smtp_port: int, http_port: int) -> None:
    """Take mail and questions until told to stop."""

    def session() -> SMTP:
        return SMTP(
            sink, enable_SMTPUTF8=True, hostname="localhost", ident="sob", loop=asyncio.get_running_loop()
        )

    door = await asyncio.get_running_loop().create_server(session, listening_host(), smtp_port)
    try:
        await server(create_app(sink), http_port).serve()
    finally:
        door.close()


def main() -> None:
    """Serve until told to stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True, help="SMTP")
    options.add_argument("--http-port", type=int, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--clock", type=Path)
    given = options.parse_args()
    asyncio.run(serve(Sink(given.data, open_clock(given.clock)), given.port, given.http_port))


if __name__ == "__main__":
    main()
