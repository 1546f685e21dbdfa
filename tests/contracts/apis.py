"""The five APIs as applications that answer nobody, for what is to be read in their documents."""

import importlib
from functools import cache
from typing import Any

from fastapi import FastAPI

from chassis.clock import ManualClock
from chassis.http.app import create_app
from chassis.http.identity import Identity
from chassis.http.jwks import JwksCache
from chassis.http.permissions import Access
from chassis.process import texts_of
from chassis.pseudonym import Pseudonyms
from chassis.tenancy import Tenants
from chassis.testing import NOON


class _NoGrants:
    async def roles(self, tenant: str, unit: str, person: str) -> frozenset[Any]:
        return frozenset()


class _NoKeys(JwksCache):
    def __init__(self) -> None: ...


def api_of(name: str) -> FastAPI:
    """The application of a service."""
    service = importlib.import_module(f"services.{name}.app").SERVICE
    identity = Identity(Tenants.of([]), _NoKeys(), ManualClock(NOON), Pseudonyms(b"0" * 32))
    return create_app(
        service.name, service.routers, Access(identity, _NoGrants(), {}), texts=texts_of(service)
    )


@cache
def document_of(name: str) -> dict[str, Any]:
    """Its OpenAPI document."""
    return api_of(name).openapi()
