"""Which port each process listens on: one knob (PORT_BASE) for the stack, free ones for tests.

Free ports are drawn below the range the kernel gives to outgoing connections: while a killed server is away,
a client that reconnects could otherwise be given the very port it calls, and the server could not come back.
"""

import itertools
import random
import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
DEFAULT_BASE = 8100
SERVICES = ("moments", "messaging", "notifications", "flags", "retention")
KINDS = ("api", "worker")
# All of them before one comes a second time: whoever was given one may not listen there yet.
_DRAWN = itertools.cycle(random.sample(range(20000, 32000), 12000))


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of a stack, counted from its base."""

    base: int = DEFAULT_BASE

    @property
    def parts(self) -> dict[str, int]:
        """Ports of what is not ours, by what stands behind them."""
        names = (
            *("issuer", "sms", "smtp", "smtp-http", "mongo", "kafka", "kafka-controller", "kafka-sasl"),
            "inbox",
        )
        return {name: self.base + offset for offset, name in enumerate(names)}

    def of_service(self, service: str, kind: str) -> int:
        """The HTTP port of one process of a service: its API, or the health of its worker."""
        return self.base + 10 * (1 + SERVICES.index(service)) + KINDS.index(kind)

    @property
    def all(self) -> dict[str, int]:
        """Every port of the stack by the name of its process."""
        ours = {f"{s}-{k}": self.of_service(s, k) for s in SERVICES for k in KINDS}
        return {**self.parts, **ours}


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port no server listens on, no outgoing connection will be given, and nobody in this process was given."""
    return next(port for port in _DRAWN if is_free(port))
