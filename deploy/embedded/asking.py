"""Questions to a running stack over HTTP, with the standard library alone: a command must answer at once."""

import json
import re
import socket
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

_SPAN = re.compile(r"(\d+)\s*([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class RefusedError(Exception):
    """The stack answered no; the text is its reason."""


def ask(method: str, url: str, *, body: bytes | None = None, kind: str = "application/json") -> Any:
    """The JSON of an answer. Raises RefusedError with the reason, or OSError when nobody answers."""
    request = urllib.request.Request(url, data=body, method=method, headers={"content-type": kind})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode(errors="replace")
        try:
            text = json.loads(text)["detail"]
        except (ValueError, KeyError, TypeError):
            """It was no JSON of ours: the text itself is the reason."""
        raise RefusedError(str(text)) from None


def are_ready(urls: list[str]) -> list[bool]:
    """Which of these addresses answer 2xx now, asked side by side."""
    with ThreadPoolExecutor(max_workers=max(1, len(urls))) as pool:
        return list(pool.map(_is_ready, urls))


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=0.7) as answer:  # noqa: S310
            return 200 <= int(answer.status) < 300
    except OSError:
        return False


def is_listening(host: str, port: int) -> bool:
    """Whether somebody takes connections there now."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def token(issuer: str, tenant: str, person: str, unit: str | None) -> str:
    """A bearer token for one of the local people."""
    form = {"person": person, **({"unit": unit} if unit else {})}
    body = urllib.parse.urlencode(form).encode()
    kind = "application/x-www-form-urlencoded"
    answer = ask("POST", f"{issuer}/{urllib.parse.quote(tenant)}/token", body=body, kind=kind)
    return str(answer["access_token"])


def move_clock(issuer: str, *, by: str | None, to: str | None) -> str:
    """Move the stack's clock forward by a span (`1d`, `2h30m`) or to a time; answers the new time (ISO, UTC)."""
    if by is not None:
        ahead = ask("GET", f"{issuer}/clock")["shift_seconds"]
        order: dict[str, object] = {"shift_seconds": ahead + _span(by).total_seconds()}
    else:
        order = {"to": to}
    return str(ask("PUT", f"{issuer}/clock", body=json.dumps(order).encode())["now"])


def _span(text: str) -> timedelta:
    if not re.fullmatch(rf"(?:{_SPAN.pattern}\s*)+", text):
        raise RefusedError(f"{text} is no span of time: write 1d, 2h or 1d2h30m.")
    return sum((timedelta(**{_UNITS[unit]: int(n)}) for n, unit in _SPAN.findall(text)), timedelta())
