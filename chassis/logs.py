"""One JSON line per decision on stderr: ids, codes and counts, never personal data.

Two guards stand behind that rule: an error is logged as its type and where it happened, never its message, and what
looks like a personal identity number is struck out of every text.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger

_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:1[89]|20)?[0-9]{6}[-+]?[0-9]{4}(?![0-9A-Za-z])")
_SHORTEST_NUMBER = 10
_FRAMES = 8

_encode = json.JSONEncoder(ensure_ascii=False, default=lambda value: type(value).__qualname__).encode


def configure_logs(service: str, kind: str, level: str = "INFO") -> None:
    """Set up logging of this process; called once, at its start. `kind` is api, worker or all."""
    finish = Finish(service, kind)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, finish, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, finish],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


class Finish:
    """Adds what every line has and takes out what none may have: one processor, because it runs per request."""

    def __init__(self, service: str, kind: str) -> None:
        self._service = service
        self._kind = kind

    def __call__(self, _logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        given = event.pop("exc_info", None)
        if given:
            error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
            event.update(describe(error) if isinstance(error, BaseException) else {})
        for name, value in event.items():
            if isinstance(value, str) and len(value) >= _SHORTEST_NUMBER:
                event[name] = _NUMBER.sub("[struck]", value)
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            event.setdefault("trace", f"{context.trace_id:032x}")
        event["level"] = method
        event["at"] = datetime.now(UTC).isoformat()
        event["service"] = self._service
        event["kind"] = self._kind
        return event


def render(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """A line as JSON; what JSON does not know is named by its type, because its text may be anything."""
    return _encode(event)


def describe(error: BaseException) -> dict[str, Any]:
    """The fields by which an error is found in the code."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    cause = error.__cause__ or error.__context__
    fields: dict[str, Any] = {
        "error": type(error).__qualname__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    return fields | ({"cause": type(cause).__qualname__} if cause is not None else {})
