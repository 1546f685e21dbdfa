"""Designers' Markdown becomes HTML that harms nobody."""

import pytest

from services.moments.programs.rendering.markdown import html_of


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**Ät** *lugnt*.", "<p><strong>Ät</strong> <em>lugnt</em>.</p>"),
        ("# Rubrik", "<h3>Rubrik</h3>"),
        ("- ett\n- två", "<ul>\n<li>ett</li>\n<li>två</li>\n</ul>"),
        ("[1177](https://1177.se)", '<p><a href="https://1177.se" rel="noopener noreferrer">1177</a></p>'),
    ],
)
def test_what_designers_write_is_kept(markdown: str, html: str) -> None:
    assert html_of(markdown) == html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[ond](javascript:alert(1))",
        "[ond](data:text/html,<script>)",
        "[ond](//ond.example)",
        "![bild](https://ond.example/x.png)",
        '<a href="javascript:alert(1)">ond</a>',
        "<style>*{display:none}</style>",
    ],
)
def test_what_could_harm_is_not_markup(markdown: str) -> None:
    html = html_of(markdown)

    assert not any(
        danger in html for danger in ("<script", "<img", "<style", '<a href="j', '<a href="d', '<a href="/')
    )
