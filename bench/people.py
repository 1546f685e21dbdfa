"""A local issuer with one key, and one member of staff whose token it signs: identity as the API really checks it."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from chassis.http.identity import CARE, PURPOSE_CLAIM

TENANT = "vgr"
STAFF = "SE2321000131-P000000000001"
UNIT = "SE2321000131-E000000000001"


class Issuer:
    """Serves what an issuer tells of itself and its key set, on a port of its own, until closed."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "bench"})
        self.url = ""
        keys = {"keys": [{**self._key.as_dict(private=False), "use": "sig"}]}

        def page(path: str) -> dict[str, Any]:
            issuer = f"{self.url}/{TENANT}"
            return keys if path.endswith("/jwks") else {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shown = json.dumps(page(self.path)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(shown)))
                self.end_headers()
                self.wfile.write(shown)

            def log_message(self, format: str, *arguments: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def token(self, staff: str = STAFF, unit: str = UNIT) -> str:
        """A token of a member of staff at a unit, valid for the whole benchmark."""
        now = int(time.time())
        claims = {"iss": f"{self.url}/{TENANT}", "aud": "sob", "iat": now, "exp": now + 7200, "sub": staff}
        claims |= {"employeeHsaId": staff, "careUnitHsaId": unit, PURPOSE_CLAIM: CARE, "name": "Bench"}
        header = {"alg": "ES256", "kid": "bench"}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])

    def close(self) -> None:
        self._server.shutdown()
