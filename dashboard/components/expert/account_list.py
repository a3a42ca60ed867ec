"""The accounts behind a figure, a few at a time, each with the posts that speak of it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.components import markup
from dashboard.components.signal_words import SignalWords
from tocsin.core.language.words import capitalise

PAGE_SIZE = 6
POSTS_BESIDE = 6


def draw(
    context: ViewContext,
    figure: Mapping[str, Any],
    signals: SignalWords,
    names: Mapping[str, str],
    key: str,
) -> None:
    """Draw the accounts of a figure.

    Args:
        figure: ``accounts`` (how many) and ``listed``: entries with ``account`` and ``posts``, and
            whatever of ``why``, ``with``, ``partners``, ``group``, ``shape``, ``signals``,
            ``q_value`` is known.
        names: cluster id -> its name on this page.
        key: of the widgets.
    """
    words, listed = context.words, figure["listed"]
    if not listed:
        st.html(markup.soft_paragraph(words("expert.nobody")))
        return
    pages = -(-len(listed) // PAGE_SIZE)
    page = st.pagination(pages, key=f"{key}_page") if pages > 1 else 1
    shown = listed[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    ids = [entry[part] for entry in shown for part in ("account", "with") if part in entry]
    called = context.display_names(ids)
    markup.draw_parts(_entry(context, entry, signals, names, called) for entry in shown)
    if figure["accounts"] > len(listed):
        left = figure["accounts"] - len(listed)
        st.html(f'<p class="t-note">{html.escape(words.n("expert.unlisted", left))}</p>')


def _entry(
    context: ViewContext,
    entry: Mapping[str, Any],
    signals: SignalWords,
    names: Mapping[str, str],
    called: Mapping[str, str],
) -> str:
    words, account = context.words, entry["account"]
    link = markup.explore_link(
        context.account_names.query_text(account),
        called[account],
        words,
        tip=words("drawer.all_posts"),
    )
    facts = [html.escape(fact) for fact in _facts(context, entry, signals, called)]
    if (group := str(entry.get("group"))) in names:
        facts.append(markup.page_link("coordination", names[group], words, cluster=group))
    documents = context.queries.documents(entry["posts"])
    cards = [
        markup.post_card(document, words, context.account_names, compact=True)
        for document in documents
    ]
    posts = ""
    if cards:
        grid = markup.post_grid(cards, POSTS_BESIDE, len(cards), words)
        posts = markup.details(words.n("expert.posts", len(cards)), grid)
    return (
        f'<section class="t-fact"><b class="t-terms">{link}</b>'
        f'<div class="t-facts">{" · ".join(facts)}</div>{posts}</section>'
    )


def _facts(
    context: ViewContext,
    entry: Mapping[str, Any],
    signals: SignalWords,
    called: Mapping[str, str],
) -> Sequence[str]:
    """What is known of the account, in words; not escaped."""
    words = context.words
    facts = []
    if why := entry.get("why"):
        facts.append(capitalise(words.known("rules.reason", why)))
    if "with" in entry:
        other = sanitize.single_line(called[entry["with"]], 60)
        facts.append(words.n("expert.tied", entry["partners"], other=other))
    if "shape" in entry:
        facts.append(words.n(f"expert.in_{entry['shape']}", entry["of"]))
    if entry.get("signals"):
        facts.append(", ".join(signals.label(signal) for signal in entry["signals"]))
    if entry.get("q_value") is not None:
        facts.append(words.probability("q", entry["q_value"]))
    return facts
