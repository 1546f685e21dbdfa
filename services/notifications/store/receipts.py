"""What a sending is called in the address that its receipts come back to, and by that alone: its id, and a proof of it.

The id stands in events, logs and mails. The proof stands nowhere but in that address, is made for the sending's own
channel, and cannot be made without the installation's key: who names a sending so was told by us to whom we sent it.
"""

import hmac
from base64 import b32decode, b32encode
from collections.abc import Iterable

from chassis.pseudonym import Pseudonyms
from chassis.settings import SettingsError

# A tenant and 42 signs that no mail server changes.
PATTERN = r"^[a-z]{2,32}\.[a-z2-7]{42}$"
_SIGNS = 42
_MOST_BEFORE_AT = 64
_ID_BYTES = 20
_PROOF_BYTES = 6
_PADDING = "======"


def name_of(pseudonyms: Pseudonyms, identity: str, channel: str) -> str:
    """What the sending is called to whom it is given."""
    tenant, _, rest = identity.partition("|")
    named = bytes.fromhex(rest) + _proof(pseudonyms, identity, channel)
    return f"{tenant}.{b32encode(named).decode().rstrip('=').lower()}"


def sending_of(pseudonyms: Pseudonyms, name: str, channel: str) -> str | None:
    """The id of the sending that is called so on this channel; None if none of ours is. `name` fits the pattern."""
    tenant, _, rest = name.partition(".")
    named = b32decode(rest.upper() + _PADDING)
    identity = f"{tenant}|{named[:_ID_BYTES].hex()}"
    proven = hmac.compare_digest(named[_ID_BYTES:], _proof(pseudonyms, identity, channel))
    return identity if proven else None


def check_bounces(bounce_to: str | None, tenants: Iterable[str]) -> None:
    """Raise SettingsError where mail servers may refuse the address that a tenant's bounces go to (RFC 5321)."""
    for tenant in tenants if bounce_to is not None else ():
        signs = len(f"{bounce_to}+{tenant}.") + _SIGNS
        if signs > _MOST_BEFORE_AT:
            raise SettingsError(
                f"Settings are wrong: SOB_BOUNCE_TO: bounces of {tenant} would go to an address with {signs} signs "
                f"before its @, and {_MOST_BEFORE_AT} are the most: make it shorter by {signs - _MOST_BEFORE_AT}, or "
                "leave it empty."
            )


def _proof(pseudonyms: Pseudonyms, identity: str, channel: str) -> bytes:
    said = f"receipts|{channel}|{identity}".encode()
    proof = bytes.fromhex(pseudonyms.fingerprint(identity.partition("|")[0], said))
    return proof[:_PROOF_BYTES]
