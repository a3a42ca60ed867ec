"""Coordination: groups that acted together beyond chance, how sure that is, the posts behind it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import calibration, expert, markup
from dashboard.components.cluster import cluster_names, detail
from dashboard.components.cluster.filtering import filter_clusters
from dashboard.components.expert import studies
from dashboard.components.sentences import alert_paragraph, clause_as_sentence
from dashboard.components.signal_words import SignalWords
from dashboard.url_state import QueryParameter
from tocsin.core.calibration.record import newest
from tocsin.core.calibration.stated import false_accounts, measured_false_accounts
from tocsin.core.findings import Cluster, Structure, Tested
from tocsin.core.language.words import Words, unmarked
from tocsin.core.messages import Message

Q_VALUES = (0.0001, 0.001, 0.005, 0.01, 0.05, 1.0)
DEFAULT_Q_VALUE = 0.05
DEGREES = tuple(n / 20 for n in range(21))
STATUSES = ("flagged", "explained", "cleared")
PAGE_SIZE = 8
PARAMETERS = {"cluster": QueryParameter()}
COLUMNS = ("cluster", "why", "accounts", "posts", "q", "when")


class CoordinationView:
    """The page of clusters. See `dashboard.base.View`."""

    name = "coordination"
    title = Message("coordination.title")
    icon = ":material/hub:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("coordination.lead")))
        tested, clusters = context.queries.tested(), context.queries.clusters()
        if tested is None and not clusters:
            command = f"tocsin --home {context.workspace.home} analyse"
            title, text = words("coordination.none"), words("coordination.none_text")
            st.html(markup.empty_state(title, text, [command]))
            return
        signals = SignalWords(tested, words)
        if tested is not None:
            measured = measured_false_accounts(newest(context.workspace), tested)
            st.html(_tested(tested, measured, signals, words))
        calibration.draw(context, tested)
        expert.draw(context, tested, signals)
        studies.draw(context)
        groups, structures = clusters, context.queries.structures()
        clusters = _chosen_shape(groups, structures, words)
        passing = _thresholds(clusters, words)
        if not passing:
            st.html(markup.soft_paragraph(_why_none(clusters, tested, words)))
            return
        names = cluster_names(clusters, words)
        if absent := _why_absent([*groups, *structures], clusters, passing):
            st.html(alert_paragraph(absent, words))
        chosen = _table(passing, names, signals, words)
        detail.draw(context, chosen, names[chosen.id], signals)


def _tested(
    tested: Tested, measured: Mapping[str, Any] | None, signals: SignalWords, words: Words
) -> str:
    """What the last run tested, and how many false accounts to expect."""
    shortest = words.duration(min(tested.windows, default=0))
    longest = words.duration(max(tested.windows, default=0))
    windows = longest
    if shortest != longest:
        windows = words("coordination.windows", a=shortest, b=longest)
    claim = words(
        "coordination.tested",
        accounts=words.n("accounts", tested.accounts),
        pairs=words.n("pairs", tested.pairs),
        windows=windows,
        n=unmarked(words.say(false_accounts(tested.expected_false_accounts, measured))),
    )
    notes = []
    if tested.since or tested.until:
        notes.append(words("coordination.span", span=words.span(tested.since, tested.until)))
    if tested.signals:
        labels = ", ".join(signals.label(signal) for signal in tested.signals)
        notes.append(words("coordination.signals", text=labels))
    notes += [clause_as_sentence(caveat, words) for caveat in tested.caveats]
    return (
        f'<div class="t-why t-not"><b>{html.escape(claim)}</b>'
        f'<div class="t-note">{html.escape(" ".join(notes))}</div></div>'
    )


def _asked_for() -> str:
    """The id of the group that the address asks for; empty where it asks for none."""
    return url_state.load("coordination", PARAMETERS)["cluster"]


def _chosen_shape(
    groups: list[Cluster], structures: Sequence[Structure], words: Words
) -> list[Cluster]:
    """The groups, or the pairs, stars and chains, which hang on single pairs: shown apart."""
    if not structures:
        return groups
    asked_for = _asked_for()
    counts = {"groups": len(groups), "structures": len(structures)}
    is_structure = any(asked_for and s.answers_to(asked_for) for s in structures)
    default = "structures" if is_structure or not groups else "groups"
    shown = st.segmented_control(
        words("coordination.shape"),
        tuple(counts),
        default=default,
        key="shape",
        required=True,
        format_func=lambda name: words(f"coordination.shape_{name}", n=words.number(counts[name])),
        label_visibility="collapsed",
        help=words("coordination.shape_tip"),
    )
    return groups if shown == "groups" else list(structures)


def _why_absent(
    known: Sequence[Cluster], clusters: Sequence[Cluster], passing: Sequence[Cluster]
) -> Message | None:
    """Why another group opens than that of the address, for which it would be taken; None where
    none is asked for, it does open, or the reader went from groups to pairs.

    Args:
        known: all groups, pairs, stars and chains.
        clusters: those of the shape that is shown.
        passing: of these, those that pass the reader's thresholds.
    """
    asked_for = _asked_for()

    def is_among(groups: Sequence[Cluster]) -> bool:
        return any(group.answers_to(asked_for) for group in groups)

    if not asked_for or is_among(passing) or (is_among(known) and not is_among(clusters)):
        return None
    why = "hidden" if is_among(clusters) else "gone"
    return Message(f"coordination.asked_{why}", {"id": sanitize.single_line(asked_for, 60)})


def _why_none(clusters: Sequence[Cluster], tested: Tested | None, words: Words) -> str:
    if clusters:
        return words("coordination.all_hidden")
    if tested and not tested.accounts:
        return words("coordination.too_little")
    return words("coordination.nothing_found")


def _thresholds(clusters: list[Cluster], words: Words) -> list[Cluster]:
    """The reader's live thresholds, and the clusters that pass them."""
    left, middle, right = st.columns([3, 3, 4], gap="medium")
    q_value = left.select_slider(
        words("coordination.q"),
        Q_VALUES,
        value=DEFAULT_Q_VALUE,
        key="q_max",
        format_func=words.small,
        help=words("coordination.q_tip"),
    )
    degree = middle.select_slider(
        words("coordination.degree"),
        DEGREES,
        value=0.0,
        key="degree",
        format_func=lambda value: words.decimal(value, 2),
        help=words("coordination.degree_tip"),
    )
    statuses = right.pills(
        words("coordination.show"),
        STATUSES,
        default=STATUSES,
        key="statuses",
        selection_mode="multi",
        format_func=lambda status: words(f"status.{status}"),
        help=words("coordination.status_tip"),
    )
    passing = filter_clusters(clusters, q_value=q_value, degree=degree, statuses=statuses)
    flagged = [cluster for cluster in passing if cluster.status == "flagged"]
    expected = sum(cluster.q_value * len(cluster.accounts) for cluster in flagged)
    accounts = words.n("accounts", sum(len(cluster.accounts) for cluster in flagged))
    if any(isinstance(cluster, Structure) for cluster in clusters):
        result = words(
            "coordination.left_structures",
            n=words.number(len(passing)),
            accounts=accounts,
            expected=words.expected(expected),
        )
    else:
        result = words(
            "coordination.left",
            clusters=words.n("clusters", len(passing)),
            accounts=accounts,
            n=words.expected(expected),
        )
    tip = html.escape(words("coordination.left_tip"), quote=True)
    st.html(f'<p class="t-note" aria-live="polite" title="{tip}">{html.escape(result)}</p>')
    return passing


def _table(
    clusters: list[Cluster], names: Mapping[str, str], signals: SignalWords, words: Words
) -> Cluster:
    """The clusters as rows with a button each; returns the one that is open."""
    asked_for = _asked_for()
    url_state.store("coordination", PARAMETERS)
    meant = (cluster for cluster in clusters if asked_for and cluster.answers_to(asked_for))
    chosen = next(meant, clusters[0])
    pages = -(-len(clusters) // PAGE_SIZE)
    page = st.pagination(pages, key="cluster_page") if pages > 1 else 1
    heads = {name: words(f"coordination.head.{name}") for name in COLUMNS}
    head_cells = "".join(f"<span>{html.escape(head)}</span>" for head in heads.values())
    with st.container(key="clusters", gap=None):
        st.html(f'<div class="t-row t-head" aria-hidden="true">{head_cells}</div>')
        for number, cluster in enumerate(clusters[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]):
            is_open = cluster.id == chosen.id
            row = st.container(
                key=f"cluster_{'open' if is_open else 'row'}_{number}",
                horizontal=True,
                vertical_alignment="center",
                wrap=False,
            )
            row.html(_row(cluster, names[cluster.id], heads, signals, words))
            row.button(
                words("coordination.opened" if is_open else "coordination.open"),
                key=f"open_{number}",
                type="tertiary",
                on_click=_open,
                args=(cluster.subject,),
                disabled=is_open,
                width=90,
            )
    return chosen


def _row(
    cluster: Cluster, name: str, heads: Mapping[str, str], signals: SignalWords, words: Words
) -> str:
    status = markup.badge(words.known("status", cluster.status), cluster.status)
    if cluster.mark:
        mark = html.escape(words(f"mark.{cluster.mark}"))
        status += f' <span class="t-soft">· {mark}</span>'
    posts = words.number(cluster.posts) if cluster.posts else "–"
    cells = {
        "cluster": f"<b>{html.escape(name)}</b><br>{status}",
        "why": html.escape(", ".join(signals.label(signal) for signal in cluster.signals)),
        "accounts": words.number(len(cluster.accounts)),
        "posts": posts,
        "q": html.escape(words.tiny(cluster.q_value)),
        "when": html.escape(words.span(cluster.first_at, cluster.last_at)),
    }
    columns = "".join(
        f'<span class="t-col-{column}" data-head="{html.escape(heads[column], quote=True)}">'
        f"{content}</span>"
        for column, content in cells.items()
    )
    return f'<div class="t-row">{columns}</div>'


def _open(cluster_id: str) -> None:
    st.session_state["cluster"] = cluster_id
    st.session_state["account"] = None
