"""Moments on disk, and what is said of them; lists and timeline are written with them.

The welcome text of one's own is sealed with the moment's key. Every moment has a key from its start, so that purging
it leaves a tombstone and nothing late can bring it back.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar

from chassis.keys import SubjectPurgedError
from chassis.mongo import Document
from chassis.repository import Repository
from chassis.sealing import Sealer
from chassis.work import Work
from contracts.message import Message
from services.moments.lists.store import standings
from services.moments.moments.domain.maintenance import Maintenance
from services.moments.moments.domain.module import ModuleRun, ModuleState
from services.moments.moments.domain.moment import Moment, MomentState, Welcome
from services.moments.moments.store.sayings import said_of
from services.moments.timeline.store.entries import Recorder


class Moments(Repository[Moment]):
    collection: ClassVar[str] = "moments"
    noun: ClassVar[str] = "moment"

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._timeline = Recorder(work, "m")

    def key_subject(self, aggregate: Moment) -> str:
        return aggregate.id

    def to_document(self, aggregate: Moment, sealer: Sealer | None) -> Document:
        assert sealer is not None
        text = aggregate.welcome.text
        standings.put(self._work, aggregate)
        return {
            "moment": aggregate.id,
            "resident": aggregate.resident,
            "unit": aggregate.unit,
            "program": aggregate.program,
            "program_version": aggregate.program_version,
            "messaging": aggregate.messaging,
            "started_at": aggregate.started_at,
            "started_on": aggregate.started_on.isoformat(),
            "practitioner": aggregate.practitioner,
            "modules": [_module_document(module) for module in aggregate.modules],
            "welcome_text": None if text is None else sealer.seal("welcome_text", text),
            "welcome_is_hidden": aggregate.welcome.is_hidden,
            "state": aggregate.state.value,
            "is_ended": aggregate.is_ended,
            "maintenance": _maintenance_document(aggregate.maintenance),
            "ended_at": aggregate.ended_at,
            "end_reason": aggregate.end_reason,
            "categories": sorted(aggregate.categories),
            "continues": aggregate.continues,
            "continued_by": aggregate.continued_by,
        }

    def from_document(self, document: Document, sealer: Sealer | None) -> Moment:
        if sealer is None:
            raise SubjectPurgedError(document["moment"])
        text = document["welcome_text"]
        return Moment(
            id=document["moment"],
            resident=document["resident"],
            unit=document["unit"],
            program=document["program"],
            program_version=document["program_version"],
            messaging=document["messaging"],
            started_at=document["started_at"],
            started_on=date.fromisoformat(document["started_on"]),
            practitioner=document["practitioner"],
            modules=[_module(row) for row in document["modules"]],
            welcome=Welcome(
                None if text is None else sealer.unseal_text("welcome_text", text),
                document["welcome_is_hidden"],
            ),
            state=MomentState(document["state"]),
            maintenance=_maintenance(document["maintenance"]),
            ended_at=document["ended_at"],
            end_reason=document["end_reason"],
            categories=frozenset(document.get("categories", ())),
            continues=document["continues"],
            continued_by=document["continued_by"],
            version=document["version"],
            position=document["position"],
        )

    def messages(self, aggregate: Moment, event: Any) -> Iterable[Message]:
        self._timeline.record(aggregate.id, aggregate.version, event)
        yield said_of(aggregate, event)


def _module_document(module: ModuleRun) -> Document:
    return {
        "code": module.code,
        "days": module.days,
        "state": module.state.value,
        "visible_steps": sorted(module.visible_steps),
        "started_at": module.started_at,
        "counted_from": None if module.counted_from is None else module.counted_from.isoformat(),
        "started_on_version": module.started_on_version,
        "ended_at": module.ended_at,
    }


def _module(row: Document) -> ModuleRun:
    day = row["counted_from"]
    return ModuleRun(
        code=row["code"],
        days=row["days"],
        state=ModuleState(row["state"]),
        visible_steps=frozenset(row["visible_steps"]),
        started_at=row["started_at"],
        counted_from=None if day is None else date.fromisoformat(day),
        started_on_version=row.get("started_on_version"),
        ended_at=row["ended_at"],
    )


def _maintenance_document(maintenance: Maintenance | None) -> Document | None:
    if maintenance is None:
        return None
    return {
        "modules": sorted(maintenance.modules),
        "last_day": maintenance.last_day.isoformat(),
        "expires_at": maintenance.expires_at,
        "is_over": maintenance.is_over,
    }


def _maintenance(row: Document | None) -> Maintenance | None:
    if row is None:
        return None
    return Maintenance(
        modules=frozenset(row["modules"]),
        last_day=date.fromisoformat(row["last_day"]),
        expires_at=row["expires_at"],
        is_over=row["is_over"],
    )
