"""What operations are told about a process."""

import httpx
import pytest

from chassis.http.ops import create_ops_app
from chassis.metrics import Metrics
from tests.chassis.http.edge import a_world, client_of


async def _well() -> None: ...


async def _away() -> None:
    raise ConnectionError("mongodb://user:password@host")


async def _ask(path: str, *, live: object = None, ready: object = None) -> httpx.Response:
    metrics = Metrics()
    metrics.gauge("chassis.outbox.lag", 3)
    async with client_of(create_ops_app(metrics, live=live, ready=ready)) as client:  # type: ignore[arg-type]
        return await client.get(path)


async def test_a_process_whose_checks_all_pass_is_ready() -> None:
    answer = await _ask("/health/ready", ready={"database": _well, "broker": _well})

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "broker": "ok"}}


async def test_readiness_names_what_fails_and_no_secret() -> None:
    answer = await _ask("/health/ready", ready={"database": _away, "broker": _well})

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ConnectionError", "broker": "ok"}


async def test_a_process_that_cannot_be_ready_still_lives() -> None:
    answer = await _ask("/health/live", live={"loop": _well}, ready={"database": _away})

    assert answer.status_code == 200


async def test_what_makes_no_progress_is_not_alive() -> None:
    answer = await _ask("/health/live", live={"consumer": _away})

    assert answer.status_code == 503


async def test_a_check_that_hangs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chassis.http.ops._CHECK_SECONDS", 0.01)

    async def hangs() -> None:
        import asyncio

        await asyncio.Event().wait()

    answer = await _ask("/health/ready", ready={"broker": hangs})

    assert answer.json()["checks"] == {"broker": "TimeoutError"}


async def test_a_worker_shows_its_metrics() -> None:
    answer = await _ask("/metrics")

    assert "sob_chassis_outbox_lag 3.0" in answer.text


async def test_an_api_answers_the_same_questions() -> None:
    async with a_world().api(ready={"database": _away}) as api:
        ready, live = await api.get("/health/ready"), await api.get("/health/live")

    assert (ready.status_code, live.status_code) == (503, 200)
