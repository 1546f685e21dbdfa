"""The catalogue of what SMS and e-mail say, read and checked once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import yaml

from chassis.tenancy import Tenant, TenantFileError, Tenants
from services.notifications.domain.contact import CODE_LIVES
from services.notifications.domain.wording import DIGEST, PARTS, Wording, WordingError, checked, fits

_FILE = Path(__file__).parent / "texts" / "notices.yaml"


@lru_cache(maxsize=1)
def wordings() -> Mapping[str, Wording]:
    """The texts by category, and that of a digest. Raises WordingError for a text that may not be sent."""
    return checked(yaml.safe_load(_FILE.read_text("utf-8")))


@lru_cache(maxsize=1)
def _staff_texts() -> Mapping[str, str]:
    found: Mapping[str, str] = yaml.safe_load((_FILE.parent / "staff.yaml").read_text("utf-8"))
    return found


def wording_of(region: Tenant, category: str) -> Wording:
    """What the region says of this; what it has no text of its own for is said as everywhere."""
    known = category if category in wordings() else DIGEST
    return replace(wordings()[known], **region.notice_texts.get(known, {}))


def check_texts(tenants: Tenants) -> None:
    """Raise TenantFileError for a region's text that may not be sent, or that would never be."""
    everywhere = wordings()
    for region in tenants:
        for category, parts in region.notice_texts.items():
            place = f"{region.slug}.yaml: notice_texts.{category}"
            if category not in everywhere:
                raise TenantFileError(f"{place}: must be one of {', '.join(sorted(everywhere))}.")
            if not parts.keys() <= PARTS:
                raise TenantFileError(f"{place}: may hold {', '.join(sorted(PARTS))} and nothing else.")
            try:
                wording_of(region, category).check(category)
            except WordingError as error:
                raise TenantFileError(f"{region.slug}.yaml: notice_texts.{error}") from None


@lru_cache(maxsize=1)
def _code_texts() -> Mapping[str, str]:
    found: Mapping[str, str] = yaml.safe_load((_FILE.parent / "codes.yaml").read_text("utf-8"))
    return found


def code_wording(code: str) -> Wording:
    """What goes to a number or address that is to be confirmed: the code, how long it lives, and nothing else."""
    minutes = CODE_LIVES // timedelta(minutes=1)
    filled = {part: text.format(code=code, minutes=minutes) for part, text in _code_texts().items()}
    return Wording(**filled)


def staff_wording(unit: str, link: str) -> Wording:
    """What staff get: unit and link, in one SMS (D23). A unit whose name does not fit is left to the link."""
    texts = _staff_texts()
    sms = texts["sms"].format(unit=unit, link=link)
    if not fits(sms):
        sms = texts["sms_without_unit"].format(link=link)
    one_line = " ".join(unit.split())
    return Wording(sms, texts["subject"], texts["body"].format(unit=one_line, link=link))
