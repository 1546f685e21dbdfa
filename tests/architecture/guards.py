"""What is refused wherever it stands: names that say nothing, clocks read in passing, tests that sleep."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Module

LONGEST = 300

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_SAY_NOTHING = {"Manager", "Helper", "Util", "Utils", "Utility", "Helpers", "Base", "Abstract", "Impl"}
_NOT_WHAT_HAPPENED = ("Updated", "Changed")

_CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow",
    "date.today", "datetime.date.today", "time.time", "time.time_ns",
}  # fmt: skip
# The clock itself, the time of a log line, the real age of what waits, and the clock of a local stack.
CLOCK_READERS = {"chassis/clock.py", "chassis/logs.py", "chassis/gauges.py", "deploy/embedded/local_clock.py"}

_SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "sleep"}
# It waits for others, or it plays a reaction or a loop that takes its time.
SLEEPERS = {
    "tests/chassis/test_consumer.py",
    "tests/chassis/test_process.py",
    "tests/eventually.py",
    "tests/faults/worker.py",
}
_MOCKS = ("unittest.mock.patch", "mock.patch", "pytest_mock")


def undocumented(module: Module) -> Iterator[str]:
    """Every module begins with what it is for."""
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield f"{module.path} does not say what it is for: begin it with a docstring."


def too_long(module: Module) -> Iterator[str]:
    """A module past 300 lines is two."""
    lines = module.text.count("\n")
    if lines > LONGEST:
        yield f"{module.path} has {lines} lines: split it."


def banned_names(module: Module) -> Iterator[str]:
    """A class says what it is."""
    stem = module.parts[-1].removesuffix(".py")
    if stem in {"utils", "util", "helpers", "helper", "common", "misc"}:
        yield f"{module.path} is named after nothing: name it after what it holds."
    for found in module.classes:
        said = _SAY_NOTHING & set(_WORDS.findall(found.name))
        if said:
            yield f"{module.path}:{found.lineno} {found.name}: {min(said)} says nothing."


def unsaid_events(module: Module) -> Iterator[str]:
    """An event says what happened; only a snapshot may say that something changed."""
    if module.parts[0] != "contracts":
        return
    for found in module.classes:
        if found.name.endswith(_NOT_WHAT_HAPPENED):
            yield f"{module.path}:{found.lineno} {found.name} does not say what happened."


def clock_reads(module: Module) -> Iterator[str]:
    """Time is passed in: whoever needs it is given a clock."""
    if module.is_test or module.parts[0] == "bench" or module.path in CLOCK_READERS:
        return
    for call, name in module.calls:
        if name in _CLOCKS:
            yield f"{module.path}:{call.lineno} reads {name}(): take a Clock."


def foreign_digits(module: Module) -> Iterator[str]:
    """Pydantic's \\d and \\w take the digits and letters of every script; contracts, ids and int() of others do not."""
    if module.is_test or module.parts[0] == "deploy":
        return
    for call, _ in module.calls:
        patterns = [keyword.value for keyword in call.keywords if keyword.arg == "pattern"]
        for node in (part for pattern in patterns for part in ast.walk(pattern)):
            if isinstance(node, ast.Constant) and re.search(r"\\[dw]", str(node.value)):
                yield f"{module.path}:{call.lineno} takes digits of every script: write [0-9]."


def sleeping_tests(module: Module) -> Iterator[str]:
    """A test waits with eventually(...); `sleep(0)` only lets others run."""
    if not module.is_test or module.path in SLEEPERS:
        return
    for call, name in module.calls:
        lets_run = len(call.args) == 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
        if name in _SLEEPS and not lets_run:
            yield f"{module.path}:{call.lineno} sleeps: use tests.eventually."


def patched_tests(module: Module) -> Iterator[str]:
    """Fakes are written by hand and pass the suite of the real thing."""
    if not module.is_test:
        return
    for line, name in module.imports:
        if name.startswith(("unittest.mock", *_MOCKS)):
            yield f"{module.path}:{line} imports {name}: write a fake."
    for call, name in module.calls:
        if name.split(".")[0] in {"mock", "mocker"} or name.endswith("mock.patch"):
            yield f"{module.path}:{call.lineno} calls {name}: write a fake."
