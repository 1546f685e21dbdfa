"""supervisord's XML-RPC over its Unix socket, without importing supervisor: a status must be quick."""

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _Connection(self._path)


def connect(path: Path) -> Any:
    """The supervisor's commands as methods. They raise OSError when it is away, xmlrpc.client.Fault for a refusal."""
    proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_Transport(path))
    return proxy.supervisor


def pids(path: Path) -> dict[str, int | None]:
    """The process id of each program; none while it does not run, and nothing where there is no supervisor."""
    try:
        rows = connect(path).getAllProcessInfo()
    except (OSError, xmlrpc.client.Error, http.client.HTTPException):
        return {}
    return {row["name"]: row["pid"] or None for row in rows}
