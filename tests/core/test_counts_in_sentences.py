"""Sentences read right at one and at none: "1 posts" and "one of 1 times" stood in reports."""

from __future__ import annotations

import re

import pytest

from tests.core.test_catalogues import codes, invented, placeholders, texts_of
from tocsin.core.language.words import Words
from tocsin.core.messages import Message

ONE_AND_MANY = {
    "en": r"\b1 (?!of\b|address\b|this\b|was\b|is\b|has\b|does\b)[a-z-]+s\b"
    r"|\b(?:1|one) of (?:the |their )?1 [a-z]"
    r"|\b1 of (?:the |their )?2 [a-z -]*?\b(?:are|have|were|do|write|carry|come|fall)\b",
    "fr": r"\b[01] (?!fois\b|sans\b|plus\b|sous\b|dans\b|mais\b|des\b)(?!mis à)[a-zéèêàç-]+[sx]\b"
    r"|\b(?:1|une?)(?: [a-zéè ]*)? (?:sur|des|de leurs) (?:les )?1 [a-zéè]"
    r"|\b[01] (?:sur|des|de leurs) (?:les )?2 [^.;:,]*?\b(?:sont|ont|portent|écrivent)\b",
}
"""A number of one (in French none, too) before a plural, and one of one."""

LIMITS = frozenset({
    "case.said.no_dossier", "cluster.raster_cut", "crawl.many_entries", "crawl.many_tags",
    "crawl.unpacks_large", "doctor.cut", "dossier.busiest_accounts", "dossier.lacking_links",
    "dossier.lacking_posts", "dossier.median_of_peers", "dossier.not_a_name",
    "explore.download_tip", "fault.narrative.large_split", "monitor.note.first_told", "query.deep",
    "query.forms", "query.long", "query.parts", "reading.long_line", "reading.many_columns",
    "reading.many_members", "rules.error.too_many", "shares.copies", "shares.too_few",
    "stix.note.evidence", "today.metric.posts_tip", "today.narratives.all_of_them",
    "trends.queries_help", "trends.rhythm_note",
})  # fmt: skip
"""Their number is a limit of ours, or beyond one: never one."""
OF_SEVERAL = (
    "because.", "trait.because.", "case.title.", "caveat.crowded_moments",
    "copies.why", "discovery.promise.", "dossier.coordinated_", "dossier.group_found_here",
    "dossier.member", "today.rising.p_tip", "intake.none_",
    "intake.of_format.none_",
)  # fmt: skip
"""Said of groups, of copies, of tests that need several, of files of several rows: of two or more,
of which one or none may be meant (``of`` is two here, never one)."""


@pytest.mark.parametrize("language", ONE_AND_MANY)
def test_sentences_read_right_at_one_and_at_none(language: str) -> None:
    words, wrong = Words(language), re.compile(ONE_AND_MANY[language])
    found = {}
    for code in codes():
        parts = [part for text in texts_of(code, language) for part in placeholders(text)]
        if "n" not in {part.name for part in parts} or code in LIMITS:
            continue
        named = {part.name: invented(part, 1) for part in parts}
        counts = [(1, 1), (1, 2)] + [(0, 2)] * (language == "fr")
        if code.startswith(OF_SEVERAL):
            counts = counts[1:] if "of" in named else []
        for n, of in counts:
            told = named | {"n": n, "of": of} if "of" in named else named | {"n": n}
            said = words.say(Message(code, told))
            if wrong.search(said):
                found[code] = said
    assert found == {}


def test_one_of_one_is_the_only_one() -> None:
    told = {"file": "a.csv", "n": 1, "of": 1}
    said = Message("intake.times_minute", told)
    assert str(said).startswith("a.csv: its only time is to the minute")
    assert "sa seule date est à la minute près" in Words("fr").say(said)
    assert "one of 5 times" in str(Message("intake.times_minute", told | {"of": 5}))
    assert "3 of 5 times" in str(Message("intake.times_minute", told | {"n": 3, "of": 5}))
