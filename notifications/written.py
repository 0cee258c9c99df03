"""What people write in Markdown, as a mail: the same words as plain text and as HTML that mail programs show."""

import re
from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from booking.templatetags.prose import prose
from notifications.outbox import one_line

_LINK = re.compile(r"(?<!!)\[((?:\\.|[^\]\\])+)\]\(<?(\S+?)>?\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LOOKS = [
    (re.compile(r"(?<![\\*])\*\*(?=\S)(.+?)(?<=[^\s\\])\*\*"), r"\1"),
    (re.compile(r"^#{1,6} +(.*)$", re.MULTILINE), r"\1"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
    (re.compile(r"\n{3,}"), "\n\n"),
]
# Signs that mean something to Markdown.
_SIGNS = re.compile(r"([\\`*_\[\]<>#{}|~!])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_HEADING = "font:700 20px/1.3 'Gill Sans','Gill Sans Nova',Calibri,Ubuntu,sans-serif;margin:20px 0 8px;color:#1d2433;"
_CELL = "padding:6px 8px 6px 0;border-bottom:1px solid #d9d6cb;"
# Mail programs drop style sheets, so style stands in the element; the classes are for the dark.
_STYLED = {
    "<p>": '<p style="margin:0 0 12px;">',
    "<ul>": '<ul style="margin:0 0 12px;padding:0 0 0 22px;">',
    "<ol>": '<ol style="margin:0 0 12px;padding:0 0 0 22px;">',
    "<li>": '<li style="margin:0 0 6px;">',
    "<h2>": f'<h2 class="ink" style="{_HEADING}">',
    "<h3>": f'<h3 class="ink" style="{_HEADING}">',
    "<h4>": f'<h4 class="ink" style="{_HEADING}">',
    "<a ": f'<a class="go" style="color:{settings.HUB_SHADES["blue"][0]};" ',
    "<blockquote>": '<blockquote class="soft" style="margin:0 0 12px;padding-left:14px;border-left:3px solid #ccc;">',
    "<hr>": '<hr class="line" style="border:0;border-top:1px solid #d9d6cb;margin:20px 0;">',
    "<th>": f'<th class="line" align="left" style="{_CELL}">',
    "<td>": f'<td class="line" valign="top" style="{_CELL}">',
}


def tidied(body: str) -> str:
    """Words without signs that no page, mail or feed may hold (XML 1.0, 2.2), and with plain ends of line."""
    return _CONTROL.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).strip()


def plain(text: str) -> str:
    """Words on one line in which no sign means anything to Markdown."""
    return _SIGNS.sub(r"\\\1", one_line(text))


def as_text(body: str) -> str:
    """Markdown reads well as it is; but links are written out, and signs that only say how it looks are left out."""
    text = _LINK.sub(r"\1 (\2)", body)
    for signs, words in _LOOKS:
        text = signs.sub(words, text)
    return _ESCAPED.sub(r"\1", text).strip()


def as_html(body: str) -> SafeString:
    """Clean HTML, with its style in every element."""
    html = str(prose(body, 1))
    for bare, styled in _STYLED.items():
        html = html.replace(bare, styled)  # what stands in the words is escaped, so these are elements
    return mark_safe(html)  # noqa: S308  # cleaned by prose, and only attributes of ours put in


def mail(
    *, heading: str, opening: str, body: str, reason: str, links: Sequence[tuple[str, str]] = (), answer: str = ""
) -> tuple[str, str]:
    """(text, HTML) of a mail. `opening`: who writes; `links` (label, address) and `answer`, to whom: its foot."""
    context = {
        "heading": heading,
        "opening": opening,
        "text": as_text(body),
        "html": as_html(body),
        "reason": reason,
        "links": links,
        "answer": answer,
        "hub_name": settings.HUB_NAME,
        "hub_email": settings.HUB_EMAIL,
        "demo": settings.DEMO,
    }
    text = render_to_string("emails/written.txt", context).strip() + "\n"
    return text, render_to_string("emails/written.html", context)
