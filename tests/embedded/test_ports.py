"""Ports for servers of tests: nobody's, and no two askers' the same."""

import asyncio
import socket

import pytest
import uvicorn

from deploy.embedded.ports import HOST, free_port
from tests.serving import running


def test_nobody_is_given_a_port_that_another_was_given() -> None:
    given = [free_port() for _ in range(2000)]
    assert len(set(given)) == len(given)


def test_a_port_that_somebody_listens_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as other:
        taken, free = other.getsockname()[1], free_port()
        monkeypatch.setattr("deploy.embedded.ports._DRAWN", iter([taken, free]))
        assert free_port() == free


async def test_a_server_whose_port_is_taken_breaks_its_own_test_alone() -> None:
    async def app(*_: object) -> None:
        raise AssertionError

    with socket.create_server((HOST, 0)) as other:
        server = uvicorn.Server(uvicorn.Config(app, HOST, other.getsockname()[1], lifespan="off"))
        with pytest.raises(OSError, match="in use"):
            async with asyncio.timeout(5), running(server):
                pytest.fail("It cannot listen there.")
