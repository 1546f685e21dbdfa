"""What a sending is called in the address that its receipts come back to, and by that alone: its id, and a proof of it.

The id stands in events, logs and mails. The proof stands nowhere but in that address, is made for the sending's own
channel, and cannot be made without the installation's key: who names a sending so was told by us to whom we sent it.
"""

import hmac
from base64 import b32decode, b32encode

from chassis.pseudonym import Pseudonyms

# A tenant and 42 signs that no mail server changes: an address must not be longer than 64 before its @.
PATTERN = r"^[a-z]{2,32}\.[a-z2-7]{42}$"
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


def _proof(pseudonyms: Pseudonyms, identity: str, channel: str) -> bytes:
    said = f"receipts|{channel}|{identity}".encode()
    proof = bytes.fromhex(pseudonyms.fingerprint(identity.partition("|")[0], said))
    return proof[:_PROOF_BYTES]
