"""A population register in memory, asked over HTTP."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from chassis.http.accounts import RegisteredAccounts

ADDRESS = "http://register.test"


@dataclass
class Register:
    """Rows by number; `is_away` answers 503, and `asked` are the paths it was asked for."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_away: bool = False
    asked: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        row = self.rows.get(request.url.path.rpartition("/")[2])
        if self.is_away:
            return httpx.Response(503)
        return httpx.Response(404) if row is None else httpx.Response(200, json=row)

    def accounts(self, **seconds: float) -> RegisteredAccounts:
        """What an API asks it by."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        return RegisteredAccounts(client, ADDRESS, **seconds)
