"""A query as a form: it writes the query, and reads one that is simple enough."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.counts import count_values
from index.fields import DeclaredField
from index.query import QueryError
from index.query.builder import SimpleQuery, read_simple, split_terms, write_query

MAX_CHOICES = 60
MAX_FIELD = 1_000
_WORDS = ("any_of", "all_of", "none_of")
_LISTS = {"sources": "source", "languages": "lang", "platforms": "platform"}
_ONE = ("narrative", "cluster", "signal")


def draw_form(context: ViewContext, text: str) -> None:
    """The form of the query in the box; a click writes the query anew."""
    words, declared = context.words, context.queries.declared_fields()
    try:
        simple = read_simple(text, declared)
    except QueryError:
        simple = None
    if simple is None:
        st.html(markup.soft_paragraph(words("asking.not_simple")))
    if st.session_state.get("form_of") != text:
        st.session_state["form_of"] = text
        _fill(simple or SimpleQuery())
    choices = _choices(context, simple or SimpleQuery())
    with st.form("builder", border=True):
        _fields(context, choices)
        st.form_submit_button(
            words("asking.write"),
            icon=":material/edit_note:",
            on_click=_write,
            args=(dict(declared),),
        )
    st.html(f'<p class="t-note">{html.escape(words("asking.terms_help"))}</p>')


def _fields(context: ViewContext, choices: Mapping[str, Mapping[str, str]]) -> None:
    words = context.words
    for place, name in zip(st.columns(3), _WORDS, strict=True):
        place.text_input(words(f"asking.{name}"), key=f"form_{name}", max_chars=MAX_FIELD)
    first, *others = st.columns(4)
    first.text_input(words("asking.authors"), key="form_authors", max_chars=MAX_FIELD)
    for place, name in zip(others, _LISTS, strict=True):
        place.multiselect(
            words(f"asking.{name}"),
            list(choices[name]),
            key=f"form_{name}",
            format_func=_called(choices[name]),
            placeholder=words("frame.every"),
        )
    for place, name in zip(st.columns(3), _ONE, strict=True):
        place.selectbox(
            words(f"asking.{name}"),
            list(choices[name]),
            key=f"form_{name}",
            format_func=_called(choices[name]),
        )
    left, right = st.columns(2)
    for place, name in ((left, "since"), (right, "until")):
        place.text_input(
            words(f"asking.{name}"),
            key=f"form_{name}",
            placeholder=words("asking.time_example"),
            max_chars=40,
        )


def _called(labels: Mapping[str, str]) -> Callable[[str], str]:
    return lambda value: labels.get(value, value)


def _choices(context: ViewContext, simple: SimpleQuery) -> dict[str, dict[str, str]]:
    """What can be chosen in each field: value -> what it is called."""
    words, queries = context.words, context.queries
    choices: dict[str, dict[str, str]] = {}
    for name, field in _LISTS.items():
        counted = [value for value, _ in count_values(queries, field, size=MAX_CHOICES).values]
        values = dict.fromkeys([*counted, *getattr(simple, name)])
        choices[name] = {
            value: words.known("language", value) if name == "languages" else value
            for value in values
        }
    groups = [*queries.clusters(), *queries.structures()]
    named: dict[str, dict[str, str]] = {
        "narrative": {one.id: one.headline(words.code) for one in queries.narratives()},
        "cluster": {one.subject: one.subject for one in groups},
        "signal": {
            one.id: one.headline(words.code) if one.headlines else ", ".join(one.terms[:4])
            for one in queries.weak_signals()
        },
    }
    for name, labels in named.items():
        chosen = getattr(simple, name)
        known = {"": words("asking.any")} | dict(list(labels.items())[:MAX_CHOICES])
        choices[name] = known | ({chosen: labels.get(chosen, chosen)} if chosen else {})
    return choices


def _fill(simple: SimpleQuery) -> None:
    """Put a query into the fields of the form."""
    for name in (*_WORDS, "authors"):
        st.session_state[f"form_{name}"] = ", ".join(getattr(simple, name))
    for name in _LISTS:
        st.session_state[f"form_{name}"] = list(getattr(simple, name))
    for name in (*_ONE, "since", "until"):
        st.session_state[f"form_{name}"] = getattr(simple, name)


def _write(declared: Mapping[str, DeclaredField]) -> None:
    """Put what the form says into the box."""

    def typed(name: str) -> str:
        return str(st.session_state.get(f"form_{name}") or "")

    def listed(name: str) -> tuple[str, ...]:
        values: Sequence[str] = st.session_state.get(f"form_{name}") or ()
        return tuple(values)

    authors = (part.strip().strip('"') for part in typed("authors").replace(";", ",").split(","))
    st.session_state["q"] = write_query(
        SimpleQuery(
            all_of=split_terms(typed("all_of"), declared),
            any_of=split_terms(typed("any_of"), declared),
            none_of=split_terms(typed("none_of"), declared),
            authors=tuple(author for author in authors if author),
            sources=listed("sources"),
            languages=listed("languages"),
            platforms=listed("platforms"),
            since=typed("since").strip(),
            until=typed("until").strip(),
            narrative=typed("narrative"),
            cluster=typed("cluster"),
            signal=typed("signal"),
        )
    )
    st.session_state["form_of"] = st.session_state["q"]
