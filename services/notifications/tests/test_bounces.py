"""Bounces: a mail that could not be delivered is shown as undelivered, and the account still balances."""

from dataclasses import replace

import pytest

from chassis.service import Surroundings
from chassis.settings import SettingsError
from chassis.tenancy import Tenants
from chassis.testing import a_tenant
from services.notifications.app import ports
from services.notifications.providers.smtp import Smtp
from services.notifications.settings import NotificationsSettings
from services.notifications.tests.world import World, a_resident
from services.notifications.usecases.bounces import verdict_of

ALICE, ADDRESS = a_resident(), "alice@example.se"


def a_report(action: str, status: str) -> bytes:
    return (
        b"From: MAILER-DAEMON@example.se\r\nTo: bounces@region.example\r\nSubject: Undelivered\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nIt did not go.\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.se\r\n\r\n"
        b"Final-Recipient: rfc822; alice@example.se\r\n"
        + f"Action: {action}\r\nStatus: {status}\r\n\r\n--x--\r\n".encode()
    )


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (a_report("failed", "5.1.1"), "failed"),
        (a_report("Failed", "5.0.0"), "failed"),
        (a_report("delayed", "4.4.1"), None),
        (a_report("failed", "4.4.1"), None),
        (a_report("relayed", "2.0.0"), "delivered"),
        (b"Subject: Out of office\r\n\r\nBack on Monday.\r\n", None),
        (b"\x00\xff no mail at all", None),
        (b"Content-Type: text/plain; name*\r\n\r\nx", None),
        (b"Content-Type: message/rfc822\r\n\r\n" * 1000, None),
    ],
)
def test_a_report_is_read_for_its_verdict(report: bytes, verdict: str | None) -> None:
    assert verdict_of(report) == verdict


async def test_an_address_too_long_for_mail_servers_is_refused_at_the_start(world: World) -> None:
    told = NotificationsSettings.model_construct(bounce_to="bounces")
    region = "a" * (64 - len("bounces+.") - 42)

    def here(*slugs: str) -> Surroundings:
        room = replace(world.room, tenants=Tenants.of([a_tenant(slug) for slug in slugs]))
        found: Surroundings = replace(world.api_surroundings, room=room, settings=told)
        return found

    async with ports(here("vgr", region)):
        pass
    with pytest.raises(SettingsError, match=f"SOB_BOUNCE_TO: bounces of {region}a .* 65 signs .* by 1,"):
        async with ports(here("vgr", f"{region}a")):
            pass


async def a_mail(world: World) -> str:
    """A mail that has gone to Alice; the name that is in the address where its bounces come."""
    await world.has_on(ALICE, email=ADDRESS)
    smtp = world.providers["email"]
    assert isinstance(smtp, Smtp)
    smtp._bounce_to = "bounces"
    await world.hears(world.asks())
    await world.sends()
    (row,) = world.mails_to(ADDRESS)
    local: str = row["from"].partition("@")[0]
    return local.removeprefix("bounces+")


async def test_a_bounced_mail_is_undelivered_and_not_sent_again(world: World) -> None:
    reference = await a_mail(world)

    async def bounces(action: str, status: str) -> int:
        answer = await world.api.http.post(
            "/receipts/email", params={"reference": reference}, content=a_report(action, status)
        )
        return answer.status_code

    assert await bounces("delayed", "4.4.1") == 204
    assert (await world.balance()).undelivered == 0
    assert await bounces("failed", "5.1.1") == 204
    assert await bounces("failed", "5.1.1") == 204
    await world.sends()

    account = await world.balance()
    assert account.balanced and (account.outcomes["sent"], account.undelivered, account.doubled) == (1, 1, 0)
    assert len(world.mails_to(ADDRESS)) == 1
