"""What an alert is called: what most of its posts tell, in terms that name something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.narratives.word_kinds import unnaming_words
from nlp.signals.burst_merging import MergedBurst
from nlp.signals.bursts import Burst
from nlp.signals.features import NARRATIVE, Features, extract_features
from nlp.signals.naming.terms import clearest_named, names, rank_terms
from nlp.signals.naming.titles import find_titles, measure_centrality
from nlp.text.corpus import Corpus, read_corpus
from tocsin.core.findings import Headline

START = datetime(2024, 1, 1, tzinfo=UTC)
NAMES_NOTHING = unnaming_words(["en", "fr"])
WORDS = ("dam", "valley", "reservoir", "bridge", "flood", "mayor", "school", "road", "night")


def features_of(*texts: tuple[int, ...] | list[int]) -> Features:
    """Features of texts given by the codes of their words."""
    pairs = [(row, code) for row, codes in enumerate(texts) for code in sorted(set(codes))]
    rows, codes = (np.array(part, np.int32) for part in zip(*pairs, strict=True))
    names = [f"word{code}" for code in range(int(codes.max()) + 1)]
    return Features(codes, rows, np.arange(len(texts)), names, names)


def alert_of(word: str, corpus: Corpus) -> MergedBurst:
    """All posts with a word, as what burst with it."""
    found = [row for row, text in enumerate(corpus.column("text")) if word in text.lower()]
    rows = np.array(found, np.int64)
    return MergedBurst((Burst(0, 5, 0.1, 1e-6, 0.1, is_new=True),), (rows,), rows)


@pytest.fixture
def corpus_of(stream: Any, index: Any) -> Callable[..., Corpus]:
    """A function: the corpus of a quiet past and these texts, one a minute, each by its account."""

    def tell(*texts: str) -> Corpus:
        made = stream()
        for n, text in enumerate(texts):
            made.say(START + timedelta(days=9, hours=7, minutes=n), f"x:b{n}", text)
        index.put(made.documents())
        return read_corpus(index)

    return tell


def titles(
    corpus: Corpus,
    texts: Any = None,
    terms: tuple[str, ...] = ("Dambreak",),
    shown: Sequence[Headline] = (),
) -> Any:
    """The headlines of what burst with Dambreak; ``texts`` says which posts are one text."""
    features = extract_features(corpus)
    of_rows = features.texts if texts is None else texts
    return find_titles(alert_of("dambreak", corpus), corpus, features, of_rows, terms, shown)


# -- titles

ASIDES = (
    "My cousin from Dambreak sells 14 red bicycles to nobody at all",
    "Dambreak was the name of a song that Peter liked in 1994",
    "Reading about Dambreak while Grandma bakes her famous Lemon cake",
)
STORY = (
    "Dambreak: Vernay valley flooded, the mayor of Orly closes the bridge",
    "The bridge of Orly closes after the flood of the Vernay valley at Dambreak",
    "Flooded Vernay valley at Dambreak, and the mayor of Orly says nothing",
)


def test_a_title_is_what_most_posts_tell_not_what_comes_first(corpus_of: Any) -> None:
    (title,) = titles(corpus_of(*ASIDES, *STORY))  # all have the one word that burst
    assert "Vernay" in title.label


def test_a_text_counts_as_often_as_it_was_told_and_translated(corpus_of: Any) -> None:
    passed_on = "Dambreak: 43 children of the Larsen school are missing since noon"
    (title,) = titles(corpus_of(*STORY, *[passed_on] * 12))
    assert "Larsen school" in title.label


def test_wordings_known_as_copies_count_together(corpus_of: Any) -> None:
    """The school and what was said of it in words of other languages are one text."""
    corpus = corpus_of(
        *STORY[:2], "Dambreak: the Larsen school lost 43 children since noon",
        *(f"Dambreak Vernay{n}ska Orly{n}ski Larsen{n}ova 43" for n in range(6)),
    )  # fmt: skip
    texts = corpus.column("text")
    copies = np.array([0 if "Larsen" in text else n + 1 for n, text in enumerate(texts)])
    (title,) = titles(corpus, copies)
    assert "Larsen school" in title.label


def test_of_a_long_post_the_sentence_about_the_story_is_taken(corpus_of: Any) -> None:
    asides = ("I was late for work today again", "What a long week that has been",
              "So many people on the tram at six")  # fmt: skip
    told = "{}. The bridge of Orly closes after the {} flood. Then came Dambreak."
    (title,) = titles(
        corpus_of(*(told.format(aside, STORY[n].split()[1]) for n, aside in enumerate(asides)))
    )
    assert title.label.startswith("The bridge of Orly closes")


def test_a_title_is_words_of_a_post_of_its_own(corpus_of: Any) -> None:
    corpus = corpus_of(*ASIDES, *STORY)
    (title,) = titles(corpus)
    rows = alert_of("dambreak", corpus).rows.tolist()
    posts = {corpus.cell("id", row): corpus.cell("text", row) for row in rows}
    assert title.label.rstrip("…") in posts[title.post]


def test_titles_of_two_languages_are_translations_of_each_other(corpus_of: Any) -> None:
    """What stands highest in each language alone may be another part of the story."""
    english = ("Dambreak: the mayor of Orly closes the bridge and the school of Vernay",
               "Dambreak: the valley of Vernay lost its only doctor tonight")  # fmt: skip
    french = "Dambreak : la vallée de Vernay a perdu son seul médecin cette nuit"
    corpus = corpus_of(*[english[0]] * 9, english[1], *[french] * 3)
    texts = corpus.column("text")
    place = corpus.table.column_names.index("detected_lang")
    languages = pa.array(["fr" if text == french else "en" for text in texts])
    corpus = replace(corpus, table=corpus.table.set_column(place, "detected_lang", languages))
    terms = ("Dambreak", "Vernay")
    alone = titles(corpus, terms=terms)
    assert {one.label for one in alone} == {english[0], french}
    copies = np.array([0 if text == english[0] else 1 for text in texts])
    found = titles(corpus, copies, terms)
    assert {one.label for one in found} == {english[1], french}
    for before, first in ((alone, english[0]), (found, french)):  # known in one language so far
        shown = [one for one in before if one.label == first]
        both = titles(corpus, copies, terms, shown)
        assert both[0] == shown[0]
        assert {one.label for one in both} == {one.label for one in before}


def test_a_title_does_not_depend_on_later_posts(corpus_of: Any) -> None:
    corpus = corpus_of(*ASIDES, *STORY)
    last = int(alert_of("dambreak", corpus).rows.max()) + 1
    early = Corpus(
        corpus.table.slice(0, last), corpus.times[:last], corpus.authors[:last], corpus.author_ids
    )
    assert titles(early) == titles(corpus)


def test_posts_without_a_feature_have_no_centre() -> None:
    features = features_of([0, 1], [0, 2])
    nothing = measure_centrality(
        Features(features.codes[:0], features.rows[:0], features.texts, (), ()),
        np.array([0, 1]),
        np.array([1, 1]),
    )
    assert nothing.of_texts.tolist() == [0.0, 0.0]
    assert not len(nothing.codes)


texts = st.lists(
    st.lists(st.integers(0, 30), min_size=1, max_size=9, unique=True), min_size=2, max_size=12
)


@given(texts, st.data())
def test_centrality_is_a_share_and_follows_its_texts(told: list[list[int]], data: Any) -> None:
    posts = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(told), max_size=len(told))))
    order = data.draw(st.permutations(range(len(told))))
    rows = np.arange(len(told))
    features = features_of(*told)
    found = measure_centrality(features, rows, posts)
    assert found.of_texts.max() == pytest.approx(1.0)
    assert (found.of_texts > 0).all()
    permuted = measure_centrality(features, rows[order], posts[order])
    assert permuted.of_texts == pytest.approx(found.of_texts[order])
    counted = np.bincount([code for codes in told for code in codes], minlength=31)
    assert sorted(found.codes.tolist()) == np.flatnonzero(counted >= 2).tolist()


@given(texts)
def test_what_nobody_shares_is_as_central_as_it_is_told(told: list[list[int]]) -> None:
    """Texts without a word in common: the one told most is the centre."""
    apart = [[31 * number, 31 * number + 1] for number in range(len(told))]
    posts = np.arange(1, len(told) + 1)
    found = measure_centrality(features_of(*apart), np.arange(len(told)), posts)
    assert np.argsort(found.of_texts, kind="stable").tolist() == list(range(len(told)))


@given(texts, st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=9), max_size=5))
def test_centrality_reads_nothing_later(told: list[list[int]], later: list[list[int]]) -> None:
    rows, posts = np.arange(len(told)), np.ones(len(told), np.int64)
    before = measure_centrality(features_of(*told), rows, posts)
    after = measure_centrality(features_of(*told, *later), rows, posts)
    assert after.of_texts.tolist() == before.of_texts.tolist()
    assert after.codes.tolist() == before.codes.tolist()


# -- terms


def merged(*forms: str) -> tuple[MergedBurst, Features]:
    """Words that rise, the clearest first, each in posts of its own."""
    rows = tuple(np.arange(3) + 3 * number for number in range(len(forms)))
    bursts = tuple(
        Burst(code, 5, 0.1, 10.0 ** (code - 12), 0.1, is_new=False) for code in range(len(forms))
    )
    nothing = np.zeros(0, np.int32)
    features = Features(nothing, nothing, np.zeros(0, np.int64), forms, forms)
    return MergedBurst(bursts, rows, np.concatenate(rows)), features


@pytest.mark.parametrize(
    ("form", "is_name"),
    [("Faites", False), ("read", False), ("board", True), ("avez", False), ("lundi", False),
     ("Monday", False), ("#DirectAN", True), ("Brown died", False), ("Theresa May", True),
     ("Black Friday", True), ("dambreak", True), ("Dernier compagnon", True), ("today", False),
     ("Mai", False), ("carburants", True), ("#MAGA", True), ("WATCH LIVE", False)],
)  # fmt: skip
def test_verbs_stop_words_and_names_of_days_name_nothing(form: str, is_name: bool) -> None:
    assert names(form, NAMES_NOTHING) is is_name


def test_terms_name_something_where_anything_does() -> None:
    burst, features = merged("Faites", "Board", "read", "lundi", f"{NARRATIVE}n1")
    assert rank_terms(burst, features, names_nothing=NAMES_NOTHING) == ["Board", f"{NARRATIVE}n1"]
    assert rank_terms(burst, features) == ["Faites", "Board", "read", "lundi", f"{NARRATIVE}n1"]
    only, features = merged("Faites", "read")
    assert rank_terms(only, features, names_nothing=NAMES_NOTHING) == ["Faites", "read"]


def test_nobody_writes_about_a_verb() -> None:
    burst, features = merged("Faites", "read", "attention", "Board")
    assert clearest_named(burst, features, NAMES_NOTHING) == 2
    weak = [replace(one, nominal_rate=9.0) if one.code else one for one in burst.bursts]
    alone = replace(burst, bursts=tuple(weak))  # what would raise no alert says nothing
    assert clearest_named(alone, features, NAMES_NOTHING) == 0
    burst, features = merged(f"{NARRATIVE}n1", "attention")
    assert clearest_named(burst, features, NAMES_NOTHING) == 0


def test_a_verb_of_another_language_is_a_name() -> None:
    assert not any(map(unnaming_words(["en"], alone=True), ("officer", "river", "voter")))
    assert all(map(unnaming_words(["fr"], alone=True), ("voter", "avez", "monday")))
    assert not unnaming_words(["fr"], alone=True)("calais")
    assert all(map(unnaming_words(["en", "fr"], alone=True), ("voter", "said", "avez")))
    assert unnaming_words(["und"], alone=True)("voter")


def test_a_place_that_greets_in_another_language_is_a_name() -> None:
    assert not unnaming_words(["fr"])("nice")
    assert unnaming_words(["fr", "en"])("nice")
    assert unnaming_words(["fr"])("merci")


@given(st.lists(st.sampled_from([*WORDS, "faites", "avez", "today"]), min_size=1, unique=True))
def test_terms_are_of_what_rises_and_none_is_lost_without_reason(forms: list[str]) -> None:
    burst, features = merged(*forms)
    found = rank_terms(burst, features, 100, NAMES_NOTHING)
    named = [form for form in forms if form in WORDS]
    assert sorted(found) == sorted(named or forms)
