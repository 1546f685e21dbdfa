"""Papers as accessible PDF (PDF/UA): tagged, in Swedish, with a title; nothing is fetched while one is made.

Making one takes tens of milliseconds of a processor, so it happens in a thread, few at a time. What draws the letters
is a library of the system: a process without it answers 503 for PDFs and goes on with everything else.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, Never
from urllib.parse import quote

from starlette.responses import Response

from chassis.http.problems import ServiceUnavailableError
from services.moments.programs.rendering.paper import Paper, html_of_paper

_VARIANT = "pdf/ua-1"


class PdfNotAvailableError(ServiceUnavailableError):
    def __init__(self) -> None:
        super().__init__("No PDF can be made here: install libpango-1.0-0 and libpangoft2-1.0-0.")


async def pdf_answer(paper: Paper) -> Response:
    """The paper as a PDF to save. Raises PdfNotAvailableError."""
    draw = _drawer()
    content = await asyncio.get_running_loop().run_in_executor(_few(), draw, html_of_paper(paper))
    name = quote(f"{paper.title}.pdf", safe="")
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        },
    )


@cache
def _few() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, "pdf")


def _drawer() -> Callable[[str], bytes]:
    try:
        weasyprint = import_module("weasyprint")
    except (ImportError, OSError):
        # The import itself looks for the system's library.
        raise PdfNotAvailableError from None

    def draw(html: str) -> bytes:
        document = weasyprint.HTML(string=html, url_fetcher=_refuse)
        content: bytes = document.write_pdf(pdf_variant=_VARIANT)
        return content

    return draw


def _refuse(url: str, *_: Any, **__: Any) -> Never:
    raise ValueError("Nothing is fetched for a PDF.")
