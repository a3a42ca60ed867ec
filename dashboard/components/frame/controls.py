"""The row of choices under a page's title, and the line that says what is in force.

All of it stands in the address, and goes along from page to page.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import streamlit as st

from dashboard import url_state
from dashboard.base import ViewContext
from dashboard.components import query_nodes
from dashboard.components.frame import periods
from dashboard.components.frame.periods import ALWAYS, COMPARISONS, PERIODS
from dashboard.components.sentences import alert_paragraph
from dashboard.components.volume import WindowLength, is_collected
from dashboard.counts import count_values
from dashboard.url_state import QueryParameter
from index.base import Window
from index.query import And, Everything, Node, Not
from index.query.builder import SimpleQuery, write_query
from index.reading.queries import ANY_GROUP
from tocsin.core.dates import time_option
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

MAX_CHOICES = 40
"""Languages and platforms that can be chosen."""
_LISTS = {"languages": "lang", "platforms": "platform"}
_STATE = "url_state_frame"


def parameters(default: str) -> dict[str, QueryParameter]:
    """The parameters of the address, for a page that opens with this period."""
    return {
        "period": QueryParameter(default, (*PERIODS, ALWAYS), aliases=("window", "range")),
        "since": QueryParameter(),
        "until": QueryParameter(),
        "compare": QueryParameter("before", COMPARISONS),
        "languages": QueryParameter(),
        "platforms": QueryParameter(),
        "organic": QueryParameter("", ["", "1"]),
    }


@dataclass(frozen=True)
class Frame:
    """What a page looks at.

    Attributes:
        period: the name of the period; ``dates`` where dates were chosen.
        window: of publication.
        choice: the length of the window; None for all times.
        compare: the window that it is compared with; None where there is none.
        scope: which posts, by language, platform and flagged accounts; None for all.
        flagged: the posts of flagged accounts; None where there are none, or they are left out.
        address: what the address says of it, for links that lead to the same.
        said: what is in force, in words.
        query: its languages, platforms and accounts as a person writes a query; empty for all.
        filtered: only some languages or platforms.
        uncovered: what it would be compared with, had all of that been collected: what nobody
            collected is no silence that anything grows from.
    """

    period: str
    window: Window
    choice: WindowLength | None
    compare: Window | None
    scope: Node | None
    flagged: Node | None
    address: dict[str, str]
    said: str = ""
    query: str = ""
    filtered: bool = False
    uncovered: Window | None = None

    def written(self, text: str = "") -> str:
        """A query within the frame, its period too, as a person writes it."""
        times = (("after", self.window.since), ("before", self.window.until))
        around = [f"{name}:{rfc3339(at)}" for name, at in times if at is not None]
        around = [part for part in (self.query, *around) if part]
        own = f"({text})" if text.strip() and around else text.strip()
        return " ".join(part for part in (own, *around) if part)

    def of(self, query: Node | None = None) -> Node:
        """The posts of a query (None: all) that the frame lets through."""
        parts = [part for part in (query, self.scope) if part is not None]
        if not parts:
            return Everything()
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    @property
    def leaves_out_flagged(self) -> bool:
        """Whether the posts of flagged accounts are left out: no share of theirs can be told."""
        return self.address.get("organic") == "1"

    def flagged_of(self, query: Node | None = None) -> Node | None:
        """Those by flagged accounts among them; None where there are none."""
        if self.flagged is None:
            return None
        whole = self.of(query)
        return (
            self.flagged if isinstance(whole, str) else query_nodes.intersect(whole, self.flagged)
        )


def ask(context: ViewContext, page: str, default: str = ALWAYS, *, followed: bool = False) -> Frame:
    """Draw the choices of a page and say what is in force.

    Args:
        page: the name of the page.
        default: the period that the page opens with.
        followed: a link to the page was followed: what it does not say is as at the beginning.
    """
    words, queries = context.words, context.queries
    fields = parameters(default)
    _go_along(page, default)
    url_state.load("frame", fields, followed=followed)
    flagged = query_nodes.posts_by_authors(queries.flagged_accounts())
    since, until = _dates(words)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    period = row.segmented_control(
        words("frame.period"),
        [*PERIODS, ALWAYS],
        key="period",
        required=True,
        format_func=lambda name: words(f"frame.periods.{name}"),
        label_visibility="collapsed",
        on_change=clear_dates,
    )
    known = {name: _choices(context, field) for name, field in _LISTS.items()}
    with row.popover(_filter_label(words), icon=":material/tune:"):
        _date_choice(context, since, until)
        st.selectbox(
            words("frame.compare"),
            COMPARISONS,
            key="compare",
            format_func=lambda name: words(f"frame.comparisons.{name}"),
        )
        for name, choices in known.items():
            _list_choice(name, choices, words)
    if flagged is not None:
        row.pills(
            words("explore.organic"),
            ["1"],
            key="organic",
            format_func=lambda _: words("explore.organic"),
            label_visibility="collapsed",
            help=words("explore.organic_tip"),
        )
    if since or until:
        row.button(
            _dates_label(since, until, words),
            key="clear",
            on_click=clear_dates,
            icon=":material/close:",
        )
    url_state.store("frame", fields)
    frame = _frame(context, period or default, since, until, flagged, known)
    frame = replace(frame, said=_status(context, frame))
    st.html(f'<p class="t-note" role="status">{html.escape(frame.said)}</p>')
    return frame


def _go_along(page: str, default: str) -> None:
    """A period that was not chosen does not go along to a page that opens with another."""
    before = st.session_state.get("frame_page")
    if before is not None and before[0] != page:
        state = st.session_state.get(_STATE, {})
        if state.get("period") == before[1]:
            state.pop("period", None)
        for name in parameters(default):  # a widget of another page: this page makes its own
            st.session_state.pop(name, None)
    st.session_state["frame_page"] = (page, default)


def _frame(
    context: ViewContext,
    period: str,
    since: datetime | None,
    until: datetime | None,
    flagged: Node | None,
    known: dict[str, list[str]],
) -> Frame:
    stats = context.queries.state.stats
    bounds = (stats.oldest_at, stats.newest_at)
    window, choice = periods.chosen_window(period, since, until, bounds, context.words.zone)
    organic = flagged is not None and st.session_state.get("organic") == "1"
    parts: list[Node] = []
    written: list[str] = []
    for name, counted in _LISTS.items():
        chosen = [value for value in _listed(name) if value in known[name]]
        if chosen:
            parts.append(query_nodes.with_any(counted, chosen))
            same = {"languages": SimpleQuery(languages=tuple(chosen)),
                    "platforms": SimpleQuery(platforms=tuple(chosen))}  # fmt: skip
            written.append(write_query(same[name]))
    if organic and flagged is not None:
        parts.append(Not(flagged))
        written.append(f"-cluster:{ANY_GROUP}")
    scope = None
    if parts:
        scope = parts[0] if len(parts) == 1 else And(tuple(parts))
    address = {
        name: value
        for name, field in parameters("").items()
        if (value := str(st.session_state.get(name) or "")) and value != field.default
    }
    kind = str(st.session_state.get("compare") or "before")
    against = periods.comparison_window(window, kind)
    compare = if_collected(context, against)
    return Frame(
        periods.DATES if since or until else period,
        window,
        choice,
        compare,
        scope,
        None if organic else flagged,
        address,
        filtered=len(parts) > organic,
        query=" ".join(written),
        uncovered=against if compare is None else None,
    )


def if_collected(context: ViewContext, window: Window | None) -> Window | None:
    """A window that something may be compared with; None where the collection has gaps in it."""
    if window is None:
        return None
    oldest = context.queries.state.stats.oldest_at
    return window if is_collected(window, oldest, context.queries.gaps(window)) else None


# -- dates


def _dates(words: Words) -> tuple[datetime | None, datetime | None]:
    """The dates in the address; where they cannot be read or end too early that is said, and all
    is shown."""
    given = {name: str(st.session_state[name] or "") for name in ("since", "until")}
    try:
        since, until = (time_option(text, name) for name, text in given.items())
        if since and until and since >= until:
            raise ConfigError(Message("frame.no_dates", given))
    except ConfigError as error:
        st.html(alert_paragraph(error.located, words))
        clear_dates()
        return None, None
    return since, until


def take_dates(since: datetime, until: datetime) -> None:
    """Make these the dates in force."""
    st.session_state["since"], st.session_state["until"] = rfc3339(since), rfc3339(until)


def clear_dates() -> None:
    """Go back to a period that ends at the newest post."""
    st.session_state["since"] = st.session_state["until"] = ""


def _date_choice(context: ViewContext, since: datetime | None, until: datetime | None) -> None:
    """The first and the last day."""
    words, stats = context.words, context.queries.state.stats
    zone = words.zone
    if stats.oldest_at is None or stats.newest_at is None:
        return
    first_day, last_day = (at.astimezone(zone).date() for at in (stats.oldest_at, stats.newest_at))
    last = until - timedelta(microseconds=1) if until else None
    shown = {
        "frame_from": since.astimezone(zone).date() if since else None,
        "frame_to": last.astimezone(zone).date() if last else None,
    }
    left, right = st.columns(2)
    for place, (key, day) in zip((left, right), shown.items(), strict=True):
        inside = day is not None and first_day <= day <= last_day
        st.session_state[key] = day if inside else None
        place.date_input(
            words(f"frame.{key.removeprefix('frame_')}"),
            value=None,
            key=key,
            min_value=first_day,
            max_value=last_day,
            format="DD/MM/YYYY" if words.code == "fr" else "YYYY-MM-DD",
            on_change=_take_days,
            args=(first_day, last_day, words),
        )


def _take_days(first_day: date, last_day: date, words: Words) -> None:
    """Both days count whole; the day that was not chosen is the first or the last of all."""
    first = st.session_state.get("frame_from")
    last = st.session_state.get("frame_to")
    if first is None and last is None:
        clear_dates()
        return
    first, last = first or first_day, last or last_day
    first, last = min(first, last), max(first, last)
    take_dates(periods.start_of(first, words.zone), periods.end_of(last, words.zone))


def _dates_label(since: datetime | None, until: datetime | None, words: Words) -> str:
    if since and until:
        whole_days = until.astimezone(words.zone).time() == time()
        return words.span(since, until - timedelta(microseconds=1) if whole_days else until)
    if since:
        return words("explore.from", day=words.moment(since))
    return words("explore.to", day=words.moment(until))


# -- languages and platforms


def _choices(context: ViewContext, field: str) -> list[str]:
    return [value for value, _ in count_values(context.queries, field, size=MAX_CHOICES).values]


def _listed(name: str) -> list[str]:
    text = str(st.session_state.get(name) or "")
    return [value for value in text.split(",") if value]


def _list_choice(name: str, choices: list[str], words: Words) -> None:
    if len(choices) < 2 and not _listed(name):
        return
    key = f"frame_{name}"
    st.session_state[key] = [value for value in _listed(name) if value in choices]
    st.multiselect(
        words(f"frame.{name}"),
        choices,
        key=key,
        format_func=lambda value: words.known("language", value) if name == "languages" else value,
        placeholder=words("frame.every"),
        on_change=_take_list,
        args=(name, key),
    )


def _take_list(name: str, key: str) -> None:
    st.session_state[name] = ",".join(st.session_state.get(key) or [])


# -- what is in force, in words


def _filter_label(words: Words) -> str:
    chosen = sum(bool(_listed(name)) for name in _LISTS)
    label = words("frame.filters")
    return f"{label} ({words.number(chosen)})" if chosen else label


def _status(context: ViewContext, frame: Frame) -> str:
    words, stats = context.words, context.queries.state.stats
    said = []
    if frame.window.since and frame.window.until:
        period = _moments(frame.window, words)
        if frame.compare is None:
            said.append(words("frame.in_force", period=period))
        else:
            against = _moments(frame.compare, words)
            said.append(words("frame.compared", period=period, against=against))
        if frame.uncovered is not None:
            said.append(words("frame.uncovered", against=_moments(frame.uncovered, words)))
    elif stats.oldest_at and stats.newest_at:
        period = words.span(stats.oldest_at, stats.newest_at)
        said.append(words("frame.everything", period=period))
    for name in _LISTS:
        if listed := _listed(name):
            spoken = [words.known("language", v) if name == "languages" else v for v in listed]
            said.append(words(f"frame.only_{name}", which=", ".join(spoken)))
    if st.session_state.get("organic") == "1":
        said.append(words("frame.without_flagged"))
    said.append(words("frame.as_of", when=words.moment(stats.newest_at), zone=words.zone_name()))
    return " ".join(said)


def _moments(window: Window, words: Words) -> str:
    return words(
        "frame.from_to", since=words.moment(window.since), until=words.moment(window.until)
    )
