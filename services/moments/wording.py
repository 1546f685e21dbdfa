"""Swedish texts that staff read beside an answer that is no refusal, by code."""

from functools import cache
from pathlib import Path

from chassis.http.schema import Schema
from chassis.http.texts import Texts

_FOLDER = Path(__file__).parent / "texts"
_FILES = [_FOLDER / f"{name}.sv.yaml" for name in ("notices", "lists", "timeline")]


class Notice(Schema):
    """Something staff should know: a code for machines and a text for people."""

    code: str
    text: str


def notice(code: str, **fields: object) -> Notice:
    """The notice of this code with its text."""
    return Notice(code=code, text=wording(code, **fields))


def wording(*codes: str, **fields: object) -> str:
    """The text of the first of these codes that has one."""
    return _texts().of(*codes, **fields)


@cache
def _texts() -> Texts:
    return Texts.load(*_FILES)
