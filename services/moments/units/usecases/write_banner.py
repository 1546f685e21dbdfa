"""Write a banner, change it, take it down: at the own unit, or for the whole region (R252, R253, R262)."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.errors import StaleError
from services.moments.units.domain.banner import Banner, BannerNotFoundError, Receivers
from services.moments.units.usecases.reach import unit_in_reach
from services.moments.work import MomentsWork


class StaleBannerError(StaleError):
    def __init__(self, banner: str) -> None:
        super().__init__(f"{banner} was changed meanwhile: read it again.", banner=banner)


@dataclass(frozen=True, slots=True)
class WriteBanner:
    """`unit` None is the whole region. Times are civil, where the region is (D38)."""

    unit: str | None
    receivers: Receivers
    text: str
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeBanner:
    banner: str
    version: int
    written: WriteBanner


@dataclass(frozen=True, slots=True)
class TakeDownBanner:
    unit: str | None
    banner: str


async def write_banner(command: WriteBanner, work: MomentsWork) -> Banner:
    """It is shown from its start. Raises UnitNotFoundError, UnitInactiveError or BannerEndsBeforeItStartsError."""
    if command.unit is not None:
        (await unit_in_reach(work, command.unit)).must_be_active()
    banner = _banner(command, f"ban-{secrets.token_hex(13)}", work)
    await work.banners.save(banner)
    return banner


async def change_banner(command: ChangeBanner, work: MomentsWork) -> Banner:
    """Receivers, text and times all anew. Raises BannerNotFoundError, StaleBannerError or as `write_banner` does."""
    known = await _banner_of(work, command.written.unit, command.banner)
    if known.version != command.version:
        raise StaleBannerError(known.id)
    banner = _banner(command.written, known.id, work)
    banner.version, banner.position = known.version, known.position
    await work.banners.save(banner)
    return banner


async def take_down_banner(command: TakeDownBanner, work: MomentsWork) -> None:
    """Nobody sees it any more. Raises BannerNotFoundError."""
    work.banners.take_down(await _banner_of(work, command.unit, command.banner))


async def _banner_of(work: MomentsWork, unit: str | None, identity: str) -> Banner:
    banner = await work.banners.find(identity)
    if banner is None or banner.unit != unit:
        raise BannerNotFoundError(identity)
    return banner


def _banner(command: WriteBanner, identity: str, work: MomentsWork) -> Banner:
    def instant(civil: datetime) -> datetime:
        return civil.replace(tzinfo=work.region.zone).astimezone(UTC)

    return Banner(
        identity,
        command.unit,
        command.receivers,
        command.text,
        instant(command.starts_at),
        None if command.ends_at is None else instant(command.ends_at),
        written_by=work.actor.id,
        written_at=work.now,
    )
