"""E-mail by SMTP. Until its content has begun to go a mail is surely not taken; after that only an answer tells."""

import asyncio
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import httpx

from services.notifications.domain.sending import (
    Accepted,
    Postponed,
    Rejected,
    Result,
    Trace,
    Unknown,
)
from services.notifications.providers import traces
from services.notifications.providers.port import Outgoing

# A folded Message-ID is not found again by everybody who looks for it.
_POLICY = SMTP.clone(max_line_length=998)


class Smtp:
    """One relay, and where its trace of messages is asked for, if it has one."""

    def __init__(  # noqa: PLR0917
        self,
        host: str,
        port: int,
        seconds: float,
        client: httpx.AsyncClient,
        trace_url: str | None,
        bounce_to: str | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._seconds = seconds
        self._client = client
        self._bounce_to = bounce_to
        self._trace = trace_url

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        content = letter(message, reference, traceparent).as_bytes(policy=_POLICY)
        relay = aiosmtplib.SMTP(hostname=self._host, port=self._port, timeout=self._seconds)
        content_went = False
        try:
            async with asyncio.timeout(self._seconds):
                await relay.connect()
                await relay.mail(self._envelope_sender(message))
                await relay.rcpt(message.to)
                content_went = True
                await relay.data(content)
        except aiosmtplib.SMTPResponseException as refusal:
            return _refused(refusal)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return Unknown(type(error).__name__) if content_went else Postponed("unreachable")
        finally:
            relay.close()
        return Accepted(message_id(message.sender, reference))

    def _envelope_sender(self, message: Outgoing) -> str:
        """Where bounces go: an address that names the sending."""
        if self._bounce_to is None:
            return message.sender
        return f"{self._bounce_to}+{message.receipts}@{message.sender.rpartition('@')[2]}"

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return frozenset({f"{self._trace}|{message_id(message.sender, reference)}"})

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        wanted = message_id(message.sender, reference)
        return await traces.ask(self._client, self._trace, "message_id", wanted, self._seconds)


def letter(message: Outgoing, reference: str, traceparent: str | None) -> EmailMessage:
    """The mail itself; the reference is its Message-ID, so two tries of one mail are one to whoever receives it."""
    mail = EmailMessage()
    mail["From"] = message.sender
    mail["To"] = message.to
    mail["Subject"] = message.wording.subject
    mail["Date"] = message.at
    mail["Message-ID"] = message_id(message.sender, reference)
    mail["Auto-Submitted"] = "auto-generated"
    if traceparent:
        mail["traceparent"] = traceparent
    mail.set_content(message.wording.body)
    return mail


def message_id(sender: str, reference: str) -> str:
    """What a mail is called, for good: it follows from its sending."""
    return f"<{reference}@{sender.rpartition('@')[2]}>"


def _refused(refusal: aiosmtplib.SMTPResponseException) -> Result:
    # 5xx for the recipient or the content is for good; for the sender or the connection it is ours to set right.
    for_good = isinstance(refusal, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    if refusal.code >= 500 and for_good:
        return Rejected(str(refusal.code))
    return Postponed(str(refusal.code))
