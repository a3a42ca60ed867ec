"""An alert in words: for a chat or a feed, for a mail in HTML, for another program."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.core.findings import rfc3339_or_none
from tocsin.core.language.words import Words

Document = Mapping[str, Any]


def subject(documents: Sequence[Document], words: Words) -> str:
    """One line: what a single alert is about, or how many alerts a digest has."""
    first = documents[0]
    if len(documents) == 1:
        return words("monitor.mail.subject", title=first["title"], said=first["said"])
    return words.n("monitor.mail.digest", len(documents), title=first["title"])


def plain_text(document: Document, words: Words) -> str:
    """An alert as lines of text."""
    lines = [f"{words.moment(document['at'])} ({words.zone_name()}): {document['said']}"]
    if document["headline"]:
        lines.append(words("monitor.mail.headline", headline=document["headline"]))
    lines.append(document["origin_said"])
    lines += [f"– {sentence}" for sentence in document["explanations"]]
    if document["command"]:
        lines += [words("monitor.mail.command"), f"  {document['command']}"]
    lines += [words("monitor.mail.address"), f"  {document['address']}"]
    return "\n".join(lines)


def all_text(documents: Sequence[Document], words: Words) -> str:
    """Alerts as text, with what a reader should know of all of them."""
    parts = [plain_text(document, words) for document in documents]
    return "\n\n".join([*parts, words("monitor.mail.foot")])


def page(documents: Sequence[Document], words: Words) -> str:
    """Alerts as HTML of a mail: no picture, no script, nothing from elsewhere."""
    body = "".join(_article(document, words) for document in documents)
    foot = html.escape(words("monitor.mail.foot"))
    return (
        f'<!doctype html><html lang="{words.code}"><head><meta charset="utf-8"></head>'
        f'<body style="font-family:sans-serif;max-width:42rem">{body}'
        f'<p style="color:#555">{foot}</p></body></html>'
    )


def _article(document: Document, words: Words) -> str:
    at = f"{words.moment(document['at'])} ({words.zone_name()})"
    lines = [
        f"<h2 style='font-size:1.1rem'>{html.escape(document['title'])}</h2>",
        f"<p><b>{html.escape(document['said'])}</b><br>{html.escape(at)}</p>",
    ]
    if document["headline"]:
        said = words("monitor.mail.headline", headline=document["headline"])
        lines.append(f"<p>{html.escape(said)}</p>")
    lines.append(f"<p>{html.escape(document['origin_said'])}</p>")
    if document["explanations"]:
        rows = "".join(f"<li>{html.escape(said)}</li>" for said in document["explanations"])
        lines.append(f"<ul>{rows}</ul>")
    address = html.escape(document["address"], quote=True)
    opened = html.escape(words("monitor.mail.open"))
    lines.append(f'<p><a href="{address}">{opened}</a></p>')
    lines.append(f"<pre style='white-space:pre-wrap'>{html.escape(document['command'])}</pre>")
    return "".join(lines)


def as_json(documents: Sequence[Document]) -> dict[str, Any]:
    """Alerts for another program: times in RFC 3339."""
    times = ("at", "since", "until")
    alerts = [
        {**document, **{name: rfc3339_or_none(document[name]) for name in times}}
        for document in documents
    ]
    return {"type": "tocsin.alerts", "version": 1, "alerts": alerts}
