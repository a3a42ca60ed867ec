"""One cluster in detail: why, when, where, which innocent readings were tried, and the posts."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from dashboard import sanitize as safe
from dashboard.base import Screen
from dashboard.components import charts, figures
from dashboard.components import html_parts as parts
from dashboard.components.cluster import drawer
from dashboard.components.cluster.case import Case
from dashboard.engine_words import translated
from tocsin.core.findings import Cluster, Explanation
from tocsin.core.language.words import Words

MAX_RASTER_ACCOUNTS = 36
MAX_RASTER_DOTS = 4_000
MAX_GROUPS = 7


def draw(screen: Screen, cluster: Cluster, called: str) -> None:
    """Draw the detail of a cluster under the table."""
    words, case = screen.words, Case(screen, cluster, called)
    st.html(
        f'<h2 class="t-h">{html.escape(called)} {parts.tag(words.known("status", cluster.status), cluster.status)}</h2>'
    )
    st.html(_why(case))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _raster(case)
    with right:
        _map(case)
    _explanations(cluster, words)
    drawer.draw(case)


def _why(case: Case) -> str:
    words, cluster = case.screen.words, case.cluster
    counts = figures.signal_counts(case.evidence)
    shared = ", ".join(
        words.n(f"object.{signal}", n)
        if words.has(f"object.{signal}.one")
        else f"{words.number(n)} {words.known('signal', signal)}"
        for signal, n in counts.items()
    )
    said = words(
        "cluster.because",
        accounts=words.n("accounts", len(cluster.accounts)),
        shared=shared or words("cluster.no_objects"),
    )
    sure = words(
        "cluster.sure",
        q=words.probability("q", cluster.q_value),
        p=words.probability("p", cluster.p_value),
    )
    apart = sorted(e.seconds_apart for e in case.evidence if e.seconds_apart is not None)
    near = (
        " " + words("cluster.apart", span=words.duration(apart[len(apart) // 2])) if apart else ""
    )
    notes = "".join(
        f"<li>{html.escape(_sentence(translated(c, words)))}</li>" for c in cluster.caveats
    )
    parameters = ", ".join(f"{k} = {v}" for k, v in sorted(cluster.method.parameters.items()))
    method = words("method.name", name=cluster.method.name, version=cluster.method.version) + (
        f" · {parameters}" if parameters else ""
    )
    engine = f'<p lang="en">{safe.escaped(cluster.because, 600)}</p>' if cluster.because else ""
    return (
        f'<div class="t-why"><p><b>{html.escape(said)}</b>{html.escape(near)}</p><p class="t-note">{html.escape(sure)}</p></div>'
        f'<details class="t-more"><summary>{html.escape(words("method.title"))}</summary><div class="t-note"><p>{safe.escaped(method, 600)}</p>'
        f"{engine}<ul>{notes}</ul><p>{html.escape(words('cluster.id'))} {safe.escaped(cluster.id, 60)}</p></div></details>"
    )


def _raster(case: Case) -> None:
    words = case.screen.words
    st.html(parts.heading(words("cluster.raster"), words("cluster.raster_note")))
    shown = [member.id for member in case.members[:MAX_RASTER_ACCOUNTS]]
    called = {account: case.name(account) for account in shown}
    rows: list[dict[str, Any]] = []
    for number, item in enumerate(case.evidence):
        group = case.object(item, 70) if number < MAX_GROUPS else words("cluster.other_objects")
        label, signal = case.object(item), words.known("signal", item.signal)
        posts = case.together(item)
        first = next((d.published_at for d in posts if d.published_at), None)
        for document in posts:
            if (
                document.published_at
                and first
                and document.author
                and document.author.id in called
                and len(rows) < MAX_RASTER_DOTS
            ):
                delay = (document.published_at - first).total_seconds()
                account = called[document.author.id]
                rows.append(
                    {
                        "account": account,
                        "at": document.published_at,
                        "delay": delay,
                        "object": label,
                        "group": group,
                        "signal": signal,
                    }
                )
    if not rows:
        st.html(f'<p class="t-soft">{html.escape(words("cluster.no_posts"))}</p>')
        return
    axes = ("date", "delay")
    axis = st.segmented_control(
        words("cluster.axis"), axes, default="date", key="raster_axis", required=True, format_func=lambda name: words(f"cluster.axis_{name}"),
        label_visibility="collapsed",
    )  # fmt: skip
    key = f"raster_{axis}_{case.cluster.id}"
    chart = charts.raster(
        rows, list(called.values()), words, case.screen.palette, delays=axis == "delay"
    )
    st.altair_chart(
        chart,
        width="stretch",
        key=key,
        on_select=lambda: _picked(key, case),
        selection_mode="pick",
        alt=words("cluster.raster_alt", accounts=words.n("accounts", len(shown))),
    )
    st.html(parts.objects(list(dict.fromkeys(row["group"] for row in rows))))
    if len(case.members) > len(shown):
        st.caption(
            words(
                "cluster.raster_cut", n=words.number(len(shown)), of=words.number(len(case.members))
            )
        )


def _map(case: Case) -> None:
    words = case.screen.words
    st.html(parts.heading(words("cluster.map"), words("cluster.map_note")))
    place = {member.id: member for member in case.members}
    chosen = st.session_state.get("account")
    nodes = [
        {
            "account": case.name(m.id),
            "x": m.x,
            "y": m.y,
            "degree": m.degree,
            "posts": m.posts,
            "hot": m.id == chosen,
        }
        for m in case.members
    ]
    edges = []
    for edge in case.edges:
        a, b = place[edge.a], place[edge.b]
        why = ", ".join(
            f"{words.known('signal', s)} {words.number(n)}" for s, n in sorted(edge.signals.items())
        )
        edges.append(
            {
                "x": a.x,
                "y": a.y,
                "x2": b.x,
                "y2": b.y,
                "weight": edge.weight,
                "a": case.name(edge.a),
                "b": case.name(edge.b),
                "why": why,
            }
        )
    key = f"map_{case.cluster.id}"
    alt = words(
        "cluster.map_alt",
        accounts=words.n("accounts", len(nodes)),
        edges=words.n("edges", len(edges)),
    )
    st.altair_chart(
        charts.network(nodes, edges, words, case.screen.palette),
        width="stretch",
        key=key,
        on_select=lambda: _picked(key, case),
        selection_mode="pick",
        alt=alt,
    )


def _picked(key: str, case: Case) -> None:
    """An account was clicked in a chart: open its drawer."""
    selection = cast("Mapping[str, Any]", st.session_state.get(key) or {}).get("selection", {})
    for point in selection.get("pick") or []:
        found = next((m.id for m in case.members if case.name(m.id) == point.get("account")), None)
        if found is not None:
            st.session_state["account"] = found


def _explanations(cluster: Cluster, words: Words) -> None:
    st.html(parts.heading(words("cluster.explanations"), words("cluster.explanations_note")))
    tried = sorted(
        cluster.innocent_explanations, key=lambda e: (not e.fits, -(e.fit or 0.0), e.kind)
    )
    if not tried:
        st.html(f'<p class="t-soft">{html.escape(words("cluster.no_explanations"))}</p>')
        return
    heads = "".join(
        f'<th scope="col">{html.escape(words(f"cluster.reading.{name}"))}</th>'
        for name in ("kind", "fits", "because", "refuted")
    )
    rows = "".join(_explanation(item, words) for item in tried)
    st.html(
        f'<div class="t-scroll"><table class="t-table t-readings"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _explanation(item: Explanation, words: Words) -> str:
    verdict = parts.tag(
        words("cluster.fits" if item.fits else "cluster.fits_not"),
        "explained" if item.fits else "plain",
    )
    named = f"refuted.{item.kind}"
    against = words(named) if words.has(named) else _sentence(translated(item.refuted_by, words))
    return (
        f"<tr><td><b>{html.escape(_sentence(words.known('explanation', item.kind), end=''))}</b></td><td>{verdict}<br>{parts.meter(item.fit, words)}</td>"
        f'<td>{html.escape(_sentence(translated(item.because, words)))}</td><td class="t-soft">{html.escape(against)}</td></tr>'
    )


def _sentence(text: str, end: str = ".") -> str:
    """The engine's clause as a sentence."""
    shown = safe.line(text, 500)
    return (
        shown[:1].upper()
        + shown[1:]
        + ("" if shown.endswith((".", "!", "?")) or not shown else end)
    )
