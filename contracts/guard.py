"""What refuses a message that could carry personal data: every field states its class and holds only what it says.

Free text has no class. A string is a closed list or has a pattern in which no sentence, name or number of a person
fits; dictionaries and untyped values are refused, in nested models too.
"""

import re
import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from contracts.fields import FieldClass, Kind

# What must not fit in any field: a sentence, a full name, numbers of a person, an address.
SAMPLES = (
    "Jag mår sämre nu",
    "Anna Andersson",
    "Öberg",
    "19121212-1212",
    "191212121212",
    "1212121212",
    "121212+1212",
    "+46701740605",
    "0701740605",
    "070-174 06 05",
    "anna@example.org",
    "Storgatan 1",
)

_TYPES: Mapping[Kind, tuple[Any, ...]] = {
    "id": (str,),
    "code": (str, StrEnum),
    "time": (AwareDatetime,),
    "count": (int,),
    "score": (int, float),
    "switch": (bool,),
}


def faults(model: type[BaseModel]) -> list[str]:
    """One line for each field that could carry free text or does not say what it carries; empty is good."""
    return list(_faults_of_model(model, model.__name__))


def _faults_of_model(model: type[BaseModel], path: str) -> Iterator[str]:
    for name, annotation in get_type_hints(model, include_extras=True).items():
        if name in model.model_fields:
            yield from _faults_of(annotation, f"{path}.{name}", ())


def _faults_of(annotation: Any, path: str, around: tuple[Any, ...]) -> Iterator[str]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _faults_of(arguments[0], path, (*around, *arguments[1:]))
    elif origin in (Union, types.UnionType):
        for choice in arguments:
            if choice is not type(None):
                yield from _faults_of(choice, path, around)
    elif origin in (list, tuple, frozenset):
        for item in arguments:
            if item is not Ellipsis:
                yield from _faults_of(item, f"{path}[]", around)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _faults_of_model(annotation, path)
    else:
        yield from _faults_of_leaf(annotation, path, around)


def _faults_of_leaf(annotation: Any, path: str, around: tuple[Any, ...]) -> Iterator[str]:
    stated = [extra for extra in around if isinstance(extra, FieldClass)]
    if not stated:
        yield f"{path} has no field class: use a type of contracts/fields.py."
        return
    kind = stated[-1].kind
    if get_origin(annotation) is Literal:
        if kind != "code" or not all(isinstance(value, str) for value in get_args(annotation)):
            yield f"{path} is a list of words, so its class is code, not {kind}."
        return
    if not isinstance(annotation, type) or not _may_be(kind, annotation):
        yield f"{path} says {kind}, but holds {annotation}."
    elif annotation is str:
        yield from _faults_of_pattern(path, around)


def _may_be(kind: Kind, annotation: type) -> bool:
    # A bool is an int to Python, and not to a reader.
    return issubclass(annotation, _TYPES[kind]) and (kind == "switch") == (annotation is bool)


def _faults_of_pattern(path: str, around: tuple[Any, ...]) -> Iterator[str]:
    patterns = [pattern for extra in around for pattern in _patterns(extra)]
    if not patterns:
        yield f"{path} is a string without a pattern: free text fits."
    for pattern in patterns:
        if not (pattern.startswith("^") and pattern.endswith("$")):
            yield f"{path} has a pattern that is not anchored at both ends."
        for sample in SAMPLES:
            if re.search(pattern, sample):
                yield f"{path} lets {sample!r} through."


def _patterns(extra: object) -> list[str]:
    if isinstance(extra, FieldInfo):
        return [pattern for part in extra.metadata for pattern in _patterns(part)]
    pattern = getattr(extra, "pattern", None)
    return [pattern] if isinstance(pattern, str) else []
