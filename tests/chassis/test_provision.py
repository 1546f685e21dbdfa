"""On a real broker: provisioning gives each its own, nothing more, and changes nothing the second time."""

import json
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaException

from chassis.provision.access import Access
from chassis.provision.apply import Change, revoke, states
from chassis.provision.wanted import Grant, ProvisionError
from tests.chassis.provisioning import REGISTRY, Cluster, World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def world(kafka: Cluster, tmp_path: Path) -> Iterator[World]:
    made = World(kafka, tmp_path)
    made.provision(reset_passwords=True)
    yield made
    for slug in (made.vgr, made.rjl):
        revoke(made.broker, slug, made.passwords)
    made.delete_topics()


def changes(done: tuple[Change, ...]) -> dict[str, dict[str, int]]:
    return {
        change.thing: {what: n for what, n in change.done.items() if n} for change in done if change.count
    }


def test_running_again_changes_nothing(world: World) -> None:
    assert changes(world.provision()) == {}

    assert all(state.is_complete for state in states(world.broker, (world.vgr, world.rjl), REGISTRY))


def test_topics_are_what_the_registry_says(world: World) -> None:
    command = next(topic for topic in REGISTRY if topic.stream == "command")
    name = command.name(world.vgr)

    settings = world.broker.settings([name])[name]

    assert world.broker.topics()[name].partitions == command.partitions
    assert settings["retention.ms"] == str(command.retention_days * 86_400_000)
    assert settings["cleanup.policy"] == "delete" and settings["min.insync.replicas"] == "1"
    assert settings["compression.type"] == "producer" and settings["segment.ms"] == "86400000"


def test_a_new_topic_in_the_registry_is_added(world: World) -> None:
    new = replace(REGISTRY[0], stream="novelty", consumers=("messaging",))

    done = world.provision(registry=(*REGISTRY, new))

    # What the service says is covered by the right to its own prefix.
    assert changes(done) == {"topics": {"created": 2}, "rights": {"given": 2}}
    assert world.writes("svc-moments", new.name(world.vgr)) == "ok"
    assert world.reads("svc-messaging", "messaging", new.name(world.vgr)) == b"hello"


def test_partitions_are_raised_and_never_lowered(world: World) -> None:
    first, rest = REGISTRY[0], REGISTRY[1:]

    raised = world.provision(registry=(replace(first, partitions=first.partitions + 2), *rest))
    lowered = world.provision(registry=(replace(first, partitions=1), *rest))

    assert changes(raised) == {"topics": {"given partitions": 2}} and changes(lowered) == {}
    assert world.broker.topics()[first.name(world.vgr)].partitions == first.partitions + 2


def test_a_changed_retention_is_set(world: World) -> None:
    first = replace(REGISTRY[0], retention_days=3)

    done = world.provision(registry=(first, *REGISTRY[1:]))

    name = first.name(world.vgr)
    assert changes(done) == {"topics": {"set up anew": 2}}
    assert world.broker.settings([name])[name]["retention.ms"] == str(3 * 86_400_000)


def test_a_service_whose_clock_is_far_ahead_is_heard_also_on_a_topic_of_old(world: World) -> None:
    """Topics were once made without it: their settings are changed where they are."""
    topic = REGISTRY[0].name(world.vgr)
    world.broker.set_settings({topic: {"message.timestamp.type": "CreateTime"}})
    ahead = int(time.time() * 1000) + 2 * 60 * 60 * 1000
    assert world.writes("svc-moments", topic, at=ahead) == "INVALID_TIMESTAMP"

    done = world.provision()

    assert changes(done) == {"topics": {"set up anew": 1}}
    assert world.writes("svc-moments", topic, at=ahead) == "ok"


def test_one_tenant_can_be_added_alone(world: World) -> None:
    third = world.vgr.replace("vgr", "skane")

    done = world.provision(slugs=(third,))

    assert changes(done)["topics"] == {"created": len(REGISTRY)}
    assert changes(done)["users"] == {"created": 1}
    assert changes(world.provision()) == {}
    revoke(world.broker, third, world.passwords)


def test_a_subscriber_reads_its_own_region_by_name_and_by_pattern(world: World) -> None:
    topic = REGISTRY[0].name(world.vgr)
    assert world.writes("svc-moments", topic) == "ok"

    by_name = world.reads(world.vgr, f"{world.vgr}.journal", topic)
    by_pattern = world.reads(world.vgr, f"{world.vgr}.other", rf"^[a-z]+\.{REGISTRY[0].service}\..*")

    assert by_name == by_pattern == b"hello"


def test_a_subscriber_is_shown_none_of_another_regions_topics(world: World) -> None:
    seen = world.topics_seen_by(world.rjl)

    assert seen == {topic.name(world.rjl) for topic in REGISTRY}


def test_a_subscriber_cannot_read_another_regions_topic(world: World) -> None:
    topic = REGISTRY[0].name(world.vgr)
    assert world.writes("svc-moments", topic) == "ok"

    assert world.reads(world.rjl, f"{world.rjl}.spy", topic) == "TOPIC_AUTHORIZATION_FAILED"


def test_a_pattern_over_all_regions_gives_a_subscriber_its_own_alone(world: World) -> None:
    stream = REGISTRY[0]
    assert world.writes("svc-moments", stream.name(world.vgr)) == "ok"
    consumer = world.consumer(world.rjl, f"{world.rjl}.pattern")
    consumer.subscribe([rf"^[a-z]+\.{stream.service}\.{stream.stream}\.v1$"])

    topics: set[str] = set()
    until = time.monotonic() + 15
    while not topics and time.monotonic() < until:
        assert consumer.poll(0.2) is None
        topics = {partition.topic for partition in consumer.assignment()}
    consumer.close()

    assert topics == {stream.name(world.rjl)}


def test_a_subscriber_cannot_use_another_regions_group(world: World) -> None:
    own_topic = REGISTRY[0].name(world.rjl)

    assert world.reads(world.rjl, f"{world.vgr}.journal", own_topic) == "GROUP_AUTHORIZATION_FAILED"
    assert world.reads(world.rjl, "moments", own_topic) == "GROUP_AUTHORIZATION_FAILED"


def test_a_subscriber_cannot_write_even_in_its_own_region(world: World) -> None:
    refused = {"TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"}

    assert world.writes(world.vgr, REGISTRY[0].name(world.vgr), idempotent=False) in refused
    assert world.writes(world.vgr, REGISTRY[0].name(world.rjl), idempotent=False) in refused


def test_a_service_writes_its_own_topics_and_the_inlet_and_nothing_else(world: World) -> None:
    assert world.writes("svc-messaging", f"{world.vgr}.messaging.conversation.v1") == "ok"
    assert world.writes("svc-messaging", f"{world.vgr}.notifications.command.v1") == "ok"
    for other in ("moments.moment", "notifications.contact"):
        topic = f"{world.vgr}.{other}.v1"
        assert world.writes("svc-messaging", topic) == "TOPIC_AUTHORIZATION_FAILED"


def test_a_service_reads_what_it_consumes_in_every_region_and_nothing_else(world: World) -> None:
    heard, unheard = "notifications.contact", "notifications.command"
    for slug in (world.vgr, world.rjl):
        assert world.writes("svc-notifications", f"{slug}.{heard}.v1") == "ok"
        assert world.reads("svc-messaging", "messaging", f"{slug}.{heard}.v1") == b"hello"

    # It may write there, and so sees it, but reading is refused.
    refused = world.reads("svc-messaging", "messaging", f"{world.vgr}.{unheard}.v1")
    assert refused == "TOPIC_AUTHORIZATION_FAILED"
    refused = world.reads("svc-messaging", "moments", f"{world.vgr}.{heard}.v1")
    assert refused == "GROUP_AUTHORIZATION_FAILED"


def test_a_right_that_nobody_wants_any_more_is_taken_back(world: World) -> None:
    first = replace(REGISTRY[0], consumers=())
    access = Access(world.broker)
    access.allow([Grant(world.rjl, "READ", "TOPIC", "PREFIXED", f"{world.vgr}.")])

    done = world.provision(registry=(first, *REGISTRY[1:]))

    assert changes(done) == {"rights": {"taken back": 2 * len(REGISTRY[0].consumers) + 1}}


def test_a_run_for_one_tenant_leaves_the_rights_of_others(world: World) -> None:
    assert changes(world.provision(slugs=(world.vgr,))) == {}

    assert changes(world.provision()) == {}


def test_a_revoked_subscriber_is_out_and_comes_in_again_with_another_password(world: World) -> None:
    before = world.login(world.vgr)["sasl.password"]

    revoke(world.broker, world.vgr, world.passwords)

    assert world.vgr not in Access(world.broker).users()
    assert not [grant for grant in Access(world.broker).grants() if grant.user == world.vgr]
    assert world.vgr not in json.loads(world.passwords.read_text())
    assert world.writes("svc-moments", REGISTRY[0].name(world.vgr)) == "ok"
    assert changes(world.provision()) == {"users": {"created": 1}, "rights": {"given": 2}}
    assert world.login(world.vgr)["sasl.password"] != before


def test_an_open_connection_of_a_revoked_subscriber_reads_nothing_more(world: World) -> None:
    topic = REGISTRY[0].name(world.vgr)
    consumer = world.consumer(world.vgr, f"{world.vgr}.journal")
    consumer.subscribe([topic])
    assert world.writes("svc-moments", topic) == "ok"
    until = time.monotonic() + 15
    while consumer.poll(0.2) is None:
        assert time.monotonic() < until

    revoke(world.broker, world.vgr, world.passwords)

    assert world.writes("svc-moments", topic) == "ok"
    message = None
    while message is None:
        assert time.monotonic() < until + 15
        message = consumer.poll(0.2)
    assert message.error() is not None and message.value() != b"hello"
    consumer.close()


def test_passwords_are_for_their_owner_alone_and_a_lost_file_heals(world: World) -> None:
    assert stat.S_IMODE(world.passwords.stat().st_mode) == 0o600
    world.passwords.unlink()

    done = world.provision()

    assert set(changes(done)) == {"users"}
    assert world.writes("svc-moments", REGISTRY[0].name(world.vgr)) == "ok"


def test_passwords_that_are_given_are_only_read_and_none_is_drawn(world: World, tmp_path: Path) -> None:
    given = tmp_path / "given" / "kafka.json"
    given.parent.mkdir()
    world.passwords = world.passwords.rename(given)
    before = given.read_text()

    done = world.provision(reset_passwords=True, keep_passwords=True)
    with pytest.raises(ProvisionError, match=f"no password for {world.vgr}x"):
        world.provision(slugs=(f"{world.vgr}x",), keep_passwords=True)
    revoke(world.broker, world.vgr, given, keep_passwords=True)

    assert set(changes(done)) == {"users"}
    assert given.read_text() == before and list(given.parent.iterdir()) == [given]


def test_a_wrong_password_is_refused(world: World) -> None:
    consumer = Consumer(world.login(world.vgr) | {"sasl.password": "wrong", "group.id": f"{world.vgr}.x"})

    with pytest.raises(KafkaException):
        consumer.list_topics(timeout=3)
    consumer.close()
