"""One JSON line per decision on stderr: ids, codes and counts, never personal data.

Two guards stand behind that rule: an error is logged as its type and where it happened, never its message, and what
looks like a personal identity number is struck out of every text.
"""

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, Processor, WrappedLogger

_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:1[89]|20)?[0-9]{6}[-+]?[0-9]{4}(?![0-9A-Za-z])")
_FRAMES = 8


def configure_logs(service: str, kind: str, level: str = "INFO") -> None:
    """Set up logging of this process; called once, at its start. `kind` is api, worker or all."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _Origin(service, kind),
        add_trace,
        describe_error,
        strike_numbers,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


class _Origin:
    def __init__(self, service: str, kind: str) -> None:
        self._service = service
        self._kind = kind

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = self._service
        event["kind"] = self._kind
        return event


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the trace this line belongs to."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event.setdefault("trace", f"{context.trace_id:032x}")
    return event


def describe_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put an error's type and place instead of its message, which may quote what a person wrote."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event.update(describe(error))
    return event


def describe(error: BaseException) -> dict[str, Any]:
    """The fields by which an error is found in the code."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    cause = error.__cause__ or error.__context__
    fields: dict[str, Any] = {
        "error": type(error).__qualname__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    return fields | ({"cause": type(cause).__qualname__} if cause is not None else {})


def strike_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last guard: no text of a line keeps what looks like a personal identity number."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _NUMBER.sub("[struck]", value)
    return event
