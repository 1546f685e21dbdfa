"""`digest`: flushing every region's window, against a sorted read and an insert of as many documents alone.

The same digests are made in both, and counted. Memory is the highest resident size of the flushing process above
what it held before, once for the items and once for twice as many.
"""

import statistics
from typing import Any

from bench.actors import BenchError
from bench.costs import Costs
from bench.lines import Measured
from bench.rounds import interleave, progress, rate, spread
from bench.stack import Stack
from bench.windows import Mongo, ask_flushes, empty_sendings, seed_contacts, seed_pending, write_regions

_RESIDENTS = 50_000
_EACH = 4


def measure(stack: Stack) -> Measured:
    measured = Measured()
    mongo, residents = stack.mongo, stack.work(_RESIDENTS)
    folder = stack.folder / "regions"
    write_regions(folder)
    seed_contacts(mongo, "notifications", 2 * residents)
    seed_pending(mongo, "floor", residents, _EACH)
    ours, theirs = Costs(stack), Costs(stack)
    grown: dict[int, list[float]] = {residents: [], 2 * residents: []}
    with (
        stack.actor("bench.subjects.flushing", SOB_TENANTS=str(folder)) as flushing,
        stack.actor("bench.floors.sorted_read") as bare,
    ):
        # What a process loads at its first flush is not what a flush takes.
        _seed(mongo, stack.work(_RESIDENTS // 50))
        flushing.do("flush")

        def floor() -> float:
            mongo["floor"]["digests"].drop()
            answer = theirs.of(residents, lambda: bare.do("run"))
            _expect(mongo["floor"]["digests"].estimated_document_count(), residents)
            return float(answer["seconds"])

        def subject(residents: int) -> float:
            _seed(mongo, residents)
            answer: dict[str, Any] = ours.of(residents, lambda: flushing.do("flush"))
            _expect(mongo["notifications"]["sendings"].estimated_document_count(), residents)
            _expect(mongo["notifications"]["pending"].estimated_document_count(), 0)
            grown[residents].append(answer["grown_mb"])
            return float(answer["seconds"])

        sides = interleave(
            "digest", stack.rounds, floor, lambda: subject(residents), lambda: subject(2 * residents)
        )
        _compare(mongo["floor"]["digests"].find_one(), mongo["notifications"]["sendings"].find_one())
    ratios = [1 / share for share in sides.shares]
    once, twice = (grown[count] for count in (residents, 2 * residents))
    progress(f"digest: floors {sides.floor}, subjects {sides.subject}")
    measured.doublings["digest"] = sides.doubling
    measured.tell(
        "digest",
        statistics.median(ratios),
        f"{spread(ratios)}; {residents * _EACH} items of {residents} residents, "
        f"digests {rate(residents, sides.subject)}, read and inserted {rate(residents, sides.floor)}",
    )
    measured.tell_costs("a digest", flushed=ours, floor=theirs)
    measured.tell("digest_mb", max(once), f"{spread(once, 1)}; with twice the items {spread(twice, 1)}")
    return measured


def _seed(mongo: Mongo, residents: int) -> None:
    empty_sendings(mongo, "notifications")
    seed_pending(mongo, "notifications", residents, _EACH)
    ask_flushes(mongo, "notifications")


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise BenchError(f"{found} documents where {wanted} should be")


def _compare(theirs: dict[str, Any] | None, ours: dict[str, Any] | None) -> None:
    """The floor makes documents of the same fields, or it measures something else."""
    if theirs is None or ours is None or set(theirs) != set(ours):
        raise BenchError("the floor's documents are not like ours")
