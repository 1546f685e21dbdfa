"""What refuses a message that could carry personal data: every field states its class and holds only what it says.

Free text has no class. A string is a closed list or has a pattern in which no sentence, name or number of a person
fits; dictionaries and untyped values are refused, in nested models too. Published texts alone are sentences: they go
on a stream of their own, and beside one there is room for its own id and a time, so that it can be about nobody.
"""

import math
import re
import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from contracts.fields import FieldClass, Kind, TextId

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
    "published": (str,),
}
PUBLISHED_STREAM = "moments.text"
_LONGEST_PUBLISHED = 1000
_Leaf = tuple[Any, str, tuple[Any, ...]]
_OWN_ID = next(extra for extra in get_args(TextId) if isinstance(extra, FieldClass))


def faults(model: type[BaseModel]) -> list[str]:
    """One line for each field that could carry free text or does not say what it carries; empty is good."""
    return [*_faults_of_model(model, model.__name__), *_faults_of_publishing(model)]


def _faults_of_publishing(model: type[BaseModel]) -> Iterator[str]:
    """A published text is on its own stream, and nothing beside it could say whom it was meant for."""
    leaves = [
        (path, [extra for extra in around if isinstance(extra, FieldClass)])
        for _, path, around in _leaves_of_model(model, model.__name__)
    ]
    published = [path for path, classes in leaves if any(c.kind == "published" for c in classes)]
    if not published:
        return
    stream = getattr(model, "stream", None)
    if stream != PUBLISHED_STREAM:
        yield f"{published[0]} is published text, which goes on {PUBLISHED_STREAM} and not on {stream}."
    for path, classes in leaves:
        if not all(c == _OWN_ID or c.kind in {"published", "time"} for c in classes):
            yield f"{path} stands beside published text, which has room for its own id and a time alone."


def _faults_of_model(model: type[BaseModel], path: str) -> Iterator[str]:
    for leaf in _leaves_of_model(model, path):
        yield from _faults_of_leaf(*leaf)


def _leaves_of_model(model: type[BaseModel], path: str) -> Iterator[_Leaf]:
    for name, annotation in get_type_hints(model, include_extras=True).items():
        if name in model.model_fields:
            yield from _leaves(annotation, f"{path}.{name}", ())


def _leaves(annotation: Any, path: str, around: tuple[Any, ...]) -> Iterator[_Leaf]:
    """Every single value an annotation can hold, in lists, choices and nested models too, with what is said of it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _leaves(arguments[0], path, (*around, *arguments[1:]))
    elif origin in (Union, types.UnionType):
        for choice in arguments:
            if choice is not type(None):
                yield from _leaves(choice, path, around)
    elif origin in (list, tuple, frozenset):
        for item in arguments:
            if item is not Ellipsis:
                yield from _leaves(item, f"{path}[]", around)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _leaves_of_model(annotation, path)
    else:
        yield annotation, path, around


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
    elif kind == "published":
        if not any(_longest(extra) <= _LONGEST_PUBLISHED for extra in around):
            yield f"{path} is published text without an end: say max_length, {_LONGEST_PUBLISHED} at most."
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


def _longest(extra: object) -> float:
    if isinstance(extra, FieldInfo):
        return min((_longest(part) for part in extra.metadata), default=math.inf)
    found = getattr(extra, "max_length", None)
    return found if isinstance(found, int) else math.inf
