"""Headlines: which words of a post a person reads, and where posts have no subject."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.narratives.headlines import (
    Candidate,
    choose_headlines,
    find_voices,
    lacks_subject,
    make_headline,
    needs_speaker,
)
from tocsin.core.groups.headlines import Headline, foreign_language, headline_in


def test_an_answer_is_no_headline_where_a_post_says_what_it_is_about() -> None:
    said = "La fermeture de l'usine de Vernay jette deux cents ouvriers à la rue"
    for bare in ("Oui, nous avons fait le compte ce matin.", "Vive la vie, vive la vie partout !"):
        lines = choose_headlines(
            [Candidate("fr", None, bare, "a", 0.93, 1), Candidate("fr", None, said, "b", 0.76, 1)],
            {"fr": 9},
            ("usine", "ouvriers", "Vernay"),
        )
        assert lines == {"fr": (said, "b")}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "Children are not to be vaccinated, says Dr. Vernay of the hospital, who was asked by "
            "the paper this morning.",
            "Children are not to be vaccinated, says Dr. Vernay of the hospital…",
        ),
        (
            "Hommage à Paul Vernay, maire tué pour avoir défendu les droits et les valeurs de la "
            "République",
            "Hommage à Paul Vernay, maire tué pour avoir défendu les droits et les valeurs…",
        ),
        ("Je serai à 19 h l'invitée de la radio ⤵️ ➡️", "Je serai à 19 h l'invitée de la radio"),
    ],
)
def test_a_headline_ends_where_it_says_something(text: str, line: str) -> None:
    assert make_headline(None, text) == line


def test_a_greeting_is_no_headline_where_a_post_says_what_it_is_about() -> None:
    said = "The workers of Vernay march for the factory that closes"
    thanks = "Thanks to all workers of Vernay, to the factory and the union"
    lines = choose_headlines(
        [Candidate("en", None, thanks, "a", 0.8, 1), Candidate("en", None, said, "b", 0.78, 1)],
        {"en": 9},
        ("factory", "workers", "Vernay"),
    )
    assert lines == {"en": (said, "b")}


def test_a_site_behind_a_bar_is_no_part_of_a_headline() -> None:
    title = "The old bridge of Vernay has collapsed | Vernay Evening Post"
    assert make_headline(title, "") == "The old bridge of Vernay has collapsed"
    assert make_headline("Bridge | Post", "") == "Bridge | Post"


def chosen(texts: list[str], terms: tuple[str, ...]) -> str:
    """The headline of posts in French of which the first is the most central."""
    candidates = [
        Candidate("fr", None, text, str(number), 0.9 - number / 20, 1)
        for number, text in enumerate(texts)
    ]
    return choose_headlines(candidates, {"fr": 9}, terms)["fr"][0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Right then: the ferry of Vernay stops at noon", "The ferry of Vernay stops at noon"),
        ("Dites, le bac de Vernay s'arrête à midi", "Le bac de Vernay s'arrête à midi"),
        (
            "Hang on everyone. The ferry of Vernay stops at noon",
            "The ferry of Vernay stops at noon",
        ),
        (
            "The ferry of Vernay stops at noon. Take care out there.",
            "The ferry of Vernay stops at noon.",
        ),
        (
            "The ferry of Vernay stops at noon\n\nRead it all below",
            "The ferry of Vernay stops at noon",
        ),
        (
            "The ferry of Vernay stops at noon 🚢 Read it all below",
            "The ferry of Vernay stops at noon",
        ),
        ("Strike on the ferry of #Vernay", "Strike on the ferry of #Vernay"),
        ("The ferry (so the town...) stops at noon", "The ferry (so the town...) stops at noon"),
        ("2/ The ferry of Vernay stops at noon", "The ferry of Vernay stops at noon"),
        ("[3] The ferry of Vernay stops at noon", "The ferry of Vernay stops at noon"),
        ("2/3 of the ferry of Vernay is sold", "2/3 of the ferry of Vernay is sold"),
        ("« The ferry of Vernay stops at noon. And", "The ferry of Vernay stops at noon."),
        ("𝗧𝗵𝗲 𝗳𝗲𝗿𝗿𝘆 of Vernay stops at noon", "The ferry of Vernay stops at noon"),
        ("@vernay stops its ferry at noon today", "@vernay stops its ferry at noon today"),
        ("@ana The ferry of Vernay stops at noon", "The ferry of Vernay stops at noon"),
        ("The ferry of Vernay stops at noon #news @town", "The ferry of Vernay stops at noon"),
        (
            "“The ferry of Vernay stops at noon. It is a shame for all.",
            "The ferry of Vernay stops at noon.",
        ),
    ],
)
def test_what_is_no_part_of_the_story_is_left_out(text: str, line: str) -> None:
    found = choose_headlines(
        [Candidate("en", None, text, "a", 0.9, 1)], {"en": 9}, ("ferry", "bac", "Vernay")
    )
    assert found["en"][0] == line


def test_a_long_sentence_is_cut_before_a_clause_that_does_not_fit() -> None:
    text = (
        "The ferry of Vernay stops at noon because nobody can pay the sailors, whose union says no"
    )
    assert make_headline(None, text + " to every offer of the town") == (
        "The ferry of Vernay stops at noon because nobody can pay the sailors…"
    )


def test_a_tag_that_names_the_group_stands_beside_a_line_that_does_not() -> None:
    text = "Nous sommes ici pour tout changer ensemble ! Merci à vous. #MeetingVernay #live"
    assert chosen([text], ("MeetingVernay",)).endswith("ensemble ! #MeetingVernay")
    told = "Le bac de Vernay est en grève depuis lundi matin #live"
    assert chosen([told], ("bac", "live")) == "Le bac de Vernay est en grève depuis lundi matin"


@pytest.mark.parametrize(
    "bare",
    [
        "Il a beaucoup défendu la grève du bac de Vernay, et voilà tout ce qu'on en dit",
        "@paul a beaucoup défendu la grève du bac de Vernay et les marins",
        "15h à Vernay ! #bac #grève",
        "C'est la grève du bac qui fait parler tout le monde à Vernay",
    ],
)
def test_a_line_that_is_not_understood_alone_gives_way(bare: str) -> None:
    said = "Les marins du bac de Vernay sont en grève depuis lundi"
    assert chosen([bare, said], ("bac", "grève", "Vernay")) == said


def test_a_term_is_a_whole_word() -> None:
    texts = [
        "Un nouveau bateau pour tous les marins de la vallée",
        "Pas une goutte d'eau à Vernay ce matin",
    ]
    assert chosen(texts, ("eau",)) == texts[1]


def test_headlines_of_two_languages_say_the_same() -> None:
    """A group of two subjects: each language alone would be told by another of them."""
    lamp, wind = np.eye(2, dtype=np.float32)
    candidates = [
        Candidate("fr", None, "Les pales du parc éolien tournent depuis midi", "a", 0.6, 1, wind),
        Candidate("en", None, "Street lights are off from midnight in Vernay", "b", 0.6, 1, lamp),
        Candidate("en", None, "The blades of the wind farm turn since noon", "c", 0.5, 1, wind),
    ]
    found = choose_headlines(candidates, {"fr": 5, "en": 4})
    assert {language: post for language, (_, post) in found.items()} == {"fr": "a", "en": "c"}


def test_posts_that_are_only_alike_lack_a_subject() -> None:
    def lacks(texts: list[str], *terms: str) -> bool:
        posts = [Candidate("en", None, text, str(n), 0.5, 1) for n, text in enumerate(texts)]
        return lacks_subject(posts, terms)

    assert lacks(["@a So true", "@b I was there", "@c It is worse here, believe me"], "worse")
    assert lacks(["Happy birthday", "You are wonderful", "What a day"], *"abcdefgh")
    game = ["#IfICouldFly to you", "Never again #IfICouldFly", "#IfICouldFly or so"]
    assert not lacks(game, "IfICouldFly")
    story = ["The ferry of Vernay stops at noon", "Sailors of Vernay strike over wages"]
    assert not lacks(story, "Vernay")
    assert not lacks(["橋が川に落ちました", "橋の事故"], "橋")
    assert not lacks([])


def test_what_lacks_a_subject_says_so_in_the_language_of_its_reader() -> None:
    shown = (Headline(language="fr", label="Pareil chez moi", post="x:1"),)
    assert headline_in("fr", shown, "") == "Pareil chez moi"
    french = headline_in("fr", shown, "", only_alike=True)
    english = headline_in("en", shown, "Pareil chez moi", only_alike=True)
    assert french.startswith("Messages qui se ressemblent")
    assert english == "Posts that are alike, without a common subject: “Pareil chez moi”"
    assert (foreign_language(english, shown, "en"), foreign_language(french, shown, "fr")) == (
        "fr",
        "",
    )


@pytest.mark.parametrize(
    ("bare", "said"),
    [
        ("Rendez-vous ce soir à 20h10 sur Radio Vernay !", "Les marins de Vernay sont en grève"),
        ("Retrouvez-moi demain en direct à Vernay pour la grève", "La grève du bac de Vernay dure"),
        ("À ce soir à Vernay, au bac, pour la grève !", "Grève des marins du bac de Vernay"),
        ("Nos vœux à tous les marins en grève à Vernay", "Les marins du bac de Vernay en grève"),
        ("Quelle joie ! Quelle fête ! Grève à Vernay !", "Le bac de Vernay en grève dès lundi"),
    ],
)
def test_an_announcement_or_a_slogan_gives_way_to_what_it_is_about(bare: str, said: str) -> None:
    assert chosen([bare, said], ("grève", "bac", "Vernay")) == said


def test_a_later_sentence_that_refers_to_somebody_unnamed_gives_way() -> None:
    first = "Un drame ce matin. La grève lui a coûté sa place et toute sa pension."
    said = "La grève a coûté leur place à huit marins de Vernay"
    assert chosen([first, said], ("grève",)) == said
    # who is named in the sentence itself is known
    alone = "Un mot. La grève de Vernay a coûté sa place au patron du bac."
    assert chosen([alone], ("grève",)).startswith("La grève de Vernay")


def test_words_that_only_announce_do_not_name_a_story() -> None:
    texts = [
        "Rendez-vous à 20h en direct sur notre chaîne YouTube",
        "Le blocage des prix du pain arrive à l'Assemblée de Vernay",
    ]
    assert chosen(texts, ("direct", "Rendez-vous", "YouTube", "20h", "blocage")) == texts[1]


def announcements(*authors: str) -> list[Candidate]:
    places = ("Radio Vernay", "TV Vernay", "Canal Ondrelle", "Radio Combe")
    return [
        Candidate(
            "fr", None, f"Je serai l'invité de {place} à {hour}h30", str(hour), 0.5, 1, None, who
        )
        for hour, (place, who) in enumerate(zip(places, authors, strict=True), 7)
    ]


def test_announcements_of_many_are_only_alike_and_those_of_one_are_theirs() -> None:
    terms = ("invité", "7h30", "Radio Vernay", "8h30 invité", "direct")
    many = announcements("x:a", "x:b", "x:c", "x:d")
    assert lacks_subject(many, terms, find_voices([one.author for one in many]))
    one = announcements("x:a", "x:a", "x:a", "x:b")
    told = ("grève", "bac", "marins", "pont", "Vernay")
    assert not lacks_subject(one, told, find_voices([post.author for post in one]))


def test_few_authors_who_wrote_two_thirds_tell_a_group() -> None:
    assert find_voices(["a", "a", "b"]) == ("a",)
    assert find_voices(["a", "b", "c", "d", "a", "b"]) == ("a", "b")
    assert find_voices(["a", "b", "c", "d", "e", "f"]) == ()
    assert find_voices([None, None, "a"]) == ()
    assert find_voices([]) == ()


def test_it_is_said_who_speaks_where_one_does_or_where_the_words_do_not_say_it() -> None:
    news = "Les marins du bac de Vernay sont en grève depuis lundi"
    assert needs_speaker(news, ("x:a",))
    assert not needs_speaker(news, ("x:a", "x:b"))
    for bare in (
        "Je soutiens les marins du bac de Vernay",
        "Vive Vernay !",
        "un bac pour les marins",
    ):
        assert needs_speaker(bare, ("x:a", "x:b"))
        assert not needs_speaker(bare, ())
    us = "The US port strike spreads to the ferries of Vernay"
    assert not needs_speaker(us, ("x:a", "x:b")), "US is a country"


def test_who_tells_a_group_gives_it_the_words() -> None:
    other, theirs = "La grève du bac de Vernay dure encore", "Je soutiens la grève du bac de Vernay"
    found = choose_headlines(
        [
            Candidate("fr", None, other, "a", 0.9, 1, None, "x:b"),
            Candidate("fr", None, theirs, "b", 0.5, 1, None, "x:a"),
        ],
        {"fr": 9},
        ("grève", "bac", "Vernay"),
        ("x:a",),
    )
    assert found == {"fr": (theirs, "b")}


def test_the_name_of_who_speaks_stands_before_the_words_unless_it_is_in_them() -> None:
    said = Headline(language="fr", label="Rendez-vous ce soir", post="x:1", speaker="x:7")
    assert said.spoken("@ana_vernay") == "@ana_vernay\u202f: Rendez-vous ce soir"
    assert said.spoken("") == "Rendez-vous ce soir"
    english = Headline(language="en", label="See you tonight #MeetingVérnay", post="x:1")
    assert english.spoken("@zoe") == "@zoe: See you tonight #MeetingVérnay"
    assert english.spoken("@ana_vernay") == english.label, "the tag names her"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "Mercure, vente secrète : ce que nous avons vérifié https://a.example/x Pour tous",
            "Mercure, vente secrète : ce que nous avons vérifié",
        ),
        (
            "Pour choisir qui nous portera, inscrivez-vous à la primaire sur https://a.example/x",
            "Pour choisir qui nous portera, inscrivez-vous à la primaire",
        ),
        (
            "Results of the water tests are published, read them here: https://a.example/x #Water",
            "Results of the water tests are published, read them",
        ),
        ("Who is the new head of the water board working for?", None),
    ],
)
def test_an_address_that_is_left_out_leaves_no_seam(text: str, line: str | None) -> None:
    assert make_headline(None, text) == (line or text)
