"""Coordination: groups that acted together beyond chance, how sure that is, and the posts behind it."""

from __future__ import annotations

import html

import streamlit as st

from dashboard import url_state
from dashboard.base import ViewContext
from dashboard.components import figures
from dashboard.components import markup
from dashboard.components.cluster import detail, names
from dashboard.url_state import QueryParameter
from tocsin.core.findings import Cluster, Tested
from tocsin.core.language.words import Words

Q_VALUES = (0.0001, 0.001, 0.005, 0.01, 0.05, 1.0)
DEGREES = tuple(n / 20 for n in range(21))
STATUSES = ("flagged", "explained", "cleared")
PAGE_SIZE = 8
FIELDS = {"cluster": QueryParameter()}


class CoordinationView:
    """The page of clusters. See `dashboard.base.View`."""

    name = "coordination"
    icon = ":material/hub:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words("coordination.title"), anchor=False)
        st.html(markup.lead_paragraph(words("coordination.lede")))
        tested, clusters = context.queries.tested(), context.queries.clusters()
        if tested is None and not clusters:
            st.html(
                markup.empty_state(
                    words("coordination.none"),
                    words("coordination.none_text"),
                    [f"tocsin --home {context.workspace.home} analyse"],
                )
            )
            return
        if tested is not None:
            st.html(_tested(tested, words))
        kept = _threshold(clusters, words)
        if not kept:
            untested = (
                "coordination.too_little"
                if tested and not tested.accounts
                else "coordination.nothing_found"
            )
            st.html(
                f'<p class="t-soft">{html.escape(words("coordination.all_hidden" if clusters else untested))}</p>'
            )
            return
        called = names(clusters, words)
        chosen = _table(kept, called, words)
        detail.draw(context, chosen, called[chosen.id])


def _tested(tested: Tested, words: Words) -> str:
    shortest, longest = (
        words.duration(min(tested.windows, default=0)),
        words.duration(max(tested.windows, default=0)),
    )
    windows = (
        words("coordination.windows", a=shortest, b=longest) if shortest != longest else longest
    )
    said = words(
        "coordination.tested", accounts=words.n("accounts", tested.accounts), pairs=words.n("pairs", tested.pairs),
        windows=windows, n=words.expected(tested.expected_false_accounts),
    )  # fmt: skip
    span = (
        words("coordination.span", span=words.span(tested.since, tested.until))
        if tested.since or tested.until
        else ""
    )
    signals = ", ".join(words.known("signal", s) for s in tested.signals)
    looked = words("coordination.signals", text=signals) if signals else ""
    return f'<div class="t-why t-not"><b>{html.escape(said)}</b><div class="t-note">{html.escape(" ".join(t for t in (span, looked) if t))}</div></div>'


def _threshold(clusters: list[Cluster], words: Words) -> list[Cluster]:
    """The reader's live thresholds, and the clusters that pass them."""
    a, b, c = st.columns([1, 1, 1], gap="large")
    q_value = a.select_slider(
        words("coordination.q"),
        Q_VALUES,
        value=0.05,
        key="q_max",
        format_func=words.small,
        help=words("coordination.q_tip"),
    )
    degree = b.select_slider(
        words("coordination.degree"), DEGREES, value=0.0, key="degree", format_func=lambda d: words.decimal(d, 2),
        help=words("coordination.degree_tip"),
    )  # fmt: skip
    statuses = c.pills(
        words("coordination.show"), STATUSES, default=STATUSES, key="statuses", selection_mode="multi",
        format_func=lambda s: words(f"status.{s}"), help=words("coordination.status_tip"),
    )  # fmt: skip
    kept = evidence.filter_clusters(clusters, q_value=q_value, degree=degree, statuses=statuses)
    flagged = [c for c in kept if c.status == "flagged"]
    members = sum(len(c.accounts) for c in flagged)
    expected = sum(c.q_value * len(c.accounts) for c in flagged)
    said = words(
        "coordination.left",
        clusters=words.n("clusters", len(kept)),
        accounts=words.n("accounts", members),
        n=words.expected(expected),
    )
    st.html(
        f'<p class="t-note" aria-live="polite" title="{html.escape(words("coordination.left_tip"), quote=True)}">{html.escape(said)}</p>'
    )
    return kept


def _table(kept: list[Cluster], called: dict[str, str], words: Words) -> Cluster:
    """The clusters as rows with a button each; the one that is open."""
    by_id = {cluster.id: cluster for cluster in kept}
    wanted = url_state.load("coordination", FIELDS)["cluster"]
    url_state.store("coordination", FIELDS)
    chosen = by_id.get(wanted, kept[0])
    pages = -(-len(kept) // PAGE_SIZE)
    page = st.pagination(pages, key="cluster_page") if pages > 1 else 1
    heads = ("cluster", "why", "accounts", "posts", "q", "when")
    head = "".join(
        f"<span>{html.escape(words(f'coordination.head.{name}'))}</span>" for name in heads
    )
    with st.container(key="clusters", gap=None):
        st.html(f'<div class="t-row t-head" aria-hidden="true">{head}</div>')
        for number, cluster in enumerate(kept[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]):
            with st.container(
                key=f"cluster_{'open' if cluster.id == chosen.id else 'row'}_{number}",
                horizontal=True,
                vertical_alignment="center",
                wrap=False,
            ):
                st.html(_row(cluster, called[cluster.id], words))
                st.button(
                    words("coordination.opened" if cluster.id == chosen.id else "coordination.open"), key=f"open_{number}",
                    type="tertiary", on_click=_open, args=(cluster.id,), disabled=cluster.id == chosen.id, width=90,
                )  # fmt: skip
    return chosen


def _row(cluster: Cluster, called: str, words: Words) -> str:
    why = ", ".join(words.known("signal", s) for s in cluster.signals)
    mark = (
        f' <span class="t-soft">· {html.escape(words(f"mark.{cluster.mark}"))}</span>'
        if cluster.mark
        else ""
    )
    cells = (
        f"<span><b>{html.escape(called)}</b><br>{markup.badge(words.known('status', cluster.status), cluster.status)}{mark}</span>",
        f"<span>{html.escape(why)}</span>",
        f'<span class="t-num">{words.number(len(cluster.accounts))}</span>',
        f'<span class="t-num">{words.number(cluster.posts) if cluster.posts else "–"}</span>',
        f'<span class="t-num">{html.escape(words.tiny(cluster.q_value))}</span>',
        f"<span>{html.escape(words.span(cluster.first_at, cluster.last_at))}</span>",
    )
    return f'<div class="t-row">{"".join(cells)}</div>'


def _open(cluster: str) -> None:
    st.session_state["cluster"] = cluster
    st.session_state["account"] = None
