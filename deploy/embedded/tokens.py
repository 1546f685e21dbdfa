"""Access tokens of the local issuer: signed with keys that outlive restarts, valid by the stack's clock."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from deploy.embedded import secret_files
from deploy.embedded.people import Person, StaffMember

LIFETIME = timedelta(hours=1)
PERSONNUMMER_CLAIM = "https://id.oidc.se/claim/personalIdentityNumber"
_ASSURANCE = "http://id.elegnamnden.se/loa/1.0/loa3"
_ASSIGNMENT = "Vård och behandling"


class Signer:
    """One region's key, and the tokens signed with it."""

    def __init__(self, slug: str, issuer: str, keys: Path) -> None:
        self._issuer = issuer
        self._slug = slug
        self._key = _key(keys / f"{slug}.json")

    def jwks(self) -> dict[str, Any]:
        """The public key, as the issuer shows it."""
        public = self._key.as_dict(private=False)
        return {"keys": [{**public, "use": "sig", "alg": "RS256"}]}

    def of_staff(self, member: StaffMember, unit: str | None, now: datetime) -> str:
        """A token for a member of staff with a care assignment at `unit`."""
        claims: dict[str, Any] = {
            "sub": member.hsa_id,
            "employeeHsaId": member.hsa_id,
            "name": member.name,
            "commissionPurpose": _ASSIGNMENT,
        }
        if unit is not None:
            claims["careUnitHsaId"] = unit
        return self._sign(claims, now)

    def of_resident(self, person: Person, now: datetime) -> str:
        """A token for a resident; the subject says nothing about who it is."""
        opaque = hashlib.sha256(f"{self._slug} {person.personnummer} {self._key.kid}".encode()).hexdigest()[
            :32
        ]
        return self._sign({"sub": opaque, PERSONNUMMER_CLAIM: person.personnummer}, now)

    def _sign(self, claims: dict[str, Any], now: datetime) -> str:
        issued = int(now.timestamp())
        common = {
            "iss": self._issuer,
            "aud": "sob",
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
            "jti": secrets.token_urlsafe(12),
            "acr": _ASSURANCE,
        }
        return jwt.encode(
            {"alg": "RS256", "typ": "at+jwt", "kid": self._key.kid}, {**common, **claims}, self._key
        )


def _key(file: Path) -> RSAKey:
    if not file.exists():
        made = RSAKey.generate_key(2048, {"kid": secrets.token_hex(8)}, private=True)
        secret_files.write(file, json.dumps(made.as_dict(private=True)))
    return RSAKey.import_key(json.loads(file.read_text()))
