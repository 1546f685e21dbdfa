"""Compares what the broker holds with what it should, and changes the difference.

Rights that nobody wants any more are taken back, but only from users and in tenants that this run is about: a
run for one tenant, or with a folder that lacks a tenant, leaves the others alone.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from chassis.provision import passwords, wanted
from chassis.provision.access import Access
from chassis.provision.broker import Broker, FoundTopic
from contracts.registry import Topic

_SEEN_WITHIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Change:
    """What a run wanted of one kind of thing, and what it had to do for it."""

    thing: str
    wanted: int
    done: dict[str, int]

    @property
    def count(self) -> int:
        return sum(self.done.values())


@dataclass(frozen=True, slots=True)
class TenantState:
    """How far one tenant is provisioned."""

    slug: str
    topics: int
    topics_wanted: int
    rights: int
    rights_wanted: int
    has_user: bool

    @property
    def is_complete(self) -> bool:
        return self.topics == self.topics_wanted and self.rights == self.rights_wanted and self.has_user


def provision(
    broker: Broker,
    slugs: Sequence[str],
    registry: Sequence[Topic],
    password_file: Path,
    *,
    reset_passwords: bool = False,
    keep_passwords: bool = False,
) -> tuple[Change, ...]:
    """Make the broker what tenants and registry say. Safe to repeat, to stop and to run twice at once.

    With `keep_passwords` the file is only read, and must have everybody's.
    """
    users = wanted.users(slugs, registry)
    if keep_passwords:
        _refuse_missing(users, password_file)
    with nullcontext() if keep_passwords else passwords.one_at_a_time(password_file):
        return (
            _topics(broker, wanted.topics(slugs, registry)),
            _users(Access(broker), users, password_file, reset_passwords),
            _rights(Access(broker), slugs, registry, frozenset(users)),
        )


def revoke(
    broker: Broker, slug: str, password_file: Path, *, keep_passwords: bool = False
) -> tuple[Change, ...]:
    """Shut a region's subscribers out, open connections too. Topics, data and the services' rights stay."""
    if not slug.isalpha() or slug in wanted.TAKEN_NAMES:
        raise wanted.ProvisionError(f"{slug} is no region's user: give the slug of a tenant.")
    broker.topics()
    access = Access(broker)
    with nullcontext() if keep_passwords else passwords.one_at_a_time(password_file):
        rights = frozenset(grant for grant in access.grants() if grant.user == slug)
        access.take_back(sorted(rights))
        known = slug in access.users()
        if known:
            access.delete_user(slug)
        _wait_until(lambda: rights.isdisjoint(access.grants()) and slug not in access.users(), "revocation")
        kept = {} if keep_passwords else passwords.read(password_file)
        if kept.pop(slug, None) is not None:
            passwords.write(password_file, kept)
    return (Change("users", 0, {"deleted": int(known)}), Change("rights", 0, {"taken back": len(rights)}))


def states(broker: Broker, slugs: Sequence[str], registry: Sequence[Topic]) -> tuple[TenantState, ...]:
    """How far each tenant is provisioned; changes nothing."""
    topics = broker.topics()
    users, rights = Access(broker).users(), Access(broker).grants()
    found = []
    for slug in slugs:
        names = [topic.name for topic in wanted.topics([slug], registry)]
        own = wanted.grants([slug], registry)
        found.append(
            TenantState(
                slug,
                topics=sum(name in topics for name in names),
                topics_wanted=len(names),
                rights=len(own & rights),
                rights_wanted=len(own),
                has_user=slug in users,
            )
        )
    return tuple(found)


def _topics(broker: Broker, topics: Sequence[wanted.WantedTopic]) -> Change:
    found = broker.topics()
    missing = [topic for topic in topics if topic.name not in found]
    there = [topic for topic in topics if topic.name in found]
    small = [topic for topic in there if topic.partitions > found[topic.name].partitions]
    different = _different_settings(broker, there, found)
    broker.create_topics(missing)
    broker.raise_partitions(small)
    broker.set_settings(different)

    def is_seen() -> bool:
        now = broker.topics()
        grown = all(t.name in now and now[t.name].partitions >= t.partitions for t in (*missing, *small))
        return grown and not _different_settings(broker, [t for t in there if t.name in different], found)

    if missing or small or different:
        _wait_until(is_seen, "topics")
    done = {"created": len(missing), "given partitions": len(small), "set up anew": len(different)}
    return Change("topics", len(topics), done)


def _different_settings(
    broker: Broker, topics: Sequence[wanted.WantedTopic], found: Mapping[str, FoundTopic]
) -> dict[str, dict[str, str]]:
    settings = broker.settings([topic.name for topic in topics])
    different = {}
    for topic in topics:
        right = topic.settings(found[topic.name].replicas)
        wrong = {key: value for key, value in right.items() if settings[topic.name].get(key) != value}
        if wrong:
            different[topic.name] = wrong
    return different


def _refuse_missing(users: Sequence[str], password_file: Path) -> None:
    known = passwords.read(password_file)
    missing = [user for user in users if user not in known]
    if missing:
        raise wanted.ProvisionError(
            f"{password_file} has no password for {', '.join(missing)}: add one, or run without --keep-passwords."
        )


def _users(access: Access, users: Sequence[str], password_file: Path, reset: bool) -> Change:
    known, there = passwords.read(password_file), access.users()
    drawn = {user: passwords.draw() for user in users if user not in known}
    given = {
        user: drawn.get(user) or known[user] for user in users if reset or user in drawn or user not in there
    }
    access.set_passwords(given)
    if drawn:
        passwords.write(password_file, {**known, **drawn})
    if given:
        _wait_until(lambda: given.keys() <= access.users(), "users")
    created = sum(user not in there for user in given)
    return Change("users", len(users), {"created": created, "given a password": len(given) - created})


def _rights(access: Access, slugs: Sequence[str], registry: Sequence[Topic], users: frozenset[str]) -> Change:
    right, there = wanted.grants(slugs, registry), access.grants()

    def is_ours(grant: wanted.Grant) -> bool:
        return grant.user in users and (
            grant.user in slugs or (grant.resource == "TOPIC" and grant.name.partition(".")[0] in slugs)
        )

    missing = right - there
    stale = frozenset(grant for grant in there - right if is_ours(grant))
    access.allow(sorted(missing))
    access.take_back(sorted(stale))
    if missing or stale:
        _wait_until(lambda: missing <= (now := access.grants()) and stale.isdisjoint(now), "rights")
    return Change("rights", len(right), {"given": len(missing), "taken back": len(stale)})


def _wait_until(is_seen: Callable[[], bool], what: str) -> None:
    """Return when the broker shows what its controller has accepted, a moment after it did."""
    deadline = time.monotonic() + _SEEN_WITHIN_SECONDS
    while not is_seen():
        if time.monotonic() > deadline:
            raise wanted.ProvisionError(
                f"Kafka took the {what} but does not show them after {_SEEN_WITHIN_SECONDS} s: run it again."
            )
        time.sleep(0.03)
