"""Narratives: neighbours, groups, names, ids, and stories told in two languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from scipy.cluster.hierarchy import linkage

from index.analysis import Analysis
from nlp.analysers import Narratives
from nlp.enrichment.runner import enrich
from nlp.narratives.communities import (
    NOISE,
    cut_by_modularity,
    find_neighbourhood,
    find_stories,
    find_themes,
    vote,
)
from nlp.narratives.content import has_content
from nlp.narratives.grouping import lead_subjects, themes_of
from nlp.narratives.headlines import Candidate, choose_headlines, make_headline
from nlp.narratives.stable_ids import match_groups
from nlp.narratives.topic_terms import make_label, topic_terms
from nlp.narratives.vectors.debiasing import l2_normalised, remove_language_bias
from nlp.narratives.vectors.neighbours import nearest_neighbours
from nlp.narratives.vectors.parallel_sentences import SENTENCES
from nlp.text.corpus import read_corpus
from nlp.text.terms import extract_terms
from tocsin.app.pipeline import analyse
from tocsin.core.documents import Author, Document
from tocsin.core.findings import Narrative, to_json
from tocsin.core.progress import Run
from tocsin.core.text import fold
from tocsin.core.workspace import Workspace

START = datetime(2024, 3, 1, tzinfo=UTC)
STORIES = {
    "bridge": (
        "The old bridge of Vernay has collapsed into the river",
        "Le vieux pont de Vernay s'est effondré dans la rivière",
        "Vernay: bridge collapses, divers search the river for cars",
        "Effondrement du pont à Vernay : les plongeurs cherchent des voitures dans la rivière",
        "Was the Vernay bridge inspected before it collapsed?",
        "Le pont de Vernay avait-il été inspecté avant son effondrement ?",
        "Engineers had warned about the Vernay bridge for years",
        "Des ingénieurs alertaient depuis des années sur le pont de Vernay",
        "Traffic chaos after the bridge at Vernay fell",
        "Chaos sur les routes après la chute du pont de Vernay",
    ),
    "vaccine": (
        "New vaccine against malaria is given to children in Ghana",
        "Un nouveau vaccin contre le paludisme administré aux enfants au Ghana",
        "Malaria vaccine: first children protected this week",
        "Vaccin contre le paludisme : les premiers enfants protégés cette semaine",
        "Doctors say that the malaria vaccine halves the cases",
        "Selon les médecins, le vaccin contre le paludisme réduit les cas de moitié",
        "Ghana starts the largest malaria vaccination ever",
        "Le Ghana lance la plus grande vaccination contre le paludisme",
        "How does the malaria vaccine work?",
        "Comment marche le vaccin contre le paludisme ?",
    ),
    "football": (
        "The cup final ended with a penalty shootout",
        "La finale de la coupe s'est terminée aux tirs au but",
        "What a goalkeeper! Three penalties saved in the final",
        "Quel gardien ! Trois tirs au but arrêtés en finale",
        "The fans celebrate the cup in the streets",
        "Les supporters fêtent la coupe dans les rues",
        "The coach praises his players after the cup final",
        "L'entraîneur félicite ses joueurs après la finale de la coupe",
        "Red card in the cup final was a mistake of the referee",
        "Le carton rouge en finale de coupe était une erreur de l'arbitre",
    ),
}


def documents() -> list[Document]:
    """Every sentence by two authors, in mixed order of time; the truth is in ``source``."""
    rows = [
        (story, text, copy)
        for story, texts in STORIES.items()
        for text in texts
        for copy in ("", "RT @x: ")
    ]
    return [
        Document(
            id=f"x:{n}",
            platform="x",
            source=story,
            text=copy + text,
            author=Author(id=f"x:a{n % 17}"),
            published_at=START + timedelta(hours=(n * 7) % 60),
            lang="und",
        )
        for n, (story, text, copy) in enumerate(rows)
    ]


@pytest.fixture
def told(index: Any, workspace: Workspace) -> Callable[..., list[Narrative]]:
    """A function: put documents, enrich and analyse them; the narratives."""

    def tell(posts: list[Document], **window: Any) -> list[Narrative]:
        index.put(posts)
        with Run(workspace, "enrich") as run:
            enrich(index, workspace, run, ["lang", "embed"])
        with Run(workspace, "analyse") as run:
            analyse(Analysis(index=index, workspace=workspace, run=run, **window), ["narratives"])
        found: list[Narrative] = index.findings("narrative")
        return found

    return tell


def test_stories_are_found_over_languages(told: Any, index: Any) -> None:
    posts = documents()
    found = told(posts)
    source = {post.id: post.source for post in posts}
    assert len(found) == 3
    for narrative in found:
        stories = [source[member] for member in narrative.members]
        main = max(set(stories), key=stories.count)
        assert stories.count(main) >= 0.9 * len(stories)
        assert narrative.posts == len(narrative.members) >= 16
        assert set(narrative.languages) >= {"en", "fr"}
        assert narrative.first_at is not None
        assert narrative.first_at <= min(
            p.published_at for p in posts if p.id in narrative.members and p.published_at
        )
        assert set(narrative.central) <= set(narrative.members)
        assert index.count(f"narrative:{narrative.id}") == narrative.posts
        assert narrative.coordinated_share is None, "nothing was said of coordination"
    terms = " ".join(" ".join(narrative.terms).lower() for narrative in found)
    assert "vernay" in terms
    assert "paludisme" in terms or "malaria" in terms


def test_the_same_posts_give_the_same_findings(told: Any, index: Any) -> None:
    first = [to_json(finding) for finding in told(documents())]
    assert [to_json(finding) for finding in told([])] == first


def test_ids_stay_and_annotations_follow_the_window(told: Any, index: Any) -> None:
    before = {narrative.label: narrative.id for narrative in told(documents())}
    later = told(
        [
            Document(
                id="x:new",
                platform="x",
                text="Another video of the collapsed bridge in Vernay",
                published_at=START,
            )
        ]
    )
    assert {narrative.id for narrative in later} == set(before.values())
    (member,) = [narrative.id for narrative in later if "x:new" in narrative.members]
    assert index.count(f"narrative:{member} id:new") == 1
    narrow = told([], until=START + timedelta(hours=30))
    assert (
        index.count("exists:narrative")
        == sum(narrative.posts for narrative in narrow)
        < sum(narrative.posts for narrative in later)
    )


def test_annotations_left_by_a_killed_run_are_mended(told: Any, index: Any) -> None:
    from tocsin.core.documents import Annotation

    told(documents())
    wrong = Annotation(version="1", model="", made_at=START, values={"narrative": "nwrong"})
    index.annotate([("x:0", wrong), ("x:1", wrong)], "narratives")
    index.refresh()
    found = told([])
    assert index.count("narrative:nwrong") == 0
    assert index.count("exists:narrative") == sum(narrative.posts for narrative in found)


def test_coordinated_posts_are_counted(index: Any, workspace: Workspace) -> None:
    from tocsin.core.findings import Cluster, Member, Method

    index.put(documents())
    cluster = Cluster(
        id="c1", method=Method(name="m", version="1"), status="flagged",
        accounts=(Member(id="x:a1"), Member(id="x:a2")),
        signals=("repost",), q_value=0.001,
    )  # fmt: skip
    index.publish([cluster], kinds=["cluster"], generation="g")
    with Run(workspace, "enrich") as run:
        enrich(index, workspace, run, ["lang", "embed"])
        found = list(Narratives().analyse(Analysis(index=index, workspace=workspace, run=run)))
    total = sum(
        round(f.coordinated_share * f.posts)
        for f in found
        if isinstance(f, Narrative) and f.coordinated_share is not None
    )
    assert total == sum(
        post.author is not None and post.author.id in ("x:a1", "x:a2") for post in documents()
    )


def test_without_vectors_it_says_what_to_do(index: Any, workspace: Workspace) -> None:
    index.put(documents())
    with Run(workspace, "analyse") as run:
        assert not list(Narratives().analyse(Analysis(index=index, workspace=workspace, run=run)))
    assert any("run `tocsin enrich` first" in str(warning) for warning in run.warnings)


def test_cells_find_most_of_the_exact_neighbours() -> None:
    random = np.random.default_rng(3)
    middles = random.normal(0, 1, (60, 48))
    vectors = l2_normalised(
        (middles[random.integers(0, 60, 12_000)] + random.normal(0, 1.4, (12_000, 48))).astype(
            np.float32
        )
    )
    rows, cosines = nearest_neighbours(vectors, 10)
    near, _ = nearest_neighbours(vectors, 10, exact=100)
    assert (np.diff(cosines, axis=1) <= 0).all()
    assert not (rows == np.arange(12_000)[:, None]).any()
    # cells chosen for each row; those nearest to its cell's middle find .87
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(rows, near, strict=True)]) > 0.95


def test_parallel_sentences_are_encoded_once() -> None:
    encoded: list[str] = []

    def encode(texts: Sequence[str]) -> np.ndarray:
        encoded.extend(texts)
        return l2_normalised(np.ones((len(texts), 4), np.float32))

    vectors = l2_normalised(np.eye(4, dtype=np.float32))
    first = remove_language_bias(vectors, ["en", "fr", "en", "fr"], encode)
    again = remove_language_bias(vectors, ["en", "fr", "en", "fr"], encode)
    assert len(encoded) == len(set(encoded))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_vectors(count: int) -> None:
    vectors = l2_normalised(np.eye(4, dtype=np.float32)[:count])
    near = find_neighbourhood(vectors)
    assert len(find_stories(vectors, near)) == len(find_themes(vectors)[0]) == count
    assert nearest_neighbours(vectors, 5)[0].shape == (count, max(count - 1, 0))


def test_themes_alike_in_tone_whose_texts_are_no_neighbours_are_two() -> None:
    random = np.random.default_rng(0)
    middles = np.eye(192)[:5]
    middles[1] = 0.6 * middles[0] + 0.8 * middles[1]
    inside = np.repeat(np.arange(5), 120)
    vectors = middles[inside] + random.normal(0, 0.14, (600, 192))
    themes, _ = find_themes(l2_normalised(vectors.astype(np.float32)))
    assert len(set(themes)) == 5
    main = [int(np.bincount(themes[inside == group]).argmax()) for group in range(5)]
    assert len(set(main)) == 5


def test_subjects_are_the_cut_whose_links_stay_inside_most() -> None:
    fields = np.repeat(np.arange(3), 4)
    links = np.where(fields[:, None] == fields, 30.0, 1.0) + np.eye(12) * 100
    pairs = np.triu_indices(12, 1)
    distances = np.where(fields[:, None] == fields, 0.5, 0.9) + np.arange(12) * 0.001
    tree = linkage(np.minimum(distances, distances.T)[pairs], "average")
    subjects = cut_by_modularity(tree, links, 12)
    assert len(set(zip(fields, subjects, strict=True))) == len(set(subjects)) == 3
    assert len(set(cut_by_modularity(tree, np.eye(12), 12))) == 12  # no links: nothing to join
    assert len(set(cut_by_modularity(tree, np.eye(12), 2))) == 2


def test_a_subject_keeps_the_theme_that_stands_for_it() -> None:
    themes, ids = [[0, 1, 2], [3, 4], [5, 6, 7, 8]], ["ta", "tb", "tc"]
    assert lead_subjects([0, 0, 1], themes, ids, set()) == ["ta", "ta", "tc"]
    assert lead_subjects([0, 0, 1], themes, ids, {"tb", "gone"}) == ["tb", "tb", "tc"]


def test_a_story_between_two_themes_stays_in_the_one_whatever_their_order() -> None:
    stories, themes, ids = [[0, 1, 2, 3]], [[0, 1], [2, 3]], ["tb", "ta"]
    (here,) = themes_of(stories, themes, ids, 6)
    (there,) = themes_of(stories, themes[::-1], ids[::-1], 6)
    assert ids[here] == ids[::-1][there] == "ta"
    (larger,) = themes_of(stories, [[0, 1, 4], [2, 3]], ids, 6)
    assert ids[larger] == "tb"
    assert themes_of([[5]], themes, ids, 6) == [NOISE]


def test_groups_are_found_and_strays_are_noise() -> None:
    random = np.random.default_rng(7)
    middles = np.eye(64)[:4] * 3
    inside = np.repeat(np.arange(4), 40)
    vectors = np.concatenate(
        [middles[inside] + random.normal(0, 0.2, (160, 64)), random.normal(0, 1, (40, 64))]
    )
    centred = l2_normalised((vectors - vectors.mean(axis=0)).astype(np.float32))
    near = find_neighbourhood(centred)
    groups = find_stories(centred, near)
    for story in range(4):
        assert len(set(groups[:160][inside == story])) == 1
    assert len(set(groups[:160])) == 4
    assert (groups[160:] == NOISE).sum() >= 20


def test_language_marks_are_taken_off_without_the_subject() -> None:
    assert len({len(sentences) for sentences in SENTENCES.values()}) == 1
    random = np.random.default_rng(1)
    mark = {code: random.normal(0, 1, 32) for code in SENTENCES}
    meaning = random.normal(0, 1, (24, 32))

    def encode(texts: Any) -> Any:
        code = next(code for code, sentences in SENTENCES.items() if tuple(texts) == sentences)
        return l2_normalised((meaning + mark[code]).astype(np.float32))

    story = random.normal(0, 1, 32)
    vectors = l2_normalised(
        np.stack(
            [story + mark["en"], story + mark["fr"], -story + mark["en"], -story + mark["fr"]]
        ).astype(np.float32)
    )
    found = remove_language_bias(vectors, ["en", "fr", "en", "fr"], encode)
    assert found[0] @ found[1] > found[0] @ found[2]
    assert found[2] @ found[3] > found[2] @ found[0]


def test_ids_are_kept_by_the_share_of_the_larger() -> None:
    def ids(groups: list[list[str]], known: dict[str, list[str]]) -> list[str]:
        return [lineage.id for lineage in match_groups(groups, known)]

    before = {"n1": ["a", "b", "c", "d"], "n2": ["e", "f", "g"]}
    found = ids([["a", "b", "c"], ["d", "e", "f"], ["x", "y"]], before)
    assert found[:2] == ["n1", "n2"]
    assert found[2] not in before
    assert ids([["a", "b", "c"], ["d", "e", "f"], ["x", "y"]], before) == found
    halves = ids([["a", "b"], ["c", "d"]], {"n1": ["a", "b", "c", "d"]})
    assert len(set(halves)) == 2
    # a remnant does not carry the id of a large group on, whatever share of the remnant it is
    assert ids([["a"]], {"n1": ["a", "b", "c", "d"], "n2": ["e"]})[0] == "n1", "the rest is gone"
    assert ids([["e", "f", "g", "d"], ["a"]], before | {"n1": ["a", "b", "c", "d"]})[0] == "n2"
    # new posts say nothing about which group is which
    grown = [["a", "b", "c", "d", *(f"new{n}" for n in range(20))]]
    assert ids(grown, before) == ["n1"]


def test_what_became_of_groups_is_told() -> None:
    before = {"n1": list("abcdefgh"), "n2": list("ijk"), "n3": list("lmnop")}
    both, left, right = match_groups([[*"abcdefgh", *"ijk"], [*"lm", "new"], [*"nop"]], before)
    assert (both.id, both.merged, both.split_from) == ("n1", ["n2"], None)
    assert (right.id, right.merged) == ("n3", [])
    assert left.id not in before
    assert left.split_from == "n3"


def test_new_texts_join_what_their_neighbours_are_in() -> None:
    random = np.random.default_rng(5)
    middles = np.eye(32)[:3]
    inside = np.repeat(np.arange(3), 20)
    vectors = l2_normalised((middles[inside] + random.normal(0, 0.1, (60, 32))).astype(np.float32))
    known = np.where(np.arange(60) % 4 == 0, NOISE, inside).astype(np.int64)
    known[inside == 2] = NOISE
    joined = vote(find_neighbourhood(vectors), known)
    assert (joined[inside < 2] == inside[inside < 2]).all()
    assert (joined[inside == 2] == NOISE).all(), "nobody votes for a group that is not there"


def test_a_tenth_more_posts_leave_ids_headlines_and_members(told: Any) -> None:
    posts = documents()
    later = posts[5::10]
    before = told([post for post in posts if post not in later])
    after = {narrative.id: narrative for narrative in told(later)}
    assert len(before) == 3
    for narrative in before:
        assert set(narrative.members) <= set(after[narrative.id].members)
        assert after[narrative.id].headlines == narrative.headlines
        assert after[narrative.id].label == narrative.label
        assert after[narrative.id].born_at == narrative.born_at


def test_headlines_are_posts_in_their_own_words_in_both_languages(told: Any, index: Any) -> None:
    texts = {post.id: post.text for post in documents()}
    for narrative in told(documents()):
        assert {headline.language for headline in narrative.headlines} == {"en", "fr"}
        for headline in narrative.headlines:
            assert headline.label in texts[headline.post]
            assert narrative.headline(headline.language) == headline.label
        assert narrative.headline("fr") != narrative.headline("en")
        assert narrative.headline("de") == narrative.label == narrative.headlines[0].label
        assert narrative.theme in {theme.id for theme in index.findings("theme")}
        assert narrative.method.parameters["unclustered"] < 10


def test_terms_are_told_in_the_language_of_the_reader(told: Any) -> None:
    texts = {code: " ".join(
        fold(text) for story in STORIES.values() for text in story[place::2]
    ) for place, code in enumerate(("en", "fr"))}  # fmt: skip
    for narrative in told(documents()):
        assert set(narrative.terms_by_language) == {"en", "fr"}
        for code, terms in narrative.terms_by_language.items():
            assert terms == narrative.terms_in(code)
            assert all(fold(term).split()[0] in texts[code] for term in terms), (code, terms)
        assert narrative.terms_in("en") != narrative.terms_in("fr-CA")
        assert narrative.terms_in("de") == narrative.terms


def test_headlines_are_cleaned_and_cut_where_words_end() -> None:
    assert (
        make_headline(
            None, "RT @a: .@b The bridge of Vernay fell &amp; nobody saw https://t.co/x #news"
        )
        == "The bridge of Vernay fell & nobody saw"
    )
    assert make_headline("Bridge falls", "Long article text.") == "Bridge falls"
    assert make_headline(None, "The bridge of Vernay fell. " + "And so on " * 20) == (
        "The bridge of Vernay fell."
    )
    long = make_headline(None, "word " * 60)
    assert long.endswith("word…")
    assert len(long) <= 90
    assert make_headline(None, "https://t.co/x") == ""
    assert make_headline(None, "The bridge fell 🌧️ 😅") == "The bridge fell"
    tag = "I would rather sleep all day #ToAvoidWork"
    assert make_headline(None, tag) == "I would rather sleep all day"
    assert make_headline(None, tag, ["ToAvoidWork"]) == tag
    lines = choose_headlines(
        [
            Candidate("en", None, "what is this", "x:1", 0.9, 1),
            Candidate("en", None, "The bridge of Vernay has fallen into the river", "x:2", 0.8, 1),
            Candidate("fr", None, "Le pont de Vernay est tombé dans la rivière", "x:3", 0.7, 1),
        ],
        {"en": 30, "fr": 2},
        ["Vernay"],
    )
    assert lines == {"en": ("The bridge of Vernay has fallen into the river", "x:2")}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Thank you so much!", False),
        ("Bonjour à tous, merci !", False),
        ("@ana https://example.org/a", False),
        ("😂😂😂", False),
        ("Happy birthday", False),
        ("The bridge of Vernay fell", True),
        ("#Vernay bridge", True),
        ("橋が川に落ちました", True),
    ],
)
def test_what_says_nothing_is_grouped_nowhere(text: str, says: bool) -> None:
    assert has_content(None, text) is says


def test_names_of_days_verbs_and_stop_words_of_all_languages_are_no_terms() -> None:
    from nlp.narratives.word_kinds import unnaming_words

    names_nothing = unnaming_words(["en", "fr", "de"])
    nothing = ("monday", "lundi", "avez", "voulu", "faciliter", "und", "nicht", "said", "quickly")
    assert all(names_nothing(word) for word in nothing)
    assert not any(names_nothing(w) for w in ("bridge", "vernay", "greve", "police", "wahl"))


def test_labels_say_what_sets_a_group_apart() -> None:
    texts = {
        0: ["The New Harbour strike goes on", "Strike at New Harbour: day two",
            "New Harbour workers strike"],
        1: ["Cats sleep all day", "Why do cats purr?", "Two cats, one box"],
    }  # fmt: skip
    found = topic_terms(
        {group: [extract_terms(None, text) for text in held] for group, held in texts.items()}
    )
    assert set(found[0][:2]) == {"New Harbour", "strike"} or set(found[0][:2]) == {
        "New Harbour",
        "Strike",
    }
    assert found[1][0].lower() == "cats"


def test_small_talk_is_called_by_how_a_post_begins() -> None:
    assert (
        make_label(("bien",), "@greta Are you sure? https://x.example My neighbour says otherwise")
        == "“Are you sure? My neighbour says otherwise”"
    )
    assert make_label((), "word " * 40).endswith("…”")
    assert len(make_label((), "word " * 40)) <= 62
    assert make_label(("water", "well"), "whatever") == "water, well"
    assert make_label((), "") == "no words in common"


def test_the_corpus_stands_in_order_of_time(index: Any) -> None:
    posts = [
        *documents(),
        Document(id="x:undated", platform="x", text="no time"),
        Document(id="x:alone", platform="x", published_at=START),
    ]
    index.put(posts)
    corpus = read_corpus(index)
    assert corpus.column("id")[-1] == "x:undated"
    assert (np.diff(corpus.dated_times) >= 0).all()
    assert corpus.authors[corpus.column("id").index("x:alone")] == -1
    assert len(read_corpus(index, START, START + timedelta(hours=1))) < len(corpus)
