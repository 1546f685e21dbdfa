"""Schemathesis against an API that is served: every operation with a token that may, and with ids that exist.

An example is asked for as it stands in the document, but for what no document knows: ids of what is there, the
version that is the last one, and a key that is new.
"""

import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from schemathesis import Case, Config, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.engine import Status, events, from_schema
from schemathesis.openapi.checks import RejectedPositiveData

from tests.contracts.served import Served

SETTINGS = Path(__file__).with_name("schemathesis.toml")
# More for humans: SOB_API_EXAMPLES=500 .venv/bin/python -m pytest tests/contracts/test_apis.py
EXAMPLES = "SOB_API_EXAMPLES"
_KEY, _VERSION = "Idempotency-Key", "If-Match"
# What a document could have said, and then a request that keeps to it must not be answered with.
_OF_THE_SCHEMA = {"invalid", "malformed", "media-type-not-supported"}


# A report of a mail server is a text like any other.
_MAIL = "message/rfc822"
schemathesis.serializer.alias(_MAIL, "text/plain")


@dataclass
class Findings:
    """What was found, and how often each operation answered with which status."""

    faults: list[str] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def never_succeeded(self) -> set[str]:
        return {
            operation
            for operation, statuses in self.statuses.items()
            if not any(200 <= status < 300 for status in statuses)
        }


def ask(api: Served) -> Findings:
    """Run every phase over every operation."""
    document = httpx.get(f"{api.url}/openapi.json").raise_for_status().json()
    _name_what_exists(document, api.ids)
    settings = Config.from_path(SETTINGS)
    schema = schemathesis.openapi.from_dict(document, config=settings)
    schema.config.base_url = api.url
    if EXAMPLES in os.environ:
        schema.config.generation.max_examples = int(os.environ[EXAMPLES])
    _Client(api, document).attach(schema)
    findings = Findings()
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                findings.faults += _faults(event, findings.statuses)
            case events.NonFatalError():
                findings.faults.append(f"{event.label}: {event.value!r}")
            case events.FatalError():
                raise event.exception
    return findings


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _name_what_exists(document: dict[str, Any], ids: Mapping[str, str]) -> None:
    for method, path, operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            name = parameter["name"]
            exists = ids.get(f"{method.upper()} {path}.{name}", ids.get(name))
            if exists is not None:
                parameter["example"] = exists


class _Client:
    """What somebody who uses the API does besides reading its document."""

    def __init__(self, api: Served, document: Mapping[str, Any]) -> None:
        self._api = api
        self._numbers = itertools.count(1)
        self._asked = {
            (parameter["name"], method.upper(), path): parameter["example"]
            for method, path, operation in _operations(document)
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "header"
        }
        self._readable = [path for method, path, _ in _operations(document) if method == "get"]

    def attach(self, schema: Any) -> None:
        api = self._api

        @schema.auth(refresh_interval=None)
        class _Bearer:
            def get(self, case: Case, context: Any) -> str:
                return api.token_for(context.operation.definition.raw["x-permission"])

            def set(self, case: Case, token: str, context: Any) -> None:
                case.headers["Authorization"] = f"Bearer {token}"

        @schema.hook
        def filter_failure(context: HookContext, failure: Any, case: Case, response: Response) -> bool:
            return _is_a_fault(failure, response)

        # There is no hook of one schema at this point.
        schemathesis.hooks.unregister_all()

        @schemathesis.hook
        def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
            self._bring_up_to_date(case)

    def _bring_up_to_date(self, case: Case) -> None:
        if self._is_the_example(_KEY, case):
            case.headers[_KEY] = f"key-{next(self._numbers)}"
        if self._is_the_example(_VERSION, case):
            case.headers[_VERSION] = self._last_version(case) or case.headers[_VERSION]

    def _is_the_example(self, header: str, case: Case) -> bool:
        example = self._asked.get((header, case.method, case.path))
        return example is not None and case.headers.get(header) == example

    def _last_version(self, case: Case) -> str | None:
        """As the nearest thing that can be read says."""
        near = max(self._readable, key=lambda path: len(os.path.commonpath([path, case.path])))
        token = self._api.tokens["olga" if case.path.startswith("/me/") else "karin"]
        try:
            address = self._api.url + near.format(**case.path_parameters)
        except KeyError:
            return None
        answer = httpx.get(address, headers={"Authorization": f"Bearer {token}"})
        if "etag" in answer.headers:
            return answer.headers["etag"]
        told = answer.json()
        version = told.get("version") if isinstance(told, dict) else None
        return None if version is None else f'"{version}"'


def _is_a_fault(failure: Any, response: Response) -> bool:
    """Of failures those that the API could mend."""
    if isinstance(failure, AcceptedNegativeData):
        # Whatever comes by mail is a server's report or it is none; neither is a fault of who sends it on.
        return response.request.headers.get("Content-Type") != _MAIL
    if not isinstance(failure, RejectedPositiveData):
        return True
    # A rule that no schema can say refuses by a code of its own, which the document shows.
    problem = response.json()
    # To JSON Schema 21.0 is an integer; to strict models it is not, and no client writes it.
    reasons = {error["reason"] for error in problem.get("errors", ())}
    return problem.get("code") in _OF_THE_SCHEMA and reasons != {"Input should be a valid integer"}


def _faults(event: events.ScenarioFinished, statuses: dict[str, Counter[int]]) -> Iterator[str]:
    recorder = event.recorder
    for case_id, exchange in recorder.interactions.items():
        if exchange.response is not None:
            statuses[recorder.cases[case_id].value.operation.label][exchange.response.status_code] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                operation = recorder.cases[case_id].value.operation.label
                failure = check.failure_info.failure
                said = f"{operation}: {check.name}: {failure.title}. {failure.message}"
                answer = recorder.find_response(case_id=case_id)
                text = "" if answer is None else f"\n  {answer.status_code} {answer.text[:600]}"
                yield f"{said}\n  {check.failure_info.code_sample[:2000]}{text}"
