"""What is compared of a text, and what keeps alike texts apart."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nlp.copies.lexical.alignment import align
from nlp.copies.lexical.negation import differs_by_negation
from nlp.copies.lexical.normalisation import (
    MIN_LETTERS,
    letter_count,
    normalise,
    normalise_all,
)
from nlp.copies.lexical.number_conflicts import numbers_conflict
from nlp.copies.lexical.pair_overlaps import pair_overlaps
from nlp.copies.lexical.similarity_join import classify_pair
from nlp.copies.lexical.vocabulary import build_vocabulary
from nlp.copies.lexical.word_overlap import word_overlap
from nlp.copies.semantic.distinguishing_terms import distinguishing_terms, unmatched_names
from tocsin.core.text import fold

PLAIN = "The harbour office closed the northern pier after the storm"


def test_many_texts_are_normalised_as_each_alone() -> None:
    """Those in ASCII are split as one, between capital letters: no folded text has any."""
    rng = random.Random(3)
    signs = "abc dZ é#@:/RT rt via …’\n\t\r '\"🙃漢вZZZ &amp; &#90; ꓜ𝐙 http://t.co/x"
    texts = ["".join(rng.choices(signs, k=rng.randrange(40))) for _ in range(3_000)]
    texts += ["", "Z", " ", "ZZ Z", "\n"]
    assert normalise_all(texts) == [normalise(text) for text in texts]
    signs = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    folded = "".join(fold(signs[at : at + 10_000]) for at in range(0, len(signs), 10_000))
    assert not set(folded) & set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@pytest.mark.parametrize(
    "written",
    [
        "RT @someone: The harbour office closed the northern pier after the storm",
        f"@a @b {PLAIN}!!! https://t.co/abc123 #news #now",
        "THE HARBOUR OFFICE CLOSED THE NORTHERN PIER AFTER THE STORM 🔥🔥",
        "Thе hаrbоur оffiсе сlоsеd thе nоrthеrn piеr аftеr thе stоrm",
        "Ｔｈｅ ｈａｒｂｏｕｒ ｏｆｆｉｃｅ closed the northern pier after the storm",
        "The harb\u200bour office clo\u00adsed the northern pier after the storm",
        "The h4rbour 0ffice cl0sed the n0rthern pier after the st0rm",
        "Τhe hαrbοur οffice clοsed the nοrthern pier αfter the stοrm",
        "𝐓𝐡𝐞 𝐡𝐚𝐫𝐛𝐨𝐮𝐫 office closed the ɴᴏʀᴛʜᴇʀɴ pier after the storm via @desk",
    ],
)
def test_what_sharers_and_evaders_add_is_taken_off(written: str) -> None:
    ours, theirs = normalise(PLAIN), normalise(written)
    if "0ffice" in written:  # a digit at the edge of a word stays a digit
        assert theirs.replace("0ffice", "office") == ours
    else:
        assert theirs == ours


def test_a_tag_that_belongs_to_the_sentence_stays() -> None:
    assert normalise("Tomorrow we all vote for #Smith").endswith("for smith")
    assert normalise("The pier is closed #news") == "the pier is closed"
    assert normalise("Which country are you in https://t.co/x #news") == "which country are you in"


@pytest.mark.parametrize(
    "written",
    ["", "👍", "#one #two #three", "@you thanks!", "https://example.org/a", "Good morning"],
)
def test_what_makes_no_claim_has_too_few_letters(written: str) -> None:
    assert letter_count(normalise(written)) < MIN_LETTERS


def test_one_ideograph_weighs_as_much_as_three_letters() -> None:
    assert letter_count(normalise("港口办公室关闭")) >= MIN_LETTERS


def test_hostile_lengths_are_bounded() -> None:
    for evil in (
        "#a" * 40_000,
        "a" * 200_000,
        "@" * 50_000,
        "http://" * 20_000,
        "\u0301" * 50_000,
        "#" * 60_000 + "x",
    ):
        assert len(normalise(evil)) < 20_000


def test_letters_line_up_through_slips_and_moved_spaces() -> None:
    lined = align("canadaapprovesthepipeline", "breakingcanadaaprovesthepipelinee")
    assert (lined.replaced, lined.two_sided_gaps) == (0, 0)
    assert align("themanplaysaguitaronstage", "themanplaysaflutetoonstage").replaced > 0
    assert align("abc", "abc") == (0, 0, 0, 0)


def test_numbers_that_conflict_and_those_that_do_not() -> None:
    assert numbers_conflict("claim 3ab they hid it", "claim 4ab they hid it")
    assert numbers_conflict("11 people were hurt", "16 people were hurt", typos=1)
    assert not numbers_conflict("it grew by 2 00 million", "it grew by 200 million")
    assert not numbers_conflict("600 came", "they all came")
    assert not numbers_conflict("there are 659 wmen", "there are 59 women", typos=1)
    assert numbers_conflict("there are 659 women", "there are 59 women")


def test_words_forgive_typos_and_weigh_the_rare_more() -> None:
    texts = [
        "the minister resigned today",
        "the minister resined today",
        "the weather is fine today",
    ]
    weight_of = build_vocabulary(texts).weights
    assert word_overlap(texts[0], texts[1], weight_of).dice == pytest.approx(1.0)
    assert weight_of["resigned"] > weight_of["today"]
    assert word_overlap(texts[0], texts[2], weight_of).dice < 0.6


def test_the_overlaps_of_many_pairs_are_those_of_each() -> None:
    rng = random.Random(5)
    words = [
        "vote",
        "votes",
        "voting",
        "minister",
        "ministre",
        "minisster",
        "minixter",
        "the",
        "teh",
        "hte",
        "4th",
        "2024",
        "x1",
        "of",
        "оf",
        "港口",
    ]
    texts = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 16))) for _ in range(90)]
    words_of = build_vocabulary(texts)
    pairs = np.array([(a, b) for a in range(90) for b in range(90) if a != b])
    overlaps = pair_overlaps(words_of, pairs[:, 0], pairs[:, 1])
    for number, (a, b) in enumerate(pairs.tolist()):
        alone = word_overlap(texts[a], texts[b], words_of.weights)
        assert [part[number] for part in overlaps] == pytest.approx(list(alone), abs=1e-9)
        assert overlaps.dice[number] == pytest.approx(alone.dice, abs=1e-9)
        assert overlaps.containment[number] == pytest.approx(alone.containment, abs=1e-9)


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ("Look: The harbour ofice closed the nothern pier after the storm 👉", "copy"),
        ("The harbour office closed the pier after the storm", "copy"),
        (
            f"{PLAIN}. Who else is angry about it?",
            "copy",
        ),
        ("After the storm, the northern pier closed the harbour office", "reworded"),
        ("The harbour office opened the northern beach before the summer", None),
        ("The harbour office closed the northern school after the meeting", None),
        ("The harbour office never closed the northern pier after the storm", None),
    ],
)
def test_wording_alone_tells_kinds(other: str, kind: str | None) -> None:
    a, b = normalise(PLAIN), normalise(other)
    found = classify_pair(a, b, build_vocabulary([a, b]).weights)
    assert (found and found[0]) == kind


def test_a_negation_alone_reverses() -> None:
    for a, b in [
        ("he will resign on monday", "he will not resign on monday"),
        ("he does think so", "he doesn t think so"),
        ("il viendra demain", "il ne viendra pas demain"),
        (normalise("Он уйдёт в отставку"), normalise("Он не уйдёт в отставку")),
    ]:
        assert differs_by_negation(a, b)
    assert not differs_by_negation("he will resign on monday", "he will resign on tuesday")
    assert not differs_by_negation("said so", "he said so")
    assert not differs_by_negation("it is clear to us", "it is not clear to us and to others")


def test_distinguishing_terms_of_languages() -> None:
    assert distinguishing_terms("Two dogs don't run", "en").numbers == {"2"}
    assert distinguishing_terms("Deux chiens ne courent pas", "fr").negated
    assert distinguishing_terms("Две собаки не бегут в Москву", "ru").negated
    assert not distinguishing_terms("Boys in t-shirts walk", "en").negated
    assert distinguishing_terms("Il parle de l'accord avec Trump à Moscou", "fr").names == (
        "trump",
        "moscou",
    )
    assert unmatched_names(("moscou",), distinguishing_terms("He went to Moscow", "en").words) == 0
    assert unmatched_names(("trump",), distinguishing_terms("Он говорит о Трампе", "ru").words) == 0
    assert (
        unmatched_names(("trump",), distinguishing_terms("He talks about Biden", "en").words) == 1
    )
    assert distinguishing_terms("WHO SHOUTS HAS NO NAMES", "en").names == ()
    assert distinguishing_terms("I met Dr. Meyer", "en").names == ("meyer",)
