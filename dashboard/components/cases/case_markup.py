"""Parts of a case as HTML: pins, notes, history. Everything outside goes through the sanitizer."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard import sanitize
from dashboard.components import markup
from tocsin.core.language.words import Words, capitalise

STATES = {"same": "plain", "changed": "explained", "gone": "flagged"}
MAX_LINE, MAX_POST, SHOWN_POSTS, MAX_BARS = 600, 1_500, 3, 120


def list_table(cases: Sequence[Mapping[str, Any]], words: Words) -> str:
    """The table of all cases."""
    names = ("title", "state", "pins", "notes", "steps", "changed")
    heads = [capitalise(words(f"case.head.{name}")) for name in names]
    rows = ""
    for one in cases:
        title = sanitize.single_line(f"{one['id']} · {one['title']}", 90)
        link = markup.page_link("cases", title, words, case=one["id"])
        badge = "plain" if one["status"] == "open" else "cleared"
        cells = [
            (link, ""),
            (markup.badge(words(f"case.state.{one['status']}"), badge), ""),
            (words.number(one["pins"]), "t-r"),
            (words.number(one["notes"]), "t-r"),
            (f"{words.number(one['steps_done'])}/{words.number(one['steps'])}", "t-r"),
            (html.escape(words.moment(one["changed_at"])), ""),
        ]
        rows += markup.table_row(cells, heads)
    return markup.table(heads, rows, right=(2, 3, 4))


def pin_card(pin: Mapping[str, Any], words: Words) -> str:
    """A pin: what it is, its note, what became of it, what it said then, its copied posts."""
    state = markup.badge(words(f"case_file.state.{pin['state']}"), STATES[pin["state"]])
    kind = html.escape(words(f"case.kind.{pin['kind']}"))
    label = sanitize.escaped_line(pin["label"], 160)
    head = f'<div class="t-facts"><b>{pin["id"]} · {kind}</b> {state}</div><h3>{label}</h3>'
    lines = "".join(
        f'<div class="t-facts">{sanitize.escaped_line(line, MAX_LINE)}</div>'
        for line in pin["lines"]
    )
    note = ""
    if pin["note"]:
        note = f'<p class="t-quote">{sanitize.escaped_line(pin["note"], MAX_LINE)}</p>'
    techniques = " · ".join(
        f"{markup.badge(one['id'], 'plain')} {sanitize.escaped_line(one['name'], 120)}"
        for one in pin["techniques"]
    )
    links = _links(pin, words)
    posts = [_post(post, words) for post in pin["posts"]]
    title = words.n("case_page.copied", len(posts), total=words.number(pin["total"]))
    body = markup.details(words("case_page.then"), lines)
    if pin["chart"]:
        body += markup.details(words("case_page.figures"), _bars(pin["chart"], words))
    if posts:
        body += markup.details(title, f'<div class="t-side">{"".join(posts)}</div>')
    changed = "".join(
        f'<div class="t-facts">{html.escape(line)}</div>' for line in _changes(pin, words)
    )
    marks = f'<div class="t-facts">{techniques}</div>' if techniques else ""
    return f'<article class="t-post">{head}{note}{marks}{changed}{body}{links}</article>'


def _bars(chart: Mapping[str, Any], words: Words) -> str:
    """The figures of a chart that was pinned."""
    of = "from" if chart["by"] == "time" else "name"
    heads = [words(f"report_file.column.{name}") for name in (of, "posts", "flagged")]
    rows = ""
    for value, posts, flagged in chart["bars"][:MAX_BARS]:
        cells = [(sanitize.escaped_line(_bar_name(chart["by"], value, words), 80), "")]
        cells += [(words.number(n), "t-r") for n in (posts, flagged)]
        rows += markup.table_row(cells, heads)
    return markup.table(heads, rows, right=(1, 2))


def _bar_name(by: str, value: str, words: Words) -> str:
    if by == "time":
        return words.moment(datetime.fromisoformat(value))
    return words.known("language", value) if by == "lang" else value


def _changes(pin: Mapping[str, Any], words: Words) -> list[str]:
    said = [] if pin["intact"] else [words("case.pin.altered")]
    return [*said, *(sanitize.single_line(words.say(one), MAX_LINE) for one in pin["changes"])]


def _links(pin: Mapping[str, Any], words: Words) -> str:
    """To where the thing is now: its posts, its group, its dossier."""
    links = []
    if pin["kind"] == "cluster":
        label = words("case_page.group")
        links.append(markup.page_link("coordination", label, words, cluster=pin["subject"]))
    if pin["kind"] == "narrative":
        label = words("case_page.narrative")
        links.append(markup.page_link("narratives", label, words, id=pin["subject"]))
    if pin["kind"] in ("account", "source"):
        label = words("case_page.dossier")
        links.append(markup.page_link("source", label, words, subject=pin["subject"]))
    if pin["query"]:
        times = {"since": pin["since"], "until": pin["until"]}
        given = {name: _rfc(at) for name, at in times.items() if at is not None}
        label = words("case_page.posts_now")
        links.append(markup.page_link("explore", label, words, q=pin["query"], **given))
    items = " · ".join(links)
    return f'<footer><span class="t-facts">{items}</span></footer>' if items else ""


def _rfc(at: datetime) -> str:
    return at.isoformat()


def _post(post: Mapping[str, Any], words: Words) -> str:
    """A copied post, as it was."""
    author = post.get("author") or {}
    who = author.get("handle") or author.get("id") or words("post.unsigned")
    at = post.get("published_at")
    when = words.moment(datetime.fromisoformat(at)) if at else words("time.unknown")
    text = " ".join(part for part in (post.get("title"), post.get("text")) if part)
    kept = ""
    if post["raw_sha256"]:
        state = "kept" if post["raw_kept"] else "lost"
        kept = " · " + html.escape(words(f"case_page.original_{state}"))
    sha = f'<span class="t-num" title="{html.escape(post["sha256"])}">{post["sha256"][:12]}</span>'
    address = ""
    if post.get("url"):
        address = f" · {sanitize.external_link(post['url'])}"
    return (
        f'<article class="t-post t-card"><header><strong>{sanitize.escaped_line(who, 60)}</strong>'
        f"<span>{html.escape(when)}</span></header>"
        f"<div>{sanitize.escaped_line(text, MAX_POST)}</div>"
        f"<footer><span>SHA-256 {sha}{kept}{address}</span></footer></article>"
    )


def notes_list(notes: Sequence[Mapping[str, Any]], words: Words) -> str:
    """The notes, the oldest first."""
    return "".join(
        f'<article class="t-post"><header><strong>{sanitize.escaped_line(one["by"], 60)}</strong>'
        f"<span>{html.escape(words.moment(one['at']))}</span><span>{one['id']}</span></header>"
        f"<div>{_lines(one['text'])}</div></article>"
        for one in notes
    )


def _lines(text: str) -> str:
    lines = text.splitlines()[:200]
    return "<br>".join(sanitize.escaped_line(line, 1_000) for line in lines)


def history_table(case: Mapping[str, Any], words: Words) -> str:
    """Who did what, when; the newest first."""
    heads = [capitalise(words(f"case.head.{name}")) for name in ("when", "who", "what")]
    rows = "".join(
        markup.table_row(
            [
                (html.escape(words.moment(one["at"])), ""),
                (sanitize.escaped_line(one["by"], 60), ""),
                (sanitize.escaped_line(one["what"], 300), ""),
            ],
            heads,
        )
        for one in reversed(case["history"])
    )
    return markup.table(heads, rows)
