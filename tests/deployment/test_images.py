"""What is in an image and what it may do; and that MongoDB's official image keeps services apart, too."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.embedded.mongod import Mongod
from tests.containers import docker_answers, mongod_in_container

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(600)]

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """One line instead of an error for each test."""
    if not docker_answers():
        pytest.fail(
            'No Docker engine answers: start one, or leave these out with -m "not docker".', pytrace=False
        )


@pytest.fixture(scope="module", params=["flags", "deploy"])
def image(request: pytest.FixtureRequest) -> str:
    """A service's image and that of the tools."""
    return _built(request.param)


@pytest.fixture
def mongod(tmp_path: Path) -> Iterator[Mongod]:
    with mongod_in_container(tmp_path, services=("moments", "flags")) as running:
        yield running


def test_an_image_runs_as_a_user_without_rights_also_when_nothing_can_be_written(image: str) -> None:
    said = _run(image, "python", "-c", "import os; print(os.getuid(), os.access('/app', os.W_OK))")

    assert said == "10001 False"
    assert _inspect(image)["User"] == "10001:10001"


def test_an_image_holds_its_own_code_and_nothing_else(image: str) -> None:
    own = ["deploy", "programs"] if image == "sob-deploy" else ["services", "services/flags"]

    found = _run(image, "sh", "-c", "ls -d * services/* 2>/dev/null || true").split()

    assert sorted({*found} - {"services/__pycache__"}) == sorted(["chassis", "contracts", *own])
    strangers = "find . -name tests -not -path './.venv/*'; ls .venv/bin | grep -x -e pytest -e uv || true"
    assert not _run(image, "sh", "-c", strangers)


def test_an_image_of_a_service_says_in_one_line_what_it_lacks() -> None:
    refused = subprocess.run(
        ["docker", "run", "--rm", "sob-flags"], capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert refused.stderr.startswith("flags: Settings are wrong: SOB_KAFKA_BOOTSTRAP")
    assert refused.stderr.count("\n") == 1


def test_the_image_of_moments_draws_a_pdf_where_nothing_can_be_written() -> None:
    program = "import weasyprint; print(weasyprint.HTML(string='<p>Åäö</p>').write_pdf()[:5])"

    assert _run(_built("moments"), "python", "-c", program) == "b'%PDF-'"


def test_an_image_knows_how_its_health_is_asked(image: str) -> None:
    assert "/health/live" in " ".join(_inspect(image)["Healthcheck"]["Test"])


def test_a_service_opens_its_own_two_databases_and_no_other(mongod: Mongod) -> None:
    with MongoClient[dict[str, object]](mongod.uri("moments")) as client:
        for own in ("moments", "moments_keys"):
            client[own].things.insert_one({})
        for foreign in ("flags", "flags_keys", "admin", "local"):
            with pytest.raises(OperationFailure, match=r"not authorized|requires authentication"):
                client[foreign].things.find_one()


def test_nobody_enters_the_database_without_a_password(mongod: Mongod) -> None:
    address = f"mongodb://127.0.0.1:{mongod.port}/?directConnection=true"

    with MongoClient[dict[str, object]](address) as client, pytest.raises(OperationFailure):
        client.moments.things.find_one()


def _built(service: str) -> str:
    """The name of the image, built as docker-compose.yml builds it."""
    name, argument = f"sob-{service}", f"SERVICE={service}"
    _docker("build", "--quiet", "--file", "deploy/Dockerfile", "--build-arg", argument, "--tag", name, ".")
    return name


def _run(image: str, program: str, *words: str) -> str:
    alone = ["--rm", "--read-only", "--tmpfs", "/tmp", "--network", "none", "--cap-drop", "ALL"]
    return _docker("run", *alone, "--entrypoint", program, image, *words).strip()


def _inspect(image: str) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(_docker("image", "inspect", image))[0]["Config"]
    return config


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
