"""The ids of sendings: each follows from what is sent, so whoever makes a sending again makes the same one.

None can be guessed without the installation's key.
"""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from chassis.work import Work

CHANNELS = ("sms", "email")
# Every notice has an entry there, whatever becomes of it by SMS and e-mail.
INBOX = "inbox"
# Why what waits for a window may not go.
UNSENT = ("read", "no_channel")
# Why what was to go in a digest may be taken out of it.
ASIDE = ("read", "ended")


def id_of(work: Work, *identity: str) -> str:
    """The id that follows from what is sent, so that whoever makes it again makes the same one. Not to be guessed."""
    key = work.room.pseudonyms.fingerprint(work.tenant, "|".join(identity).encode())
    return work.id_of(key[:40])


def aside_of(identity: str, reason: str) -> str:
    """The id of what was taken out of a sending for this reason before it went."""
    return f"{identity}-{reason}"


class DigestIds:
    """`id_of` for the digests of one window, at a fraction of the price of many."""

    def __init__(self, work: Work, window: str) -> None:
        self._work = work
        self._key = work.room.pseudonyms.fingerprint(work.tenant, f"digests|{window}".encode())[:64].encode()

    def of(self, resident: str, channel: str) -> str:
        """The id of what goes to a resident on a channel."""
        said = f"{resident}|{channel}".encode()
        return self._work.id_of(blake2b(said, key=self._key, digest_size=20).hexdigest())

    def none(self, resident: str, reason: str) -> str:
        """The id of the record of what does not go to a resident, for this reason."""
        return self.of(resident, f"none|{reason}")


def held_of(work: Work, resident: str, held: str) -> str:
    """The id of the SMS that is held for a resident until quiet hours end, which `held` names."""
    return DigestIds(work, f"quiet|{held}").of(resident, "sms")


def possible(work: Work, resident: str, notice: Mapping[str, Any]) -> Iterator[str]:
    """The id of every sending in which a notice of the resident may stand, by its record."""
    window, name = notice["window"], notice["notice"]
    yield id_of(work, "direct", name, INBOX)
    # Also of what waited for a window, when its moment ended first.
    yield id_of(work, "none", name)
    if window is None:
        yield from (id_of(work, "direct", name, channel) for channel in CHANNELS)
    else:
        digests = DigestIds(work, window)
        for digest in (digests.of(resident, channel) for channel in CHANNELS):
            yield digest
            yield from (aside_of(digest, why) for why in ASIDE)
        yield from (digests.none(resident, why) for why in UNSENT)
    if notice.get("held") is not None:
        held = held_of(work, resident, notice["held"])
        yield from (held, aside_of(held, "read"))
