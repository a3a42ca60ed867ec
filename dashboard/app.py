"""The entry of the Streamlit app: ``tocsin dashboard`` runs this file.

The environment variable ``TOCSIN_HOME`` names the workspace.
"""

from __future__ import annotations

import contextlib
import functools
import html
import logging
import os
from collections.abc import Callable, Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import url_state
from dashboard.base import View, ViewContext
from dashboard.components import markup, theme
from dashboard.components.account_names import AccountNames
from dashboard.components.cases.pinning import draw_pinning
from dashboard.queries import open_queries
from dashboard.server import collect_garbage
from dashboard.url_state import QueryParameter
from dashboard.views import registered_views
from index.exports.about import setting_sentence
from tocsin.core.errors import Retry, TocsinError
from tocsin.core.language import words as language
from tocsin.core.language.words import Words, as_sentence
from tocsin.core.messages import Message, plain
from tocsin.core.plugins import resolve
from tocsin.core.runtime.logs import redact
from tocsin.core.workspace import Workspace

BELL = Path(__file__).with_name("bell.svg")


def main() -> None:
    """Draw the page that is asked for."""
    st.set_page_config(
        page_title="Tocsin",
        page_icon=BELL,
        layout="wide",
        menu_items={"about": None, "get help": None, "report a bug": None},
    )
    st.html(theme.css())
    st.logo(BELL, size="large")
    workspace = Workspace(Path(os.environ.get("TOCSIN_HOME") or "tocsin-data").resolve())
    try:
        settings = workspace.settings
        views = [_load_view(name, where) for name, where in registered_views().items()]
    except TocsinError as error:
        st.html(_trouble(error, Words("en")))
        return
    time_zone = language.time_zone(settings.dashboard.timezone)
    words = _language_switch(settings.dashboard.language, time_zone)
    pages: dict[str, Any] = {}
    for number, view in enumerate(views):
        pages[view.name] = _page(view, words, _draw(view, workspace, words, pages), number)
    # The page that opens has no name in its address; whoever writes one finds it all the same.
    opening = views[0]
    draw_opening = _draw(opening, workspace, words, pages)
    named = st.Page(
        draw_opening,
        title=words.say(opening.title),
        url_path=opening.name,
        visibility="hidden",
    )
    # above twelve pages Streamlit folds the menu, and the last ones are not found
    st.navigation([*pages.values(), named], expanded=True).run()
    collect_garbage()


def _page(view: View, words: Words, draw: Callable[[], None], number: int) -> Any:
    """The page of a view for Streamlit's navigation; the first one is where the app opens."""
    address: dict[str, Any] = {"url_path": view.name} if number else {"default": True}
    return st.Page(draw, title=words.say(view.title), icon=view.icon, **address)


def _draw(
    view: View, workspace: Workspace, words: Words, pages: dict[str, Any]
) -> Callable[[], None]:
    """A function without arguments that draws a view, as Streamlit's navigation takes it."""
    draw = functools.partial(_draw_safely, view, workspace, words, pages)
    return functools.update_wrapper(draw, _draw_safely)


def _draw_safely(view: View, workspace: Workspace, words: Words, pages: dict[str, Any]) -> None:
    """Draw a view; what goes wrong is a sentence under its title, never a traceback."""
    title = words.say(view.title)
    titled = False
    try:
        if _has_no_index(workspace):
            st.title(title, anchor=False)
            st.html(_welcome(words, str(workspace.home)))
            return
        place = st.container(key="loading")
        with _said_while(words("app.opening"), place):
            queries = open_queries(str(workspace.home), words.zone_name())
        account_names = AccountNames(queries.people, queries.known_accounts, queries.author_of)
        _sidebar_note(words, queries.state.stats.backend, account_names.pseudonymised)
        _stale_note(words, str(workspace.home), queries.state.unanalysed)
        palette = theme.palette(st.context.theme.type)
        context = ViewContext(queries.workspace, queries, words, account_names, palette, pages)
        draw_pinning(context)
        titled = True  # a view draws its title before it reads
        with _said_while(words.n("app.reading", queries.state.stats.documents), place):
            view.render(context)
    except TocsinError as error:
        if not titled:
            st.title(title, anchor=False)
        st.html(_trouble(error, words))
    except Exception:  # the log has the traceback
        logging.getLogger("dashboard").exception("the page %s failed", view.name)
        if not titled:
            st.title(title, anchor=False)
        st.html(markup.empty_state(words("trouble.title"), words("trouble.bug")))


@contextlib.contextmanager
def _said_while(sentence: str, place: DeltaGenerator) -> Iterator[None]:
    """Tell a reader what is read, where it takes more than half a second."""
    with contextlib.ExitStack() as stack:
        with place:
            stack.enter_context(st.spinner(sentence))
        yield


def _has_no_index(workspace: Workspace) -> bool:
    embedded = workspace.settings.index.backend == "embedded"
    return embedded and not (workspace.home / "index.sqlite").exists()


class _BrokenView:
    """The page of a view that cannot be loaded: it says why, and the other pages go on."""

    icon = ":material/error:"

    def __init__(self, name: str, error: TocsinError) -> None:
        self.name = name
        self.title: Message = plain(name)
        self._error = error

    def render(self, context: ViewContext) -> None:
        raise self._error


def _load_view(name: str, where: str) -> View:
    """The view of a registered name."""
    try:
        view: View = resolve(where)()
    except TocsinError as error:  # of another package: ours do not raise
        logging.getLogger("dashboard").error("the view %s cannot be loaded: %s", name, error)
        return _BrokenView(name, error)
    return view


def _language_switch(setting: str, zone: tzinfo) -> Words:
    """The words of the language in force: chosen in the sidebar, kept in the address."""
    preferred = language.choose_language(setting, st.context.locale)
    codes = list(language.LANGUAGES)
    parameters = {"lang": QueryParameter(preferred, codes)}
    with st.sidebar:
        url_state.load("app", parameters)
        chosen = st.segmented_control(
            "Language · Langue",
            codes,
            key="lang",
            required=True,
            format_func=lambda code: language.LANGUAGES[code],
            label_visibility="collapsed",
        )
        url_state.store("app", parameters)
    return Words(chosen or preferred, zone)


def _sidebar_note(words: Words, backend: str, pseudonymised: bool) -> None:
    note = words("app.foot", backend=words.known("backend", backend))
    note = f"{note} {words.say(setting_sentence(pseudonymised))}"
    with st.sidebar:
        st.html(f'<p class="t-note">{html.escape(note)}</p>')


def _stale_note(words: Words, home: str, unanalysed: int) -> None:
    """What came in after the last analysis: narratives, groups and signals know nothing of it."""
    if not unanalysed:
        return
    said = html.escape(words.n("app.unanalysed", unanalysed))
    command = html.escape(f"tocsin --home {home} analyse")
    st.html(f'<p class="t-note" role="status">{said} <code>{command}</code></p>')


def _welcome(words: Words, home: str) -> str:
    steps = ("demo", "import posts.jsonl", "enrich", "analyse")
    commands = [f"tocsin --home {home} {step}" for step in steps]
    return markup.empty_state(words("empty.title"), words("empty.text"), commands)


def _trouble(error: TocsinError, words: Words) -> str:
    sentence = as_sentence(redact(words.say(error.message or str(error))))
    if isinstance(error, Retry):
        sentence = f"{sentence} {words('trouble.again')}"
    return f'<div role="alert">{markup.empty_state(words("trouble.title"), sentence)}</div>'


main()
