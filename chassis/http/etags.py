"""Versions as entity tags: `"7"` is version 7, and whoever changes something names the version they read."""

import re
from typing import Annotated

from fastapi import Depends, Request, Response

from chassis.http.problems import HttpError

VERSION = r'"(0|[1-9][0-9]{0,17})"'
_STRONG = re.compile(VERSION)
_WEAK = re.compile(r'(?:W/)?"([^"]*)"')


class IfMatchRequiredError(HttpError):
    status = 428

    def __init__(self) -> None:
        super().__init__("The request changes something: send If-Match with the ETag that was read.")


class MalformedIfMatchError(HttpError):
    status = 400

    def __init__(self) -> None:
        super().__init__(
            'If-Match must be one strong entity tag, for example "7": send the ETag that was read.'
        )


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def if_match(request: Request) -> int | None:
    """The version in If-Match, None without the header. `*` and lists name no version and are refused."""
    header = request.headers.get("if-match")
    if header is None:
        return None
    match = _STRONG.fullmatch(header.strip())
    if match is None:
        raise MalformedIfMatchError
    return int(match[1])


async def required_version(request: Request) -> int:
    """The version in If-Match. Raises IfMatchRequiredError without the header."""
    version = if_match(request)
    if version is None:
        raise IfMatchRequiredError
    return version


async def optional_version(request: Request) -> int | None:
    """The version in If-Match, None without the header."""
    return if_match(request)


RequiredVersion = Annotated[int, Depends(required_version)]
"""A parameter of an endpoint that refuses with 428 without If-Match."""

OptionalVersion = Annotated[int | None, Depends(optional_version)]


def not_modified(request: Request, version: int) -> Response | None:
    """304 when If-None-Match names this version (or `*`), to be returned at once; None otherwise."""
    header = request.headers.get("if-none-match")
    if header is None:
        return None
    if header.strip() == "*" or str(version) in _WEAK.findall(header):
        return Response(status_code=304, headers={"ETag": etag(version)})
    return None
