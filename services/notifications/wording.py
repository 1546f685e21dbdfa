"""The catalogue of what SMS and e-mail say, read and checked once."""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import yaml

from services.notifications.domain.contact import CODE_LIVES
from services.notifications.domain.wording import Wording, checked, fits

_FILE = Path(__file__).parent / "texts" / "notices.yaml"


@lru_cache(maxsize=1)
def wordings() -> Mapping[str, Wording]:
    """The texts by category, and that of a digest. Raises WordingError for a text that may not be sent."""
    return checked(yaml.safe_load(_FILE.read_text("utf-8")))


@lru_cache(maxsize=1)
def _staff_texts() -> Mapping[str, str]:
    found: Mapping[str, str] = yaml.safe_load((_FILE.parent / "staff.yaml").read_text("utf-8"))
    return found


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
