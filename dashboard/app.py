"""The entry of the Streamlit app: ``tocsin dashboard`` runs this file. The workspace is named by ``TOCSIN_HOME``."""

from __future__ import annotations

import functools
import html
import logging
import os
from datetime import tzinfo
from pathlib import Path

import streamlit as st

from dashboard import url_state as address
from dashboard.base import Screen, View
from dashboard.components import html_parts as parts
from dashboard.components import theme
from dashboard.components.account_names import People
from dashboard.queries import reads
from dashboard.url_state import Field
from dashboard.views import VIEWS
from index.privacy import pseudonyms
from tocsin.core.errors import Retry, TocsinError
from tocsin.core.language import words as i18n
from tocsin.core.language.words import Words
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
    home = str(Path(os.environ.get("TOCSIN_HOME") or "tocsin-data").resolve())
    workspace = Workspace(Path(home))
    try:
        settings = workspace.settings
    except TocsinError as error:
        st.html(_trouble(error, Words("en")))
        return
    words = _words(settings.dashboard.language, i18n.zone(settings.dashboard.timezone))
    views: dict[str, View] = {name: resolve(where)() for name, where in VIEWS.items()}
    pages: dict[str, object] = {}

    def drawing(view: View) -> None:
        try:
            if (
                settings.index.backend == "embedded"
                and not (workspace.home / "index.sqlite").exists()
            ):
                st.title(words(f"{view.name}.title"), anchor=False)
                st.html(_welcome(words, home))
                return
            found = reads(home, words.zone_name())
            people = People(pseudonyms(workspace), found.known_accounts)
            _foot(words, found.state.stats.backend)
            view.render(
                Screen(
                    found.workspace,
                    found,
                    words,
                    people,
                    theme.palette(st.context.theme.type),
                    pages,
                )
            )
        except TocsinError as error:
            st.html(_trouble(error, words))
        except Exception:  # a page must not end in a traceback: the log has it
            logging.getLogger("dashboard").exception("the page %s failed", view.name)
            st.html(parts.empty(words("trouble.title"), words("trouble.bug")))

    first, opens = next(iter(views.items()))
    for name, view in views.items():
        address_ = {"default": True} if name == first else {"url_path": name}
        pages[name] = st.Page(
            functools.partial(drawing, view),
            title=words(f"{name}.title"),
            icon=view.icon,
            **address_,
        )
    # the page that opens has no name in its address; whoever writes one finds it all the same
    named = st.Page(
        functools.partial(drawing, opens),
        title=words(f"{first}.title"),
        url_path=first,
        visibility="hidden",
    )
    st.navigation([*pages.values(), named]).run()  # type: ignore[list-item]


def _words(setting: str, zone: tzinfo) -> Words:
    """The words of the language in force: chosen in the sidebar, kept in the address."""
    first = i18n.choose(setting, st.context.locale)
    known = list(i18n.LANGUAGES)
    with st.sidebar:
        fields = {"lang": Field(first, known)}
        address.enter("app", fields)
        chosen = st.segmented_control(
            "Language · Langue",
            known,
            key="lang",
            required=True,
            format_func=lambda code: i18n.LANGUAGES[code],
            label_visibility="collapsed",
        )
        address.leave("app", fields)
    return Words(chosen or first, zone)


def _foot(words: Words, backend: str) -> None:
    with st.sidebar:
        st.html(
            f'<p class="t-note">{html.escape(words("app.foot", backend=words.known("backend", backend)))}</p>'
        )


def _welcome(words: Words, home: str) -> str:
    commands = [
        f"tocsin --home {home} {rest}"
        for rest in ("demo", "import posts.jsonl", "enrich", "analyse")
    ]
    return parts.empty(words("empty.title"), words("empty.text"), commands)


def _trouble(error: TocsinError, words: Words) -> str:
    again = words("trouble.again") if isinstance(error, Retry) else ""
    return f'<div role="alert">{parts.empty(words("trouble.title"), redact(str(error)) + (" " + again if again else ""))}</div>'


main()
