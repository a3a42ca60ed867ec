"""What a report says: read from the index, put into words, accounts as the settings show them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from graph.exports.escaping import one_line
from index.base import Window
from index.exports.about import tocsin_version
from index.exports.public_posts import public_post
from index.query import And, Everything, Node
from index.reading.columns import column_values
from index.reading.queries import among
from tocsin.app.monitors.files import Monitor, read_all
from tocsin.app.monitors.monitored import Monitored, Scope
from tocsin.app.reports.charts import shares_png, volume_png
from tocsin.app.reports.model import Picture, Report, ReportTable, Section, Share
from tocsin.core.calibration.stated import stated_of
from tocsin.core.documents import ENGAGEMENT, engagement, native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Tested
from tocsin.core.groups.origin import classify_origin
from tocsin.core.language.words import Words, as_sentence, unmarked
from tocsin.core.messages import Message
from tocsin.core.shared_objects import describe_signal

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

TOP_POSTS, STORIES, GROUPS, VALUES = 10, 10, 10, 8
MAX_TEXT, MAX_NAME = 400, 80
VOICES = ("lang", "platform", "domain", "author")


@dataclass
class _Counts:
    """What one reading of the posts gives."""

    posts: int = 0
    flagged: int = 0
    accounts: set[str] = field(default_factory=set)
    stories: Counter[str] = field(default_factory=Counter)
    flagged_stories: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    top: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class ReportRequest:
    """What is reported on: a period, a monitor or everything, in one language."""

    words: Words
    since: datetime | None = None
    until: datetime | None = None
    monitor: Monitor | None = None


def make_report(index: Index, workspace: Workspace, asked: ReportRequest) -> Report:
    """The report. Raises ConfigError where a query means nothing here."""
    return _Writer(index, workspace, asked).report()


class _Writer:
    """Reads once, then says it section by section."""

    def __init__(self, index: Index, workspace: Workspace, asked: ReportRequest) -> None:
        self.index, self.workspace, self.asked, self.words = index, workspace, asked, asked.words
        self.monitored = Monitored(workspace, index)
        monitor = asked.monitor or Monitor("everything", "")
        self.node: Node = Scope(monitor, self.monitored).node if monitor.scope else Everything()
        self.stats = index.stats()
        self.since = asked.since or self.stats.oldest_at
        self.until = asked.until or self.stats.newest_at
        self.window = Window(asked.since, asked.until)
        self.by_flagged = among("author", self.monitored.flagged)
        self.counts = self._read(self.window)
        self.before = self._window_before()
        tested = (one for one in index.findings("tested") if isinstance(one, Tested))
        self.tested = next(tested, None)

    def say(self, code: str, /, **values: Any) -> str:
        """A sentence of the catalogue, names of accounts hidden where they are."""
        return self.words.say(self.monitored.people.hide(Message(f"report_file.{code}", values)))

    def report(self) -> Report:
        """All sections."""
        monitor = self.asked.monitor
        title = self.say("title")
        if monitor is not None:
            name = one_line(monitor.title or monitor.name, MAX_NAME)
            title = self.say("title_of", name=name)
        sections = [
            self._summary(),
            self._volume(),
            *self._voices(),
            self._stories(),
            self._posts(),
            self._coordination(),
            self._method(),
        ]
        counts = {
            "posts": self.counts.posts,
            "stories": len(self.counts.stories),
            "groups": len(self.counts.groups),
        }
        return Report(title, self._period(), sections, self.words, counts)

    # -- reading

    def _read(self, window: Window) -> _Counts:
        counts = _Counts()
        flagged, stories = self.monitored.flagged, self.monitored.narrative_of
        columns = ("id", "author", "kind", *ENGAGEMENT)
        for batch in self.index.scan(columns, query=self.node, window=window):
            cells = [column_values(batch.column(name)) for name in columns]
            for one, author, kind, *metrics in zip(*cells, strict=True):
                counts.posts += 1
                if author is not None:
                    counts.accounts.add(author)
                story, group = stories.get(one), flagged.get(author)
                if story is not None:
                    counts.stories[story] += 1
                if group is not None:
                    counts.flagged += 1
                    counts.groups[group] += 1
                    if story is not None:
                        counts.flagged_stories[story] += 1
                if kind != "repost":
                    row = engagement(metrics), one
                    if len(counts.top) < TOP_POSTS:
                        heapq.heappush(counts.top, row)
                    elif row > counts.top[0]:
                        heapq.heapreplace(counts.top, row)
        return counts

    def _window_before(self) -> Window | None:
        """The time before, as long as the period; None where there were no posts yet."""
        since, until, oldest = self.asked.since, self.until, self.stats.oldest_at
        if since is None or until is None or oldest is None or until <= since:
            return None
        first = since - (until - since)
        return Window(first, since) if oldest <= first else None

    # -- sections

    def _period(self) -> str:
        as_of = self.stats.newest_at or datetime.now(UTC)
        return self.say("period", since=self.since, until=self.until, as_of=as_of,
                        zone=self.words.zone_name())  # fmt: skip

    def _summary(self) -> Section:
        counts = self.counts
        share = counts.flagged / counts.posts if counts.posts else 0.0
        accounts = self.words.n("report_file.accounts", len(counts.accounts))
        sentences = [self.say("summary.posts", n=counts.posts, accounts=accounts)]
        if self.before is not None:
            earlier = self.index.count(self.node, window=self.before)
            if earlier:
                ratio = counts.posts / earlier
                sentences.append(self.say("summary.before", n=earlier, ratio=ratio))
        sentences.append(self.say(f"summary.{classify_origin(share)}", share=share))
        if counts.stories:
            story, told = counts.stories.most_common(1)[0]
            headline = self._headline(story)
            sentences.append(self.say("summary.story", n=told, headline=headline))
        if counts.groups:
            group, posts = counts.groups.most_common(1)[0]
            said = {"n": len(counts.groups), "group": group, "posts": posts}
            sentences.append(self.say("summary.groups", **said))
        if not counts.posts:
            sentences = [self.say("nothing")]
        return Section(self.say("head.summary"), sentences)

    def _volume(self) -> Section:
        histogram = self.index.histogram(
            self.node, window=self.window, timezone=self.monitored.timezone
        )
        interval = histogram.interval
        by_flagged = self._flagged_buckets(interval)
        rows = [(start, n, by_flagged.get(start, 0)) for start, n in histogram.buckets]
        title = self.say("head.volume")
        if len(rows) < 2:
            return Section(title, [self.say("short")])
        alt = self.say("chart.volume_alt", n=max(n for _, n, _ in rows))
        png = volume_png(rows, title, self._notes(), self.words)
        heads = [self.say(f"column.{name}") for name in ("from", "posts", "flagged")]
        return Section(title, [], ReportTable(self.say("sheet.volume"), heads, rows),
                       Picture(png, alt))  # fmt: skip

    def _flagged_buckets(self, interval: str) -> dict[datetime, int]:
        if not self.monitored.flagged:
            return {}
        found = self.index.histogram(
            And((self.node, self.by_flagged)),
            window=self.window,
            interval=interval,
            timezone=self.monitored.timezone,
        )
        return dict(found.buckets)

    def _notes(self) -> list[str]:
        return [self._period(), self.say("source", posts=self.counts.posts)]

    def _voices(self) -> list[Section]:
        """Share of voice: of the monitors, languages, platforms, sites and accounts."""
        sections = [self._subjects()] if self.asked.monitor is None else []
        sections += [self._voice(name) for name in VOICES]
        return [section for section in sections if section is not None]

    def _subjects(self) -> Section | None:
        monitors, _ = read_all(self.workspace)
        rows: list[tuple[str, int, int]] = []
        for monitor in monitors:
            try:
                node = Scope(monitor, self.monitored).node
            except ConfigError:  # `tocsin monitor validate` says what is wrong with it
                continue
            posts = self.index.count(node, window=self.window)
            both = And((node, self.by_flagged))
            by = self.index.count(both, window=self.window) if self.monitored.flagged else 0
            rows.append((one_line(monitor.title or monitor.name, MAX_NAME), posts, by))
        if len(rows) < 2:
            return None
        rows.sort(key=lambda row: (-row[1], row[0]))
        return self._shares("subject", rows, sum(n for _, n, _ in rows), {})

    def _voice(self, name: str) -> Section | None:
        facet = self.index.facet(name, self.node, window=self.window, size=VALUES)
        if not facet.values:
            return None
        by: dict[str, int] = {}
        if self.monitored.flagged:
            both = And((self.node, self.by_flagged))
            found = self.index.facet(name, both, window=self.window, size=100)
            by = dict(found.values)
        earlier: dict[str, int] = {}
        if self.before is not None:
            found = self.index.facet(name, self.node, window=self.before, size=1_000)
            earlier = {self._value(name, value): n for value, n in found.values}
        rows = [(self._value(name, value), n, by.get(value, 0)) for value, n in facet.values]
        return self._shares(name, rows, self.counts.posts, earlier)

    def _value(self, name: str, value: str) -> str:
        if name == "author":
            return one_line(self.monitored.people.account(value), MAX_NAME)
        if name == "lang":
            known = self.words.known("language", value)
            return one_line(known, MAX_NAME)
        return one_line(self.monitored.people.text(value), MAX_NAME)

    def _shares(
        self, name: str, rows: list[tuple[str, int, int]], total: int, earlier: dict[str, int]
    ) -> Section:
        title = self.say(f"head.{name}")
        columns = ["name", "posts", "share", "flagged_share"]
        table: list[list[Any]] = [
            [value, n, Share(n / total if total else 0.0), Share(by / n if n else 0.0)]
            for value, n, by in rows
        ]
        if self.before is not None and name != "subject":
            columns.append("before")
            for row in table:
                row.append(earlier.get(row[0], 0))
        heads = [self.say(f"column.{column}") for column in columns]
        picture = None
        if len(rows) > 1:
            png = shares_png(rows, title, self._notes(), self.words)
            picture = Picture(png, self.say("chart.shares_alt", name=rows[0][0], n=rows[0][1]))
        return Section(title, [], ReportTable(title, heads, table), picture)

    def _headline(self, story: str) -> str:
        narrative = self.monitored.people.finding(self.monitored.narratives[story])
        return one_line(narrative.headline(self.words.code), 160)

    def _languages(self, posts: Mapping[str, int]) -> list[str]:
        """Names of the languages of so many posts, the most first, without the unknown."""
        known = sorted((-n, code) for code, n in posts.items() if code != "und")
        return [self.words.known("language", code) for _, code in known]

    def _stories(self) -> Section:
        title = self.say("head.stories")
        rows: list[list[Any]] = []
        binned = sum(one.binned for one in self.monitored.narratives.values())
        note = Message("narrative.binned_note", {"n": binned})
        said = [self.words.say(note)] if binned else []
        for story, n in self.counts.stories.most_common(STORIES):
            narrative = self.monitored.narratives[story]
            languages = ", ".join(self._languages(narrative.languages))
            share = Share(self.counts.flagged_stories[story] / n)
            rows.append([self._headline(story), n, share, one_line(languages, MAX_NAME),
                         narrative.first_at, f"narrative:{story}"])  # fmt: skip
        if not rows:
            return Section(title, [self.say("no_stories"), *said])
        names = ("headline", "posts", "flagged_share", "languages", "first", "query")
        heads = [self.say(f"column.{name}") for name in names]
        return Section(title, said, ReportTable(self.say("sheet.stories"), heads, rows))

    def _posts(self) -> Section:
        title = self.say("head.posts")
        rows: list[list[Any]] = []
        ranked = sorted(self.counts.top, key=lambda row: (-row[0], row[1]))
        documents = self.index.get([one for _, one in ranked])
        for (reached, _), document in zip(ranked, documents, strict=True):
            if document is None:
                continue
            post = public_post(document, self.monitored.people)
            text = post.get("text") or post.get("title") or ""
            author = document.author
            rows.append([
                document.published_at,
                one_line(self.monitored.people.account(author.id), MAX_NAME) if author else None,
                one_line(text, MAX_TEXT),
                reached,
                self.say("yes") if author and author.id in self.monitored.flagged else "",
                one_line(native_id(post["id"]), MAX_NAME),
            ])  # fmt: skip
        if not rows:
            return Section(title, [self.say("nothing")])
        names = ("published", "account", "text", "engagement", "in_group", "post")
        heads = [self.say(f"column.{name}") for name in names]
        if not any(reached for reached, _ in self.counts.top):  # no counts came with the posts
            return Section(title, [self.say("no_engagement")])
        paragraphs = [self.say("engagement")]
        return Section(title, paragraphs, ReportTable(self.say("sheet.posts"), heads, rows))

    def _coordination(self) -> Section:
        title = self.say("head.coordination")
        found = {cluster.subject: cluster for cluster in self.monitored.clusters}
        found |= {cluster.id: cluster for cluster in self.monitored.clusters}
        rows: list[list[Any]] = []
        for group, posts in self.counts.groups.most_common(GROUPS):
            cluster = found.get(group)
            if cluster is None:  # a pair, star or chain
                rows.append([group, None, posts, "", "", f"cluster:{group}"])
                continue
            signals = ", ".join(
                self.words.say(describe_signal(self.tested, name).label) for name in cluster.signals
            )
            rows.append([group, len(cluster.accounts), posts, one_line(signals, 300),
                         self._excuses(cluster), f"cluster:{cluster.subject}"])  # fmt: skip
        sentences = [self.say("no_verdict")]
        if self.tested is not None:
            expected = stated_of(self.workspace, self.tested)
            sentences.append(unmarked(self.say("expected_false", expected=expected)))
        if not rows:
            return Section(title, [self.say("no_groups"), *sentences[1:]])
        names = ("group", "accounts", "posts", "signals", "explanations", "query")
        heads = [self.say(f"column.{name}") for name in names]
        return Section(title, sentences, ReportTable(self.say("sheet.coordination"), heads, rows))

    def _excuses(self, cluster: Cluster) -> str:
        tried = sorted(cluster.innocent_explanations, key=lambda one: -(one.fit or 0.0))[:2]
        said = [
            self.words.say(self.monitored.people.hide(Message(
                "report_file.tried", {"label": one.label or one.kind, "because": one.because}
            )))
            for one in tried
        ]  # fmt: skip
        return one_line(" · ".join(said), MAX_TEXT)

    def _method(self) -> Section:
        tested, version = self.tested, tocsin_version() or "?"
        query = self.asked.monitor.scope if self.asked.monitor else ""
        sentences = [
            self.say("method.posts", n=self.counts.posts, query=query or self.say("everything"))
        ]
        if tested is not None:
            method = {
                "accounts": tested.accounts,
                "pairs": tested.pairs,
                "name": f"{tested.method.name} {tested.method.version}",
                "rate": tested.method.parameters.get("false_discovery_rate")
                or self.workspace.settings.graph.false_discovery_rate,
            }
            sentences.append(self.say("method.tested", **method))
            if tested.input_sha256:
                sentences.append(self.say("method.hash", sha=tested.input_sha256))
            caveats = (self.words.say(self.monitored.people.hide(m)) for m in tested.caveats)
            sentences += map(as_sentence, caveats)
        else:
            sentences.append(self.say("method.not_analysed"))
        names = "method.pseudonyms" if self.monitored.people.enabled else "method.names"
        sentences += [self.say(names), self.say("method.texts")]
        sentences.append(self.say("method.made", version=version))
        return Section(self.say("head.method"), _lines(sentences))


def _lines(sentences: Sequence[str]) -> list[str]:
    return [one_line(sentence, 1_000) for sentence in sentences]
