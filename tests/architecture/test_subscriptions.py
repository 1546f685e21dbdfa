"""What a service hears is what the registry says, of every region, and never another version."""

import importlib
import re

import pytest

from chassis.consumer import pattern_of
from chassis.service import Service
from contracts.registry import CARE_SERVICES, SERVICES, TOPICS, Topic, heard_by, topic_name
from contracts.retention import PurgeRequested
from tests.architecture.source import modules


@pytest.mark.parametrize("service", SERVICES)
def test_the_pattern_of_a_service_matches_its_topics_of_every_region_and_no_other(service: str) -> None:
    pattern = pattern_of(heard_by(service))

    for topic in TOPICS:
        heard = service in topic.consumers
        assert bool(re.match(pattern, topic.name("vgr"))) is heard
        assert bool(re.match(pattern, topic.name("rjl"))) is heard


@pytest.mark.parametrize("service", SERVICES)
def test_the_pattern_of_a_service_ends_so_that_version_1_is_not_version_10(service: str) -> None:
    pattern = pattern_of(heard_by(service))

    assert pattern.endswith("$")
    assert "{" not in pattern, "FastStream turns braces into a path parameter"
    for topic in heard_by(service):
        assert not re.match(pattern, topic_name("vgr", topic.service, topic.stream, 10))
        assert not re.match(pattern, f"{topic.name('vgr')}.dead")
        assert not re.match(pattern, f"x.{topic.name('vgr')}")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_subscribes_to_every_message_it_reacts_to(service: str) -> None:
    declared: Service = importlib.import_module(f"services.{service}.app").SERVICE
    heard = {message.type() for topic in heard_by(service) for message in topic.messages}

    assert set(declared.reactions.by_type) <= heard


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: f"{topic.service}.{topic.stream}")
def test_nobody_may_read_a_topic_who_reacts_to_nothing_on_it(topic: Topic) -> None:
    """Rights at the broker are given by the registry."""
    types = {message.type() for message in topic.messages}

    assert set(topic.consumers) == {
        service
        for service in SERVICES
        if types & importlib.import_module(f"services.{service}.app").SERVICE.reactions.by_type.keys()
    }


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: f"{topic.service}.{topic.stream}")
def test_nobody_may_write_a_topic_who_says_nothing_on_it(topic: Topic) -> None:
    saying = {
        module.path.split("/")[1]
        for module in modules("services")
        if not module.is_test and any(f"{message.__name__}(" in module.text for message in topic.messages)
    }

    # What the chassis says for each service (receipts and audit records) is said on that service's own topic.
    assert set(topic.producers) == (saying or {topic.service})


@pytest.mark.parametrize("service", CARE_SERVICES)
def test_a_purge_shares_its_unit_of_work_with_no_other_message(service: str) -> None:
    declared: Service = importlib.import_module(f"services.{service}.app").SERVICE

    assert declared.reactions.by_type[PurgeRequested.type()].alone
