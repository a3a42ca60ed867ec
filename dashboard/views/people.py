"""People: whose posts travel, with and without the accounts of flagged groups.

Each rank stands with its reasons and the posts that others took up most.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import frame, markup
from dashboard.components.account_names import quote_value
from dashboard.components.cluster import cluster_names
from dashboard.components.figures import PageTable, offer
from dashboard.components.frame import Frame
from dashboard.components.sentences import clause_as_sentence
from dashboard.counts import count_values
from dashboard.pin_links import pin_link
from index.analysis import lacking
from index.base import EVERYTHING
from index.reading.queries import among
from tocsin.core.findings import Influence
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

EVERYBODY, WITHOUT = "all", "without-coordinated"
"""As `tocsin.core.findings.Influence.scope`."""
SHOWN = 10
MAX_SHOWN = 100
POSTS_SHOWN = 3
UNRESOLVED = "influence.unresolved"


class PeopleView:
    """The page of those who carry the conversation. See `dashboard.base.View`."""

    name = "people"
    title = Message("people.title")
    icon = ":material/groups:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words, queries = context.words, context.queries
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("people.lead")))
        if not queries.analysed(Influence.kind):
            command = f"tocsin --home {context.workspace.home} analyse"
            st.html(
                markup.empty_state(words("people.unknown"), words("people.unknown_text"), [command])
            )
            return
        _read_earlier_address()
        asked = frame.ask(context, self.name)
        scope = WITHOUT if asked.leaves_out_flagged else EVERYBODY
        found = queries.influencers()
        ranked = [one for one in found if one.scope == scope]
        for caveat in lacking(queries.state.stats, ("author",)):
            st.html(markup.soft_paragraph(clause_as_sentence(caveat, words)))
        if not ranked:
            st.html(markup.empty_state(words("people.nobody"), words("people.nobody_text")))
            return
        other = [one for one in found if one.scope != scope]
        seen = _posts_within(context, ranked, asked)
        if seen is not None:
            st.html(markup.soft_paragraph(words("people.period")))
            ranked = [one for one in ranked if seen.get(one.account)]
        if not ranked:
            st.html(markup.soft_paragraph(words("people.quiet")))
            return
        _ranking(context, ranked, _Beside(_ranks(other), scope, seen, asked))


@dataclass(frozen=True)
class _Beside:
    """What stands beside a rank: the other ranking, and posts in the frame (None: of all times)."""

    ranks: Mapping[str, int]
    scope: str
    seen: Mapping[str, int] | None
    asked: Frame


def _posts_within(
    context: ViewContext, ranked: Sequence[Influence], asked: Frame
) -> Mapping[str, int] | None:
    """Account -> its posts in the frame; None where it leaves out flagged accounts at most."""
    if asked.window == EVERYTHING and not asked.filtered:
        return None
    accounts = among("author", [one.account for one in ranked])
    found = count_values(
        context.queries, "author", asked.of(accounts), asked.window, size=len(ranked)
    )
    return dict(found.values)


def _read_earlier_address() -> None:
    """Links sent before said in a choice of this page's own that flagged accounts are left out."""
    if st.query_params.get("scope") == WITHOUT:
        del st.query_params["scope"]
        st.query_params["organic"] = "1"


def _ranks(findings: Sequence[Influence]) -> dict[str, int]:
    """Account -> its place, from 1 on."""
    return {one.account: rank for rank, one in enumerate(findings, start=1)}


def _ranking(context: ViewContext, ranked: Sequence[Influence], beside: _Beside) -> None:
    words = context.words
    shown = ranked[:SHOWN]
    if len(ranked) > SHOWN and st.toggle(
        words("people.more", n=words.number(min(len(ranked), MAX_SHOWN))), key="all_people"
    ):
        shown = ranked[:MAX_SHOWN]
    names = context.display_names([one.account for one in shown])
    groups = _group_links(context)
    of_all = _said_of_all(shown)
    for rank, one in enumerate(shown, start=1):
        group = groups.get(one.account, "")
        head = _heading(one, rank, names[one.account], group, context, beside)
        st.html(
            f'<section class="t-fact">{head}{_figures(one, words)}'
            f"{_other_rank(one, beside, bool(group), words)}"
            f"{_reasons(one, of_all, words)}</section>"
        )
        _posts(context, one)
    if len(ranked) > len(shown):
        st.caption(words("people.rest", n=words.number(len(ranked) - len(shown))))
    said = [clause_as_sentence(caveat, words) for caveat in of_all]
    said.append(words("people.caveat"))
    st.html(f'<p class="t-note">{sanitize.escaped_line(" ".join(said), 900)}</p>')
    offer(context, _file(context, ranked, beside))


def _file(context: ViewContext, ranked: Sequence[Influence], beside: _Beside) -> PageTable:
    """All ranks with their figures and reasons."""
    words, queries = context.words, context.queries
    groups = [*queries.clusters(), *queries.structures()]
    named = cluster_names(groups, words)
    member_of = {
        member.id: named[group.id]
        for group in reversed(groups)
        if group.status == "flagged"
        for member in group.accounts
    }
    names = context.display_names([one.account for one in ranked])
    code = "rank_without" if beside.scope == EVERYBODY else "rank_with"
    keys = ("rank", "account", "group", "score", "low", "high", code, "posts", "why")
    heads = [words(f"people.column.{key}") for key in keys]

    def row(rank: int, one: Influence) -> dict[str, object]:
        posts = None if beside.seen is None else beside.seen.get(one.account)
        why = " ".join(clause_as_sentence(reason, words) for reason in one.reasons)
        group = member_of.get(one.account)
        values = (rank, names[one.account], group, one.score, *one.interval,
                  beside.ranks.get(one.account), posts, why)  # fmt: skip
        return dict(zip(heads, values, strict=True))

    rows = [row(rank, one) for rank, one in enumerate(ranked, start=1)]
    return PageTable("people", words("people.title"), heads, rows, beside.asked.said)


def _group_links(context: ViewContext) -> dict[str, str]:
    """Account -> a link to the flagged group, pair, star or chain that it belongs to."""
    words, queries = context.words, context.queries
    groups = [*queries.clusters(), *queries.structures()]
    named = cluster_names(groups, words)
    return {
        member.id: markup.page_link(
            "coordination",
            words("people.in_group", name=named[group.id]),
            words,
            cluster=group.subject,
        )
        for group in reversed(groups)
        if group.status == "flagged"
        for member in group.accounts
    }


def _heading(
    one: Influence, rank: int, name: str, group: str, context: ViewContext, beside: _Beside
) -> str:
    words = context.words
    key = context.account_names.lookup_key(one.account)
    dossier = markup.page_link("source", words("people.dossier"), words, subject=key)
    label = words("people.posts")
    if beside.seen is not None:
        label = words("people.posts_within", posts=words.n("posts", beside.seen[one.account]))
    query = f"author:{quote_value(key)}"
    pin = pin_link(f"account:{key}", words, context.account_names.pseudonyms)
    posts = markup.page_link("explore", label, words, q=query, **beside.asked.address)
    member = f' <span class="t-tag t-flagged">{group}</span>' if group else ""
    return (
        f"<b>{words.number(rank)}. {sanitize.escaped_line(name, 80)}</b>{member}"
        f'<div class="t-facts">{posts} · {dossier} · {pin}</div>'
    )


def _figures(one: Influence, words: Words) -> str:
    low, high = one.interval
    spread = words(
        "people.spread",
        score=words.number(round(one.score)),
        low=words.number(round(low)),
        high=words.number(round(high)),
    )
    return (
        f'<div class="t-facts" title="{html.escape(words("people.spread_tip"), quote=True)}">'
        f"<b>{html.escape(spread)}</b></div>"
    )


def _other_rank(one: Influence, beside: _Beside, flagged: bool, words: Words) -> str:
    """Where the account stands once flagged accounts are left out, or with them."""
    if not beside.ranks:
        return ""
    rank = beside.ranks.get(one.account)
    code = "people.rank_without" if beside.scope == EVERYBODY else "people.rank_with"
    if rank:
        said = words(code, rank=words.number(rank))
    else:
        said = words("people.rank_flagged" if flagged else f"{code}_none")
    return f'<div class="t-note">{html.escape(said)}</div>'


def _said_of_all(shown: Sequence[Influence]) -> list[Message]:
    """Caveats about the posts rather than an account: said once, below."""
    kept: list[Message] = []
    for one in shown:
        kept += [said for said in one.caveats if said.code == UNRESOLVED and said not in kept]
    return kept


def _reasons(one: Influence, of_all: Sequence[Message], words: Words) -> str:
    told = [*one.reasons, *(caveat for caveat in one.caveats if caveat not in of_all)]
    sentences = [clause_as_sentence(reason, words) for reason in told]
    items = "".join(f"<li>{sanitize.escaped_line(sentence, 400)}</li>" for sentence in sentences)
    return f'<ul class="t-note">{items}</ul>' if items else ""


def _posts(context: ViewContext, one: Influence) -> None:
    """The posts that most accounts took up, each with who did."""
    words = context.words
    taken = [row for row in one.evidence if row.posts][:POSTS_SHOWN]
    documents = {
        document.id: document
        for document in context.queries.documents([row.posts[0] for row in taken])
    }
    cards = [
        markup.post_card(
            documents[row.posts[0]],
            words,
            context.account_names,
            compact=True,
            note=f"<span>{html.escape(_taken_by(row.why, words))}</span>" if row.why else "",
        )
        for row in taken
        if row.posts[0] in documents
    ]
    if not cards:
        return
    with st.expander(words.n("people.evidence", len(cards)), key=f"people_{one.id}"):
        st.html(markup.post_grid(cards, POSTS_SHOWN, len(cards), words))


def _taken_by(why: Message, words: Words) -> str:
    return words.n("people.takers", int(why.parameters.get("n", 0)))
