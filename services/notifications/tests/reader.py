"""A resident of the API who reads their own SMS and mail."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from services.notifications.tests.world import World

PERSONNUMMER = "191212121212"


@dataclass
class Me:
    """The resident, who reads their own SMS and mail."""

    world: World

    @property
    def id(self) -> str:
        return self.world.room.pseudonyms.resident_id(self.world.tenant, PERSONNUMMER)

    async def sees(self) -> httpx.Response:
        return await self.world.api.http.get("/me/contact", headers=self._who())

    async def chooses(self, *, sms: Any = None, email: Any = None) -> httpx.Response:
        body = {"sms": sms or {"on": False}, "email": email or {"on": False}}
        headers = {**self._who(), "If-Match": (await self.sees()).headers["etag"]}
        return await self.world.api.http.put("/me/contact", headers=headers, json=body)

    async def confirms(self, channel: str, code: str) -> httpx.Response:
        headers = {**self._who(), "If-Match": (await self.sees()).headers["etag"]}
        body = {"channel": channel, "code": code}
        return await self.world.api.http.post("/me/contact/confirm", headers=headers, json=body)

    async def asks_for_code(self, channel: str, key: str) -> httpx.Response:
        headers = {**self._who(), "Idempotency-Key": key}
        return await self.world.api.http.post("/me/contact/codes", headers=headers, json={"channel": channel})

    def codes_to(self, number: str) -> list[str]:
        return [found[0] for text in self.world.texts_to(number) if (found := re.search(r"\b\d{6}\b", text))]

    def code_in_mail(self, address: str) -> str:
        (mail,) = self.world.mails_to(address)
        found = re.search(r"\b\d{6}\b", mail["text"])
        assert found is not None
        return found[0]

    def _who(self) -> dict[str, str]:
        return self.world.api.as_resident(self.world.tenant, PERSONNUMMER)


def wrong(code: str) -> str:
    """Another code than this."""
    return f"{(int(code) + 1) % 10**6:06d}"
