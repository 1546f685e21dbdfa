"""The outbox: what a service has to say lies in the same transaction as the state it tells of.

An outbox id sorts in commit order per aggregate: its position is the aggregate's previous one plus one, or real time
if that is later, so the relay keeps the order of an aggregate by reading in the order of ids. The id is also the
CloudEvents id, so a reader's inbox inserts ids in time order.
"""

from datetime import datetime

from chassis.clock import position
from chassis.errors import InvalidError
from chassis.mongo import Document
from contracts.message import Message
from contracts.registry import Topic, topic_of

_HEX_DIGITS = 14
# Well within one batch of the relay, and that within what a broker takes.
LARGEST_VALUE = 256 * 1024


class MessageTooLargeError(InvalidError):
    """No topic takes a message of this size: say less, or say where it can be read."""


class Speaker:
    """Turns a message into the outbox document of one service; knows topics and keys from the registry."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._topics: dict[type[Message], Topic] = {}

    def document(
        self,
        message: Message,
        *,
        tenant: str,
        aggregate: str,
        at_position: int,
        time: datetime,
        trace: str | None,
    ) -> Document:
        """The outbox document of `message` at its aggregate's position. Raises LookupError for a message not ours."""
        kind = type(message)
        topic = self._topics.get(kind)
        if topic is None:
            topic = self._topics[kind] = topic_of(kind, self._service)
        value = message.model_dump_json().encode()
        if len(value) > LARGEST_VALUE:
            raise MessageTooLargeError(
                f"{kind.__name__} has {len(value)} bytes, of at most {LARGEST_VALUE}.", bytes=len(value)
            )
        return {
            "_id": outbox_id(at_position, aggregate),
            "topic": topic.name(tenant),
            "key": getattr(message, topic.key),
            "type": kind.type(),
            "time": time.isoformat(),
            "trace": trace,
            "value": value,
        }


def next_position(previous: int) -> int:
    """The position of an aggregate's next message: later than its previous one, whatever the clocks say."""
    return max(previous + 1, position())


def outbox_id(at_position: int, aggregate: str) -> str:
    """Ids of equal length up to the aggregate, so that text order is position order."""
    return f"{at_position:0{_HEX_DIGITS}x}-{aggregate}"


def sequence_of(identity: str) -> str:
    """The part of an outbox id that grows with each message of its aggregate."""
    return identity[:_HEX_DIGITS]
