"""The program in docs/subscribing.md reads an example from a real broker, as it stands there."""

import asyncio
import re
import textwrap
from collections.abc import Callable
from typing import Any

import confluent_kafka.admin
from confluent_kafka import Producer

from contracts.examples import example
from contracts.moments import MomentStarted
from deploy.embedded.kafka import Kafka
from tests.architecture.source import ROOT
from tests.eventually import eventually

PASSWORD = "a-long-password"


def the_documented_program() -> str:
    page = (ROOT / "docs" / "subscribing.md").read_text("utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def as_function(program: str) -> Callable[..., Any]:
    scope: dict[str, Any] = {}
    exec("async def read(address, password, print):\n" + textwrap.indent(program, "    "), scope)
    return scope["read"]  # type: ignore[no-any-return]


def a_region_with_one_message(kafka: Kafka, region: str) -> None:
    admin_api: Any = confluent_kafka.admin
    admin = admin_api.AdminClient({"bootstrap.servers": kafka.bootstrap})
    shown = example(MomentStarted)
    topic = shown.topic.replace("vgr.", f"{region}.", 1)
    scram = admin_api.ScramCredentialInfo(admin_api.ScramMechanism.SCRAM_SHA_256, 4096)
    user = admin_api.UserScramCredentialUpsertion(region, scram, PASSWORD.encode())
    rights = [
        admin_api.AclBinding(
            kind, f"{region}.", admin_api.ResourcePatternType.PREFIXED, f"User:{region}", "*",
            admin_api.AclOperation.READ, admin_api.AclPermissionType.ALLOW,
        )
        for kind in (admin_api.ResourceType.TOPIC, admin_api.ResourceType.GROUP)
    ]  # fmt: skip
    for futures in (
        admin.create_topics([admin_api.NewTopic(topic, 1, 1)]),
        admin.alter_user_scram_credentials([user]),
        admin.create_acls(rights),
    ):
        for future in futures.values():
            future.result(20)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    headers: list[tuple[str, str | bytes | None]] = [*shown.raw_headers]
    producer.produce(topic, key=shown.key, value=shown.raw_value, headers=headers)
    assert producer.flush(20) == 0


async def test_the_documented_subscriber_reads_what_its_region_says(kafka: Kafka, tenant: str) -> None:
    a_region_with_one_message(kafka, tenant)
    program = as_function(the_documented_program().replace("vgr", tenant))
    read: list[tuple[str, object]] = []

    reading = asyncio.create_task(
        program(kafka.sasl_bootstrap, PASSWORD, lambda identity, model: read.append((identity, model)))
    )
    try:
        await eventually(lambda: read or reading.done(), timeout=30)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    shown = example(MomentStarted)
    identity = f"{shown.headers['ce_source']}/{shown.headers['ce_id']}"
    assert read == [(identity, MomentStarted.model_validate_json(shown.raw_value))]
