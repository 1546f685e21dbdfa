"""The published language does not move by accident."""

import json
import re
import shutil
from pathlib import Path

import pytest

from contracts import schemas
from contracts.__main__ import main
from contracts.asyncapi import document
from contracts.registry import MESSAGES, TOPICS


def test_snapshots_are_what_the_messages_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0, capsys.readouterr().out


def test_a_moved_message_is_told_with_a_readable_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "contracts"
    shutil.copytree(schemas.SCHEMAS, folder / "schemas")
    shutil.copy(schemas.ASYNCAPI, folder / "asyncapi.json")
    for name, place in (
        ("FOLDER", folder),
        ("SCHEMAS", folder / "schemas"),
        ("ASYNCAPI", folder / "asyncapi.json"),
    ):
        monkeypatch.setattr(schemas, name, place)
    moved = folder / "schemas" / "FlagHandled.v1.json"
    moved.write_text(moved.read_text().replace('"minimum"', '"maximum"').replace('"handled_at"', '"done_at"'))
    (folder / "schemas" / "NobodySaid.v1.json").write_text("{}")

    assert main(["check"]) == 1

    told = capsys.readouterr()
    assert '-    "done_at"' in told.out and '+    "handled_at"' in told.out
    assert "NobodySaid.v1.json is the snapshot of no message." in told.out
    assert "python -m contracts snapshot" in told.err

    assert main(["snapshot"]) == 0
    assert main(["check"]) == 0


def test_an_unknown_command_is_answered_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish"]) == 2
    assert "snapshot|check|asyncapi" in capsys.readouterr().err


def test_the_asyncapi_document_names_every_topic_with_the_region_as_parameter() -> None:
    channels = document()["channels"]

    assert {c["address"] for c in channels.values()} == {topic.name("{tenant}") for topic in TOPICS}
    assert all(set(c["parameters"]) == {"tenant"} for c in channels.values())
    assert all(
        c["x-owner"] and c["x-key"] and c["bindings"]["kafka"]["topicConfiguration"]
        for c in channels.values()
    )


def test_the_asyncapi_document_names_no_host() -> None:
    text = json.dumps(document())

    assert "servers" not in document()
    assert not re.search(r"localhost|127\.0\.0\.1|https?://", text)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    made = document()
    references = re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(made))

    assert len(references) > len(MESSAGES)
    for reference in references:
        target = made
        for part in reference.split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        assert target
