"""How a local sink is told to misbehave: `PUT /behaviour {"mode", "count", "to", "seconds"}`.

| mode | a sink then |
|---|---|
| ok | accepts and answers |
| fail | answers 500 (SMTP 451) and accepts nothing |
| reject | answers 400 (SMTP 550, inbox ERROR) and accepts nothing |
| hang | never answers and accepts nothing |
| drop | accepts, then closes the connection without an answer |
| late | accepts at once and answers after `seconds` |
| twice | accepts and sends its delivery receipt twice (mail and inbox have none: as ok) |
| undelivered | accepts, and its delivery receipt says failed (mail: as ok; inbox: INFO, accepts nothing) |
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """What happens to the next requests."""

    OK = "ok"
    FAIL = "fail"
    REJECT = "reject"
    HANG = "hang"
    DROP = "drop"
    LATE = "late"
    TWICE = "twice"
    UNDELIVERED = "undelivered"


class Behaviour(BaseModel):
    """An order: for `count` requests (none: until told otherwise), and for one recipient where `to` is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode = Mode.OK
    count: int | None = Field(default=None, ge=1)
    to: str | None = None
    seconds: float = Field(default=20, ge=0, le=3600)


class Script:
    """The order in force; each request that it concerns uses it up by one."""

    def __init__(self) -> None:
        self.order = Behaviour()

    def obey(self, order: Behaviour) -> Behaviour:
        """Take a new order; the old one is over."""
        self.order = order
        return order

    def take(self, to: str) -> Behaviour:
        """What to do with a request for this recipient; counts it."""
        order = self.order
        if order.to not in (None, to):
            return Behaviour()
        if order.count is not None:
            self.order = (
                order.model_copy(update={"count": order.count - 1}) if order.count > 1 else Behaviour()
            )
        return order
