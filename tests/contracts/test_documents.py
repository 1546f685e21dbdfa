"""Every operation of every API shows what is sent, what is answered and what is refused, by examples that hold."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from chassis.http.document import MEDIA_TYPE
from contracts.registry import SERVICES
from tests.contracts.apis import document_of

# Nobody reads the bytes of a PDF in a document.
_BINARY = {"application/pdf"}

Place = tuple[str, dict[str, Any]]


@pytest.fixture(params=SERVICES)
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return document_of(request.param)


def operations(document: dict[str, Any]) -> Iterator[Place]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(operation: dict[str, Any]) -> Iterator[Place]:
    """Media types of the body and of what is answered with success."""
    answers = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    for part, told in {"body": operation.get("requestBody", {}), **answers}.items():
        for media, content in told.get("content", {}).items():
            if media not in _BINARY:
                yield part, content


def refusals(operation: dict[str, Any]) -> Iterator[Place]:
    for status, answer in operation["responses"].items():
        if not status.startswith("2") and MEDIA_TYPE in answer.get("content", {}):
            yield status, answer["content"][MEDIA_TYPE]


def faults(document: dict[str, Any], schema: dict[str, Any], example: Any) -> str | None:
    whole = {**schema, "components": document["components"]}
    try:
        jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(example)
    except jsonschema_rs.ValidationError as fault:
        return str(fault).splitlines()[0]
    return None


def test_every_field_has_an_example(document: dict[str, Any]) -> None:
    missing = [
        f"{operation} {part}"
        for operation, told in operations(document)
        for part, content in contents(told)
        if "example" not in content
    ]

    assert not missing, f"no example: name the field in the service's texts/examples.yaml: {missing}"


def test_every_body_and_answer_is_what_its_schema_says(document: dict[str, Any]) -> None:
    wrong = [
        f"{operation} {part}: {fault}"
        for operation, told in operations(document)
        for part, content in contents(told)
        if (fault := faults(document, content["schema"], content.get("example")))
    ]

    assert not wrong


def test_every_parameter_has_an_example_that_it_would_take(document: dict[str, Any]) -> None:
    wrong = [
        f"{operation} {parameter['name']}: {fault}"
        for operation, told in operations(document)
        for parameter in told.get("parameters", ())
        if (fault := faults(document, parameter["schema"], parameter.get("example")))
    ]

    assert not wrong


def test_every_refusal_is_a_problem_of_a_named_type_with_an_example(document: dict[str, Any]) -> None:
    known = document["components"]["examples"]

    for operation, told in operations(document):
        statuses = dict(refusals(told))
        assert {"401", "403", "500", "503"} <= statuses.keys() or told["x-permission"] == "public", operation
        for status, content in statuses.items():
            shown = [known[each["$ref"].rpartition("/")[2]]["value"] for each in content["examples"].values()]
            codes = content["schema"]["allOf"][1]["properties"]["code"]["enum"]
            assert sorted(each["code"] for each in shown) == codes, operation
            for problem in shown:
                assert problem["status"] == int(status), operation
                assert problem["type"] == f"/problems/{problem['code']}", operation
                assert faults(document, content["schema"], problem) is None, operation


def test_no_status_is_left_to_be_guessed(document: dict[str, Any]) -> None:
    assert all("default" not in told["responses"] for _, told in operations(document))
