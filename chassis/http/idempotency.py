"""A request with an `Idempotency-Key` happens once: whoever repeats it gets the first answer again.

The answer is remembered by the same commit as the change, so neither exists without the other. A remembered
answer holds ids, codes and times only; key and request are kept as keyed fingerprints, which say nothing.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, Response

from chassis.clock import Clock
from chassis.errors import DomainError, InvalidError
from chassis.http.identity import Caller, Resident
from chassis.http.problems import HttpError
from chassis.pseudonym import Pseudonyms

COLLECTION = "idempotency"
KEPT = timedelta(hours=24)
REPLAYED = "Idempotency-Replayed"


class IdempotencyKeyMissingError(HttpError):
    status = 400

    def __init__(self) -> None:
        super().__init__(
            "The request sends something: send an Idempotency-Key that is new for each such request."
        )


class MalformedIdempotencyKeyError(HttpError):
    status = 400

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key must be 1 to 255 printable ASCII characters: a random UUID will do."
        )


class IdempotencyKeyReusedError(InvalidError):
    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key came with another request before: use a new key for a new request."
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers: ids, codes and times only, because it is remembered.

    `about` is the subject that it names, with which it is erased.
    """

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """One request that is to happen once. `document` is what its unit of work inserts into COLLECTION."""

    id: str
    tenant: str
    request: str
    expires_at: datetime

    def document(self, answer: Answer) -> dict[str, Any]:
        """To be inserted by the unit of work that makes the change."""
        return {
            "_id": self.id,
            "tenant": self.tenant,
            "request": self.request,
            "status": answer.status,
            "body": _written(answer),
            "headers": dict(answer.headers),
            "expires_at": self.expires_at,
            **({} if answer.about is None else {"about": answer.about}),
        }


class Store(Protocol):
    """Where answers are remembered; `find_one` is that of a collection."""

    async def find_one(self, filter: Mapping[str, Any]) -> Mapping[str, Any] | None: ...


Runner = Callable[[Once], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Requests of one service that happen once."""

    store: Store
    clock: Clock
    pseudonyms: Pseudonyms

    async def idempotently(self, request: Request, caller: Caller, runner: Runner) -> Response:
        """Run it, or answer as the first one did.

        The runner makes the change, inserts `once.document(answer)` in the same unit of work and commits. Of two
        at once the commit lets one through; the other's refusal is replaced by the winner's answer. Refusals are
        not remembered: nothing happened, so the same key may try again.
        """
        once = await self._once(request, caller)
        first = await self._remembered(once)
        if first is not None:
            return first
        try:
            answer = await runner(once)
        except DomainError:
            winner = await self._remembered(once)
            if winner is None:
                raise
            return winner
        return _response(answer.status, _written(answer), answer.headers)

    async def _once(self, request: Request, caller: Caller) -> Once:
        tenant = caller.tenant
        if isinstance(caller, Resident):
            who, unit = caller.resident_id, ""
        else:
            # The unit is in the token alone: the same request for another unit is another request.
            who, unit = caller.hsa_id, f"{caller.unit}\n"
        key = self.pseudonyms.fingerprint(tenant, idempotency_key(request).encode())
        url, version = request.url, request.headers.get("if-match", "")
        said = f"{unit}{request.method} {url.path}?{url.query}\n{version}\n".encode() + await request.body()
        return Once(
            f"{tenant}|{who}|{key}",
            tenant,
            self.pseudonyms.fingerprint(tenant, said),
            self.clock.now() + KEPT,
        )

    async def _remembered(self, once: Once) -> Response | None:
        found = await self.store.find_one({"_id": once.id})
        if found is None:
            return None
        if found["request"] != once.request:
            raise IdempotencyKeyReusedError
        return _response(found["status"], found["body"], {**found["headers"], REPLAYED: "true"})


def idempotency_key(request: Request) -> str:
    """The key in the request's header. Raises IdempotencyKeyMissingError or MalformedIdempotencyKeyError."""
    key = request.headers.get("idempotency-key")
    if key is None:
        raise IdempotencyKeyMissingError
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise MalformedIdempotencyKeyError
    return key


async def required_key(request: Request) -> str:
    """The key in the request's header, before its body is validated."""
    return idempotency_key(request)


RequiredKey = Annotated[str, Depends(required_key)]
"""A parameter of an endpoint that refuses with 400 without Idempotency-Key, before its body is validated."""


def _written(answer: Answer) -> str | None:
    return None if answer.body is None else json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))


def _response(status: int, body: str | None, headers: Mapping[str, str]) -> Response:
    media_type = None if body is None else "application/json"
    return Response(body, status, dict(headers), media_type)
