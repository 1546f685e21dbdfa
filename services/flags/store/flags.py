"""Flags as documents, what each of their events says outside, and the lists people see."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from contracts.flags import FlagHandled, FlagRaised
from contracts.message import Message
from contracts.notifications import NotifyStaff
from services.flags.domain.flag import Cause, Flag, Handled, Raised
from services.flags.domain.kinds import Audience, FlagType

OPEN, HANDLED = "open", "handled"


class Flags(Repository[Flag]):
    collection = "flags"
    noun = "flag"

    def to_document(self, aggregate: Flag, sealer: Sealer | None) -> Document:
        return {
            "flag": aggregate.id,
            "moment": aggregate.moment,
            "resident": aggregate.resident,
            "unit": aggregate.unit,
            "type": aggregate.type.value,
            "audience": aggregate.audience.value,
            "practitioner": aggregate.practitioner,
            "raised_at": aggregate.raised_at,
            "causes": [
                {"id": cause.id, "source": cause.source, "at": cause.at} for cause in aggregate.causes
            ],
            "state": OPEN if aggregate.is_open else HANDLED,
            "handled_at": aggregate.handled_at,
            "handled_by": aggregate.handled_by,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Flag:
        return Flag(
            id=document["flag"],
            moment=document["moment"],
            resident=document["resident"],
            unit=document["unit"],
            type=FlagType(document["type"]),
            audience=Audience(document["audience"]),
            practitioner=document["practitioner"],
            raised_at=document["raised_at"],
            causes=[Cause(**cause) for cause in document["causes"]],
            handled_at=document["handled_at"],
            handled_by=document["handled_by"],
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Flag, event: Raised | Handled) -> Iterable[Message]:
        match event:
            case Raised():
                yield FlagRaised(
                    flag_id=aggregate.id,
                    moment_id=aggregate.moment,
                    unit_id=aggregate.unit,
                    flag_type=aggregate.type.value,
                    audience=aggregate.audience.value,
                    count=event.count,
                    raised_at=event.at,
                )
                # Once for each flag, however much it comes to stand for (D23).
                if aggregate.version == 0 and event.count == 1 and aggregate.practitioner is not None:
                    yield from _notice(aggregate, aggregate.practitioner)
            case Handled():
                yield FlagHandled(
                    flag_id=aggregate.id,
                    moment_id=aggregate.moment,
                    flag_type=aggregate.type.value,
                    by=event.by,
                    handled_at=event.at,
                )

    async def page(
        self,
        where: Document,
        *,
        type: FlagType | None,
        state: str | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Flag]:
        """Flags that match, latest raised first; `where` names the fields an index begins with."""
        if state is not None:
            where = {**where, "state": state}
        if type is not None:
            where = {**where, "type": type.value}
        if after is not None:
            raised_at, identity = after
            same = {"raised_at": raised_at, "_id": {"$lt": self._work.id_of(identity)}}
            where = {**where, "$or": [{"raised_at": {"$lt": raised_at}}, same]}
        return await self.query(where, sort=(("raised_at", -1), ("_id", -1)), limit=limit)


def _notice(flag: Flag, practitioner: str) -> Iterable[Message]:
    """What whoever is responsible is told, if they wish: unit and type, not whom it is about."""
    if flag.audience is Audience.PRACTITIONER:
        yield NotifyStaff(
            recipient_id=practitioner,
            unit_id=flag.unit,
            flag_type=flag.type.value,
            dedup_key=flag.id,
            asked_at=flag.raised_at,
        )
