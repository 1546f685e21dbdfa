"""What a document shows beyond its routes, and that an API is held to it."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI

from chassis.errors import ConflictError
from chassis.http.app import create_app
from chassis.http.documented import Documented, UndocumentedError
from chassis.http.etags import RequiredVersion
from chassis.http.examples import MISSING, Examples, ExamplesError, composed, fits
from chassis.http.identity import Staff
from chassis.http.permissions import NeedsStaff, Public
from chassis.http.refusals import refuses
from chassis.http.routing import Router
from chassis.http.schema import Schema
from tests.chassis.http.edge import a_world


class Cup(Schema):
    name: str
    size: int


class CupBrokenError(ConflictError):
    def __init__(self, cup: str) -> None:
        super().__init__(f"{cup} is broken: take another.", cup=cup)


def an_app(name: str = "cups") -> FastAPI:
    router = Router()

    @router.put("/cups/{cup}")
    @refuses(CupBrokenError("cup-1"))
    async def fill(
        cup: str, body: Cup, version: RequiredVersion, caller: Annotated[Staff, NeedsStaff()]
    ) -> Cup:
        return body

    @router.get("/told", dependencies=[Public()])
    @refuses(CupBrokenError("cup-1"))
    async def told() -> None:
        raise CupBrokenError("cup-2")

    @router.get("/untold", dependencies=[Public()])
    async def untold() -> None:
        raise CupBrokenError("cup-2")

    return create_app(name, [router], a_world().access)


def test_a_document_shows_refusals_by_status_with_the_answers_themselves() -> None:
    document = an_app().openapi()

    answers = document["paths"]["/cups/{cup}"]["put"]["responses"]
    assert answers["409"]["description"] == "Refused: cup-broken."
    assert document["components"]["examples"]["409-cup-broken"]["value"]["fields"] == {"cup": "cup-1"}
    # The version that was read names the precondition that failed.
    assert answers["412"]["description"] == "Refused: saved-first."
    assert {"400", "401", "403", "404", "413", "415", "422", "428", "500", "503"} <= answers.keys()


def test_a_document_shows_the_headers_that_are_asked_for() -> None:
    operation = an_app().openapi()["paths"]["/cups/{cup}"]["put"]

    (header,) = [each for each in operation["parameters"] if each["in"] == "header"]
    assert (header["name"], header["required"]) == ("If-Match", True)


async def test_a_refusal_that_no_route_names_fails_the_test_that_meets_it() -> None:
    app = an_app("cups held to their document")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    hooks: Any = {"response": [Documented(app).check]}

    async with httpx.AsyncClient(transport=transport, base_url="http://t", event_hooks=hooks) as http:
        assert (await http.get("/told")).status_code == 409
        assert (await http.get("/nowhere")).status_code == 404
        with pytest.raises(UndocumentedError, match="GET /untold answered 409 cup-broken"):
            await http.get("/untold")


def test_an_example_of_a_whole_is_composed_of_those_of_its_fields() -> None:
    schemas: dict[str, Any] = {"Cup": Cup.model_json_schema()}

    Examples({"name": "Kaffekoppen", "Cup.size": 3, "size": "large"}).into(schemas)

    assert composed({"type": "array", "items": {"$ref": "#/components/schemas/Cup"}}, schemas) == [
        {"name": "Kaffekoppen", "size": 3}
    ]


def test_a_whole_with_a_part_that_has_none_has_no_example() -> None:
    schemas: dict[str, Any] = {"Cup": Cup.model_json_schema()}

    Examples({"name": "Kaffekoppen", "size": "large"}).into(schemas)

    assert composed({"$ref": "#/components/schemas/Cup"}, schemas) is MISSING


@pytest.mark.parametrize(
    ("example", "schema", "meant"),
    [
        ("a", {"type": "string"}, True),
        (True, {"type": "integer"}, False),
        (None, {"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ("c", {"enum": ["a", "b"], "type": "string"}, False),
        (["a"], {"type": "array", "items": {"type": "integer"}}, False),
        ([], {"type": "array", "items": {"type": "integer"}}, True),
        ("a", {"const": "b"}, False),
    ],
)
def test_a_name_means_only_what_its_field_could_hold(
    example: object, schema: dict[str, Any], *, meant: bool
) -> None:
    assert fits(example, schema, {}) is meant


def test_a_refusal_whose_argument_nobody_knows_names_it() -> None:
    assert str(Examples({"cup": "cup-3"}).refusal(CupBrokenError)).startswith("cup-3 is broken")
    with pytest.raises(ExamplesError, match="CupBrokenError needs cup"):
        Examples({}).refusal(CupBrokenError)
