"""What is compared of a text, and what keeps alike texts apart."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nlp.copies.lexical.alignment import align
from nlp.copies.lexical.channel import compare
from nlp.copies.lexical.normalisation import MIN_LETTERS, skeleton, weight
from nlp.copies.lexical.upper_bounds import most
from nlp.copies.lexical.vocabulary import vocabulary
from nlp.copies.lexical.word_agreement import agreement
from nlp.copies.semantic.distinguishing_terms import marks, unmatched
from nlp.copies.semantic.negation import reverses
from nlp.copies.semantic.number_conflicts import contradict

PLAIN = "The harbour office closed the northern pier after the storm"


@pytest.mark.parametrize(
    "written",
    [
        "RT @someone: The harbour office closed the northern pier after the storm",
        "@a @b The harbour office closed the northern pier after the storm!!! https://t.co/abc123 #news #now",
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
    ours, theirs = skeleton(PLAIN), skeleton(written)
    if "0ffice" in written:  # a digit at the edge of a word stays a digit
        assert theirs.replace("0ffice", "office") == ours
    else:
        assert theirs == ours


def test_a_tag_that_belongs_to_the_sentence_stays() -> None:
    assert skeleton("Tomorrow we all vote for #Smith").endswith("for smith")
    assert skeleton("The pier is closed #news") == "the pier is closed"
    assert skeleton("Which country are you in https://t.co/x #news") == "which country are you in"


@pytest.mark.parametrize(
    "written",
    ["", "👍", "#one #two #three", "@you thanks!", "https://example.org/a", "Good morning"],
)
def test_what_says_nothing_of_its_own_weighs_too_little(written: str) -> None:
    assert weight(skeleton(written)) < MIN_LETTERS


def test_one_ideograph_weighs_as_much_as_three_letters() -> None:
    assert weight(skeleton("港口办公室关闭")) >= MIN_LETTERS


def test_hostile_lengths_are_bounded() -> None:
    for evil in (
        "#a" * 40_000,
        "a" * 200_000,
        "@" * 50_000,
        "http://" * 20_000,
        "\u0301" * 50_000,
        "#" * 60_000 + "x",
    ):
        assert len(skeleton(evil)) < 20_000


def test_letters_line_up_through_slips_and_moved_spaces() -> None:
    lined = align("canadaapprovesthepipeline", "breakingcanadaaprovesthepipelinee")
    assert (lined.replaced, lined.mixed) == (0, 0)
    assert align("themanplaysaguitaronstage", "themanplaysaflutetoonstage").replaced > 0
    assert align("abc", "abc").same == 3


def test_figures_that_contradict_and_those_that_do_not() -> None:
    assert contradict("claim 3ab they hid it", "claim 4ab they hid it")
    assert contradict("11 people were hurt", "16 people were hurt", slips=1)
    assert not contradict("it grew by 2 00 million", "it grew by 200 million")
    assert not contradict("600 came", "they all came")
    assert not contradict("there are 659 wmen", "there are 59 women", slips=1)
    assert contradict("there are 659 women", "there are 59 women")


def test_words_forgive_typos_and_weigh_the_rare_more() -> None:
    skeletons = [
        "the minister resigned today",
        "the minister resined today",
        "the weather is fine today",
    ]
    weight_of = vocabulary(skeletons).weight
    assert agreement(skeletons[0], skeletons[1], weight_of).dice == pytest.approx(1.0)
    assert weight_of["resigned"] > weight_of["today"]
    assert agreement(skeletons[0], skeletons[2], weight_of).dice < 0.6


def test_the_sieve_never_promises_less_than_the_words_keep() -> None:
    rng = random.Random(5)
    words = [
        "vote",
        "votes",
        "voting",
        "minister",
        "ministre",
        "minisster",
        "the",
        "teh",
        "4th",
        "2024",
        "x1",
        "of",
        "оf",
        "港口",
    ]
    skeletons = [" ".join(rng.choice(words) for _ in range(rng.randint(1, 12))) for _ in range(60)]
    words_of = vocabulary(skeletons)
    pairs = np.array([(a, b) for a in range(60) for b in range(a + 1, 60)])
    sieved = most(words_of, pairs[:, 0], pairs[:, 1])
    found = [agreement(skeletons[a], skeletons[b], words_of.weight) for a, b in pairs.tolist()]
    assert (sieved.dice >= np.array([one.dice for one in found]) - 1e-9).all()
    assert (sieved.contained >= np.array([one.contained for one in found]) - 1e-9).all()
    exact = sum(abs(one.dice - bound) < 1e-9 for one, bound in zip(found, sieved.dice, strict=True))
    assert exact > 0.3 * len(found)


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ("Look: The harbour ofice closed the nothern pier after the storm 👉", "copy"),
        ("The harbour office closed the pier after the storm", "copy"),
        (
            "The harbour office closed the northern pier after the storm. Who else is angry about it?",
            "copy",
        ),
        ("After the storm, the northern pier closed the harbour office", "reworded"),
        ("The harbour office opened the northern beach before the summer", None),
        ("The harbour office closed the northern school after the meeting", None),
        ("The harbour office never closed the northern pier after the storm", None),
    ],
)
def test_wording_alone_tells_kinds(other: str, kind: str | None) -> None:
    a, b = skeleton(PLAIN), skeleton(other)
    found = compare(a, b, vocabulary([a, b]).weight)
    assert (found and found[0]) == kind


def test_a_negation_alone_reverses() -> None:
    for a, b in [
        ("he will resign on monday", "he will not resign on monday"),
        ("he does think so", "he doesn t think so"),
        ("il viendra demain", "il ne viendra pas demain"),
        (skeleton("Он уйдёт в отставку"), skeleton("Он не уйдёт в отставку")),
    ]:
        assert reverses(a, b)
    assert not reverses("he will resign on monday", "he will resign on tuesday")
    assert not reverses("said so", "he said so")
    assert not reverses("it is clear to us", "it is not clear to us and to others")


def test_marks_of_languages() -> None:
    assert marks("Two dogs don't run", "en").figures == {"2"}
    assert marks("Deux chiens ne courent pas", "fr").negated
    assert marks("Две собаки не бегут в Москву", "ru").negated
    assert not marks("Boys in t-shirts walk", "en").negated
    assert marks("Il parle de l'accord avec Trump à Moscou", "fr").names == ("trump", "moscou")
    assert unmatched(("moscou",), marks("He went to Moscow", "en").words) == 0
    assert unmatched(("trump",), marks("Он говорит о Трампе", "ru").words) == 0
    assert unmatched(("trump",), marks("He talks about Biden", "en").words) == 1
    assert marks("WHO SHOUTS HAS NO NAMES", "en").names == ()
    assert marks("I met Dr. Meyer", "en").names == ("meyer",)
