"""Find near copies among texts: the library behind the stage ``copies``.

Texts that are equal once normalised are one text. Candidate pairs of the others are compared by
their wording (`nlp.copies.lexical`) and by their sentence vectors (`nlp.copies.semantic`); the
connected components of the links that both give are the groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nlp.copies.connected_components import components_of_all
from nlp.copies.groups import CopyGroup, Posts, build_groups
from nlp.copies.lexical.normalisation import MIN_LETTERS, letter_count, normalise_all
from nlp.copies.lexical.similarity_join import MIN_SCORE_WITHOUT_VECTORS, lexical_links
from nlp.copies.lexical.vocabulary import Vocabulary, build_vocabulary
from nlp.copies.links import DistinctTexts, TextLink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlp.copies.lexical.known_wording import WordingMemory
    from nlp.copies.semantic.known_pairs import PairMemory


def find_copies(
    texts: Sequence[str],
    langs: Sequence[str | None] | None = None,
    vectors: NDArray[np.float32] | None = None,
    *,
    ids: Sequence[str] | None = None,
    links: Sequence[Sequence[str]] | None = None,
    times: Sequence[int | None] | None = None,
    memory: PairMemory | None = None,
    wording: WordingMemory | None = None,
    beat: Callable[[str], None] = lambda _: None,
) -> list[CopyGroup]:
    """Groups of posts that carry one text: verbatim, with edits, reworded or translated.

    Args:
        texts: one text a post, as posted.
        langs: BCP 47 tags; a translation is only looked for between known, different languages.
        vectors: L2-normalised sentence embeddings, float32 (n, d); rows of zeros where there is
            none. Without them only wording is compared: copies, and rewordings that kept their
            words.
        ids: names of the posts, distinct; their numbers as text where None.
        links: canonical addresses in each post, to recognise share buttons.
        times: epoch milliseconds; a group is named after its earliest post.
        memory: what is known of an earlier corpus by vectors, which saves comparing again; then
            what is known of this one. It changes no group.
        wording: the same by letters.
        beat: called with the name of each step as it begins.

    Returns:
        Groups in order of their earliest post. The same posts in any order give equal groups.
    """
    names = list(ids) if ids is not None else [str(number) for number in range(len(texts))]
    posts = Posts(names, times or (), links or ())
    beat("reading texts")
    distinct = distinct_texts(posts, texts, langs or ())
    beat("comparing words")
    vocabulary = build_vocabulary(distinct.normalised)
    text_links = list(lexical_links(distinct, vocabulary, wording))
    if vectors is not None and vectors.any():
        beat("comparing meanings")
        text_links = _with_vectors(distinct, texts, vectors, vocabulary, text_links, memory)
    else:
        text_links = [
            link
            for link in text_links
            if link.kind == "copy" or link.score >= MIN_SCORE_WITHOUT_VECTORS
        ]
    beat("grouping")
    components = [
        component
        for component in components_of_all(len(distinct), text_links)
        if len(component) > 1 or len(distinct.posts[component[0]]) > 1
    ]
    return build_groups(posts, distinct, components, text_links)


def _with_vectors(
    distinct: DistinctTexts,
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    vocabulary: Vocabulary,
    by_wording: list[TextLink],
    memory: PairMemory | None,
) -> list[TextLink]:
    """Copies by wording; rewordings and translations by vectors, where both texts have one.

    Rewordings of texts without a vector are judged by their wording alone.
    """
    from nlp.copies.semantic.clustering import semantic_links
    from nlp.copies.semantic.features import prepare_statements
    from nlp.copies.semantic.pair_model import load_model
    from nlp.copies.semantic.statements import build_statements

    copies = [link for link in by_wording if link.kind == "copy"]
    reordered = [link for link in by_wording if link.kind != "copy"]
    statements = build_statements(distinct, copies, vectors)
    prior = load_model().prior
    comparable = prepare_statements(distinct, statements, texts, vectors, vocabulary, prior)
    with_vector = {text for number in comparable.numbers for text in statements.texts[number]}
    without_vector = [
        link
        for link in reordered
        if link.score >= MIN_SCORE_WITHOUT_VECTORS
        and (link.a not in with_vector or link.b not in with_vector)
    ]
    by_meaning = semantic_links(distinct, statements, comparable, reordered, memory)
    return copies + without_vector + by_meaning


def distinct_texts(
    posts: Posts, texts: Sequence[str], langs: Sequence[str | None] = ()
) -> DistinctTexts:
    """The distinct comparable texts of posts; posts that say too little are left out."""
    carriers: dict[str, list[int]] = {}
    spellings: dict[str, str] = {}
    carriers_of: dict[str, list[int] | None] = {}  # by normalised text; None: it says too little
    for at, words in enumerate(normalise_all(texts)):
        if words in carriers_of:
            if (known := carriers_of[words]) is not None:
                known.append(at)
            continue
        if letter_count(words) < MIN_LETTERS:
            carriers_of[words] = None
            continue
        letters = words.replace(" ", "")
        carried = carriers_of[words] = carriers.setdefault(letters, [])
        carried.append(at)
        # of texts that differ by spaces the first in the alphabet: whatever the order of the posts
        if letters not in spellings or words < spellings[letters]:
            spellings[letters] = words
    in_order = sorted(carriers)
    for carried in carriers.values():
        if len(carried) > 1:
            carried.sort(key=posts.ids.__getitem__)
    carried_by = [carriers[letters] for letters in in_order]
    return DistinctTexts(
        letters=in_order,
        normalised=[spellings[letters] for letters in in_order],
        posts=carried_by,
        languages=[_commonest_language(carried, langs) for carried in carried_by],
    )


def _commonest_language(carried: Sequence[int], langs: Sequence[str | None]) -> str:
    """The commonest known language of some posts, without its region; "" where none is known."""
    if not langs:
        return ""
    if len(carried) == 1 or len({langs[at] for at in carried}) == 1:
        language = (langs[carried[0]] or "").partition("-")[0].lower()
        return language if language != "und" else ""
    counts: Counter[str] = Counter()
    for at in carried:
        language = (langs[at] or "").partition("-")[0].lower()
        if language not in ("", "und"):
            counts[language] += 1
    return min(counts, key=lambda language: (-counts[language], language), default="")
