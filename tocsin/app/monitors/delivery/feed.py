"""Alerts as an Atom feed (RFC 4287): a file that a feed reader or a web server takes."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tocsin.core.files import write_bytes_atomically
from tocsin.core.findings import rfc3339
from tocsin.core.text import clean

_ATOM = "http://www.w3.org/2005/Atom"


def write_feed(
    path: Path, title: str, entries: Sequence[tuple[int, Mapping[str, Any], str]], name: str
) -> None:
    """Write the feed, the newest alert first.

    Args:
        entries: number, document and text of each alert.
        name: what makes the feed's id one of its own: not shown, only hashed.
    """
    ET.register_namespace("", _ATOM)
    own = hashlib.sha256(name.encode()).hexdigest()[:32]
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _text(feed, "id", f"urn:tocsin:{own}")
    _text(feed, "title", title)
    newest = max((document["at"] for _, document, _ in entries), default=datetime.now(UTC))
    _text(feed, "updated", rfc3339(newest))
    author = ET.SubElement(feed, f"{{{_ATOM}}}author")
    _text(author, "name", "Tocsin")
    for number, document, text in entries:
        entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _text(entry, "id", f"urn:tocsin:{own}:{number}")
        _text(entry, "title", f"{document['title']} – {document['said']}")
        _text(entry, "updated", rfc3339(document["at"]))
        ET.SubElement(entry, f"{{{_ATOM}}}link", {"href": document["address"]})
        _text(entry, "content", text)
    data = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    write_bytes_atomically(path, data)


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = clean(text)
