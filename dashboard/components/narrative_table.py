"""Narratives as a table: headline, languages, posts in the window, growth, who carries them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import sanitize
from dashboard.components import markup
from dashboard.components.figures import PageTable
from dashboard.components.narrative_counts import NarrativeCount
from dashboard.components.sentences import clause_as_sentence
from index.analysis import lacking
from index.base import Stats
from tocsin.core.findings import Narrative, unclustered
from tocsin.core.groups.headlines import foreign_language
from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

MAX_LANGUAGES = 4
MIN_LANGUAGE_SHARE = 0.01
TERMS_SHOWN = 6
COLUMNS = ("label", "languages", "posts", "growth", "dates", "share")


def caveat_paragraphs(stats: Stats, narratives: Sequence[Narrative], words: Words) -> list[str]:
    """What narratives leave out, a paragraph each: posts without text or author, or in none."""
    said = lacking(stats, ("text", "author"))
    counted = unclustered(narratives)
    if counted is not None and counted[0]:
        said.append(Message("narrative.unclustered", {"n": counted[0], "share": counted[1]}))
    if binned := sum(narrative.binned for narrative in narratives):
        said.append(Message("narrative.binned_note", {"n": binned}))
    return [markup.soft_paragraph(clause_as_sentence(sentence, words)) for sentence in said]


def narrative_table(rows: Sequence[NarrativeCount], words: Words) -> str:
    """The table; each headline leads to its narrative's page.

    Growth is a column where something is compared.
    """
    compared = any(row.before is not None for row in rows)
    names = [name for name in COLUMNS if compared or name != "growth"]
    heads = [words(f"narratives.{name}") for name in names]
    body = "".join(_row(row, names, heads, words) for row in rows)
    return markup.table(heads, body, css="t-narratives", right=(2, 3) if compared else (2,))


def _row(row: NarrativeCount, names: list[str], heads: list[str], words: Words) -> str:
    narrative = row.narrative
    headline = narrative.headline(words.code)
    label = markup.page_link("narratives", headline, words, id=narrative.id)
    lang = foreign_language(headline, narrative.headlines, words.code)
    label = markup.in_language(label, lang, words)
    if narrative.pinned:
        label += " " + markup.badge(words("narratives.edit.pinned"), "plain")
    if narrative.binned:
        label += " " + markup.badge(words("narratives.edit.binned"), "plain")
    if row.is_new:
        label += " " + markup.badge(words("narratives.new"), "plain")
    named = shown_terms(narrative.terms_in(words.code), TERMS_SHOWN, headline)
    terms = ", ".join(sanitize.escaped_line(term, 40) for term in named)
    cells = {
        "label": (f'{label}<div class="t-facts">{terms}</div>', ""),
        "languages": (languages_line(narrative.languages, words), ""),
        "posts": (words.number(row.posts), "t-r"),
        "growth": (html.escape(growth_text(row, words)), "t-r"),
        "dates": (html.escape(words.span(narrative.first_at, narrative.last_at)), "t-dates"),
        "share": (markup.percentage_bar(row.flagged_share, words), "t-nowrap"),
    }
    return markup.table_row([cells[name] for name in names], heads)


def growth_text(row: NarrativeCount, words: Words) -> str:
    """How many times the posts of the window before; a dash where that cannot be said."""
    return "–" if row.growth is None else words.times(row.growth)


def languages_line(languages: Mapping[str, int], words: Words) -> str:
    """The main languages with their shares, as HTML."""
    return " · ".join(
        f"{html.escape(words.known('language', code))} {words.percent(share)}"
        for code, share in language_shares(languages)
    )


def language_shares(languages: Mapping[str, int]) -> list[tuple[str, float]]:
    """The main languages of a narrative with their shares, most first.

    Below one in a hundred it is rather the guess of the language that is wrong.
    """
    total = sum(languages.values())
    if not total:
        return []
    by_count = sorted(languages.items(), key=lambda item: (-item[1], item[0]))
    shares = [(code, count / total) for code, count in by_count[:MAX_LANGUAGES]]
    return [(code, share) for code, share in shares if share >= MIN_LANGUAGE_SHARE]


def narrative_file(rows: Sequence[NarrativeCount], words: Words, period: str) -> PageTable:
    """All narratives that were found, also those that the page does not show."""
    names = (*COLUMNS[:3], "before", "growth", "first", "last", "share", "terms", "id")
    heads = {name: words(f"narratives.{name}") for name in names}

    def row(one: NarrativeCount) -> dict[str, Any]:
        narrative = one.narrative
        languages = (
            f"{words.known('language', code)} {words.percent(share)}"
            for code, share in language_shares(narrative.languages)
        )
        return {
            "label": narrative.headline(words.code),
            "languages": ", ".join(languages),
            "posts": one.posts,
            "before": one.before,
            "growth": one.growth,
            "first": narrative.first_at,
            "last": narrative.last_at,
            "share": one.flagged_share,
            "terms": ", ".join(narrative.terms_in(words.code)),
            "id": narrative.id,
        }

    told = [{heads[name]: value for name, value in row(one).items()} for one in rows]
    return PageTable("narratives", words("narratives.title"), tuple(heads.values()), told, period)
