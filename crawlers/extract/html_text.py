"""HTML to plain text, and the small facts of a page that its markup states."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml import etree
from w3lib.encoding import html_to_unicode

from tocsin.core.errors import Unreadable
from tocsin.core.messages import Message
from tocsin.core.text import clean, collapse_whitespace

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
        "pre", "section", "table",
        "tr", "ul"
    }
)  # fmt: skip
_SILENT = frozenset(
    {
        "script", "style", "noscript", "template", "head", "title", "iframe", "object", "svg",
        "math", "textarea", "select",
        "button"
    }
)  # fmt: skip
_LINES = re.compile(r"[ \t\r\f\v]*\n[ \t\r\f\v]*")
_MANY = re.compile(r"\n{3,}")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_LETTERS = re.compile(r"[^\W\d_]")
_ACCENTED = re.compile(r"[\u00a1-\u00ff]")
MANY_ACCENTED = 40
_ENCODINGS = ["cp1252", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256",
              "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"]  # fmt: skip
MAX_DEPTH = 400
MAX_TAGS = 500_000
"""Pages with more are refused: libraries take minutes for them."""
MAX_ATTRIBUTES = 500
"""Of a tag: the parser's time grows with the square of their number."""
_LONG_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9:-]*)[^<>]{2000,}>")


def decode_html(body: bytes, content_type: str = "") -> str:
    """The text of a page, without what only holds its readers.

    Bytes that are valid UTF-8 beyond ASCII are UTF-8 whatever header and page claim.

    Raises:
        Unreadable: it has more tags than a page has.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if not text or (text.isascii() and b"\x1b" in body):
        text = html_to_unicode(content_type, body, default_encoding="windows-1252")[1]
        text = _checked(text, body)
    if text.count("<") > MAX_TAGS:
        raise Unreadable(Message("crawl.many_tags", {"n": MAX_TAGS}))
    return _LONG_TAG.sub(_bare_tag, text)


def _checked(text: str, body: bytes) -> str:
    """The text, unless the bytes are plainly not in the declared encoding: then as they look.

    UTF-8 that does not decode, or Latin letters that are nearly all accented, are signs of it.
    """
    is_broken = "\ufffd" in text
    western = body.decode("cp1252", "replace") if is_broken else text
    if not _is_mostly_accented(western):
        return western
    import charset_normalizer

    sample = b" ".join(re.findall(rb"[^\x00-\x7f][^<>]*", body[:200_000]))[:20_000]
    best = charset_normalizer.from_bytes(sample, cp_isolation=_ENCODINGS).best()
    name = best.encoding if best is not None else "cp1252"
    try:
        other = body.decode(name, "replace")
    except LookupError:
        return text
    return other if other.count("\ufffd") < text.count("\ufffd") or not is_broken else text


def _is_mostly_accented(text: str) -> bool:
    beginning = text[:100_000]
    accented = len(_ACCENTED.findall(beginning))
    return accented >= MANY_ACCENTED and accented * 5 >= len(_LETTERS.findall(beginning))


def _bare_tag(tag: re.Match[str]) -> str:
    attributes = max(tag[0].count("="), len(tag[0].split()))
    return f"<{tag[1]}>" if attributes > MAX_ATTRIBUTES else tag[0]


def parse_html(text: str) -> Any:
    """The lxml tree of an HTML text, or None where there is none."""
    try:
        return lxml.html.document_fromstring(
            _XML_DECLARATION.sub("", _LONG_TAG.sub(_bare_tag, text)),
            parser=lxml.html.HTMLParser(no_network=True, huge_tree=False),
        )
    except (etree.LxmlError, ValueError):
        return None


def plain_text(html: str, limit: int | None = None) -> str:
    """Plain text of an HTML fragment: a line break for ``br``, an empty line between paragraphs."""
    if "<" not in html and "&" not in html:
        return clean(html, limit).strip()
    root = parse_html(f"<div>{html}</div>")
    if root is None:
        return clean(html, limit).strip()
    parts: list[str] = []
    _collect_text(root, parts, 0)
    text = _LINES.sub("\n", re.sub(r"[ \t\u00a0]+", " ", "".join(parts)))
    return clean(_MANY.sub("\n\n", text), limit).strip()


def _collect_text(node: Any, parts: list[str], depth: int) -> None:
    tag = node.tag if isinstance(node.tag, str) else ""
    if tag and tag not in _SILENT and depth < MAX_DEPTH:
        block = tag in _BLOCKS
        if tag == "br":
            parts.append("\n")
        elif tag == "li":
            parts.append("\n- ")
        elif block:
            parts.append("\n\n" if tag == "p" else "\n")
        if node.text:
            parts.append(node.text if tag == "pre" else re.sub(r"\s+", " ", node.text))
        for child in node:
            _collect_text(child, parts, depth + 1)
            if child.tail:
                parts.append(re.sub(r"\s+", " ", child.tail))
        if block and tag != "li":
            parts.append("\n\n" if tag == "p" else "\n")


def anchors(html: str, base: str = "") -> list[tuple[str, str]]:
    """The links of a fragment in order, as (absolute address, class attribute)."""
    root = parse_html(f"<div>{html}</div>") if "<a" in html else None
    if root is None:
        return []
    links = []
    for node in root.iter("a"):
        href = absolute_url(base, node.get("href") or "")
        if href:
            links.append((href, node.get("class") or ""))
    return links


def absolute_url(base: str, href: str) -> str:
    """The http address that a reference names, without its fragment; empty where it is none."""
    if not href.strip():
        return ""
    try:
        url = urljoin(base, href.strip())
        parts = urlsplit(url)
        if (
            parts.scheme in ("http", "https")
            and parts.hostname
            and len(url) <= 2083
            and parts.username is None
        ):
            return parts._replace(fragment="").geturl()
    except ValueError:
        pass
    return ""


def declared_language(root: Any) -> str:
    """The language that a page declares: BCP 47, or empty."""
    candidates = [
        root.get("lang"),
        root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        root.get("xml:lang"),
    ]
    for node in root.iter("meta"):
        key = (node.get("http-equiv") or node.get("property") or node.get("name") or "").lower()
        if key in ("content-language", "og:locale", "language", "dc.language"):
            candidates.append(node.get("content"))
    for candidate in candidates:
        tag = collapse_whitespace(candidate or "").replace("_", "-").split(",")[0].strip()
        if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag):
            return tag
    return ""
