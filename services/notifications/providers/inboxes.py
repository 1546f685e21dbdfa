"""Where inbox entries are delivered: the inbox of 1177 by AddMessage, or nowhere but our own.

An answer of the contract is believed; a fault or a lost answer is Unknown. The contract cannot be asked what was
taken, so without a trace beside it what is unknown stays so, and is shown.
"""

import asyncio
from datetime import datetime

import httpx

from services.notifications.domain.sending import (
    Accepted,
    Found,
    Postponed,
    Rejected,
    Result,
    Trace,
    Unknown,
)
from services.notifications.entry_texts import labels
from services.notifications.providers import traces
from services.notifications.providers.add_message import (
    SOAP_ACTION,
    Consumer,
    UnreadableAnswerError,
    request,
    result_code,
)
from services.notifications.providers.port import Outgoing

# Refused before anything was taken, and ours to set right: credentials, an agreement, too many at once.
_LATER = frozenset({401, 402, 403, 404, 408, 425, 429})
UNREACHABLE = "unreachable"


class OwnInbox:
    """Where nothing is delivered to 1177: an entry has arrived by being there (R196)."""

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        return Accepted(reference)

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return frozenset({reference})

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        return Found((reference,))


class Inbox1177:
    """The inbox of 1177, and where its trace is asked, if there is one."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        seconds: float,
        consumer: Consumer,
        trace_url: str | None = None,
    ) -> None:
        self._client = client
        self._url = url
        self._seconds = seconds
        self._consumer = consumer
        self._trace = trace_url

    async def send(self, message: Outgoing, reference: str, traceparent: str | None) -> Result:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{SOAP_ACTION}"'}
        if traceparent:
            headers["traceparent"] = traceparent
        content = request(message, reference, self._consumer, labels())
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.post(self._url, content=content, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Postponed("unreachable")
        except (httpx.HTTPError, TimeoutError) as error:
            return Unknown(type(error).__name__)
        return _result(answer, reference)

    def asked_by(self, message: Outgoing, reference: str) -> frozenset[str]:
        return frozenset({f"{self._trace}|{reference}"})

    async def find(self, message: Outgoing, reference: str, since: datetime) -> Trace:
        return await traces.ask(self._client, self._trace, "reference", reference, self._seconds)


def _result(answer: httpx.Response, reference: str) -> Result:
    if answer.status_code == 400:
        return Rejected("400")
    if answer.status_code in _LATER:
        return Postponed(str(answer.status_code))
    if answer.status_code != 200:
        return Unknown(str(answer.status_code))
    try:
        code = result_code(answer.content)
    except UnreadableAnswerError:
        return Unknown("unreadable")
    match code:
        case "OK":
            return Accepted(reference)
        case "INFO":
            # The contract's word for who has no account, or has blocked it (R197).
            return Rejected(code, UNREACHABLE)
        case _:
            return Rejected(code)
