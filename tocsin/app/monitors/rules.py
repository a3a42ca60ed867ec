"""The rules: each finds the times at which it triggers, from the past of each time alone.

The same function serves trials on the past and daily checks, so that `tocsin monitor try` shows
what would be sent. Volumes are compared with the past of each interval alone. The posts of a
narrative or a group are those of the newest analysis: a trial says so.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.app.monitors.files import INTERVALS, Rule
from tocsin.app.monitors.monitored import Post, Scope, Volume, narrowed
from tocsin.core.findings import rfc3339

MIN_NORMAL = 7
"""Intervals of the past without which there is no normal."""
_TICK = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A time at which a rule triggers. Numbers and ids alone: words are added when it is shown.

    Attributes:
        key: what it is about; one key triggers once per monitor.
        since, until: between which its posts were published; None is open.
        query: with them, exactly its posts.
        normal: posts to be expected in as long, where that is known.
        z: how many standard deviations above it.
        subject: the narrative, group, or term that it is about.
        value: the language or platform into which a story crossed.
    """

    rule: str
    key: str
    at: datetime
    query: str
    since: datetime | None = None
    until: datetime | None = None
    normal: float | None = None
    z: float | None = None
    subject: str = ""
    value: str = ""


Evaluate = Callable[[Scope, Rule, datetime, datetime], Iterator[Trigger]]


AFTER_THE_FACT = frozenset({"new_narrative", "new_group", "crossing"})
"""Kinds of rules that need an analysis of the posts: they may be found late."""


def find_triggers(
    scope: Scope,
    since: datetime,
    until: datetime,
    kinds: Collection[str] | None = None,
) -> list[Trigger]:
    """When the rules of a monitor ring between two times, the first first; one a key.

    Args:
        kinds: of the rules that are asked; all where None.

    Raises:
        ConfigError: a query means nothing here.
    """
    found: dict[str, Trigger] = {}
    for rule in scope.monitor.rules:
        if kinds is not None and rule.kind not in kinds:
            continue
        for trigger in EVALUATE[rule.kind](scope, rule, since, until):
            if since <= trigger.at <= until:
                found.setdefault(trigger.key, trigger)
    return sorted(found.values(), key=lambda trigger: (trigger.at, trigger.key))


def _volume(scope: Scope, rule: Rule, since: datetime, until: datetime) -> Iterator[Trigger]:
    """Many posts against the normal that the past of each interval shows.

    Normal is the median of the same hours of other days (of all intervals, where there are too
    few); intervals in which nothing at all was collected say nothing. An episode triggers once: it
    is over when no interval was above for ``again_after``.
    """
    step = INTERVALS[rule["every"]]
    begin = since - rule["past"] - rule["again_after"]
    volumes = scope.volumes(rule["every"], begin, until)
    last_above: datetime | None = None
    for place, volume in enumerate(volumes):
        end = volume.start + step
        if end > until or volume.start < begin:  # not over yet, or cut by the window
            continue
        if volume.posts < rule["at_least"]:
            continue
        past = _past_of(volumes[:place], volume.start, volume.start - rule["past"], step)
        if len(past) < MIN_NORMAL:
            continue
        normal, z = against(volume.posts, past)
        if z < rule["z"] or volume.posts < rule["factor"] * normal:
            continue
        is_new = last_above is None or volume.start - last_above >= rule["again_after"]
        last_above = volume.start
        if is_new:
            start = volume.start.astimezone(UTC)
            yield Trigger(
                rule="volume",
                key=f"volume:{rule['every']}:{rfc3339(start)}",
                at=start + step,
                query=scope.monitor.scope,
                since=start,
                until=start + step,
                normal=normal,
                z=z,
            )


def _past_of(
    volumes: Sequence[Volume], start: datetime, first: datetime, step: timedelta
) -> list[int]:
    """The volumes that an interval is judged by: of the same hours where there are enough."""
    known = [v for v in volumes if v.collected and v.start >= first]
    if step < timedelta(days=1):
        same = [v.posts for v in known if (v.start.hour, v.start.minute) == _clock(start)]
    else:
        same = [v.posts for v in known if v.start.weekday() == start.weekday()]
    return same if len(same) >= MIN_NORMAL else [v.posts for v in known]


def _clock(start: datetime) -> tuple[int, int]:
    return start.hour, start.minute


def against(posts: int, past: Sequence[int]) -> tuple[float, float]:
    """What is normal, and by how many standard deviations a number of posts is above it.

    The median and the median absolute deviation, so that earlier bursts are no normal; never less
    than the deviation of a Poisson count with that mean, and than one.
    """
    normal = statistics.median(past)
    deviation = 1.4826 * statistics.median(abs(n - normal) for n in past)
    spread = max(deviation, max(statistics.fmean(past), normal) ** 0.5, 1.0)
    return float(normal), (posts - normal) / spread


def _stories(scope: Scope) -> Mapping[str, list[Post]]:
    """Narrative -> the posts of the monitor that tell it, in the order of time."""
    stories: dict[str, list[Post]] = defaultdict(list)
    narrative_of = scope.monitored.narrative_of
    for post in scope.all_posts:
        if story := narrative_of.get(post.id):
            stories[story].append(post)
    return stories


def _new_narrative(scope: Scope, rule: Rule, *_: datetime) -> Iterator[Trigger]:
    """The post with which a story that has just begun has so many posts of the monitor."""
    for story, posts in _stories(scope).items():
        if len(posts) < rule["at_least"]:
            continue
        at = posts[rule["at_least"] - 1].at
        began = scope.monitored.narratives[story].first_at or posts[0].at
        if at - min(began, posts[0].at) <= rule["new"]:
            query = narrowed(scope.monitor.scope, f"narrative:{story}")
            yield _found("new_narrative", f"narrative:{story}", at, query, posts, story)


def _new_group(scope: Scope, rule: Rule, *_: datetime) -> Iterator[Trigger]:
    """The post with which a flagged group has so many posts of the monitor."""
    for cluster in scope.monitored.clusters:
        if cluster.status != "flagged":
            continue
        theirs = frozenset(cluster.post_ids)
        posts = [post for post in scope.all_posts if post.id in theirs]
        if len(posts) >= rule["at_least"]:
            at = posts[rule["at_least"] - 1].at
            query = narrowed(scope.monitor.scope, f"cluster:{cluster.subject}")
            key = f"group:{cluster.subject}"
            yield _found("new_group", key, at, query, posts, cluster.subject)


def _appears(scope: Scope, rule: Rule, since: datetime, until: datetime) -> Iterator[Trigger]:
    """The first post of an author, or with a link to a site, after it was absent for so long."""
    for term in rule["who"]:
        query = narrowed(scope.monitor.scope, term)
        before: datetime | None = None
        for post in scope.posts(query, since - rule["absent"], until + _TICK):
            if before is None or post.at - before >= rule["absent"]:
                day = f"{post.at:%Y-%m-%d}"
                yield _found("appears", f"appears:{term}:{day}", post.at, query, [post], term)
            before = post.at


def _crossing(scope: Scope, rule: Rule, *_: datetime) -> Iterator[Trigger]:
    """The post with which a story has so many in a second language, or on a second platform."""
    for story, posts in _stories(scope).items():
        for name in rule["into"]:
            reached: dict[str, Post] = {}
            counts: dict[str, int] = defaultdict(int)
            for post in posts:
                value = post.lang if name == "lang" else post.platform
                if value and value != "und":
                    counts[value] += 1
                    if counts[value] == rule["at_least"]:
                        reached[value] = post
            for value, post in list(reached.items())[1:]:
                term = f"narrative:{story} {name}:{value}"
                query = narrowed(scope.monitor.scope, term)
                key = f"crossing:{story}:{name}:{value}"
                yield _found("crossing", key, post.at, query, posts, story, f"{name}:{value}")


def _found(
    rule: str,
    key: str,
    at: datetime,
    query: str,
    posts: Iterable[Post],
    subject: str,
    value: str = "",
) -> Trigger:
    first = next(iter(posts)).at
    return Trigger(
        rule=rule,
        key=key,
        at=at,
        query=query,
        since=first.replace(microsecond=0),
        until=at.replace(microsecond=0) + _TICK,
        subject=subject,
        value=value,
    )


EVALUATE: Mapping[str, Evaluate] = {
    "volume": _volume,
    "new_narrative": _new_narrative,
    "new_group": _new_group,
    "appears": _appears,
    "crossing": _crossing,
}
"""Kind of rule -> what finds its triggers; kinds and their keys stand in `files.RULES`."""
