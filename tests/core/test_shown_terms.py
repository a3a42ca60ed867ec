"""Terms beside a headline: each word once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.groups.shown_terms import shown_terms
from tocsin.core.text import fold

TERMS = st.lists(st.lists(st.text("abcé#", min_size=1), min_size=1, max_size=2).map(" ".join))


def test_a_word_is_told_once() -> None:
    terms = ("eau", "water tastes", "Water", "Tap water", "Vaurenne")
    assert shown_terms(terms, 6) == ("eau", "water tastes", "Vaurenne")


def test_endings_make_no_other_word() -> None:
    assert shown_terms(("minute", "minutes", "droite", "Droites", "port", "porte"), 6) == (
        "minute",
        "droite",
        "port",
        "porte",
    )


def test_words_of_the_headline_are_not_told_again() -> None:
    headline = "Mirecombe : l'eau, interdite aux écoles #Mirecombe"
    assert shown_terms(("mirecombe", "école", "cantine"), 6, headline) == ("cantine",)


@given(TERMS, st.integers(1, 8))
def test_what_is_shown_is_some_of_the_terms_in_their_order(terms: list[str], count: int) -> None:
    shown = shown_terms(terms, count)
    assert len(shown) <= count
    places = [terms.index(term) for term in shown]
    assert places == sorted(places)
    words = [word for term in shown for word in set(fold(term).lstrip("#").split())]
    assert len(words) == len(set(words))
