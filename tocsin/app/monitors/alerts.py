"""An alert as it is told: what rang, how sure that is, and where exactly its posts are.

Everything here leaves the workspace: names of accounts are as the privacy settings show them.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from graph.exports.escaping import one_line
from index.base import Window
from index.exports.public_posts import public_post
from tocsin.app.monitors.files import Monitor
from tocsin.app.monitors.rules import Ring
from tocsin.app.monitors.watching import Watched
from tocsin.core.documents import ENGAGEMENT, engagement
from tocsin.core.findings import Cluster, rfc3339_or_none
from tocsin.core.groups.origin import origin
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

MIN_STORY = 0.2
"""Part of the posts that a narrative must have for its headline to stand for them."""
MAX_HEADLINE = 140
MAX_READ = 20_000
"""Posts that are looked through for the one that stands for all."""
MAX_EXPLANATIONS = 3


def describe(watched: Watched, monitor: Monitor, ring: Ring, words: Words) -> dict[str, Any]:
    """An alert as a JSON document; sentences are in the language of ``words``.

    ``posts`` are exactly those that ``command`` and ``address`` open, counted now. ``share`` is of
    posts by flagged accounts, 0 to 1. ``explanations`` are innocent readings of the groups they
    belong to.
    """
    index, window = watched.index, Window(ring.since, ring.until)
    node = watched.node(ring.query)
    authors: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    best: tuple[int, str] | None = None
    total = 0
    columns = ("id", "author", *ENGAGEMENT)
    for batch in index.scan(columns, query=node, window=window):
        for one, author, *metrics in zip(
            *(batch.column(name).to_pylist() for name in columns), strict=True
        ):
            total += 1
            if author in watched.flagged:
                authors[author] += 1
            if story := watched.narrative_of.get(one):
                stories[story] += 1
            reached = engagement(metrics)
            if total <= MAX_READ and (best is None or reached > best[0]):
                best = reached, one
    share = authors.total() / total if total else 0.0
    headline = _headline(watched, ring, stories, total, best, words.code)
    name = one_line(monitor.title or monitor.name, 200)
    document = {
        "monitor": monitor.name,
        "title": name,
        "rule": ring.rule,
        "key": ring.key,
        "at": ring.at,
        "posts": total,
        "normal": ring.normal,
        "z": ring.z,
        "share": share,
        "origin": origin(share),
        "headline": headline,
        "said": words.say(ring_said(ring, total)),
        "origin_said": words.say(
            Message(f"monitor.origin.{origin(share)}", {"share": share, "n": authors.total()})
        ),
        "explanations": [words.say(m) for m in _explanations(watched, set(authors))],
        "query": ring.query,
        "since": ring.since,
        "until": ring.until,
    }
    shown: dict[str, Any] = watched.people.hide(document)
    return shown | {
        "command": command(shown["query"], ring),
        "address": address(watched, shown["query"], ring, words.code),
    }


def ring_said(ring: Ring, posts: int) -> Message:
    """What rang, in a sentence."""
    given: dict[str, Any] = {"n": posts, "since": ring.since, "until": ring.until}
    if ring.rule == "volume":
        return Message("monitor.said.volume", given | {"normal": ring.normal, "z": ring.z})
    if ring.rule == "crossing":
        kind, _, value = ring.value.partition(":")
        return Message(f"monitor.said.crossing_{kind}", given | {"value": value})
    return Message(f"monitor.said.{ring.rule}", given | {"subject": ring.subject})


def _headline(
    watched: Watched,
    ring: Ring,
    stories: Counter[str],
    total: int,
    best: tuple[int, str] | None,
    language: str,
) -> str:
    """The story that most of the posts tell, else the post that reached most; one line."""
    story = ring.subject if ring.rule in ("new_narrative", "crossing") else None
    if story is None and stories:
        commonest, told = stories.most_common(1)[0]
        story = commonest if told >= MIN_STORY * total else None
    narrative = watched.narratives.get(story or "")
    if narrative is not None:
        shown = watched.people.finding(narrative)
        return one_line(shown.headline(language), MAX_HEADLINE)
    document = watched.index.get([best[1]])[0] if best else None
    if document is None:
        return ""
    post = public_post(document, watched.people)
    return one_line(post.get("title") or post.get("text"), MAX_HEADLINE)


def _explanations(watched: Watched, authors: set[str]) -> list[Message]:
    """What else the groups of these accounts may be: the innocent readings that fit best."""
    found: list[tuple[float, Cluster, Message]] = []
    for cluster in watched.clusters:
        if not authors & {member.id for member in cluster.accounts}:
            continue
        for tried in cluster.innocent_explanations:
            label = tried.label or tried.kind
            said = {"label": label, "because": tried.because, "group": cluster.subject}
            code = "monitor.excuse.fits" if tried.fits else "monitor.excuse.tried"
            found.append((tried.fit or 0.0, cluster, Message(code, said)))
    found.sort(key=lambda row: (-row[0], row[1].id))
    return [message for _, _, message in found[:MAX_EXPLANATIONS]]


def command(query: str, ring: Ring) -> str:
    """The command that finds exactly the posts of an alert."""
    parts = ["tocsin", "search", query]
    for name, moment in (("--since", ring.since), ("--until", ring.until)):
        if moment is not None:
            parts += [name, str(rfc3339_or_none(moment))]
    if query.startswith("-"):
        parts = [*parts[:2], *parts[3:], "--", query]
    return shlex.join(parts)


def address(watched: Watched, query: str, ring: Ring, language: str) -> str:
    """The address of the dashboard that shows exactly the posts of an alert."""
    settings = watched.workspace.settings
    base = settings.alerts.dashboard_url.rstrip("/")
    if not base:
        base = f"http://{settings.dashboard.address}:{settings.dashboard.port}"
    asked: Mapping[str, str | None] = {
        "q": query,
        "since": rfc3339_or_none(ring.since),
        "until": rfc3339_or_none(ring.until),
        "lang": language,
    }
    return f"{base}/explore?" + urlencode({name: value for name, value in asked.items() if value})
