"""`middleware`: an endpoint that does nothing behind everything an endpoint stands behind, against a bare one."""

from bench.actors import Program
from bench.lines import Measured
from bench.rounds import interleave, rate, spread
from bench.stack import Stack, await_ready
from deploy.embedded.ports import free_port

_REQUESTS = 15_000


def measure(stack: Stack) -> Measured:
    measured = Measured()
    token = stack.issuer.token()
    requests = stack.work(_REQUESTS)
    bare_port = free_port()
    bare = Program(
        "bench.floors.bare_endpoint", str(bare_port), env=stack.env, log=stack.log("bare-endpoint")
    )
    with stack.service("moments", "api") as url, bare, stack.actor("bench.load") as load:
        await_ready(f"http://127.0.0.1:{bare_port}", bare)

        def ask(port: int, requests: int) -> float:
            seconds: float = load.do(
                "run", port=port, path="/nothing/", token=token, requests=requests, connections=32
            )["seconds"]
            return seconds

        port = int(url.rsplit(":", 1)[1])
        sides = interleave(
            "middleware",
            stack.rounds,
            lambda: ask(bare_port, requests),
            lambda: ask(port, requests),
            lambda: ask(port, 2 * requests),
        )
    measured.doublings["middleware"] = sides.doubling
    measured.tell(
        "middleware",
        sides.share,
        f"{spread(sides.shares)}; behind all {rate(requests, sides.subject)}, "
        f"bare {rate(requests, sides.floor)}",
    )
    return measured
