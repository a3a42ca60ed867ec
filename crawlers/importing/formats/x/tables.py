"""What tables of posts of X share, whatever tool wrote them."""

from __future__ import annotations

from typing import Any

from crawlers.importing.formats import fields
from crawlers.importing.formats.x.statuses import client_name

_RELATIONS = ("reply_to", "repost_of", "quote_of")


def finish_row(row: dict[str, Any]) -> dict[str, Any]:
    """Mend a row that columns gave: entities decoded, the address made of handle and id, ids that
    say "none" (``0``, ``-1``) left out, a repost not a quote at the same time. The client's name
    (``source``) is no source. Changes the row.
    """
    if "text" in row:
        row["text"] = fields.unescape(row["text"])
    for key in _RELATIONS:
        if key in row and fields.identifier(row[key]) is None:
            del row[key]
    if "repost_of" in row:
        row.pop("quote_of", None)
    native = fields.identifier(row.get("id"))
    if native and not row.get("url"):
        handle = fields.line(fields.at(row, "author.handle")) or "i"
        row["url"] = f"https://x.com/{handle}/status/{native}"
    extra = row.get("extra", {})
    client = client_name(extra.pop("source", None) or extra.pop("client", None))
    fields.with_extra(row, client=client)
    if not row.get("extra", True):
        del row["extra"]
    return row
