"""The sections of the report, but for groups and method: each gives blocks of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graph.exports.coordination_results import SAYS_NOT
from graph.exports.escaping import code_span
from graph.exports.phrases import day, moment, probability, share
from graph.exports.report_data import ReportData
from graph.influence.analyser import ALL, WITHOUT
from index.current import flagged_members
from index.exports.about import names_sentence
from tocsin.core.findings import Finding, Influence, Narrative, WeakSignal, rfc3339, unclustered
from tocsin.core.messages import Message

MAX_NARRATIVES = 30
MAX_SIGNALS = 30
MAX_INFLUENCERS = 10
MAX_SOURCES = 20
MAX_SOURCE_NAME = 120
MAX_LANGUAGES = 3
PUSHED_SHARE = 0.1
"""The share of posts from flagged groups from which the summary counts a narrative."""
SCOPES = {ALL: "report.influence.with_all", WITHOUT: "report.influence.without_coordinated"}


def bullets(lines: Sequence[str]) -> str:
    """Lines as a list."""
    return "\n".join(f"- {line}" for line in lines)


def summary_section(data: ReportData) -> Iterator[str]:
    """What the report is, and its findings in some lines."""
    results = data.results
    yield data.say("report.title", at=moment(results.data_as_of))
    yield data.say("report.introduction", says_not=SAYS_NOT)
    yield data.say("report.summary.heading")
    flagged, explained, cleared = (
        len(results.with_status(status)) for status in ("flagged", "explained", "cleared")
    )
    lines = [*_flagged(flagged, data), data.say("report.summary.explained", n=explained)]
    if structures := sum(found.cluster.status == "explained" for found in results.structures):
        lines.append(data.say("report.summary.explained_structures", n=structures))
    if cleared:
        lines.append(data.say("report.summary.cleared", n=cleared))
    pushed = sum((story.coordinated_share or 0.0) >= PUSHED_SHARE for story in data.narratives)
    if pushed:
        narratives = Message("report.narrative_count", {"n": len(data.narratives)})
        lines.append(data.say("report.summary.pushed_narratives", n=pushed, narratives=narratives))
    lines.append(data.say("report.summary.weak_signals", n=len(data.signals)))
    lines += [
        data.say("report.caveats.groups", caveat=data.sentence(caveat))
        for caveat in results.tested.caveats
    ]
    yield bullets(lines)


def _flagged(groups: int, data: ReportData) -> list[str]:
    """How much is flagged, and how many of the accounts by chance: of groups and structures."""
    results = data.results
    structures = sum(found.cluster.status == "flagged" for found in results.structures)
    accounts = results.flagged_accounts
    in_groups = sum(len(group.cluster.accounts) for group in results.with_status("flagged"))
    expected = results.expected
    of_groups = Message("accounts", {"n": in_groups})
    if not structures:
        return [data.say("report.summary.flagged", n=groups, accounts=of_groups, expected=expected)]
    of_structures = Message("accounts", {"n": accounts - in_groups})
    return [
        data.say("report.summary.flagged_groups", n=groups, accounts=of_groups),
        data.say("report.summary.flagged_structures", n=structures, accounts=of_structures),
        data.say("report.summary.expected", n=accounts, expected=expected),
    ]


def data_section(data: ReportData) -> Iterator[str]:
    """Which data were there, and how accounts and posts are shown."""
    stats, tested, as_of = data.stats, data.results.tested, data.results.data_as_of
    yield data.say("report.data.heading")
    lines = [
        data.say(
            "report.data.documents",
            n=stats.documents,
            authors=Message("authors", {"n": stats.authors}),
            first=moment(stats.oldest_at),
            last=moment(stats.newest_at),
        ),
        data.say(
            "report.data.window",
            first=moment(tested.since),
            last=moment(tested.until),
            as_of=rfc3339(as_of) if as_of else Message("phrase.unknown"),
        ),
        _sources(data),
        data.say(
            "report.data.pseudonyms" if data.pseudonyms.enabled else "report.data.real_accounts"
        ),
        data.sentence(names_sentence(data.pseudonyms.enabled)),
        data.say("report.data.post_ids"),
    ]
    if tested.input_sha256:
        version = code_span(tested.tocsin_version, MAX_SOURCE_NAME)
        digest = code_span(tested.input_sha256, MAX_SOURCE_NAME)
        lines.append(data.say("report.data.input", version=version, digest=digest))
    if stats.newest_at and as_of and stats.newest_at > as_of:
        lines.append(data.say("report.data.newer_documents"))
    yield bullets(lines)


def _sources(data: ReportData) -> str:
    sources = sorted(data.stats.sources.items(), key=lambda item: (-item[1], item[0]))
    if not sources:
        return data.say("report.data.no_sources")
    shown = [
        f"{code_span(data.masker.text(name), MAX_SOURCE_NAME)} ({data.words.number(count)})"
        for name, count in sources[:MAX_SOURCES]
    ]
    left_out = len(sources) - len(shown)
    more = data.say("report.and_more", n=left_out) if left_out else ""
    return data.say("report.data.sources", n=len(sources), names=", ".join(shown), more=more)


def expected_false_section(data: ReportData) -> Iterator[str]:
    """How many accounts are flagged by chance, and what that number does not count."""
    results = data.results
    yield data.say("report.expected_false.heading")
    if not results.flagged_accounts:
        yield data.say("report.expected_false.none")
        return
    expected, measured = results.expected, results.measured is not None
    yield data.say("report.expected_false.text", n=results.flagged_accounts, expected=expected)
    yield data.say("report.expected_false.measured" if measured else "report.expected_false.by_q")


def narratives_section(data: ReportData) -> Iterator[str]:
    """The largest narratives, with the share of posts from flagged groups."""
    yield data.say("report.narratives.heading")
    if not data.narratives:
        yield data.say("report.narratives.none")
        return
    yield data.say("report.narratives.introduction")
    counted = unclustered(data.narratives)
    if counted is not None and counted[0]:
        said = Message("narrative.unclustered", {"n": counted[0], "share": counted[1]})
        yield data.sentence(said)
    rows = [
        data.say("report.narratives.columns"),
        "| --- | --- | ---: | ---: | --- | --- | --- | ---: |",
    ]
    told = [story for story in data.narratives if not story.binned]
    rows += [_narrative_row(story, data) for story in told[:MAX_NARRATIVES]]
    yield "\n".join(rows)
    if len(told) > MAX_NARRATIVES:
        yield data.say("report.narratives.more", n=len(told) - MAX_NARRATIVES)
    if binned := len(data.narratives) - len(told):
        yield data.sentence(Message("narrative.binned_note", {"n": binned}))


def _narrative_row(story: Narrative, data: ReportData) -> str:
    words = data.words
    languages = sorted(story.languages.items(), key=lambda item: (-item[1], item[0]))
    cells = (
        data.headline(story.headline(words.code)),
        data.terms(story.terms_in(words.code) or (story.label,)),
        words.number(story.posts),
        words.number(story.authors),
        ", ".join(
            f"{data.prose(language, 20)} {words.number(count)}"
            for language, count in languages[:MAX_LANGUAGES]
        ),
        words.say(day(story.first_at)),
        words.say(day(story.last_at)),
        words.say(share(story.coordinated_share)),
    )
    return f"| {' | '.join(cells)} |"


def weak_signals_section(data: ReportData) -> Iterator[str]:
    """What rises against its own past, the newest first."""
    yield data.say("report.weak_signals.heading")
    if not data.signals:
        yield data.say("report.weak_signals.none")
        return
    yield data.say("report.weak_signals.introduction")
    yield bullets([_weak_signal(signal, data) for signal in data.signals[:MAX_SIGNALS]])


def _weak_signal(signal: WeakSignal, data: ReportData) -> str:
    outside = ""
    if signal.without_coordinated is not None:
        outside = data.say("report.weak_signals.outside_groups", n=signal.without_coordinated)
    why = data.masker.text(data.words.say(signal.why))
    return data.say(
        "report.weak_signals.signal",
        title=data.headline(signal.headline(data.words.code)),
        terms=data.terms(signal.terms),
        at=moment(signal.flagged_at),
        why=data.sentence(why, 500),
        posts=Message("posts", {"n": signal.posts}),
        authors=Message("authors", {"n": signal.authors}),
        outside=outside,
        share=share(signal.coordinated_share),
        p_value=probability(signal.p_value),
        alarms=probability(signal.expected_false_per_day),
    )


def influence_section(data: ReportData) -> Iterator[str]:
    """Whose posts spread, with and without the accounts of flagged groups."""
    yield data.say("report.influence.heading")
    if not data.influence:
        yield data.say("report.influence.none")
        return
    yield data.say("report.influence.introduction")
    group_of = flagged_members(found.cluster for found in data.results.everything)
    for scope, title in SCOPES.items():
        yield data.say(title)
        ranked = _ranked(data, scope)
        rows = [data.say("report.influence.columns"), "| --- | ---: | ---: | ---: | --- |"]
        rows += [_influence_row(finding, group_of.get(finding.account), data) for finding in ranked]
        yield "\n".join(rows) if ranked else data.say("report.influence.nobody")


def _ranked(data: ReportData, scope: str) -> list[Influence]:
    of_scope = (f for f in data.influence if f.scope == scope and f.topic is None)
    return list(of_scope)[:MAX_INFLUENCERS]


def _influence_row(finding: Influence, group: str | None, data: ReportData) -> str:
    low, high = finding.interval
    return data.say(
        "report.influence.row",
        account=data.account_and_handle(finding.account, finding.handle),
        score=finding.score,
        low=low,
        high=high,
        reach=Message("accounts", {"n": finding.reach}),
        group=data.prose(group) if group else data.say("report.influence.no_group"),
    )


def caveats_section(data: ReportData) -> Iterator[str]:
    """Each caveat of the findings shown, once, and those of every report."""
    yield data.say("report.caveats.heading")
    results = data.results
    groups = [found.cluster for found in (*results.groups, *data.structures)]
    findings: tuple[tuple[str, Sequence[Finding]], ...] = (
        ("report.caveats.groups", [results.tested, *groups]),
        ("report.caveats.narratives", data.narratives[:MAX_NARRATIVES]),
        ("report.caveats.weak_signals", data.signals[:MAX_SIGNALS]),
        ("report.caveats.influence", [f for scope in SCOPES for f in _ranked(data, scope)]),
    )
    caveats = dict.fromkeys(
        data.say(code, caveat=data.sentence(caveat))
        for code, of_subject in findings
        for finding in of_subject
        for caveat in finding.caveats
    )
    yield bullets(
        [
            *caveats,
            data.say("report.caveats.collection"),
            data.say("report.caveats.pseudonyms"),
            data.words.say(SAYS_NOT),
        ]
    )
