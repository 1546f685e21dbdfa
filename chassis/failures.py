"""Failures of reactions: which message of a batch failed, and the code that operations see of it, never a text."""

import asyncio

from chassis.errors import DomainError


class ReactionError(Exception):
    """The reaction to the message `at` that place of a batch failed with `error`."""

    def __init__(self, at: int, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.at = at
        self.error = error


class LeakedCancellationError(Exception):
    """A reaction let out a cancellation that nobody had asked for."""


def is_being_cancelled() -> bool:
    """Whether somebody asked this task to end, so that a cancellation is not a failure."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def code_of_failure(failure: Exception) -> str:
    """What a dead or parked message shows of its failure: a code, never a text."""
    if isinstance(failure, ReactionError):
        failure = failure.error
    return failure.code if isinstance(failure, DomainError) else type(failure).__name__
