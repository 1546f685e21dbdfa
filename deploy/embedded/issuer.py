"""The local issuer: logs the made-up people in, and stands in for the population register and the HSA directory.

It also moves the stack's clock, which its tokens follow. Whoever reaches it gets any token: loopback alone.
"""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi import Path as Path_
from pydantic import BaseModel, ConfigDict, Field, model_validator

from deploy.embedded.local_clock import ClockGoesBackError, LocalClock
from deploy.embedded.newcomers import Newcomer, Newcomers
from deploy.embedded.people import People, Person, read_people
from deploy.embedded.ports import HOST
from deploy.embedded.serving import server
from deploy.embedded.tokens import LIFETIME, Signer

CIVIL = ZoneInfo("Europe/Stockholm")


class ClockOrder(BaseModel):
    """Where to move the clock: a shift from real time, or a time (without a zone it is Swedish civil time)."""

    model_config = ConfigDict(extra="forbid")

    shift_seconds: Annotated[float, Field(ge=0)] | None = None
    to: datetime | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "ClockOrder":
        if (self.shift_seconds is None) == (self.to is None):
            raise ValueError("give shift_seconds or to")
        return self


class RegisterChange(BaseModel):
    """What the register learns about a person."""

    model_config = ConfigDict(extra="forbid")

    protected: bool | None = None
    deceased: bool | None = None
    locked: bool | None = None


class Issuer:
    """What the endpoints share."""

    def __init__(self, url: str, everybody: dict[str, People], data: Path, clock: LocalClock) -> None:
        self.url = url
        self.clock = clock
        self._everybody = everybody
        self.newcomers = Newcomers(everybody, data)
        self._signers = {slug: Signer(slug, f"{url}/{slug}", data / "keys") for slug in everybody}

    def people(self, slug: str) -> People:
        """A region's people, or 404."""
        if slug not in self._everybody:
            raise HTTPException(404, f"No region {slug}; there are {', '.join(self._everybody)}.")
        return self._everybody[slug]

    def signer(self, slug: str) -> Signer:
        """A region's signer, or 404."""
        self.people(slug)
        return self._signers[slug]

    def person(self, slug: str, number: str) -> Person:
        """A row of the population register, or 404."""
        person = self.people(slug).resident(number)
        if person is None or not number.isdecimal():
            raise HTTPException(404, "Nobody has this number.")
        return person

    def directory_row(self, slug: str, hsa_id: str) -> dict[str, Any]:
        """A person of the HSA directory, or 404."""
        member = self.people(slug).staff_member(hsa_id)
        if member is None or member.hsa_id != hsa_id:
            raise HTTPException(404, f"The directory has no {hsa_id}.")
        return {**member.model_dump(include={"hsa_id", "name", "email", "phone"}), "units": member.all_units}

    def directory_unit(self, slug: str, hsa_id: str) -> dict[str, Any]:
        """A care unit of the HSA directory, or 404."""
        people = self.people(slug)
        for unit in people.units:
            if unit.hsa_id == hsa_id:
                return {**unit.model_dump(), "organisation": people.organisation}
        raise HTTPException(404, f"The directory has no {hsa_id}.")

    async def token(self, slug: str, name: str, unit: str | None) -> str:
        """A token for whoever is called so; a resident's login is remembered as one at 1177."""
        people, signer, now = self.people(slug), self.signer(slug), self.clock.now()
        member = people.staff_member(name)
        if member is not None:
            units = member.all_units
            if unit is not None and unit not in units:
                raise HTTPException(
                    400, f"{name} has no care assignment at {unit}; but at {', '.join(units)}."
                )
            return signer.of_staff(member, unit or next(iter(units), None), now)
        person = people.resident(name)
        if person is None:
            raise HTTPException(
                404, f"Nobody in {slug} is called {name}; there are {', '.join(people.names())}."
            )
        if person.logged_in_at is None:
            person.logged_in_at = now
            await self.newcomers.keep(slug, person)
        return signer.of_resident(person, now)


def create_app(issuer: Issuer) -> FastAPI:
    """Everything the issuer serves."""
    app = FastAPI(title="Local issuer and registers", openapi_url=None)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    for routes in (_clock_routes, _login_routes, _register_routes):
        app.include_router(routes(issuer))
    return app


def _clock_routes(issuer: Issuer) -> APIRouter:
    routes = APIRouter()

    @routes.get("/clock")
    async def clock() -> dict[str, Any]:
        return {"now": issuer.clock.now().isoformat(), "shift_seconds": issuer.clock.shift_seconds}

    @routes.put("/clock")
    async def move_clock(order: ClockOrder) -> dict[str, Any]:
        try:
            if order.shift_seconds is not None:
                issuer.clock.shift_to(order.shift_seconds)
            if order.to is not None:
                issuer.clock.reach(order.to if order.to.tzinfo else order.to.replace(tzinfo=CIVIL))
        except ClockGoesBackError as refusal:
            raise HTTPException(409, str(refusal)) from None
        return await clock()

    return routes


def _login_routes(issuer: Issuer) -> APIRouter:
    routes = APIRouter()

    @routes.get("/{slug}/.well-known/openid-configuration")
    async def configuration(slug: str) -> dict[str, Any]:
        issuer.people(slug)
        base = f"{issuer.url}/{slug}"
        return {
            "issuer": base,
            "jwks_uri": f"{base}/jwks",
            "token_endpoint": f"{base}/token",
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["token"],
        }

    @routes.get("/{slug}/jwks")
    async def jwks(slug: str) -> dict[str, Any]:
        return issuer.signer(slug).jwks()

    @routes.post("/{slug}/token")
    async def token(slug: str, request: Request) -> dict[str, Any]:
        form = dict(parse_qsl((await request.body()).decode()))
        if "person" not in form:
            raise HTTPException(400, "Say who: person=<short name, HSA-id or personal identity number>.")
        access_token = await issuer.token(slug, form["person"], form.get("unit"))
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
        }

    return routes


def _register_routes(issuer: Issuer) -> APIRouter:
    routes = APIRouter()

    @routes.get("/{slug}/persons/{number}")
    async def person(slug: str, number: str) -> dict[str, Any]:
        return issuer.person(slug, number).as_row(issuer.clock.now())

    @routes.patch("/{slug}/persons/{number}")
    async def change_person(slug: str, number: str, change: RegisterChange) -> dict[str, Any]:
        known = issuer.person(slug, number)
        for name, value in change.model_dump(exclude_none=True).items():
            setattr(known, name, value)
        return (await issuer.newcomers.keep(slug, known)).as_row(issuer.clock.now())

    @routes.put("/{slug}/persons/{number}")
    async def newcomer(
        slug: str, number: Annotated[str, Path_(pattern=r"^\d{12}$")], made_up: Newcomer
    ) -> dict[str, Any]:
        issuer.people(slug)
        return (await issuer.newcomers.add(slug, number, made_up)).as_row(issuer.clock.now())

    @routes.get("/{slug}/people")
    async def people(slug: str) -> list[dict[str, Any]]:
        return [
            {
                "short": member.short,
                "hsa_id": member.hsa_id,
                "units": member.all_units,
                "roles": member.all_roles,
            }
            for member in issuer.people(slug).staff
        ]

    @routes.get("/{slug}/staff/{hsa_id}")
    async def staff(slug: str, hsa_id: str) -> dict[str, Any]:
        return issuer.directory_row(slug, hsa_id)

    @routes.get("/{slug}/units/{hsa_id}")
    async def unit(slug: str, hsa_id: str) -> dict[str, Any]:
        return issuer.directory_unit(slug, hsa_id)

    return routes


def main() -> None:
    """Serve until told to stop."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--clock", type=Path, required=True)
    options.add_argument("--url", help="the issuer's address as tokens name it")
    given = options.parse_args()
    url = given.url or f"http://{HOST}:{given.port}"
    issuer = Issuer(url, read_people(), given.data, LocalClock(given.clock))
    server(create_app(issuer), given.port).run()


if __name__ == "__main__":
    main()
