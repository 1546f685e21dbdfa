"""What 46elks takes for an SMS, and refuses: as strict here as there, so that a local run proves the adapter.

A missing field is answered 403, a wrong one 400, both with a line of plain text.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_SENDER = re.compile(r"[A-Za-z][A-Za-z0-9]{2,10}")
_URL = re.compile(r"https?://\S+")
_GSM = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà") | set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
_COST_OF_PART = 5200


class RefusedSmsError(Exception):
    """The gateway does not take this SMS."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def check(form: Mapping[str, str]) -> None:
    """Raise RefusedSmsError unless the form is an SMS that can be sent."""
    for key in ("from", "to", "message"):
        if not form.get(key):
            raise RefusedSmsError(403, f"Missing key {key}")
    if not _NUMBER.fullmatch(form["to"]):
        raise RefusedSmsError(400, "Invalid to: not a phone number in E.164 format")
    if not (_NUMBER.fullmatch(form["from"]) or _SENDER.fullmatch(form["from"])):
        raise RefusedSmsError(
            400, "Invalid from: a number, or 3 to 11 characters a-z, A-Z, 0-9 that begin with a letter"
        )
    if "whendelivered" in form and not _URL.fullmatch(form["whendelivered"]):
        raise RefusedSmsError(400, "Invalid whendelivered: not a URL")


def accepted(form: Mapping[str, str], created: datetime, traceparent: str | None) -> dict[str, Any]:
    """The row kept for an accepted SMS."""
    parts = parts_of(form["message"])
    return {
        "id": f"s{secrets.token_hex(16)}",
        "direction": "outgoing",
        "from": form["from"],
        "to": form["to"],
        "message": form["message"],
        "created": as_text(created),
        "parts": parts,
        "cost": parts * _COST_OF_PART,
        "whendelivered": form.get("whendelivered"),
        "dontlog": form.get("dontlog"),
        "traceparent": traceparent,
    }


def parts_of(message: str) -> int:
    """How many SMS a text is charged as."""
    single, joined = (160, 153) if set(message) <= _GSM else (70, 67)
    return 1 if len(message) <= single else -(-len(message) // joined)


def as_text(at: datetime) -> str:
    """46elks writes times in UTC without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def as_time(text: str) -> datetime:
    """A time as 46elks writes it, or any ISO time; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedSmsError(400, f"Invalid date: {text}") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
