"""Markdown that people type, as HTML that is safe to show."""

import nh3
from markdown_it import MarkdownIt

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_TAGS = {"p", "br", "em", "strong", "ul", "ol", "li", "a", "h2", "h3", "h4", "blockquote", "code", "pre", "hr"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


def html_of(text: str, *, below: int) -> str:
    """Render Markdown; what is not plain prose (scripts, images, styles) is taken out.

    `below`: how many levels its headings sit lower. On a page of its own none; else below the page's own two.
    """
    html = _markdown.render(text)
    for level in (4, 3, 2, 1):
        lower = min(max(level + below, 2), 4)
        html = html.replace(f"<h{level}>", f"<h{lower}>").replace(f"</h{level}>", f"</h{lower}>")
    return nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http", "mailto"})
