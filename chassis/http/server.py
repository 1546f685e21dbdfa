"""The HTTP server of a process: uvicorn, which leaves signals to the process and reads no request without end.

What comes before the application sees a request is anybody's: nobody's request line, headers and trailers may fill
the memory of the process.
"""

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of one request, without its body: as much as other servers and proxies let through in all.
HEAD_LIMIT = 64 * 1024
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's own protocol with the bound that its other one has (`h11_max_incomplete_event_size`)."""

    # Bytes of the request under way that are no body.
    _head = 0

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        self._head -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process decides what a signal means."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_of(app: ASGIApp, host: str, port: int, *, finish_seconds: float) -> Server:
    """A server of the application, which finishes what is under way for so long when it is told to exit."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=BoundedProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=int(finish_seconds),
        )
    )
