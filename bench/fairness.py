"""`fairness`: how much longer a region's direct notices take while another asks at a hundred times its own rate."""

import statistics

from bench.actors import BenchError
from bench.lines import Measured
from bench.rounds import progress, spread
from bench.stack import Stack
from bench.windows import empty_sendings, write_regions

_QUIET_RATE = 10.0
_LOUD_RATE = 10.0
_TIMES = 100
_SECONDS = 10.0


def measure(stack: Stack) -> Measured:
    measured = Measured()
    folder = stack.folder / "fair-regions"
    write_regions(folder)
    seconds = max(2.0, _SECONDS * stack.size)
    quiet: list[float] = []
    loud: list[float] = []
    with stack.actor("bench.subjects.sending", SOB_TENANTS=str(folder)) as sending:
        # What other lines have left in the service's database is not to be sent here.
        empty_sendings(stack.mongo, "notifications")
        sending.do("run", seconds=1.0, quiet=_QUIET_RATE, loud=_LOUD_RATE)
        for number in range(stack.rounds):
            sides = [(quiet, _LOUD_RATE), (loud, _LOUD_RATE * _TIMES)]
            for side, rate in sides if number % 2 == 0 else reversed(sides):
                answer = sending.do("run", seconds=seconds, quiet=_QUIET_RATE, loud=rate)
                if answer["missing"]:
                    raise BenchError(f"{answer['missing']} notices of the quiet region did not go")
                side.append(answer["p95"])
            progress(f"fairness: round {number + 1} of {stack.rounds}, {loud[-1] / quiet[-1]:.2f}")
    times = [one / other for one, other in zip(loud, quiet, strict=True)]
    measured.tell(
        "fairness",
        statistics.median(times),
        f"{spread(times)}; p95 {spread([1000 * each for each in loud], 0)} ms, "
        f"while all is quiet {spread([1000 * each for each in quiet], 0)} ms",
    )
    return measured
