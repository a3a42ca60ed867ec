"""The evidence drawer: pick an account, see what it shared with whom, and say what you think.

Posts that share an object stand beside one another.
"""

from __future__ import annotations

import hashlib
import html

import streamlit as st

from dashboard import sanitize
from dashboard.answers import PostFacts
from dashboard.components import markup
from dashboard.components.cluster.view_model import ClusterViewModel, partners_of
from index.base import Mark
from tocsin.core.documents import Document
from tocsin.core.findings import Evidence

MAX_ACCOUNTS = 60
OBJECTS_OF_CLUSTER = 3
OBJECTS_OF_ACCOUNT = 6
OBJECTS_MORE = 12
POSTS_BESIDE = 3
MAX_POSTS = 40
MAX_NAME = 32
MARKS: tuple[Mark, ...] = ("benign", "suspect", "unsure")


def draw(model: ClusterViewModel) -> None:
    """Draw the drawer of a cluster."""
    words = model.context.words
    st.html(markup.section_heading(words("drawer.title"), words("drawer.note")))
    account = _account_choice(model)
    evidence = model.evidence_of(account) if account else model.evidence
    if account:
        _account(model, account, evidence)
    else:
        st.html(f'<p class="t-note">{html.escape(words("drawer.pick"))}</p>')
    default = OBJECTS_OF_ACCOUNT if account else OBJECTS_OF_CLUSTER
    shown = st.session_state.get(f"objects_{model.cluster.id}", default)
    for item in evidence[:shown]:
        st.html(_shared_object(model, item, account))
    if len(evidence) > shown:
        st.button(
            words.n("drawer.more", len(evidence) - shown),
            key="more_objects",
            on_click=_show_more,
            args=(model.cluster.id, shown),
            icon=":material/expand_more:",
        )
    _mark_form(model, model.cluster.subject, words("drawer.mark_cluster", name=model.name))
    for member in model.excluded:
        _mark_expander(model, member.id)


def _account_choice(model: ClusterViewModel) -> str | None:
    """The account that the reader chose, here or in a chart."""
    words = model.context.words
    members = [member.id for member in model.members[:MAX_ACCOUNTS]]
    chosen = st.session_state.get("account")
    if chosen is not None and chosen not in members:
        if chosen in {member.id for member in model.members}:
            members.append(chosen)  # chosen in a chart that shows more accounts than the row
        else:
            st.session_state["account"] = None
    return st.pills(
        words("drawer.accounts", n=words.number(len(model.members))),
        members,
        key="account",
        format_func=lambda account: _label(model, account),
    )


def _label(model: ClusterViewModel, account: str) -> str:
    return sanitize.markdown_label(model.account_name(account), MAX_NAME)


def _account(model: ClusterViewModel, account: str, evidence: list[Evidence]) -> None:
    words, account_names = model.context.words, model.context.account_names
    member = next(m for m in model.members if m.id == account)
    facts = [
        words("drawer.degree", n=words.decimal(member.degree, 2)),
        words.n("posts", member.posts),
        words.n("drawer.objects", len(evidence)),
        words.n("drawer.partners", len(partners_of(model.edges, account))),
    ]
    name = sanitize.escaped_line(model.account_name(account), 60)
    st.html(
        f'<p><b class="t-terms">{name}</b><br>'
        f'<span class="t-facts">{html.escape(" · ".join(facts))}</span></p>'
    )
    links = st.container(horizontal=True)
    links.page_link(
        model.context.pages["explore"],
        label=words("drawer.all_posts"),
        icon=":material/arrow_forward:",
        query_params={"q": account_names.query_text(account), "lang": words.code},
    )
    links.page_link(
        model.context.pages["source"],
        label=words("drawer.dossier"),
        icon=":material/travel_explore:",
        query_params={"subject": account_names.lookup_key(account), "lang": words.code},
    )
    _mark_expander(model, account)


def _shared_object(model: ClusterViewModel, item: Evidence, account: str | None) -> str:
    """An object with its posts side by side, those of the chosen account first."""
    words = model.context.words
    posts = model.posts_of(item)
    if account:
        posts = sorted(posts, key=lambda post: post.author != account)
    url, name = model.object_url(item), model.object_name(item)
    shown = sanitize.external_link(url, name) if url else sanitize.escaped_line(name, 120)
    facts = [model.signals.label(item.signal), words.n("posts", len(posts))]
    if item.seconds_apart is not None:
        facts.append(model.signals.nearness(item))
    cards = [
        markup.post_card(
            document,
            words,
            model.context.account_names,
            compact=True,
            note=_delay(posts, document, model, item.step_seconds),
        )
        for document in model.documents(posts[:MAX_POSTS])
    ]
    return (
        f'<section><div class="t-facts" style="margin-top:.8rem"><b>{shown}</b><br>'
        f"{html.escape(' · '.join(facts))}</div>"
        f"{markup.post_grid(cards, POSTS_BESIDE, len(posts), words)}</section>"
    )


def _delay(
    posts: list[PostFacts], document: Document, model: ClusterViewModel, step: float | None
) -> str:
    """How long after the first of them a post came, no finer than their times are written."""
    first = min((post.published_at for post in posts if post.published_at), default=None)
    at = document.published_at
    if first is None or at is None or at == first:
        return ""
    passed = (at - first).total_seconds()
    if step:
        passed = (at.timestamp() // step - first.timestamp() // step) * step
        if not passed:
            return ""
    delay = model.context.words.duration(passed)
    return f'<span class="t-num">+{html.escape(delay)}</span>'


def _show_more(cluster_id: str, shown: int) -> None:
    st.session_state[f"objects_{cluster_id}"] = shown + OBJECTS_MORE


def _mark_expander(model: ClusterViewModel, account: str) -> None:
    title = model.context.words("drawer.mark_account", name=_label(model, account))
    with st.expander(title, key=f"mark_account_{_hashed(account)}"):
        _mark_form(model, account, "")


def _hashed(subject: str) -> str:
    """A name for widgets' keys: keys reach the page, and no account id may stand in them."""
    return hashlib.sha256(subject.encode()).hexdigest()[:12]


def _mark_form(model: ClusterViewModel, subject: str, title: str) -> None:
    """An analyst's word on a cluster or account; the only thing the screens write."""
    words, queries, key = model.context.words, model.context.queries, _hashed(subject)
    stored = queries.marks().get(subject, {})
    if title:
        st.html(markup.section_heading(title, words("drawer.mark_note")))
    with st.form(key=f"mark_{key}", border=bool(title)):
        mark = st.segmented_control(
            words("drawer.mark"),
            MARKS,
            default=stored.get("mark"),
            key=f"mark_value_{key}",
            format_func=lambda value: words(f"mark.{value}"),
        )
        note = st.text_input(
            words("drawer.mark_text"),
            value=str(stored.get("note") or ""),
            key=f"mark_note_{key}",
            max_chars=500,
        )
        if st.form_submit_button(words("drawer.save")):
            queries.mark(subject, mark, note)
            st.rerun()
    if stored.get("mark"):
        reason = sanitize.markdown_label(str(stored.get("note") or "–"), 200)
        st.caption(words("drawer.marked", mark=words(f"mark.{stored['mark']}"), note=reason))
