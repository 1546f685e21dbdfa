"""The page at `/docs`: Swagger UI from a package of the process itself, so that it needs no network and tells nobody.

The page runs no script but those two files, which its policy says, and reads nothing but this API's document.
"""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/docs"

_BUNDLE = "swagger-ui-bundle.js"
_STYLE = "swagger-ui.css"
_START = "start.js"
_TYPES = {_BUNDLE: "text/javascript", _STYLE: "text/css"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Addresses are relative: the API may stand under any path of a proxy. No validator on the net is asked.
_SCRIPT = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#ui", deepLinking: true, validatorUrl: null});\n'
_PAGE = f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{title}}</title><link rel="stylesheet" href="docs/{_STYLE}"></head>
<body><div id="ui"></div>
<script src="docs/{_BUNDLE}"></script><script src="docs/{_START}"></script></body>
</html>
"""


def routes(title: str) -> Sequence[Route]:
    """The page and its files."""
    page = Response(
        _PAGE.format(title=escape(title)),
        media_type="text/html",
        headers={"Content-Security-Policy": _POLICY},
    )

    async def shown(_request: Request) -> Response:
        return page

    return [Route(PATH, shown), *(Route(f"{PATH}/{name}", _file) for name in (*_TYPES, _START))]


def paths() -> Sequence[str]:
    """Every path of the page."""
    return [PATH, *(f"{PATH}/{name}" for name in (*_TYPES, _START))]


async def _file(request: Request) -> Response:
    name = request.url.path.rpartition("/")[2]
    content = _SCRIPT if name == _START else files("fastapi_offline").joinpath("static", name).read_bytes()
    return Response(content, media_type=_TYPES.get(name, "text/javascript"))
