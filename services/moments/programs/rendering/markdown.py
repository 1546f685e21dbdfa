"""Designers' Markdown as HTML that is safe anywhere: raw HTML is never read, and what comes out is cleaned once more.

No heading above the page's own can stand in a text, so a page keeps one outline.
"""

import nh3
from markdown_it import MarkdownIt

_SCHEMES = {"https", "mailto", "tel"}
_TAGS = {
    *("p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "h3", "h4", "hr", "a"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_LEVELS = {"h1": "h3", "h2": "h4", "h3": "h4", "h4": "h4", "h5": "h4", "h6": "h4"}


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802
        return url.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES))


_MARKDOWN = _Markdown("commonmark", {"html": False}).enable("table").disable("image")


def html_of(markdown: str) -> str:
    """The text as HTML; an address that is not https, mailto or tel is no link."""
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = _LEVELS[token.tag]
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel="noopener noreferrer"
    ).strip()
