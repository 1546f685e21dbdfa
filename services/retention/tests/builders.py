"""Moments, purges and receipts for tests; each shows only what matters to it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.testing import NOON, UNIT
from contracts.moments import MomentEnded, MomentStarted
from contracts.registry import CARE_SERVICES
from contracts.retention import AccessRecorded, Deleted, PurgeAnswered, PurgeRequested
from services.retention.domain.moment import Moment, State
from services.retention.domain.purge import About, Purge
from services.retention.domain.receipt import Receipt, Scope

MOMENT = "mom-1"
RESIDENT = "res-1"
ADMIN = "SE2321000131-P000000000001"
PRACTITIONER = "SE2321000131-P000000000002"
OTHER_UNIT = "SE2321000131-E000000000002"
LONG_AGO = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
ENDED_AT = NOON - timedelta(days=10)


def a_moment(*, ended: bool = True) -> Moment:
    moment = Moment(MOMENT, RESIDENT, UNIT, "sova", "1.0", LONG_AGO)
    if ended:
        moment.end(reason="completed", unit_id=UNIT, at=ENDED_AT)
        assert moment.state is State.ENDED
    return moment


def a_purge() -> Purge:
    about = About(MOMENT, UNIT, "sova", "1.0", LONG_AGO, ENDED_AT, "completed")
    return Purge.request(
        "pur-1",
        tenant="vgr",
        about=about,
        resident_id=RESIDENT,
        expected=frozenset(CARE_SERVICES),
        by=ADMIN,
        at=NOON,
    )


def a_receipt(
    service: str,
    scope: Scope = Scope.MOMENT,
    *,
    deleted: Mapping[str, int] | None = None,
    remains: bool = False,
    key: bool = True,
) -> Receipt:
    return Receipt(service, scope, deleted or {"things": 2}, key, remains, NOON)


def take(purge: Purge, receipt: Receipt, *, others_remain: bool = False, at: datetime = NOON) -> None:
    purge.answer(receipt, moment_id=MOMENT, resident_id=RESIDENT, others_remain=others_remain, at=at)


def started(
    moment_id: str = MOMENT, *, resident: str = RESIDENT, unit: str = UNIT, continues: str | None = None
) -> MomentStarted:
    return MomentStarted(
        moment_id=moment_id,
        resident_id=resident,
        unit_id=unit,
        program_id="sova",
        program_version="1.0",
        messaging=True,
        continues_id=continues,
        started_at=LONG_AGO,
        by=PRACTITIONER,
    )


def ended(
    moment_id: str = MOMENT,
    *,
    resident: str = RESIDENT,
    unit: str = UNIT,
    at: datetime = ENDED_AT,
    continued_by: str | None = None,
) -> MomentEnded:
    return MomentEnded(
        moment_id=moment_id,
        resident_id=resident,
        unit_id=unit,
        reason="completed",
        continued_by_id=continued_by,
        ended_at=at,
        by=PRACTITIONER,
    )


def answered(
    asked: PurgeRequested, service: str, *, count: int = 2, remains: bool = False, key: bool = True
) -> PurgeAnswered:
    return PurgeAnswered(
        purge_id=asked.purge_id,
        scope=asked.scope,
        service=service,
        moment_id=asked.moment_id,
        resident_id=asked.resident_id,
        deleted=[Deleted(collection="things", count=count)],
        key_destroyed=key,
        resident_remains=remains,
        answered_at=NOON,
    )


def an_access(**fields: Any) -> AccessRecorded:
    said: dict[str, Any] = {
        "action": "moment.opened",
        "actor_kind": "staff",
        "actor_id": PRACTITIONER,
        "unit_id": UNIT,
        "resident_id": RESIDENT,
        "moment_id": MOMENT,
        "at": NOON,
    }
    return AccessRecorded(**{**said, **fields})
