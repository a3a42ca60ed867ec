"""The dossier of a workspace: what was found, in Markdown that a reader without the program can check and publish from.

Sections in order: in short, the data, the method (from the parameters that the findings carry), the false accounts to
expect, the groups (flagged, then explained) with their posts, narratives, weak signals, influence, caveats, literature.
What strangers wrote stands in code spans (`graph.exports.escaping`); the same data gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.exports.escaping import Veil, code, prose
from graph.exports.report_method import LITERATURE, method_section
from graph.exports.statements import (
    SAYS_NOT,
    Group,
    Stated,
    expectation,
    moment,
    number,
    said,
    sentence,
    span,
    stated,
)
from graph.influence.analyser import ALL, WITHOUT
from index.privacy import pseudonyms
from tocsin.core.documents import Precision, native_id
from tocsin.core.findings import Evidence, Finding, Influence, Narrative, WeakSignal, rfc3339

if TYPE_CHECKING:
    from index.base import Index, Stats
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

MAX_ROWS = 10
MAX_POSTS = 6
MAX_ACCOUNTS = 200
MAX_NARRATIVES = 30
MAX_SIGNALS = 30
MAX_INFLUENCERS = 10
MAX_SOURCES = 20
QUOTE = 240
SCOPES = {ALL: "With all accounts", WITHOUT: "Without coordinated accounts"}


@dataclass(frozen=True)
class _Material:
    """Everything that the sections read."""

    found: Stated
    stats: Stats
    people: Pseudonyms
    veil: Veil
    documents: Mapping[str, Document]
    narratives: Sequence[Narrative]
    signals: Sequence[WeakSignal]
    influence: Sequence[Influence]

    def account(self, author: str) -> str:
        return code(self.people.account(author), 250)


def write_report(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """The dossier of the workspace as Markdown, in English.

    Raises:
        ConfigError: there is no analysis yet.
    """
    material = _material(index, pseudonyms(workspace))
    found = material.found
    sections = [
        _summary(material), _data(material), _method(material), _expected(found), _groups(material), _narratives(material),
        _signals(material), _influence(material), _caveats(material), ["## Literature", "\n".join(f"- {entry}" for entry in LITERATURE)],
    ]  # fmt: skip
    blocks = [block for section in sections for block in section if block]
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    return {
        "groups": len(found.of("flagged")) + len(found.of("explained")), "narratives": min(len(material.narratives), MAX_NARRATIVES),
        "signals": min(len(material.signals), MAX_SIGNALS), "posts": len(material.documents),
    }  # fmt: skip


def _material(index: Index, people: Pseudonyms) -> _Material:
    found = stated(index)
    groups = (*found.of("flagged"), *found.of("explained"))
    ids = sorted({post for group in groups for row in _chosen(group) for post in row.posts})
    documents = {
        d.id: d
        for start in range(0, len(ids), 1_000)
        for d in index.get(ids[start : start + 1_000])
        if d is not None
    }
    influence = [f for f in index.findings("influence") if isinstance(f, Influence)]
    named = [*found.people]
    named += [(f.account, f.handle) for f in influence]
    named += [(d.author.id, d.author.handle) for d in documents.values() if d.author is not None]
    narratives = sorted(
        (f for f in index.findings("narrative") if isinstance(f, Narrative)),
        key=lambda f: (-f.posts, f.id),
    )
    signals = sorted(
        (f for f in index.findings("signal") if isinstance(f, WeakSignal)),
        key=lambda f: (f.flagged_at, f.id),
        reverse=True,
    )
    return _Material(
        found, index.stats(), people, Veil(people, named), documents, narratives, signals, influence
    )


def _summary(material: _Material) -> Iterator[str]:
    found = material.found
    flagged, explained, cleared = (
        found.of(status) for status in ("flagged", "explained", "cleared")
    )
    yield f"# Coordination report, data to {moment(found.as_of)}"
    yield (
        "This report lists groups of accounts that acted together more than chance would have it, with the test, the posts and the "
        "innocent readings that were tried, so that a reader can check each of them. " + SAYS_NOT
    )
    yield "## In short"
    lines = [
        f"{_many(len(flagged), 'group is', 'groups are')} flagged, with {_many(found.flagged_accounts, 'account', 'accounts')}; "
        f"{expectation(found.tested.expected_false_accounts)} of these accounts are expected to be there by chance alone.",
        f"{_many(len(explained), 'further group has', 'further groups have')} an innocent explanation that fits, and "
        f"{'is' if len(explained) == 1 else 'are'} no flag.",
    ]
    if cleared:
        lines.append(
            f"{_many(len(cleared), 'group was', 'groups were')} cleared by an analyst and {'is' if len(cleared) == 1 else 'are'} not shown."
        )
    if pushed := [n for n in material.narratives if (n.coordinated_share or 0.0) >= 0.1]:
        lines.append(
            f"Of {_many(len(material.narratives), 'narrative', 'narratives')}, {len(pushed):,} have a tenth or more of their posts from flagged groups."
        )
    lines.append(
        f"{_many(len(material.signals), 'weak signal', 'weak signals')}: things that rise against their own past."
    )
    yield "\n".join(f"- {line}" for line in lines)


def _data(material: _Material) -> Iterator[str]:
    stats, tested, found = material.stats, material.found.tested, material.found
    yield "## The data"
    sources = sorted(stats.sources.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = [
        f"{_many(stats.documents, 'document', 'documents')} by {_many(stats.authors, 'author', 'authors')}, from {moment(stats.oldest_at)} "
        f"to {moment(stats.newest_at)}.",
        f"Window of the test: {moment(tested.since)} to {moment(tested.until)}. Data as of: {rfc3339(found.as_of) if found.as_of else 'unknown'}.",
        f"{_many(len(sources), 'source', 'sources')}: "
        + ", ".join(
            f"{code(material.veil.text(name), 120)} ({count:,})"
            for name, count in sources[:MAX_SOURCES]
        )
        + (f" and {len(sources) - MAX_SOURCES:,} more" if len(sources) > MAX_SOURCES else "")
        + ".",
        "Accounts are shown as pseudonyms, which are the same all through this report and differ between workspaces."
        if material.people.enabled
        else "Accounts are shown with the ids of their platforms.",
        "Post ids are those of the platforms, so that every post can be looked up.",
    ]
    if stats.newest_at and found.as_of and stats.newest_at > found.as_of:
        lines.append(
            "The workspace holds newer documents than the test has seen; `tocsin analyse` brings it up to date."
        )
    yield "\n".join(f"- {line}" for line in lines)


def _method(material: _Material) -> Iterator[str]:
    kinds: tuple[tuple[str, Sequence[Finding]], ...] = (
        ("Narratives", material.narratives), ("Weak signals", material.signals), ("Influence", material.influence),
    )  # fmt: skip
    return method_section(
        material.found, {kind: findings[0].method for kind, findings in kinds if findings}
    )


def _expected(found: Stated) -> Iterator[str]:
    flagged = found.flagged_accounts
    yield "## False accounts to expect"
    if not flagged:
        yield "No account is flagged, so none can be flagged falsely. Accounts that act together rarely, or only inside a crowd, are not seen."
        return
    yield (
        f"Among the {flagged:,} flagged accounts, **{expectation(found.tested.expected_false_accounts)}** are expected to have been flagged by "
        "chance: the q-value of the weakest flagged account times the number flagged. This counts chance only. It does not count groups "
        "that are coordinated for reasons nobody minds; for these the innocent readings below were tried."
    )


def _groups(material: _Material) -> Iterator[str]:
    found = material.found
    for status, title, text in (
        (
            "flagged",
            "## Flagged groups",
            "Coordinated beyond chance, and no innocent reading that was tried accounts for it.",
        ),
        (
            "explained",
            "## Explained groups",
            "Coordinated beyond chance as well, but an innocent reading accounts for it. No flag.",
        ),
    ):
        yield title
        groups = found.of(status)
        yield text if groups else "None."
        for group in groups:
            yield from _group(group, material)


def _group(group: Group, material: _Material) -> Iterator[str]:
    cluster = group.cluster
    yield f"### Group {prose(cluster.id)}: {_many(len(group.accounts), 'account', 'accounts')}, {group.label}"
    facts = [
        f"**Why:** {sentence(prose(cluster.because, 1_000))}",
        f"**When:** {moment(cluster.first_at)} to {moment(cluster.last_at)}, {_many(cluster.posts, 'post', 'posts')}.",
        f"**Signals, the strongest first:** {', '.join(f'{prose(said(s))} ({code(s, 40)})' for s in cluster.signals)}.",
        f"**How sure:** q-value {number(cluster.q_value)}, p-value {number(cluster.p_value)}, both of the weakest account.",
    ]
    if group.mark in ("suspect", "unsure"):
        facts.append(f"**Mark of an analyst:** {group.mark}.")
    yield "\n".join(f"- {fact}" for fact in facts)
    shown = [
        f"{material.account(m.id)}{_handle(material, m.id, m.handle)} ({m.degree:.2f}; {m.posts:,})"
        for m in group.accounts[:MAX_ACCOUNTS]
    ]
    more = (
        f", and {len(group.accounts) - MAX_ACCOUNTS:,} more"
        if len(group.accounts) > MAX_ACCOUNTS
        else ""
    )
    cleared = (
        f" Left out: {_many(len(group.cleared), 'account', 'accounts')} that an analyst cleared since."
        if group.cleared
        else ""
    )
    yield f"**Accounts** (degree of coordination, 0 to 1; posts in the window): {', '.join(shown)}{more}.{cleared}"
    yield "**Innocent readings that were tried**"
    yield "\n".join(
        f"- **{prose(e.kind.replace('_', ' '))}** {'fits' if e.fits else 'does not fit'}"
        f"{'' if e.fit is None else f' ({e.fit:.2f} of 1)'}: {prose(e.because)}. "
        + (f"*What would refute it:* {prose(e.refuted_by)}." if e.refuted_by else "")
        for e in cluster.innocent_explanations
    ) or "None."  # fmt: skip
    rows = _chosen(group)
    yield (
        f"**Evidence** ({len(rows):,} of {len(cluster.evidence):,} rows, each signal at least once)"
        if rows
        else ""
    )
    yield "\n".join(
        line for place, row in enumerate(rows, 1) for line in _row(place, row, material)
    )


def _chosen(group: Group) -> list[Evidence]:
    """The first rows, but with each signal at least once, in their order."""
    rows = group.cluster.evidence
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        first.setdefault(row.signal, place)
    places = sorted(first.values())[:MAX_ROWS]
    places += [place for place in range(len(rows)) if place not in set(places)][
        : MAX_ROWS - len(places)
    ]
    return [rows[place] for place in sorted(places)]


def _row(place: int, row: Evidence, material: _Material) -> Iterator[str]:
    seen = [d for d in (material.documents.get(post) for post in row.posts) if d is not None]
    yield (
        f"{place}. {sentence(prose(said(row.signal)))} {_many(len(row.posts), 'post', 'posts')} by {_many(len(row.accounts), 'account', 'accounts')}, "
        f"{span(row.seconds_apart)} from first to last{_exactly(row.seconds_apart)}."
    )
    if row.signal == "copy":
        text = next((d.text or d.title or "" for d in seen if d.text or d.title), "")
        yield f"    - Text of the first: {code(material.veil.text(text), QUOTE)}"
    else:
        yield f"    - Shared: {_shared(row, material)}"
    posts = []
    for post in row.posts[:MAX_POSTS]:
        document = material.documents.get(post)
        at = _time(document)
        by = f" by {material.account(document.author.id)}" if document and document.author else ""
        posts.append(f"{code(native_id(post), 200)} {at}{by}")
    more = f"; {len(row.posts) - MAX_POSTS:,} more" if len(row.posts) > MAX_POSTS else ""
    yield f"    - Posts: {'; '.join(posts)}{more}."


def _time(document: Document | None) -> str:
    """When a post was published, no more exactly than is known."""
    if document is None or document.published_at is None:
        return "at an unknown time"
    if document.published_precision is Precision.EXACT:
        return f"at {rfc3339(document.published_at)}"
    if document.published_precision is Precision.DAY:
        return f"on {document.published_at:%Y-%m-%d}"
    return f"{'about' if document.published_precision is Precision.GUESSED else 'at'} {moment(document.published_at)}"


def _shared(row: Evidence, material: _Material) -> str:
    if row.signal == "synchrony":
        return f"the minute {code(row.object, 40)}"
    if row.signal in ("repost", "reply", "quote"):
        return f"post {code(native_id(row.object), 200)}"
    if row.signal in ("link", "site", "media"):
        shown = material.veil.address(row.object)
        return "an address that names an account (left out)" if shown is None else code(shown, 400)
    return code(material.veil.text(row.object), 400)


def _narratives(material: _Material) -> Iterator[str]:
    yield "## Narratives"
    if not material.narratives:
        yield "None: no posts were alike enough, or they have no vectors yet (`tocsin enrich` makes them)."
        return
    yield (
        "Posts grouped by likeness of meaning over languages, the largest first; posts for and against one thing can stand in one narrative. "
        "*From flagged groups* is the share of posts by accounts of the flagged groups."
    )
    rows = [
        "| terms | posts | authors | languages | from | to | from flagged groups |",
        "| --- | ---: | ---: | --- | --- | --- | ---: |",
    ]
    for told in material.narratives[:MAX_NARRATIVES]:
        languages = sorted(told.languages.items(), key=lambda pair: (-pair[1], pair[0]))[:3]
        rows.append(
            f"| {_terms(told.terms or (told.label,), material)} | {told.posts:,} | {told.authors:,} | "
            f"{', '.join(f'{prose(name, 20)} {count:,}' for name, count in languages)} | {_day(told.first_at)} | {_day(told.last_at)} | "
            f"{_share(told.coordinated_share)} |"
        )
    yield "\n".join(rows)
    if len(material.narratives) > MAX_NARRATIVES:
        yield f"{len(material.narratives) - MAX_NARRATIVES:,} smaller ones are not shown."


def _signals(material: _Material) -> Iterator[str]:
    yield "## Weak signals"
    if not material.signals:
        yield "Nothing rose against its own past beyond the allowed rate of false alarms."
        return
    yield "Things that rise against their own past, the newest first. A burst says that more people write of it, not that it is true or matters."
    lines = []
    for risen in material.signals[:MAX_SIGNALS]:
        without = (
            ""
            if risen.without_coordinated is None
            else f", {risen.without_coordinated:,} of them outside flagged groups"
        )
        lines.append(
            f"- {_terms(risen.terms, material)}, flagged {moment(risen.flagged_at)}: {sentence(prose(material.veil.text(risen.why), 500))} "
            f"{_many(risen.posts, 'post', 'posts')} by {_many(risen.authors, 'author', 'authors')}{without}; {_share(risen.coordinated_share)} of the "
            f"posts from flagged groups. p-value {number(risen.p_value)}; {number(risen.expected_false_per_day)} such alarms a day by chance."
        )
    yield "\n".join(lines)


def _influence(material: _Material) -> Iterator[str]:
    yield "## Influence"
    if not material.influence:
        yield "No post takes up another, or influence was not computed."
        return
    yield (
        "How many accounts one more post of an account would be expected to reach, those further down the chain included, with the 95 % "
        "bootstrap interval. Once with all posts, and once without the accounts of flagged groups: what falls away was their doing."
    )
    home = {m.id: g.cluster.id for g in material.found.of("flagged") for m in g.accounts}
    for scope, title in SCOPES.items():
        ranked = _ranked(material, scope)
        yield f"### {title}"
        rows = [
            "| account | expected reach | interval | reached so far | flagged group |",
            "| --- | ---: | ---: | ---: | --- |",
        ]
        rows += [
            f"| {material.account(f.account)}{_handle(material, f.account, f.handle)} | {f.score:.1f} | {f.interval[0]:.1f} to {f.interval[1]:.1f} | "
            f"{_many(f.reach, 'account', 'accounts')} | {prose(home.get(f.account, 'no'))} |"
            for f in ranked
        ]
        yield "\n".join(rows) if ranked else "Nobody: no post of theirs was taken up."


def _ranked(material: _Material, scope: str) -> list[Influence]:
    return [f for f in material.influence if f.scope == scope and f.topic is None][:MAX_INFLUENCERS]


def _caveats(material: _Material) -> Iterator[str]:
    """Each caveat of the findings shown, once."""
    yield "## Caveats"
    shown: tuple[tuple[str, Sequence[Finding]], ...] = (
        ("Groups", [material.found.tested, *(g.cluster for g in material.found.groups)]),
        ("Narratives", material.narratives[:MAX_NARRATIVES]),
        ("Weak signals", material.signals[:MAX_SIGNALS]),
        ("Influence, of some accounts", [f for scope in SCOPES for f in _ranked(material, scope)]),
    )
    told = dict.fromkeys(
        (kind, caveat)
        for kind, findings in shown
        for finding in findings
        for caveat in finding.caveats
    )
    fixed = (
        "What was collected is what was tested: accounts and posts outside the collection are not seen.",
        "A pseudonym does not hide a post: whoever looks up a post id finds its author. Weigh that before publishing.",
        SAYS_NOT,
    )
    yield "\n".join(
        f"- {line}"
        for line in (*(f"*{kind}:* {sentence(prose(caveat))}" for kind, caveat in told), *fixed)
    )


def _handle(material: _Material, author: str, handle: str | None) -> str:
    return (
        f" {code(handle, 120)}"
        if handle and not material.people.enabled and handle != native_id(author)
        else ""
    )


def _terms(terms: Sequence[str], material: _Material) -> str:
    return ", ".join(code(material.veil.text(term), 80) for term in terms[:6]) or "(none)"


def _exactly(seconds: float | None) -> str:
    return "" if seconds is None or seconds < 60 else f" ({seconds:,.1f} s)"


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"


def _share(share: float | None) -> str:
    return "not known" if share is None else f"{share:.0%}"


def _day(at: object) -> str:
    return f"{at:%Y-%m-%d}" if at else "unknown"
