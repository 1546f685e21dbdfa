"""Bounces: what a mail server reports of a mail it could not deliver (RFC 3464), read for its verdict alone."""

from email import message_from_bytes, policy
from email.message import Message
from typing import Literal

Verdict = Literal["failed", "delivered"]


def verdict_of(report: bytes) -> Verdict | None:
    """Whether it has failed for good or was delivered; None for a delay, or for what is no report."""
    try:
        return _told(message_from_bytes(report, policy=policy.default))
    except Exception:  # noqa: BLE001 (the parser falls over some mails in ways that nobody has listed)
        return None


def _told(report: Message) -> Verdict | None:
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status":
            return _verdict(part)
    return None


def _verdict(part: Message) -> Verdict | None:
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        action = str(block.get("Action", "")).strip().lower()
        if action == "failed" and str(block.get("Status", "5")).strip().startswith("5"):
            return "failed"
        if action in {"delivered", "relayed"}:
            return "delivered"
    return None
