"""Every way to be refused, found in the source: the classes below DomainError and HttpError, with their codes."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from chassis.errors import code_of
from tests.architecture.source import ROOT, Module

_ROOTS = {"DomainError", "HttpError"}


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A class that refuses: two services may each have one of the same name."""

    path: str
    name: str
    above: frozenset[str]

    @property
    def code(self) -> str:
        return code_of(self.name)


def refusals(found: Iterable[Module]) -> Sequence[Refusal]:
    """Every class below the roots, however far."""
    classes = [
        Refusal(module.path, defined.name, frozenset(_last_word(base) for base in defined.bases))
        for module in found
        for defined in module.classes
    ]
    names = set(_ROOTS)
    while grown := {known.name for known in classes if known.above & names} - names:
        names |= grown
    return sorted(known for known in classes if known.above & names)


def _last_word(base: ast.expr) -> str:
    return ast.unparse(base).split("[")[0].split(".")[-1]


def texts_beside(path: str, root: Path = ROOT) -> frozenset[str]:
    """The codes that have a Swedish text where `path` answers from: the chassis and its own service."""
    files = [root / "chassis" / "texts" / "sv.yaml"]
    parts = path.split("/")
    if parts[0] == "services":
        files.append(root / "services" / parts[1] / "texts" / "sv.yaml")
    known: set[str] = set()
    for file in files:
        if file.exists():
            known |= (yaml.safe_load(file.read_text("utf-8")) or {}).keys()
    return frozenset(known)
