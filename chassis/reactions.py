"""Reactions: which function answers which message, declared next to the function and nowhere else.

A service hears exactly the types it reacts to; every other type on a topic is skipped, so that a newer producer
never stops an older reader.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.envelope import Envelope
from contracts.message import Message

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Heard(Generic[M]):
    """One message as a reaction gets it: what was said, and the envelope it came in."""

    data: M
    envelope: Envelope
    topic: str
    partition: int
    offset: int
    key: str

    @property
    def lane(self) -> str:
        """Messages of one lane keep their order, also while one of them is being retried."""
        return f"{self.topic}|{self.key}"


Reaction = Callable[[Heard[Any], Any], Awaitable[None]]
Preparation = Callable[[Sequence[Heard[Any]], Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A reaction and what it wants read for a whole batch before it runs.

    `alone`: its unit of work holds no other message, so it sees all that came before it, and what comes after sees it.
    """

    model: type[Message]
    react: Reaction
    prepare: Preparation | None
    alone: bool


class Reactions:
    """The reactions of one service."""

    def __init__(self) -> None:
        self.by_type: dict[str, Answer] = {}

    def on(
        self, model: type[M], *, prepare: Preparation | None = None, alone: bool = False
    ) -> Callable[[Reaction], Reaction]:
        """Declare the reaction to a message. `prepare(heard, work)` reads once for all of a batch (no N+1).

        `alone` for what deletes by a filter: what others of its batch insert would be neither seen nor counted.
        """

        def declare(react: Reaction) -> Reaction:
            if model.type() in self.by_type:
                raise ValueError(
                    f"{model.__name__} has a reaction already; one service reacts once to a message."
                )
            self.by_type[model.type()] = Answer(model, react, prepare, alone)
            return react

        return declare

    def include(self, other: "Reactions") -> None:
        """Take over the reactions of a handler module."""
        for answer in other.by_type.values():
            self.on(answer.model, prepare=answer.prepare, alone=answer.alone)(answer.react)
