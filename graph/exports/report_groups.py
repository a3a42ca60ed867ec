"""The groups of the report: why, when, who, which innocent readings were tried, and the posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graph.exports.coordination_results import ReportedGroup
from graph.exports.escaping import code_span
from graph.exports.phrases import as_sentence, duration, listed, moment, probability
from graph.exports.report_data import ReportData, choose_evidence
from graph.wording import reading_name
from tocsin.core.documents import Precision
from tocsin.core.findings import Evidence, Explanation, rfc3339
from tocsin.core.groups.traits import Trait
from tocsin.core.messages import Message
from tocsin.core.shared_objects import evidence_label, in_one_step, object_text

if TYPE_CHECKING:
    from tocsin.core.documents import Document

MAX_ACCOUNTS = 200
MAX_POSTS = 6
MAX_QUOTE = 240
MAX_OBJECT = 400
MAX_ID = 200
MAX_NAME = 40
LONG_SENTENCE = 1_000
MARKS = {"suspect": "report.mark.suspect", "unsure": "report.mark.unsure"}
"""Marks of analysts that are told; a group marked benign is not shown."""


def flagged_groups_section(data: ReportData) -> Iterator[str]:
    """The groups that nothing explains, and those that an analyst marked suspect."""
    groups = data.results.with_status("flagged")
    yield data.say("report.flagged_groups.heading")
    if any(group.explained_by for group in groups):
        yield data.say("report.flagged_groups.some_overruled")
    else:
        yield data.say("report.flagged_groups.introduction" if groups else "report.none")
    for group in groups:
        yield from group_blocks(group, data, _heading(group, data))


def explained_groups_section(data: ReportData) -> Iterator[str]:
    """The groups that an innocent reading accounts for."""
    groups = data.results.with_status("explained")
    yield data.say("report.explained_groups.heading")
    yield data.say("report.explained_groups.introduction" if groups else "report.none")
    for group in groups:
        yield from group_blocks(group, data, _heading(group, data))


def _heading(group: ReportedGroup, data: ReportData) -> str:
    cluster, status = group.cluster, group.status_label
    return data.say(
        "report.group.heading", id=data.prose(cluster.id), n=len(cluster.accounts), status=status
    )


def group_blocks(
    group: ReportedGroup, data: ReportData, heading: str, more_facts: Sequence[str] = ()
) -> Iterator[str]:
    """A group or structure: its heading, facts, accounts, innocent readings and evidence."""
    cluster = group.cluster
    yield heading
    yield "\n".join(f"- {fact}" for fact in (*_facts(group, data), *more_facts))
    yield _accounts(group, data)
    yield data.say("report.group.readings")
    readings = [_reading(reading, data) for reading in cluster.innocent_explanations]
    yield "\n".join(f"- {reading}" for reading in readings) or data.say("report.none")
    if cluster.traits:
        yield data.say("report.group.traits")
        yield "\n".join(f"- {_trait(trait, data)}" for trait in cluster.traits)
    rows = choose_evidence(group)
    if rows:
        yield data.say("report.group.evidence", n=len(rows), of=len(cluster.evidence))
    yield "\n".join(
        line for place, row in enumerate(rows, 1) for line in _evidence(place, row, data)
    )


def _facts(group: ReportedGroup, data: ReportData) -> list[str]:
    cluster = group.cluster
    signals = [f"{data.signal(name)} ({code_span(name, MAX_NAME)})" for name in cluster.signals]
    facts = [
        data.say("report.group.why", because=data.sentence(cluster.because, LONG_SENTENCE)),
        data.say(
            "report.group.when",
            first=moment(cluster.first_at),
            last=moment(cluster.last_at),
            posts=Message("posts", {"n": cluster.posts}),
        ),
        data.say("report.group.signals", signals=", ".join(signals)),
        data.say(
            "report.group.certainty",
            q_value=probability(cluster.q_value),
            p_value=probability(cluster.p_value),
        ),
    ]
    if cluster.mark in MARKS:
        facts.append(data.say("report.group.mark", mark=Message(MARKS[cluster.mark])))
    if cluster.status == "flagged" and group.explained_by:
        facts.append(data.say("report.group.overruled", names=listed(group.explained_by)))
    return facts


def _accounts(group: ReportedGroup, data: ReportData) -> str:
    accounts = group.cluster.accounts
    shown = [
        data.say(
            "report.group.account",
            account=data.account_and_handle(member.id, member.handle),
            degree=member.degree,
            posts=member.posts,
        )
        for member in accounts[:MAX_ACCOUNTS]
    ]
    left_out = len(accounts) - len(shown)
    return data.say(
        "report.group.accounts",
        accounts=", ".join(shown),
        more=data.say("report.group.more_accounts", n=left_out) if left_out else "",
        cleared=data.say("report.group.cleared", n=len(group.cleared)) if group.cleared else "",
    )


def _reading(reading: Explanation, data: ReportData) -> str:
    fit = "" if reading.fit is None else data.say("report.reading.fit", fit=reading.fit)
    refuted = ""
    if reading.refuted_by:
        refuted = data.say("report.reading.refuted_by", refuted_by=data.prose(reading.refuted_by))
    return data.say(
        "report.reading.fits" if reading.fits else "report.reading.does_not_fit",
        name=data.prose(reading_name(reading)),
        fit=fit,
        because=data.prose(reading.because),
        refuted=refuted,
    )


def _trait(trait: Trait, data: ReportData) -> str:
    return data.say(
        "report.group.trait" if trait.agrees else "report.group.trait_apart",
        label=data.prose(trait.label),
        because=data.prose(trait.because),
        p=probability(trait.p_value),
        q=probability(trait.q_value),
        innocent=data.prose(trait.innocent),
    )


def _evidence(place: int, row: Evidence, data: ReportData) -> Iterator[str]:
    tested = data.results.tested
    label = data.prose(Message("report.signal", {"label": evidence_label(row, tested)}))
    yield f"{place}. {as_sentence(label)} {_how_near(row, data)}"
    yield f"    - {_shared_object(row, data)}"
    posts = [_post(post, data) for post in row.posts[:MAX_POSTS]]
    left_out = len(row.posts) - len(posts)
    more = data.say("report.evidence.more_posts", n=left_out) if left_out else ""
    yield "    - " + data.say("report.evidence.posts", posts="; ".join(posts), more=more)


def _how_near(row: Evidence, data: ReportData) -> str:
    """How many posts, and how near in time, no finer than their times are written."""
    posts = Message("posts", {"n": len(row.posts)})
    accounts = Message("accounts", {"n": len(row.accounts)})
    near, seconds = in_one_step(row, data.results.tested), row.seconds_apart
    if near is not None:
        code = "report.evidence.posts_and_accounts_near"
        return data.say(code, posts=posts, accounts=accounts, span=near)
    exactly = ""
    if seconds is not None and seconds >= 60 and not row.step_seconds:
        exactly = data.say("report.evidence.exactly", seconds=seconds)
    return data.say(
        "report.evidence.posts_and_accounts",
        posts=posts,
        accounts=accounts,
        duration=duration(seconds),
        exactly=exactly,
    )


def _shared_object(row: Evidence, data: ReportData) -> str:
    """What the posts share; nothing that names an account which is shown under a pseudonym."""
    shared, object_kind = row.object, data.results.signal(row.signal).object_kind
    if object_kind == "text":
        documents = [d for post in row.posts if (d := data.documents.get(post)) is not None]
        text = next((d.text or d.title or "" for d in documents if d.text or d.title), "")
        return data.say("report.evidence.text", text=code_span(data.masker.text(text), MAX_QUOTE))
    if object_kind == "time":
        return data.say("report.evidence.minute", minute=code_span(shared, MAX_NAME))
    if object_kind == "post":
        return data.say("report.evidence.post", post=data.post(shared, MAX_ID))
    if object_kind in ("address", "site", "media") or "://" in shared:
        address = data.masker.address(shared)
        if address is None:
            return data.say("report.evidence.address_left_out")
        return data.say("report.evidence.shared", object=code_span(address, MAX_OBJECT))
    text = object_text(shared, object_kind, data.pseudonyms.mentioned)
    if object_kind != "account":
        text = data.masker.text(text)
    return data.say("report.evidence.shared", object=code_span(text, MAX_OBJECT))


def _post(post: str, data: ReportData) -> str:
    """A post with its time and its account, as far as they are known."""
    document = data.documents.get(post)
    shown, at = data.post(post, MAX_ID), _published(document)
    if document is None or document.author is None:
        return data.say("report.evidence.anonymous_post", post=shown, at=at)
    account = data.account(document.author.id)
    return data.say("report.evidence.post_by", post=shown, at=at, account=account)


def _published(document: Document | None) -> Message:
    """When a post was published, no more exactly than is known."""
    if document is None or document.published_at is None:
        return Message("report.published.unknown")
    at = document.published_at
    if document.published_precision is Precision.EXACT:
        return Message("report.published.exact", {"at": rfc3339(at)})
    if document.published_precision is Precision.DAY:
        return Message("report.published.day", {"at": at})
    if document.published_precision is Precision.GUESSED:
        return Message("report.published.about", {"at": moment(at)})
    return Message("report.published.minute", {"at": moment(at)})
