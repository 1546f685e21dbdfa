"""The server answers whoever sends a request, and reads none without end: over a real connection, byte by byte."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from starlette.types import Receive, Scope, Send

from chassis.http.server import HEAD_LIMIT, Server, server_of
from deploy.embedded.ports import free_port
from tests.serving import running

pytestmark = pytest.mark.timeout(30)
END = b"\r\n\r\n"


class App:
    """Answers with the size of the body, once it has read all of it."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.asked += 1
        size, more = 0, True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = str(size).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Connection:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def says(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()

    async def hears(self) -> tuple[int, bytes]:
        head = await self._reader.readuntil(END)
        lines = head.lower().split(b"\r\n")
        [size] = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")]
        return int(lines[0].split(b" ")[1]), await self._reader.readexactly(size)

    async def is_closed(self) -> bool:
        return await self._reader.read() == b""

    def close(self) -> None:
        self._writer.close()


class World:
    def __init__(self, app: App, server: Server) -> None:
        self.app, self.server = app, server

    async def connects(self) -> Connection:
        return Connection(*await asyncio.open_connection("127.0.0.1", self.server.config.port))


@pytest_asyncio.fixture(loop_scope="function")
async def world() -> AsyncIterator[World]:
    app = App()
    server = server_of(app, "127.0.0.1", free_port(), finish_seconds=1)
    async with running(server):
        yield World(app, server)


def a_request(*headers: bytes, path: bytes = b"/") -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/1.1", b"host: x", *headers]) + END


CHUNKED = a_request(b"transfer-encoding: chunked")
PIECE = b"a" * 4096


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"GET /", PIECE),
        (a_request()[:-4] + b"\r\nname: ", PIECE),
        (a_request()[:-2], b"name: value\r\n" * 300),
        (CHUNKED + b"1\r\na\r\n0\r\nname: ", PIECE),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"name: value\r\n" * 300),
    ],
    ids=["request line", "one header", "headers", "one trailer", "trailers"],
)
async def test_what_never_ends_is_refused_before_it_fills_the_memory(
    world: World, begins: bytes, goes_on: bytes
) -> None:
    connection = await world.connects()

    await connection.says(begins, *[goes_on] * (HEAD_LIMIT // len(goes_on) + 1))

    status, _ = await connection.hears()
    assert status == 431
    assert await connection.is_closed()


async def test_a_head_without_end_never_reaches_the_application(world: World) -> None:
    connection = await world.connects()

    await connection.says(b"GET /" + b"a" * HEAD_LIMIT)

    assert (await connection.hears())[0] == 431
    assert world.app.asked == 0


async def test_bodies_are_no_part_of_what_is_bounded(world: World) -> None:
    connection = await world.connects()
    body = b"b" * (4 * HEAD_LIMIT)

    for _ in range(3):
        await connection.says(a_request(b"content-length: %d" % len(body)) + body)
        assert await connection.hears() == (200, str(len(body)).encode())
        await connection.says(CHUNKED, *[b"1000\r\n" + b"c" * 4096 + b"\r\n"] * 64, b"0\r\n\r\n")
        assert await connection.hears() == (200, str(64 * 4096).encode())
    connection.close()


async def test_each_request_of_a_connection_is_counted_by_itself(world: World) -> None:
    connection = await world.connects()
    large = a_request(b"content-length: 0", b"name: " + b"a" * (HEAD_LIMIT // 4))

    for _ in range(12):
        await connection.says(large)
        assert await connection.hears() == (200, b"0")
    connection.close()
