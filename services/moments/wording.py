"""Swedish texts that staff read beside an answer that is no refusal, by code."""

from functools import cache
from pathlib import Path

from chassis.http.schema import Schema
from chassis.http.texts import Texts

_FILE = Path(__file__).parent / "texts" / "notices.sv.yaml"


class Notice(Schema):
    """Something staff should know: a code for machines and a text for people."""

    code: str
    text: str


def notice(code: str, **fields: object) -> Notice:
    """The notice of this code with its text."""
    return Notice(code=code, text=_texts().of(code, **fields))


@cache
def _texts() -> Texts:
    return Texts.load(_FILE)
