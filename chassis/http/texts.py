"""What people read when something is refused: Swedish texts by code, in files beside what refuses."""

from collections.abc import Mapping
from pathlib import Path

import yaml

CHASSIS_TEXTS = Path(__file__).parent.parent / "texts" / "sv.yaml"


class TextsError(Exception):
    """A catalogue cannot be read; the text is one line with the file."""


class _Known(dict[str, object]):
    def __missing__(self, _name: str) -> str:
        return ""


class Texts:
    """Texts by code; a later file replaces a text of an earlier one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    @staticmethod
    def load(*files: Path) -> "Texts":
        """The chassis' own texts and those of the files, each a mapping from code to text."""
        texts: dict[str, str] = {}
        for file in (CHASSIS_TEXTS, *files):
            content = yaml.safe_load(file.read_text("utf-8"))
            if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
                raise TextsError(f"{file}: must be a mapping from code to text.")
            texts.update(content)
        return Texts(texts)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self._texts)

    def of(self, *codes: str, **fields: object) -> str:
        """The text of the first code that has one, with `{field}` filled in; the general text if none has."""
        for code in (*codes, "unexpected"):
            if code in self._texts:
                return self._texts[code].format_map(_Known(fields))
        raise TextsError(f"No text for {codes[0]}, and none for unexpected: add it to sv.yaml.")
