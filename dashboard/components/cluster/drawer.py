"""The evidence drawer: pick an account, see what it shared with whom, post beside post, and say what you think."""

from __future__ import annotations

import hashlib
import html

import streamlit as st

from dashboard import sanitize as safe
from dashboard.components import html_parts as parts
from dashboard.components.cluster.case import Case, joined
from index.base import Mark
from tocsin.core.documents import Document
from tocsin.core.findings import Evidence

MAX_ACCOUNTS = 60
MAX_OBJECTS = 6
SIDE = 3
MAX_SIDE = 40
MARKS: tuple[Mark, ...] = ("benign", "suspect", "unsure")


def draw(case: Case) -> None:
    """Draw the drawer of a cluster."""
    words = case.screen.words
    st.html(parts.heading(words("drawer.title"), words("drawer.note")))
    members = [member.id for member in case.members[:MAX_ACCOUNTS]]
    if st.session_state.get("account") not in (None, *members):
        st.session_state["account"] = None
    account = st.pills(
        words("drawer.accounts", n=words.number(len(case.members))),
        members,
        key="account",
        format_func=lambda a: safe.label(case.name(a), 32),
    )
    items = case.of(account) if account else case.evidence
    if account:
        _account(case, account, items)
    else:
        st.html(f'<p class="t-note">{html.escape(words("drawer.pick"))}</p>')
    most = st.session_state.get(f"objects_{case.cluster.id}", MAX_OBJECTS if account else 3)
    for item in items[:most]:
        st.html(_object(case, item, account))
    if len(items) > most:
        st.button(
            words.n("drawer.more", len(items) - most),
            key="more_objects",
            on_click=_more,
            args=(case.cluster.id, most),
            icon=":material/expand_more:",
        )
    _mark(case, case.cluster.id, words("drawer.mark_cluster", name=case.called))


def _account(case: Case, account: str, items: list[Evidence]) -> None:
    words = case.screen.words
    member = next(m for m in case.members if m.id == account)
    partners = joined(case.edges, account)
    facts = " · ".join(
        [
            words("drawer.degree", n=words.decimal(member.degree, 2)),
            words.n("posts", member.posts),
            words.n("drawer.objects", len(items)),
            words.n("drawer.partners", len(partners)),
        ]
    )
    st.html(
        f'<p><b class="t-terms">{safe.escaped(case.name(account), 60)}</b><br><span class="t-facts">{html.escape(facts)}</span></p>'
    )
    row = st.container(horizontal=True)
    row.page_link(
        case.screen.pages["explore"], label=words("drawer.all_posts"), icon=":material/arrow_forward:",
        query_params={"q": case.screen.people.query(account), "lang": words.code},
    )  # fmt: skip
    row.page_link(
        case.screen.pages["source"], label=words("drawer.dossier"), icon=":material/travel_explore:",
        query_params={"subject": case.screen.people.key(account), "lang": words.code},
    )  # fmt: skip
    with st.expander(words("drawer.mark_account", name=safe.label(case.name(account), 32))):
        _mark(case, account, "")


def _object(case: Case, item: Evidence, account: str | None) -> str:
    words = case.screen.words
    posts = case.together(item)
    if account:
        posts = sorted(posts, key=lambda d: not (d.author and d.author.id == account))
    count = words.n("posts", len(posts))
    apart = (
        words("drawer.apart", span=words.duration(item.seconds_apart))
        if item.seconds_apart is not None
        else ""
    )
    address = safe.address(item.object) if item.signal in ("link", "site", "media") else None
    shown = (
        safe.link(address, case.object(item)) if address else safe.escaped(case.object(item), 120)
    )
    head = " · ".join(text for text in (words.known("signal", item.signal), count, apart) if text)
    cards = [
        parts.post(document, words, case.screen.people, card=True, note=_after(posts, number, case))
        for number, document in enumerate(posts[:MAX_SIDE])
    ]
    return (
        f'<section><div class="t-facts" style="margin-top:.8rem"><b>{shown}</b><br>{html.escape(head)}</div>'
        f"{parts.cards(cards, SIDE, len(posts), words)}</section>"
    )


def _after(posts: list[Document], number: int, case: Case) -> str:
    """How long after the first of them a post came."""
    first = min((d.published_at for d in posts if d.published_at), default=None)
    at = posts[number].published_at
    if first is None or at is None or at == first:
        return ""
    return f'<span class="t-num">+{html.escape(case.screen.words.duration((at - first).total_seconds()))}</span>'


def _more(cluster: str, shown: int) -> None:
    st.session_state[f"objects_{cluster}"] = shown + 2 * MAX_OBJECTS


def _mark(case: Case, subject: str, title: str) -> None:
    """An analyst's word on a cluster or account; the only thing the screens write."""
    words = case.screen.words
    tag = hashlib.sha256(subject.encode()).hexdigest()[
        :12
    ]  # keys reach the page: no account id in them
    kept = case.screen.reads.marks().get(subject, {})
    if title:
        st.html(parts.heading(title, words("drawer.mark_note")))
    with st.form(key=f"mark_{tag}", border=bool(title)):
        mark = st.segmented_control(
            words("drawer.mark"),
            MARKS,
            default=kept.get("mark"),
            key=f"mark_value_{tag}",
            format_func=lambda m: words(f"mark.{m}"),
        )
        note = st.text_input(
            words("drawer.mark_text"),
            value=str(kept.get("note") or ""),
            key=f"mark_note_{tag}",
            max_chars=500,
        )
        if st.form_submit_button(words("drawer.save")):
            case.screen.reads.mark(subject, mark, note)
            st.rerun()
    if kept.get("mark"):
        st.caption(
            words(
                "drawer.marked",
                mark=words(f"mark.{kept['mark']}"),
                note=safe.label(str(kept.get("note") or "–"), 200),
            )
        )
