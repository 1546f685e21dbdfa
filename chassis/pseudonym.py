"""What a resident is called where no personal data may stand: the same id everywhere, computed and never looked up.

An id cannot be turned back into a number without the installation's pseudonym key, and two tenants' ids of one
person have nothing in common.
"""

import hmac
from functools import lru_cache
from pathlib import Path

from chassis.settings import read_key

_FILE = "pseudonym.key"


class Pseudonyms:
    """The keyed hashes of an installation."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._key_of_tenant = lru_cache(maxsize=256)(self._derive)

    @staticmethod
    def load(secrets: Path) -> "Pseudonyms":
        """With the key of the secrets folder."""
        return Pseudonyms(read_key(secrets, _FILE))

    def resident_id(self, tenant: str, personnummer: str) -> str:
        """`res-` and 32 hexadecimal digits, from a number of 12 digits."""
        if len(personnummer) != 12 or not personnummer.isascii() or not personnummer.isdigit():
            raise ValueError("A resident id is computed from 12 digits: normalise the number first.")
        return "res-" + hmac.digest(self._key_of_tenant(tenant), personnummer.encode(), "sha256").hex()[:32]

    def fingerprint(self, tenant: str, data: bytes) -> str:
        """Tells whether two pieces of data are the same without keeping what they say."""
        return hmac.digest(self._key_of_tenant(tenant), b"fingerprint:" + data, "sha256").hex()

    def _derive(self, tenant: str) -> bytes:
        return hmac.digest(self._key, f"tenant:{tenant}".encode(), "sha256")
