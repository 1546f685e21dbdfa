"""Designers' Markdown as HTML that is safe anywhere: raw HTML is never read, and what comes out is cleaned once more.

Headings of a text begin below those of the page it stands in and skip no level, so that a page keeps one outline.
"""

import nh3
from markdown_it import MarkdownIt

_SCHEMES = {"https", "mailto", "tel"}
_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "hr", "a"),
    *("h2", "h3", "h4", "h5"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802
        return url.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES))


_MARKDOWN = _Markdown("commonmark", {"html": False}).enable("table").disable("image")


def html_of(markdown: str, *, top: int = 3) -> str:
    """The text as HTML with headings from `top` downwards; an address not of https, mailto or tel is no link."""
    tokens = _MARKDOWN.parse(markdown)
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    written = sorted({token.tag for token in headings})
    for token in headings:
        token.tag = f"h{top + min(written.index(token.tag), 1)}"
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel="noopener noreferrer"
    ).strip()
