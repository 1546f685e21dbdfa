"""The catalogue of what SMS and e-mail say, read and checked once."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from services.notifications.domain.wording import Wording, checked

_FILE = Path(__file__).parent / "texts" / "notices.yaml"
DIGEST = "digest"


@lru_cache(maxsize=1)
def wordings() -> Mapping[str, Wording]:
    """The texts by category, and that of a digest. Raises WordingError for a text that may not be sent."""
    return checked(yaml.safe_load(_FILE.read_text("utf-8")))
