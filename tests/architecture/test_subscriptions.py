"""What a service hears is what the registry says, of every region, and never another version."""

import importlib
import re

import pytest

from chassis.consumer import pattern_of
from chassis.service import Service
from contracts.registry import CARE_SERVICES, SERVICES, TOPICS, heard_by, topic_name
from contracts.retention import PurgeRequested


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


@pytest.mark.parametrize("service", CARE_SERVICES)
def test_a_purge_shares_its_unit_of_work_with_no_other_message(service: str) -> None:
    declared: Service = importlib.import_module(f"services.{service}.app").SERVICE

    assert declared.reactions.by_type[PurgeRequested.type()].alone
