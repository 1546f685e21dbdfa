"""Each topic is owned, keyed by a field its messages have, and said and heard by services that exist."""

import re

import pytest

from contracts.access import GRANTS, Permission, Role, grants
from contracts.flags import FlagRaised
from contracts.message import Message
from contracts.registry import MESSAGES, SERVICES, TOPICS, Topic, heard_by, topic_name, topic_of
from contracts.retention import PurgeAnswered

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: f"{topic.service}.{topic.stream}")
_NAME = re.compile(r"^[a-z]{2,32}\.[a-z]+\.[a-z]+\.v[1-9][0-9]*$")


def test_no_two_topics_have_one_name() -> None:
    names = [topic.name("vgr") for topic in TOPICS]

    assert len(set(names)) == len(names)


@each_topic
def test_a_name_can_be_taken_apart_again(topic: Topic) -> None:
    assert _NAME.match(topic.name("vgr"))
    assert topic.name("vgr").split(".") == ["vgr", topic.service, topic.stream, f"v{topic.version}"]


def test_a_pattern_for_version_1_does_not_match_version_10() -> None:
    pattern = rf"^[a-z]+\.{re.escape('moments.moment.v1')}$"

    assert re.match(pattern, "vgr.moments.moment.v1")
    assert not re.match(pattern, topic_name("vgr", "moments", "moment", 10))


@each_topic
def test_each_message_has_the_field_its_topic_is_keyed_by_and_cannot_be_without_it(topic: Topic) -> None:
    for message in topic.messages:
        assert message.model_fields[topic.key].is_required(), message.__name__


@each_topic
def test_owner_producers_and_consumers_are_services(topic: Topic) -> None:
    assert {topic.service, *topic.producers, *topic.consumers} <= set(SERVICES)
    assert topic.producers


@each_topic
def test_an_owner_says_its_own_events_and_obeys_its_own_commands(topic: Topic) -> None:
    if topic.service in topic.producers and len(topic.producers) == 1:
        return
    assert topic.consumers == (topic.service,)


@each_topic
def test_each_message_names_the_stream_of_its_topic(topic: Topic) -> None:
    for message in topic.messages:
        assert message.stream_of(topic.service) == f"{topic.service}.{topic.stream}"


def test_each_message_of_the_registry_goes_to_one_topic_of_each_service_that_says_it() -> None:
    for topic in TOPICS:
        for message in topic.messages:
            for service in topic.producers:
                assert topic_of(message, service) == topic


def test_a_service_may_not_say_what_is_not_its_own() -> None:
    with pytest.raises(LookupError, match="retention may not say FlagRaised"):
        topic_of(FlagRaised, "retention")
    with pytest.raises(LookupError, match="retention may not say PurgeAnswered"):
        topic_of(PurgeAnswered, "retention")


def test_every_message_that_is_written_down_is_on_a_topic() -> None:
    written = {kind for kind in Message.__subclasses__() if kind.__module__.startswith("contracts.")}

    assert written == set(MESSAGES.values())


def test_one_type_is_one_message() -> None:
    assert len({message.__name__ for message in MESSAGES.values()}) == len(MESSAGES)
    assert all(re.fullmatch(r"se\.sob\.[A-Z][A-Za-z]+\.v[0-9]+", name) for name in MESSAGES)


def test_everybody_hears_who_may_do_what() -> None:
    for service in SERVICES:
        # Moments says it, of what it has in its own database.
        assert service == "moments" or "access" in {topic.stream for topic in heard_by(service)}


def test_an_inbox_that_remembers_longer_than_every_topic_can_exist() -> None:
    assert max(topic.retention_days for topic in TOPICS) <= 31


@pytest.mark.rule("R278")
def test_the_roles_a_person_holds_add_up() -> None:
    both = frozenset({Role.PRACTITIONER, Role.DATA_ADMIN})

    assert grants(both, Permission.WRITE_MESSAGES) and grants(both, Permission.PURGE)
    assert not grants(frozenset({Role.PRACTITIONER}), Permission.PURGE)
    assert not grants(frozenset(), Permission.SEE_MOMENTS)


@pytest.mark.decision("D4")
@pytest.mark.parametrize("permission", [Permission.PURGE, Permission.EXPORT])
def test_only_a_data_administrator_may_purge_and_export(permission: Permission) -> None:
    assert [role for role in Role if permission in GRANTS[role]] == [Role.DATA_ADMIN]


def test_each_permission_is_granted_by_some_role_and_each_role_grants_something() -> None:
    assert set().union(*GRANTS.values()) == set(Permission)
    assert set(GRANTS) == set(Role) and all(GRANTS.values())
