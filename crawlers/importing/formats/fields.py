"""What profiles share: values of exports to values of the exchange format.

Nothing here raises for a value of an odd kind: it gives None, "" or an empty list.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from crawlers.extract import html_text
from crawlers.importing.cell_values import list_reader, read_count
from tocsin.core.text import clean, collapse_whitespace

_MAX_HTML = 200_000
_ADDRESS_KEYS = ("unwound_url", "expanded_url", "expandedUrl", "uri", "url", "href", "link")
_TAG_KEYS = ("tag", "text", "name", "hashtagName", "title")
_MENTION_KEYS = ("username", "screen_name", "acct", "handle", "name", "text")
_NO_ID = frozenset({"", "0", "-1", "nan", "none", "null"})


def at(record: Any, path: str, default: Any = None) -> Any:
    """The value at a dotted path through objects and positions of lists."""
    for part in path.split("."):
        if type(record) is dict or isinstance(record, Mapping):  # the first is far quicker
            record = record.get(part)
        elif isinstance(record, list) and part.isdigit() and int(part) < len(record):
            record = record[int(part)]
        else:
            return default
    return default if record is None else record


def first(record: Any, *paths: str) -> Any:
    """The first of these values that is not empty; None where all are."""
    for path in paths:
        if (value := at(record, path)) not in (None, "", [], {}):
            return value
    return None


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; of an object itself a list of it alone."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [value]
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one."""
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def text(value: Any) -> str:
    """A text; empty for what is none."""
    return value if isinstance(value, str) else ""


def line(value: Any, limit: int = 300) -> str | None:
    """A name or the like: one line, bounded, None where empty."""
    return collapse_whitespace(clean(text(value), limit)) or None


def identifier(value: Any) -> str | None:
    """An id as text: whole numbers are written out, ``123.0`` is ``123``; None where there is none
    (``0``, ``-1``, ``nan``...). A float that is too large to be one stays as it is written
    (``1.5e+18``): its last digits are lost, and the import says so.
    """
    if type(value) is str and value.isdigit() and value != "0":  # most are
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value) if abs(value) < 2**53 else value
    native = str(value).strip()
    if native.endswith(".0") and native[:-2].isdigit() and int(native[:-2]) < 2**53:
        native = native[:-2]
    return None if native.lower() in _NO_ID else native


def count(value: Any) -> int | None:
    """A count: a number, ``1,234``, ``1,2k``, ``3 M``; None for what is none or negative."""
    if value is None:
        return None
    if type(value) is int:
        return value if value >= 0 else None
    if isinstance(value, Mapping):  # {"count": 5}, as graph APIs answer
        value = value.get("count", value.get("total_count"))
    try:
        number = read_count(value)
        return int(number) if number is not None and float(number) >= 0 else None
    except (TypeError, ValueError, OverflowError):
        return None


def counts(**values: Any) -> dict[str, int]:
    """The ``metrics`` of a post (likes, reposts, replies, quotes, views), those that are counts."""
    return {name: n for name, value in values.items() if (n := count(value)) is not None}


def author(
    id_: Any = None, *, handle: Any = None, name: Any = None, **more: Any
) -> dict[str, Any] | None:
    """The ``author`` of a post: id apart from handle apart from display name, without empty keys.

    The handle serves as id where there is none. None where neither is known.

    Args:
        more: the other keys of an author: created_at, followers, following, posts, description,
            verified.
    """
    own_handle = (line(handle) or "").lstrip("@") or None
    key = identifier(id_) or own_handle
    if key is None:
        return None
    for number in ("followers", "following", "posts"):
        if number in more:
            more[number] = count(more[number])
    values = {"id": key, "handle": own_handle, "name": line(name), **more}
    return {k: v for k, v in values.items() if v is not None and v != ""}


def plain(markup: Any) -> str:
    """HTML to plain text: paragraphs and line breaks stay, entities are decoded."""
    return html_text.plain_text(text(markup)[:_MAX_HTML])


def unescape(value: Any) -> str:
    """Entities of plain text (``&amp;``, ``&gt;``) decoded."""
    value = text(value)
    return html.unescape(value) if "&" in value else value


def cells(value: Any, name: str = "urls") -> list[Any]:
    """The entries of a cell that holds a list: JSON, a Python list, or separated text."""
    try:
        return list(list_reader(name)(value))
    except ValueError:
        return []


def addresses(*values: Any) -> list[str]:
    """The http addresses in these values, without repetition: texts, lists, or entities as
    platforms give them (the expanded address is taken).
    """
    found: dict[str, None] = {}
    for value in _leaves(values, _ADDRESS_KEYS):
        address = value.strip()
        if address.startswith(("http://", "https://")) and not address.endswith("…"):
            found.setdefault(address)
    return list(found)


def tags(*values: Any) -> list[str]:
    """Hashtags without their sign, of texts, lists or entities."""
    return list(dict.fromkeys(v.strip().lstrip("#") for v in _leaves(values, _TAG_KEYS) if v))


def mentions(*values: Any) -> list[str]:
    """Handles without their sign, of texts, lists or entities."""
    return list(dict.fromkeys(v.strip().lstrip("@") for v in _leaves(values, _MENTION_KEYS) if v))


def relations(
    *,
    reply_to: Any = None,
    repost_of: Any = None,
    quote_of: Any = None,
    repost_of_handle: Any = None,
) -> dict[str, Any]:
    """The typed relations of a post, as keys of its row.

    ``repost_of_handle`` (whose post is repeated) goes to ``extra`` where the id is not known: merge
    it with `with_extra`.
    """
    row = {
        "reply_to": identifier(reply_to),
        "repost_of": identifier(repost_of),
        "quote_of": identifier(quote_of),
    }
    found: dict[str, Any] = {key: value for key, value in row.items() if value}
    handle = (line(repost_of_handle) or "").lstrip("@")
    if handle and "repost_of" not in found:
        found["extra"] = {"repost_of_handle": handle}
    return found


def with_extra(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The row with these entries of ``extra``, empty ones left out; changes the row."""
    kept = {k: v for k, v in more.items() if v not in (None, "", [], {})}
    if kept:
        row["extra"] = {**row.get("extra", {}), **kept}
    return row


def without_empty(row: Mapping[str, Any]) -> dict[str, Any]:
    """Without the keys that say nothing; empty lists stay (they say that there is none)."""
    return {k: v for k, v in row.items() if v is not None and v != "" and v != {}}


def media(url: Any, kind: str = "unknown", alt: Any = None, **more: Any) -> dict[str, Any] | None:
    """An entry of ``media``; None without an address."""
    address = text(url).strip()
    if not address:
        return None
    return without_empty({"url": address, "kind": kind, "alt": clean(text(alt), 5_000), **more})


def _leaves(values: Iterable[Any], keys: tuple[str, ...]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            if value:
                yield value
        elif isinstance(value, Mapping):
            best = next((value[k] for k in keys if isinstance(value.get(k), str)), None)
            if best:
                yield best
        elif isinstance(value, (list, tuple)):
            yield from _leaves(value, keys)
