"""One cluster: why it stands here, its raster and network, the innocent readings, the evidence."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, cast

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import charts, markup
from dashboard.components.account_names import quote_value
from dashboard.components.cluster import drawer
from dashboard.components.cluster.view_model import ClusterViewModel
from dashboard.components.sentences import clause_as_sentence, list_parameters
from dashboard.components.signal_words import SignalWords
from dashboard.pin_links import pin_link
from tocsin.core.findings import Cluster, Explanation, Structure
from tocsin.core.groups.traits import Trait
from tocsin.core.language.words import Words

MAX_RASTER_ACCOUNTS = 36
MAX_RASTER_DOTS = 4_000
MAX_RASTER_COLOURS = 7
MAX_FOLLOWING = 12


def draw(context: ViewContext, cluster: Cluster, name: str, signals: SignalWords) -> None:
    """Draw the detail of a cluster under the table."""
    words = context.words
    model = ClusterViewModel(context, cluster, name, signals)
    status = markup.badge(words.known("status", cluster.status), cluster.status)
    st.html(f'<h2 class="t-h">{html.escape(name)} {status}</h2>')
    st.html(_why(model))
    pin = pin_link(f"cluster:{cluster.subject}", words, context.account_names.pseudonyms)
    st.html(f'<div class="t-facts">{pin}</div>')
    left, right = st.columns([3, 2], gap="large")
    with left:
        _raster(model)
    with right:
        _network(model)
    _explanations(cluster, words)
    _traits(cluster, words)
    drawer.draw(model)


def _why(model: ClusterViewModel) -> str:
    """What the accounts shared, how surely beyond chance, and behind a fold the method."""
    words, cluster = model.context.words, model.cluster
    shared = ", ".join(model.signals.count(*count) for count in model.object_counts.items())
    claim = words(
        "cluster.because",
        accounts=words.n("accounts", len(cluster.accounts)),
        shared=shared or words("cluster.no_objects"),
    )
    certainty = words(
        "cluster.sure",
        q=words.probability("q", cluster.q_value),
        p=words.probability("p", cluster.p_value),
    )
    seconds = sorted(
        (e.seconds_apart, e.step_seconds or 0.0)
        for e in model.evidence
        if e.seconds_apart is not None
    )
    nearness = ""
    if seconds:
        median = model.signals.apart(*seconds[len(seconds) // 2])
        nearness = " " + words("cluster.apart", span=median)
    return (
        f'<div class="t-why"><p><b>{html.escape(claim)}</b>{html.escape(nearness)}</p>'
        f'<p class="t-note">{html.escape(certainty)}</p>{_posts_link(cluster, words)}</div>'
        f"{_following(model)}{_method(cluster, words)}"
    )


def _posts_link(cluster: Cluster, words: Words) -> str:
    """To exactly the posts that the group is counted with; nothing where none were kept."""
    if not cluster.post_ids:
        return ""
    label = words("cluster.read_posts", posts=words.n("posts", len(cluster.post_ids)))
    return f"<p>{markup.explore_link(f'cluster:{quote_value(cluster.subject)}', label, words)}</p>"


def _following(model: ClusterViewModel) -> str:
    """Who acts after whom, where that is clear."""
    words, cluster = model.context.words, model.cluster
    pairs = cluster.following if isinstance(cluster, Structure) else ()
    shown = {member.id for member in cluster.accounts}
    said = [
        words(
            "cluster.following",
            follower=model.account_name(pair.follower),
            leader=model.account_name(pair.leader),
            times=words.number(pair.times),
            of=words.number(pair.of),
            span=words.duration(pair.seconds),
        )
        for pair in pairs[:MAX_FOLLOWING]
        if {pair.leader, pair.follower} <= shown
    ]
    rows = "".join(f"<li>{sanitize.escaped_line(line, 400)}</li>" for line in said)
    return f'<ul class="t-note">{rows}</ul>' if rows else ""


def _method(cluster: Cluster, words: Words) -> str:
    method = words("method.name", name=cluster.method.name, version=cluster.method.version)
    parameters = list_parameters(cluster.method.parameters, words)
    if parameters:
        method = f"{method} · {parameters}"
    paragraphs = [sanitize.escaped_line(method, 600)]
    if cluster.because:
        paragraphs.append(
            sanitize.escaped_line(clause_as_sentence(cluster.because, words, limit=600), 601)
        )
    caveats = "".join(
        f"<li>{sanitize.escaped_line(clause_as_sentence(caveat, words), 501)}</li>"
        for caveat in cluster.caveats
    )
    identifier = f"{html.escape(words('cluster.id'))} {sanitize.escaped_line(cluster.id, 60)}"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return markup.details(
        words("method.title"),
        f'<div class="t-note">{body}<ul>{caveats}</ul><p>{identifier}</p></div>',
    )


def _raster(model: ClusterViewModel) -> None:
    words, cluster = model.context.words, model.cluster
    st.html(markup.section_heading(words("cluster.raster"), words("cluster.raster_note")))
    shown = model.members[:MAX_RASTER_ACCOUNTS]
    account_names = {member.id: model.account_name(member.id) for member in shown}
    dots = _raster_dots(model, account_names)
    if not dots:
        st.html(f'<p class="t-soft">{html.escape(words("cluster.no_posts"))}</p>')
        return
    axis = st.segmented_control(
        words("cluster.axis"),
        ("date", "delay"),
        default="date",
        key="raster_axis",
        required=True,
        format_func=lambda name: words(f"cluster.axis_{name}"),
        label_visibility="collapsed",
    )
    key = f"raster_{axis}_{cluster.id}"
    chart = charts.raster_chart(
        dots,
        list(dict.fromkeys(account_names.values())),
        words,
        model.context.palette,
        delays=axis == "delay",
    )
    charts.draw_chart(
        chart,
        width="stretch",
        key=key,
        on_select=lambda: _select_account(key, model),
        selection_mode="pick",
        alt=words("cluster.raster_alt", accounts=words.n("accounts", len(shown))),
    )
    st.html(markup.raster_legend(list(dict.fromkeys(dot["group"] for dot in dots))))
    if len(model.members) > len(shown):
        n, of = words.number(len(shown)), words.number(len(model.members))
        st.caption(words("cluster.raster_cut", n=n, of=of))


def _raster_dots(model: ClusterViewModel, account_names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A dot for each dated post of a shown account, at most `MAX_RASTER_DOTS`."""
    dots: list[dict[str, Any]] = []
    for number, item in enumerate(model.evidence):
        posts = model.posts_of(item)
        group = model.context.words("cluster.other_objects")
        if number < MAX_RASTER_COLOURS:
            group = model.object_name(item, 70)
        shared = {
            "object": model.object_name(item),
            "group": group,
            "signal": model.signals.label(item.signal),
        }
        first = next((post.published_at for post in posts if post.published_at), None)
        for post in posts:
            if len(dots) >= MAX_RASTER_DOTS:
                return dots
            at, account = post.published_at, account_names.get(post.author or "")
            if at and first and account:
                delay = (at - first).total_seconds()
                dots.append({"account": account, "at": at, "delay": delay, **shared})
    return dots


def _network(model: ClusterViewModel) -> None:
    words = model.context.words
    st.html(markup.section_heading(words("cluster.map"), words("cluster.map_note")))
    member_by_id = {member.id: member for member in model.members}
    chosen = st.session_state.get("account")
    nodes = [
        {
            "account": model.account_name(member.id),
            "x": member.x,
            "y": member.y,
            "degree": member.degree,
            "posts": member.posts,
            "chosen": member.id == chosen,
        }
        for member in model.members
    ]
    edges = [
        {
            "x": member_by_id[edge.a].x,
            "y": member_by_id[edge.a].y,
            "x2": member_by_id[edge.b].x,
            "y2": member_by_id[edge.b].y,
            "weight": edge.weight,
            "a": model.account_name(edge.a),
            "b": model.account_name(edge.b),
            "why": ", ".join(
                f"{model.signals.label(signal)} {words.number(n)}"
                for signal, n in sorted(edge.signals.items())
            ),
        }
        for edge in model.edges
    ]
    key = f"map_{model.cluster.id}"
    charts.draw_chart(
        charts.network_chart(nodes, edges, words, model.context.palette),
        width="stretch",
        key=key,
        on_select=lambda: _select_account(key, model),
        selection_mode="pick",
        alt=words(
            "cluster.map_alt",
            accounts=words.n("accounts", len(nodes)),
            edges=words.n("edges", len(edges)),
        ),
    )


def _select_account(key: str, model: ClusterViewModel) -> None:
    """An account was clicked in a chart: open its drawer."""
    state = cast("Mapping[str, Any]", st.session_state.get(key) or {})
    for point in state.get("selection", {}).get("pick") or []:
        for member in model.members:
            if model.account_name(member.id) == point.get("account"):
                st.session_state["account"] = member.id
                break


def _explanations(cluster: Cluster, words: Words) -> None:
    st.html(
        markup.section_heading(words("cluster.explanations"), words("cluster.explanations_note"))
    )
    tried = sorted(
        cluster.innocent_explanations, key=lambda e: (not e.fits, -(e.fit or 0.0), e.kind)
    )
    if not tried:
        st.html(f'<p class="t-soft">{html.escape(words("cluster.no_explanations"))}</p>')
        return
    columns = [words(f"cluster.reading.{name}") for name in ("kind", "fits", "because", "refuted")]
    rows = "".join(_explanation_row(explanation, columns, words) for explanation in tried)
    st.html(markup.table(columns, rows, css="t-readings"))


def _traits(cluster: Cluster, words: Words) -> None:
    """How far the accounts are alike apart from what they did."""
    st.html(markup.section_heading(words("cluster.traits"), words("cluster.traits_note")))
    if not cluster.traits:
        st.html(f'<p class="t-soft">{html.escape(words("cluster.no_traits"))}</p>')
        return
    columns = [words(f"cluster.trait.{name}") for name in ("kind", "agrees", "because", "innocent")]
    rows = "".join(_trait_row(trait, columns, words) for trait in cluster.traits)
    st.html(markup.table(columns, rows, css="t-readings"))


def _trait_row(trait: Trait, columns: list[str], words: Words) -> str:
    verdict = markup.badge(
        words("cluster.agree" if trait.agrees else "cluster.agree_not"),
        "plain",
    )
    q = html.escape(words.probability("q", trait.q_value))
    because = clause_as_sentence(trait.because, words)
    return markup.table_row(
        [
            (f"<b>{html.escape(clause_as_sentence(trait.label, words, end=''))}</b>", ""),
            (f'{verdict}<br><span class="t-note">{q}</span>', ""),
            (sanitize.escaped_line(because, 501), ""),
            (sanitize.escaped_line(clause_as_sentence(trait.innocent, words), 501), "t-soft"),
        ],
        columns,
    )


def _explanation_row(explanation: Explanation, columns: list[str], words: Words) -> str:
    label = explanation.label or words.known("explanation", explanation.kind)
    name = clause_as_sentence(label, words, end="")
    verdict = markup.badge(
        words("cluster.fits" if explanation.fits else "cluster.fits_not"),
        "explained" if explanation.fits else "plain",
    )
    because = clause_as_sentence(explanation.because, words)
    refuted_by = clause_as_sentence(explanation.refuted_by, words)
    return markup.table_row(
        [
            (f"<b>{html.escape(name)}</b>", ""),
            (f"{verdict}<br>{markup.percentage_bar(explanation.fit, words)}", ""),
            (sanitize.escaped_line(because, 501), ""),
            (sanitize.escaped_line(refuted_by, 501), "t-soft"),
        ],
        columns,
    )
