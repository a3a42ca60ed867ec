"""The link "pin to a case" that stands by every finding and post, and what it names.

It leads to the page where it stands, so that nothing is lost: what is to be pinned is one more
parameter of the address, and the page begins with the choice of a case
(`dashboard.components.cases.pinning`).
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import OrderedDict
from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from index.privacy import Pseudonyms
from tocsin.core.language.words import Words

PARAMETER = "pin"
MAX_KEPT = 50_000
MAX_QUERY = 1_900
_TOKEN = re.compile(r"post:\*([0-9a-f]{24})")
_kept: OrderedDict[str, str] = OrderedDict()
"""Token -> id of a post whose id names an account: no address holds such an id."""


def pin_link(
    thing: str, words: Words, people: Pseudonyms | None = None, label: str = "link"
) -> str:
    """The link that pins a thing: ``cluster:ID``, ``alert:7``... (HTML).

    ``people`` hide names of accounts that somebody typed into the address of the page; ``label`` is
    a key of ``case_pin``.
    """
    asked = {name: st.query_params[name] for name in st.query_params}
    if people is not None and people.enabled:
        asked = {name: people.text(value) for name, value in asked.items()}
    address = "?" + urlencode(asked | {PARAMETER: thing, "lang": words.code})
    tip = html.escape(words("case_pin.tip"), quote=True)
    return (
        f'<a class="t-link t-pin" target="_self" rel="nofollow" title="{tip}" '
        f'href="{html.escape(address, quote=True)}">{html.escape(words(f"case_pin.{label}"))}</a>'
    )


def post_link(post: str, people: Pseudonyms, words: Words) -> str:
    """The link that pins a post by its id (HTML)."""
    if people.enabled and people.text(post) != post:
        token = hashlib.sha256(post.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        _kept[token] = post
        _kept.move_to_end(token)
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
        return pin_link(f"post:*{token}", words, people)
    return pin_link(f"post:{post}", words, people)


def asked_thing() -> str:
    """What the address asks to pin; empty where it asks for nothing."""
    asked = str(st.query_params.get(PARAMETER, ""))[:2_000]
    if token := _TOKEN.fullmatch(asked):
        return f"post:{_kept[token[1]]}" if token[1] in _kept else asked
    return asked


def count_links(
    query: str, words: Words, people: Pseudonyms, charts: Sequence[str] = ("time",)
) -> str:
    """The links that pin a query with its count, and charts of it (HTML); empty where the query
    names an account that is hidden: what is pinned would not be what is shown.

    Args:
        query: with its period; empty for everything, which only charts are made of.
        charts: of `index.cases.record.CHARTS`.
    """
    if len(query) > MAX_QUERY or (people.enabled and people.text(query) != query):
        return ""
    links = [pin_link(f"query:{query}", words, people, "link_query")] if query else []
    links += [pin_link(f"chart:{by}:{query}", words, people, "link_chart") for by in charts]
    return " · ".join(links)
