"""Monitors: what is monitored, past alerts, trials on the past; and the report of a period.

The page switches nothing on: that is a command, which it shows.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard import sanitize, url_state
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.downloads import MEDIA_TYPES
from dashboard.components.figures import PageTable, offer
from dashboard.components.sentences import alert_paragraph
from dashboard.components.stories.votes import (
    alert_subject,
    draw_precision,
    draw_snoozed,
    draw_votes,
    filter_snoozed,
)
from dashboard.pin_links import pin_link
from dashboard.url_state import QueryParameter
from tocsin.core.errors import TocsinError
from tocsin.core.findings import rfc3339_or_none
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.runtime.answers import answer

ALERTS, RINGS = 20, 50
MAX_FILE = 20_000
FORMATS = ("html", "pdf", "pptx", "docx", "xlsx")
"""Of a report."""
PERIODS = {"7d": 7, "30d": 30, "all": 0}
PARAMETERS = {"monitor": QueryParameter()}
_BADGES = {"on": "explained", "changed": "flagged", "gone": "flagged", "off": "plain"}
_ORIGINS = {"organic": "explained", "mixed": "plain", "orchestrated": "flagged"}


class MonitorsView:
    """The page of monitors and alerts. See `dashboard.base.View`."""

    name = "monitors"
    title = Message("monitors_page.title")
    icon = ":material/campaign:"

    def render(self, context: ViewContext) -> None:
        """Draw the page."""
        words = context.words
        st.title(words.say(self.title), anchor=False)
        st.html(markup.lead_paragraph(words("monitors_page.lead")))
        state = _ask(context, {"ask": "overview"})
        monitors: Sequence[Mapping[str, Any]] = state["monitors"]
        for why in state["wrong"]:
            st.html(alert_paragraph(why, words))
        url_state.load(self.name, PARAMETERS)
        if monitors:
            _list(context, monitors, state)
            _alerts(context)
            _trial(context, monitors)
        elif not state["wrong"]:
            home = context.workspace.home
            commands = [f"tocsin --home {home} {step}" for step in ("init", "monitor validate")]
            title, text = words("monitors_page.none"), words("monitors_page.none_text")
            st.html(markup.empty_state(title, text, commands))
        url_state.store(self.name, PARAMETERS)
        _own(context)
        _report(context, monitors)


def _ask(context: ViewContext, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    subject = json.dumps({"language": context.words.code, **asked})
    return answer("monitor", context.workspace, context.queries.index, subject)


# -- what is watched


def _list(
    context: ViewContext, monitors: Sequence[Mapping[str, Any]], state: Mapping[str, Any]
) -> None:
    words = context.words
    names = ("title", "state", "query", "rules", "channels", "alerts")
    heads = [words(f"monitors_page.head.{name}") for name in names]
    rows = ""
    for one in monitors:
        query = one["query"] or words("monitors_page.everything")
        rules = ", ".join(words(f"monitors_page.rule.{name}") for name in one["rules"])
        cells = [
            (sanitize.escaped_line(one["title"], 80), ""),
            (markup.badge(words(f"monitor.state.{one['state']}"), _BADGES[one["state"]]), ""),
            (markup.explore_link(one["query"], query, words), ""),
            (html.escape(rules or words("monitors_page.never")), ""),
            (sanitize.escaped_line(", ".join(one["channels"]) or "–", 120), ""),
            (words.number(one["alerts"]), "t-r"),
        ]
        rows += markup.table_row(cells, heads)
    st.html(markup.section_heading(words("monitors_page.watched")))
    st.html(markup.table(heads, rows, right=(5,)))
    offer(context, _file(monitors, heads, words))
    if state["waiting"] or state["given_up"]:
        said = Message(
            "monitors_page.waiting", {"n": state["waiting"], "given_up": state["given_up"]}
        )
        st.html(markup.soft_paragraph(words.say(said)))


def _file(monitors: Sequence[Mapping[str, Any]], heads: Sequence[str], words: Words) -> PageTable:
    """The monitors with their state and number of alerts."""

    def row(one: Mapping[str, Any]) -> dict[str, Any]:
        rules = ", ".join(words(f"monitors_page.rule.{name}") for name in one["rules"])
        state = words(f"monitor.state.{one['state']}")
        channels = ", ".join(one["channels"])
        values = (one["title"], state, one["query"], rules, channels, one["alerts"])
        return dict(zip(heads, values, strict=True))

    rows = [row(one) for one in monitors]
    return PageTable("monitors", words("monitors_page.watched"), heads, rows)


def _alerts(context: ViewContext) -> None:
    words = context.words
    st.html(markup.section_heading(words("monitors_page.last")))
    alerts = _ask(context, {"ask": "alerts", "limit": ALERTS})["alerts"]
    if not alerts:
        st.html(markup.soft_paragraph(words("monitors_page.no_alerts")))
        return
    draw_precision(context)
    waiting = filter_snoozed(context, (alert_subject(one["id"]) for one in alerts))
    for one in alerts:
        if alert_subject(one["id"]) not in waiting:
            st.html(_card(one, words))
            draw_votes(context, alert_subject(one["id"]), f"alert_{one['id']}")
    draw_snoozed(context, waiting)


def _card(one: Mapping[str, Any], words: Words) -> str:
    """An alert: its trigger, in whose words, how organic, and the link that opens its posts."""
    parameters = {"q": one["query"], "since": rfc3339_or_none(one["since"]),
                  "until": rfc3339_or_none(one["until"])}  # fmt: skip
    given = {name: value for name, value in parameters.items() if value}
    posts = words.n("posts", one["posts"])
    link = markup.page_link("explore", words("monitors_page.open", posts=posts), words, **given)
    badge = markup.badge(words(f"monitors_page.origin.{one['origin']}"), _ORIGINS[one["origin"]])
    sent = [sanitize.escaped_line(way["said"], 400) for way in one.get("deliveries", ())]
    headline = sanitize.escaped_line(one["headline"], 160)
    lines = [
        f"<b>{sanitize.escaped_line(one['title'], 80)}</b> · {html.escape(words.moment(one['at']))}"
        f" {badge}",
        sanitize.escaped_line(one["said"], 300),
        f"“{headline}”" if headline and words.code == "en" else "",
        f"«\u202f{headline}\u202f»" if headline and words.code == "fr" else "",
        f"{link} · {html.escape(one['origin_said'])}",
        pin_link(f"alert:{one['id']}", words) if "id" in one else "",
        "<br>".join(sent),
    ]
    body = "".join(f'<div class="t-facts">{line}</div>' for line in lines if line)
    if one["explanations"]:
        rows = "".join(f"<li>{sanitize.escaped_line(why, 400)}</li>" for why in one["explanations"])
        body += markup.details(words("monitors_page.innocent"), f"<ul>{rows}</ul>")
    return f'<article class="t-post">{body}</article>'


# -- trials on the past


def _trial(context: ViewContext, monitors: Sequence[Mapping[str, Any]]) -> None:
    words = context.words
    st.html(markup.section_heading(words("monitors_page.try"), words("monitors_page.try_note")))
    files = {one["name"]: one for one in monitors if one["state"] != "gone"}
    if not files:
        return
    if st.session_state.get("monitor") not in files:
        st.session_state["monitor"] = next(iter(files))
    name = st.selectbox(words("monitors_page.which"), list(files), key="monitor")
    chosen = files[name or next(iter(files))]
    with st.expander(words("monitors_page.file")):
        st.code(chosen["file"], language="toml")
    if st.button(words("monitors_page.try_button"), icon=":material/history:", key="try_file"):
        _show_trial(context, {"monitor": chosen["name"]})
    commands = [f"tocsin --home {context.workspace.home} monitor enable {chosen['name']}"]
    if chosen["state"] in ("off", "changed"):
        lines = "".join(f"<code>{html.escape(command)}</code>" for command in commands)
        st.html(f'<p class="t-note">{html.escape(words("monitors_page.enable"))}</p>{lines}')


def _own(context: ViewContext) -> None:
    """A file that is not there yet: written here, tried, and kept by the reader."""
    words = context.words
    with st.expander(words("monitors_page.own")):
        text = st.text_area(
            words("monitors_page.own_label"),
            value='query = ""\n\n[[rules]]\nkind = "volume"\nevery = "1h"\nfactor = 3\n',
            max_chars=MAX_FILE,
            height=220,
            key="own_monitor",
        )
        if st.button(words("monitors_page.try_button"), icon=":material/history:", key="try_own"):
            _show_trial(context, {"text": text})
        st.download_button(
            words("monitors_page.keep"), text or "", "monitor.toml", "application/toml"
        )


def _show_trial(context: ViewContext, asked: Mapping[str, Any]) -> None:
    words = context.words
    try:
        tried = _ask(context, {"ask": "try", **asked})
    except TocsinError as error:
        st.html(alert_paragraph(error.located, words))
        return
    said = {"n": tried["rung"], "monitor": tried["monitor"]}
    head = Message("monitor.tried", said | {"since": tried["since"], "until": tried["until"]})
    st.html(f'<p role="status"><b>{sanitize.escaped_line(words.say(head), 300)}</b></p>')
    for caveat in tried["caveats"]:
        st.html(markup.soft_paragraph(words.say(caveat)))
    markup.draw_parts(_card(one, words) for one in tried["rings"][:RINGS])


# -- the report


def _report(context: ViewContext, monitors: Sequence[Mapping[str, Any]]) -> None:
    words = context.words
    newest = context.queries.state.stats.newest_at
    st.html(markup.section_heading(words("monitors_page.report"), words("monitors_page.report_of")))
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    period = row.selectbox(
        words("monitors_page.period"), list(PERIODS), key="report_period", width=200,
        format_func=lambda name: words(f"monitors_page.periods.{name}"),
    )  # fmt: skip
    names = [one["name"] for one in monitors if one["state"] != "gone"]
    of = row.selectbox(
        words("monitors_page.of"), ["", *names], key="report_of", width=240,
        format_func=lambda name: name or words("monitors_page.everything"),
    )  # fmt: skip
    days = PERIODS[period]
    since = newest - timedelta(days=days) if newest is not None and days else None
    asked = {"language": words.code, "since": rfc3339_or_none(since), "monitor": of or None}
    subject = json.dumps(asked)
    st.html(f'<p class="t-soft">{html.escape(words("monitors_page.make"))}</p>')
    formats = st.container(horizontal=True, gap="small")
    for kind in FORMATS:
        pressed = formats.button(kind.upper(), icon=":material/description:", key=f"make_{kind}")
        if not pressed:
            continue
        try:
            with st.spinner(words("monitors_page.making")):
                told = json.dumps(asked | {"format": kind})
                made = answer("report", context.workspace, context.queries.index, told)
        except TocsinError as error:
            st.html(alert_paragraph(error.located, words))
            return
        st.session_state["report"] = subject, made["name"], made["data"], MEDIA_TYPES[kind]
    held = st.session_state.get("report")
    if held is not None and held[0] == subject:
        st.download_button(
            words("monitors_page.download", name=held[1]), held[2], held[1], held[3],
            icon=":material/download:",
        )  # fmt: skip
