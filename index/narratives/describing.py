"""The figures and words of a narrative whose posts an analyst changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from index.reading.columns import column_values
from index.reading.queries import among
from tocsin.core.findings import Evidence, Headline, Narrative
from tocsin.core.groups.figures import CENTRAL, FRINGE, PostFigures, count_figures
from tocsin.core.groups.headlines import told_languages
from tocsin.core.text import ADDRESS, LEADING_MENTIONS, collapse_whitespace, cut_at_word, fold

if TYPE_CHECKING:
    from index.base import Index

MAX_LINE = 90
_READ_FOR_TERMS = 300
_TERM_SHARE = 0.2
"""Share of a part's texts that must have a term of the whole for the part to keep it."""
_COLUMNS = ("id", "author", "published_at", "detected_lang", "title", "text", "copy_group")


@dataclass
class PostFacts:
    """Document id -> what is known of those documents that are there, in the order of time."""

    known: dict[str, PostFigures] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)


def read_facts(index: Index, ids: Iterable[str]) -> PostFacts:
    """What is known of documents by id."""
    facts = PostFacts()
    wanted = among("id", ids)
    if not wanted.values:
        return facts
    for batch in index.scan(_COLUMNS, query=wanted):
        for key, author, at, language, title, text, copies in zip(
            *(column_values(batch.column(name)) for name in _COLUMNS), strict=True
        ):
            facts.known[key] = PostFigures(author, at, language or "und")
            facts.texts[key] = title or text or ""
            if copies:
                facts.copies[key] = copies
    return facts


def described(
    narrative: Narrative,
    members: Sequence[str],
    parts: Sequence[Narrative],
    facts: PostFacts,
    flagged: frozenset[str],
) -> Narrative:
    """A narrative with other members, the most central first.

    Args:
        narrative: what is kept of it: id, name, lineage, theme.
        members: document ids; those that are gone are left out.
        parts: narratives that became part of it.
        facts: of its members.
        flagged: accounts that count as coordinated.
    """
    there = set(members)
    by_time = [known for key, known in facts.known.items() if key in there]
    kept = [key for key in members if key in facts.known]
    share_known = narrative.coordinated_share is not None
    figures = count_figures(by_time, flagged if share_known else None)
    headlines = _headlines((narrative, *parts), kept, facts)
    everything = (narrative, *parts)
    terms = _terms([one.terms for one in everything], kept, facts)
    by_language = {
        code: _terms([one.terms_in(code) for one in everything], kept, facts, code)
        for code in sorted(told_languages(headlines))
    }
    central = _first((narrative.central, *(one.central for one in parts), kept), kept, CENTRAL)
    label = headlines[0].label if headlines else narrative.label
    evidence = tuple(
        replace(one, object=label, posts=central) if isinstance(one, Evidence) else one
        for one in narrative.evidence[:1]
    )
    return replace(
        narrative,
        label=label,
        terms=terms,
        terms_by_language={code: named for code, named in by_language.items() if named},
        central=central,
        fringe=tuple(key for key in kept[-FRINGE:] if key not in central),
        members=tuple(kept),
        headlines=headlines,
        only_alike=all(one.only_alike for one in (narrative, *parts)),
        evidence=evidence,
        **figures,
    )


def _headlines(
    parts: Sequence[Narrative], kept: Sequence[str], facts: PostFacts
) -> tuple[Headline, ...]:
    """One a language, of those shown; of a part that has none of them its most central post's."""
    here = set(kept)
    found: dict[str, Headline] = {}
    for part in parts:
        for headline in part.headlines:
            if headline.post in here:
                found.setdefault(headline.language, headline)
    if found or len(parts) > 1:
        return tuple(found.values())
    for key in kept:
        if line := line_of(facts.texts[key]):
            language = (facts.known[key].language or "und").split("-")[0]
            return (Headline(language=language, label=line, post=key),)
    return ()


def line_of(text: str) -> str:
    """A post's own words as a line, without addresses and the names that it begins with."""
    line = collapse_whitespace(ADDRESS.sub("", LEADING_MENTIONS.sub("", text)))
    return cut_at_word(line, MAX_LINE)


def _terms(
    of_parts: Sequence[Sequence[str]], kept: Sequence[str], facts: PostFacts, language: str = ""
) -> tuple[str, ...]:
    """The terms of what it was and of what became part of it; of a part those that it has.

    Counted in posts of a language, where one is given.
    """
    limit = max((len(terms) for terms in of_parts), default=0)
    every = list(dict.fromkeys(term for terms in of_parts for term in terms))
    if language:
        kept = [key for key in kept if (facts.known[key].language or "").split("-")[0] == language]
    read = [fold(facts.texts[key]) for key in kept[:_READ_FOR_TERMS]]
    have = {term: sum(fold(term) in text for text in read) for term in every}
    if len(of_parts) > 1:
        return tuple(sorted(every, key=lambda term: -have[term]))[:limit]
    return tuple(term for term in every if have[term] >= _TERM_SHARE * len(read) > 0)


def _first(groups: Sequence[Sequence[str]], kept: Sequence[str], number: int) -> tuple[str, ...]:
    here = set(kept)
    return tuple(dict.fromkeys(key for group in groups for key in group if key in here))[:number]
