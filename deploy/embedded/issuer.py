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

from deploy.embedded.issuing import Issuer
from deploy.embedded.local_clock import ClockGoesBackError, LocalClock
from deploy.embedded.newcomers import Newcomer
from deploy.embedded.people import read_people
from deploy.embedded.ports import HOST
from deploy.embedded.serving import server
from deploy.embedded.tokens import LIFETIME

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
