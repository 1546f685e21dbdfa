"""The addresses of the services taken together: a moment has one, and its pages lie below it in whichever service."""

import pytest

from tests.contracts.apis import document_of

MOMENT = "/moments/{moment_id}"
PAGES = {
    "moments": {MOMENT, f"{MOMENT}/timeline"},
    "messaging": {f"{MOMENT}/conversations"},
    "flags": {f"{MOMENT}/flags"},
}


@pytest.mark.rule("R241", "R250")
@pytest.mark.parametrize("service", PAGES)
def test_managing_messages_timeline_and_flags_of_a_moment_lie_below_its_address(service: str) -> None:
    read = {path for path, methods in document_of(service)["paths"].items() if "get" in methods}

    assert read >= PAGES[service]
