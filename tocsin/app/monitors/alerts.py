"""An alert as it is shown: what triggered it, how sure that is, and exactly where its posts are.

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
from index.reading.columns import column_values
from tocsin.app.monitors.files import Monitor
from tocsin.app.monitors.monitored import Monitored
from tocsin.app.monitors.rules import Trigger
from tocsin.core.documents import ENGAGEMENT, engagement
from tocsin.core.findings import Cluster, rfc3339_or_none
from tocsin.core.groups.origin import classify_origin
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

MIN_STORY = 0.2
"""Part of the posts that a narrative must have for its headline to stand for them."""
MAX_HEADLINE = 140
MAX_READ = 20_000
"""Posts that are looked through for the one that stands for all."""
MAX_EXPLANATIONS = 3


def describe(
    monitored: Monitored, monitor: Monitor, trigger: Trigger, words: Words
) -> dict[str, Any]:
    """An alert as a JSON document; sentences are in the language of ``words``.

    ``posts`` are exactly those that ``command`` and ``address`` open, counted now. ``share`` is of
    posts by flagged accounts, 0 to 1. ``explanations`` are innocent readings of the groups they
    belong to.
    """
    index, window = monitored.index, Window(trigger.since, trigger.until)
    node = monitored.node(trigger.query)
    authors: Counter[str] = Counter()
    stories: Counter[str] = Counter()
    best: tuple[int, str] | None = None
    total = 0
    columns = ("id", "author", *ENGAGEMENT)
    for batch in index.scan(columns, query=node, window=window):
        for one, author, *metrics in zip(
            *(column_values(batch.column(name)) for name in columns), strict=True
        ):
            total += 1
            if author in monitored.flagged:
                authors[author] += 1
            if story := monitored.narrative_of.get(one):
                stories[story] += 1
            reached = engagement(metrics)
            if total <= MAX_READ and (best is None or reached > best[0]):
                best = reached, one
    share = authors.total() / total if total else 0.0
    headline = _headline(monitored, trigger, stories, total, best, words.code)
    name = one_line(monitor.title or monitor.name, 200)
    document = {
        "monitor": monitor.name,
        "title": name,
        "rule": trigger.rule,
        "key": trigger.key,
        "at": trigger.at,
        "posts": total,
        "normal": trigger.normal,
        "z": trigger.z,
        "share": share,
        "origin": classify_origin(share),
        "headline": headline,
        "said": words.say(describe_trigger(trigger, total)),
        "origin_said": words.say(
            Message(
                f"monitor.origin.{classify_origin(share)}", {"share": share, "n": authors.total()}
            )
        ),
        "explanations": [words.say(m) for m in _explanations(monitored, set(authors))],
        "query": trigger.query,
        "since": trigger.since,
        "until": trigger.until,
    }
    shown: dict[str, Any] = monitored.people.hide(document)
    return shown | {
        "command": command(shown["query"], trigger),
        "address": address(monitored, shown["query"], trigger, words.code),
    }


def describe_trigger(trigger: Trigger, posts: int) -> Message:
    """What triggered an alert, in a sentence."""
    given: dict[str, Any] = {"n": posts, "since": trigger.since, "until": trigger.until}
    if trigger.rule == "volume":
        return Message("monitor.said.volume", given | {"normal": trigger.normal, "z": trigger.z})
    if trigger.rule == "crossing":
        kind, _, value = trigger.value.partition(":")
        return Message(f"monitor.said.crossing_{kind}", given | {"value": value})
    return Message(f"monitor.said.{trigger.rule}", given | {"subject": trigger.subject})


def _headline(
    monitored: Monitored,
    trigger: Trigger,
    stories: Counter[str],
    total: int,
    best: tuple[int, str] | None,
    language: str,
) -> str:
    """The story that most of the posts tell, else the post that reached most; one line."""
    story = trigger.subject if trigger.rule in ("new_narrative", "crossing") else None
    if story is None and stories:
        commonest, told = stories.most_common(1)[0]
        story = commonest if told >= MIN_STORY * total else None
    narrative = monitored.narratives.get(story or "")
    if narrative is not None:
        shown = monitored.people.finding(narrative)
        return one_line(shown.headline(language), MAX_HEADLINE)
    document = monitored.index.get([best[1]])[0] if best else None
    if document is None:
        return ""
    post = public_post(document, monitored.people)
    return one_line(post.get("title") or post.get("text"), MAX_HEADLINE)


def _explanations(monitored: Monitored, authors: set[str]) -> list[Message]:
    """What else the groups of these accounts may be: the innocent readings that fit best."""
    found: list[tuple[float, Cluster, Message]] = []
    for cluster in monitored.clusters:
        if not authors & {member.id for member in cluster.accounts}:
            continue
        for tried in cluster.innocent_explanations:
            label = tried.label or tried.kind
            said = {"label": label, "because": tried.because, "group": cluster.subject}
            code = "monitor.excuse.fits" if tried.fits else "monitor.excuse.tried"
            found.append((tried.fit or 0.0, cluster, Message(code, said)))
    found.sort(key=lambda row: (-row[0], row[1].id))
    return [message for _, _, message in found[:MAX_EXPLANATIONS]]


def command(query: str, trigger: Trigger) -> str:
    """The command that finds exactly the posts of an alert."""
    parts = ["tocsin", "search", query]
    for name, moment in (("--since", trigger.since), ("--until", trigger.until)):
        if moment is not None:
            parts += [name, str(rfc3339_or_none(moment))]
    if query.startswith("-"):
        parts = [*parts[:2], *parts[3:], "--", query]
    return shlex.join(parts)


def address(monitored: Monitored, query: str, trigger: Trigger, language: str) -> str:
    """The address of the dashboard that shows exactly the posts of an alert."""
    settings = monitored.workspace.settings
    base = settings.alerts.dashboard_url.rstrip("/")
    if not base:
        base = f"http://{settings.dashboard.address}:{settings.dashboard.port}"
    asked: Mapping[str, str | None] = {
        "q": query,
        "since": rfc3339_or_none(trigger.since),
        "until": rfc3339_or_none(trigger.until),
        "lang": language,
    }
    return f"{base}/explore?" + urlencode({name: value for name, value in asked.items() if value})
