"""An alert in the shape that each chat can show: its marks, its link, its longest message.

Slack shows ``<address|words>``, which Apprise makes of CommonMark; Teams a Markdown of cards, where
only an empty line ends a line and a bare address is no link; Mattermost Markdown; Matrix HTML, with
a plain text beside it; ntfy, and whatever else, plain text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.app.monitors.delivery import wording
from tocsin.core.language.words import Words

Document = dict[str, Any]
Body = Callable[[str, Sequence[Document], Words], str]
_MARKS = re.compile(r"[*_\[\]#~|\\]")
_HOST = re.compile(r"\w\.[^\W\d_]{2}")
"""What programs make a link of where a command is not shown as code."""
MAX_TITLE = 200
LEAST = 300
"""Bytes below which a message is not held to a service's limit: a text message, a pager."""


@dataclass(frozen=True)
class Shape:
    """How a chat is told. ``limit``: bytes of UTF-8 of the longest text that it takes whole."""

    name: str
    format: str
    limit: int
    write: Body
    own_title: bool = False
    """The service shows a title of its own; otherwise the text begins with it."""


@dataclass(frozen=True)
class ChatText:
    """A message as it is handed to Apprise, and how many of the alerts are in it."""

    title: str
    body: str
    format: str
    alerts: int


def fit_to_limit(shape: Shape, documents: Sequence[Document], words: Words) -> ChatText:
    """As many of the alerts as one message holds, at least one; that one is shortened if need be.

    Args:
        documents: alerts that are made harmless already.
    """
    for n in range(len(documents), 0, -1):
        text = _render(shape, documents[:n], words)
        if len(text.body.encode()) <= shape.limit:
            return text
    first = documents[:1]
    for name, empty in (("explanations", []), ("command", ""), ("headline", "")):
        first = [{**first[0], name: empty}]
        text = _render(shape, first, words)
        if len(text.body.encode()) <= shape.limit:
            break
    return text


def _render(shape: Shape, documents: Sequence[Document], words: Words) -> ChatText:
    title = _cut(wording.subject(documents, words), MAX_TITLE)
    body = shape.write("" if shape.own_title else title, documents, words)
    return ChatText(title if shape.own_title else "", body, shape.format, len(documents))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _flat(command: str) -> str:
    return " ".join(command.splitlines())


def _lines(document: Document, words: Words) -> list[str]:
    """What stands above the command and the link."""
    at = f"{words.moment(document['at'])} ({words.zone_name()})"
    lines = [f"{at}: {document['said']}"]
    if document["headline"]:
        lines.append(words("monitor.mail.headline", headline=document["headline"]))
    if document["origin_said"]:
        lines.append(document["origin_said"])
    return [*lines, *(f"– {sentence}" for sentence in document["explanations"])]


def _link(document: Document, words: Words, angle: bool = False) -> str:
    address = document["address"].replace(")", "%29").replace(" ", "%20")
    return f"[{words('monitor.mail.open')}]({f'<{address}>' if angle else address})"


def _text(title: str, documents: Sequence[Document], words: Words) -> str:
    plain = [one | {"command": ""} if _HOST.search(one["command"]) else one for one in documents]
    return "\n".join(part for part in (title, wording.all_text(plain, words)) if part)


def _slack(title: str, documents: Sequence[Document], words: Words) -> str:
    parts = []
    for document in documents:
        lines = [*_lines(document, words), _link(document, words, angle=True)]
        if document["command"]:
            lines += [words("monitor.mail.command"), f"`{_flat(document['command'])}`"]
        parts.append("\n".join(lines))
    return "\n\n".join([*([f"**{title}**"] if title else []), *parts, words("monitor.mail.foot")])


def _teams(title: str, documents: Sequence[Document], words: Words) -> str:
    """Cards know no marks for code: a command with a sign that would be one is left out."""
    parts = [f"**{title}**"]
    for document in documents:
        parts += [*_lines(document, words), _link(document, words)]
        command = _flat(document["command"])
        if command and not _MARKS.search(command) and not _HOST.search(command):
            parts += [words("monitor.mail.command"), command]
    return "\n\n".join([*parts, words("monitor.mail.foot")])


def _mattermost(title: str, documents: Sequence[Document], words: Words) -> str:
    parts = [f"**{title}**"]
    for document in documents:
        lines = [*_lines(document, words), _link(document, words)]
        if document["command"]:
            command = _flat(document["command"])
            lines += [words("monitor.mail.command"), "```", command, "```"]
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, words("monitor.mail.foot")])


def _matrix(title: str, documents: Sequence[Document], words: Words) -> str:
    """HTML; the address is written out, since the plain text beside it keeps no ``href``."""
    parts = [f"<p><strong>{html.escape(title)}</strong></p>"]
    for document in documents:
        address = html.escape(document["address"], quote=True)
        lines = [html.escape(line) for line in _lines(document, words)]
        lines.append(html.escape(words("monitor.mail.address")))
        lines.append(f'<a href="{address}">{address}</a>')
        if document["command"]:
            lines.append(html.escape(words("monitor.mail.command")))
            lines.append(f"<code>{html.escape(_flat(document['command']))}</code>")
        parts.append(f"<p>{'<br>'.join(lines)}</p>")
    return "".join([*parts, f"<p>{html.escape(words('monitor.mail.foot'))}</p>"])


SHAPES = {
    "NotifySlack": Shape("slack", "markdown", 30_000, _slack, own_title=True),
    "NotifyWorkflows": Shape("teams", "markdown", 20_000, _teams),
    "NotifyMattermost": Shape("mattermost", "markdown", 15_000, _mattermost),
    "NotifyMatrix": Shape("matrix", "html", 20_000, _matrix),
    "NotifyNtfy": Shape("ntfy", "text", 3_800, _text, own_title=True),
}
"""By Apprise's class. Slack takes 40,000 characters, a card of Teams 28 KB, Mattermost 16,383
characters, an event of Matrix 65,536 bytes with its plain twin, ntfy 4,096 bytes."""


def shape_of(made: Any) -> Shape:
    """The shape for what Apprise made of an address; by its own limit where none is known here."""
    known = SHAPES.get(type(made).__name__)
    if known is not None:
        return known
    limit = int(getattr(made, "body_maxlen", 0) or 0)
    return Shape("text", "text", max(limit, LEAST), _text, own_title=True)
