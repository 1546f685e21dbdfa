"""Personal data at rest is sealed: only the subject's own data key opens it, and only where it was sealed.

A sealed value is a 12-byte random nonce, then AES-GCM's ciphertext and tag. Tenant, service and field are
authenticated with it, so a value moved to another field, tenant or service does not open. No error, log or
repr shows a value or a key.
"""

import hmac
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_SMALLEST_BYTES = _NONCE_BYTES + 1 + 16

# The first sealed byte says what the value was, so that it comes back as what it was.
_TEXT, _RAW, _JSON = b"t", b"r", b"j"


class SealBrokenError(Exception):
    """A sealed value does not open: wrong key, wrong place, or it was changed. Never with content."""

    def __init__(self, tenant: str, service: str, field: str) -> None:
        super().__init__(
            f"A sealed {field} of {tenant} in {service} does not open: it was sealed with another key or for "
            "another place, or it was changed."
        )
        self.field = field


class Sealer:
    """Seals and unseals the values of one subject in one tenant and service; cheap to keep, safe to print."""

    __slots__ = ("_aead", "_place", "service", "tenant")

    def __init__(self, tenant: str, service: str, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"A data key is {KEY_BYTES} bytes, not {len(key)}.")
        self.tenant = tenant
        self.service = service
        self._aead = AESGCM(key)
        self._place = place(tenant, service) + b"|"

    def __repr__(self) -> str:
        return f"Sealer({self.tenant}, {self.service})"

    def seal(self, field: str, value: object) -> bytes:
        """Seal a text, bytes or anything JSON can say (TypeError if it cannot)."""
        if isinstance(value, str):
            plain = _TEXT + value.encode()
        elif isinstance(value, bytes):
            plain = _RAW + value
        else:
            plain = _JSON + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, self._place + field.encode())

    def unseal(self, field: str, sealed: bytes) -> Any:
        """The value as it was sealed: text, bytes, or what JSON makes of the rest (tuples become lists)."""
        plain = self._open(field, sealed)
        match plain[:1]:
            case b"t":
                return plain[1:].decode()
            case b"r":
                return plain[1:]
            case b"j":
                return json.loads(plain[1:])
            case _:
                raise SealBrokenError(self.tenant, self.service, field)

    def unseal_text(self, field: str, sealed: bytes) -> str:
        """Unseal what was sealed as text; anything else is a broken seal."""
        plain = self._open(field, sealed)
        if plain[:1] != _TEXT:
            raise SealBrokenError(self.tenant, self.service, field)
        return plain[1:].decode()

    def _open(self, field: str, sealed: bytes) -> bytes:
        if len(sealed) < _SMALLEST_BYTES:
            raise SealBrokenError(self.tenant, self.service, field)
        try:
            return self._aead.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._place + field.encode()
            )
        except InvalidTag:
            raise SealBrokenError(self.tenant, self.service, field) from None


def place(tenant: str, service: str) -> bytes:
    """`vgr|moments`, unambiguous because neither part may hold a bar."""
    if "|" in tenant or "|" in service or not tenant or not service:
        raise ValueError(f"A tenant and a service are words without bars: {tenant!r}, {service!r}.")
    return f"{tenant}|{service}".encode()


def blind(tenant_key: bytes, value: str) -> str:
    """A keyed hash (64 hex digits) for exact search within one tenant. Normalise the value first."""
    return hmac.digest(tenant_key, b"blind|" + value.encode(), "sha256").hex()
