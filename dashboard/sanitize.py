"""The one road from outside text to the screen.

Everything that a stranger wrote (posts, names, addresses, labels) passes through here before it
becomes HTML. Markdown is never made of it. The functions bound its length, take out what acts on
the text around it (control characters, bidirectional overrides, invisible characters, piles of
combining marks) and escape it; links lead to http and https only and say where they lead.
Streamlit sanitises the result once more in the browser.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeAlias
from urllib.parse import urlsplit

from tocsin.core.text import clean

Spans: TypeAlias = Sequence[tuple[int, int]]
"""From and to which character; in order, without overlaps."""
Finder: TypeAlias = Callable[[str], Spans]
"""Finds the places of a readable text that are to be marked."""

PREVIEW = 420
BEFORE_MARK = 60
"""Characters before the first marked place that a preview shows, where that lies far in."""
MAX_POST = 20_000
MAX_LINE = 160
_MAX_MARKS = 3

_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_BLANK_LINES = re.compile(r"\n[ \t\r]*(?:\n[ \t\r]*){2,}")
_SPACE = re.compile(r"\s+")
_DOMAIN = re.compile(r"[a-z0-9.:\[\]-]+")


def plain_text(text: str | None, limit: int = MAX_POST) -> str:
    """Readable, bounded text.

    It has no control, override or invisible characters, and at most three marks on a letter.
    """
    cut = clean((text or "")[: limit * 2])
    cut = _INVISIBLE.sub("", _BIDI.sub("", cut))
    if not cut.isascii():
        cut = _fewer_marks(cut)
    return _BLANK_LINES.sub("\n\n", cut)[:limit]


def single_line(text: str | None, limit: int = MAX_LINE) -> str:
    """One line of readable text, with an ellipsis where it was cut. Not escaped."""
    whole = _SPACE.sub(_one_space, plain_text(text, limit * 4)).strip()
    return whole if len(whole) <= limit else whole[: limit - 1].rstrip() + "…"


def _one_space(spaces: re.Match[str]) -> str:
    """Spaces as one; a narrow no-break space, as before French colons, stays what it is."""
    return "\u202f" if spaces.group() == "\u202f" else " "


def escaped_line(text: str | None, limit: int = MAX_LINE) -> str:
    """One line, escaped for HTML text and quoted attributes, kept to itself in direction."""
    return f'<bdi dir="auto">{escaped_attribute(text, limit)}</bdi>'


def marked_line(text: str | None, limit: int, find: Finder | None) -> str:
    """`escaped_line` with the places marked that ``find`` finds."""
    line = single_line(text, limit)
    return f'<bdi dir="auto">{_marked(line, find(line) if find else ())}</bdi>'


def escaped_attribute(text: str | None, limit: int = MAX_LINE) -> str:
    """One line, escaped for a quoted attribute."""
    return html.escape(single_line(text, limit), quote=True)


def post_body(
    text: str | None,
    *,
    more: str,
    cut: str,
    preview: int = PREVIEW,
    lang: str | None = None,
    find: Finder | None = None,
) -> str:
    """The body of a post as HTML: line breaks kept, long texts folded behind ``more``.

    Args:
        more: what the fold says, in the reader's language.
        cut: what stands at the end of a text that is longer than we show.
        lang: the language of the post, for screen readers and hyphenation.
        find: marks places, and the preview begins shortly before the first where it is far in.
    """
    whole = plain_text(text)
    spans = find(whole) if find else ()
    language = (
        f' lang="{html.escape(lang, quote=True)}"'
        if lang and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", lang)
        else ""
    )
    if len(whole) <= preview + 80:
        return f'<div class="t-text" dir="auto"{language}>{_lines(whole, spans)}</div>'
    start = _preview_start(whole, spans, preview)
    edge = whole.rfind(" ", start + preview // 2, start + preview)
    edge = edge if edge > 0 else start + preview
    shown = [(max(a, start), min(b, edge)) for a, b in spans if a < edge and b > start]
    excerpt = _lines(whole[start:edge], [(a - start, b - start) for a, b in shown])
    dots = "…" if start else ""
    tail = "" if len(text or "") <= MAX_POST else f' <em class="t-cut">{html.escape(cut)}</em>'
    return (
        f'<div class="t-text" dir="auto"{language}>{dots}{excerpt}…</div>'
        f'<details class="t-more"><summary>{html.escape(more)}</summary>'
        f'<div class="t-text" dir="auto"{language}>{_lines(whole, spans)}{tail}</div></details>'
    )


def external_link(url: str | None, label: str | None = None, *, title: str = "") -> str:
    """A link that shows where it leads, or its text alone where it is no http or https address."""
    host, target = display_domain(url), safe_url(url)
    if not target or not host:
        return escaped_line(url) if label is None else escaped_line(label)
    text = escaped_line(label) if label is not None else html.escape(host)
    hint = f' title="{escaped_attribute(title or url, 300)}"'
    return (
        f'<a class="t-link" href="{html.escape(target, quote=True)}" target="_blank" '
        f'rel="noopener noreferrer nofollow"{hint}>{text}</a>'
    )


def safe_url(url: str | None) -> str | None:
    """The address, if it is http or https with a host, without user name and control characters."""
    text = (url or "").strip()
    if (
        not text
        or len(text) > 4_000
        or any(ord(c) <= 32 or unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in text)
    ):
        return None
    try:
        split = urlsplit(text)
        host = split.hostname
    except ValueError:
        return None
    return (
        text
        if split.scheme in ("http", "https")
        and host
        and "@" not in split.netloc
        and "\\" not in text
        else None
    )


def display_domain(url: str | None) -> str:
    """The host that a link leads to; empty where there is none.

    It is in ASCII (IDNA), so that look-alike letters show.
    """
    target = safe_url(url)
    if target is None:
        return ""
    try:
        host = (urlsplit(target).hostname or "").encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    host = host.removeprefix("www.")
    return host[:80] if _DOMAIN.fullmatch(host) else ""


def _preview_start(text: str, spans: Spans, preview: int) -> int:
    """Where a preview begins: at the beginning, unless all that is marked lies beyond it."""
    if not spans or spans[0][1] <= preview:
        return 0
    near = max(0, min(spans[0][0] - BEFORE_MARK, len(text) - preview))
    return text.find(" ", near, spans[0][0]) + 1 or near


def _lines(text: str, spans: Spans = ()) -> str:
    return _marked(text, spans).replace("\r\n", "\n").replace("\n", "<br>")


def _marked(text: str, spans: Spans) -> str:
    """Escaped text with places marked."""
    parts, at = [], 0
    for start, end in spans:
        parts.append(html.escape(text[at:start], quote=True))
        parts.append(f"<mark>{html.escape(text[start:end], quote=True)}</mark>")
        at = end
    return "".join([*parts, html.escape(text[at:], quote=True)])


def _fewer_marks(text: str) -> str:
    out: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS:
            out.append(character)
    return "".join(out)


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$^=&\"'/])")


def markdown_label(text: str | None, limit: int = 60) -> str:
    """One line for a widget's label, which Streamlit reads as Markdown: all its signs are disarmed.

    Signs are escaped; colons (icons, colours, emoji codes), ``www.`` and ``@`` (automatic links)
    get an invisible word joiner behind them, since those are looked for after escapes are gone.
    """
    disarmed = (
        single_line(text, limit)
        .replace(":", ":\u2060")
        .replace("@", "@\u2060")
        .replace("www.", "www\u2060.")
    )
    return _MARKDOWN.sub(r"\\\1", disarmed)
