"""Find near copies among texts: the library behind the stage ``copies``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nlp.copies.connected_components import components
from nlp.copies.groups import Group, Posts, grouped
from nlp.copies.lexical.channel import WORDS_ALONE, lexical_links
from nlp.copies.lexical.normalisation import MIN_LETTERS, skeletons, weight
from nlp.copies.lexical.vocabulary import vocabulary
from nlp.copies.links import TextLink, Texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def find(
    texts: Sequence[str],
    langs: Sequence[str | None] | None = None,
    vectors: NDArray[np.float32] | None = None,
    *,
    ids: Sequence[str] | None = None,
    links: Sequence[Sequence[str]] | None = None,
    times: Sequence[int | None] | None = None,
    beat: Callable[[str], None] = lambda _: None,
) -> list[Group]:
    """Groups of posts that carry one text: verbatim, with edits, reworded or translated.

    Args:
        texts: one text a post, as posted.
        langs: BCP 47 tags; a translation is only looked for between known, different languages.
        vectors: L2-normalised sentence embeddings, float32 (n, d); rows of zeros where there is none. Without
            them only the lexical channel works: copies, and rewordings that kept their words.
        ids: names of the posts, distinct; their numbers as text where None.
        links: canonical addresses in each post, to tell share buttons.
        times: epoch milliseconds; a group is named after its earliest post.
        beat: called with the name of each step as it begins.

    Returns:
        Groups in order of their earliest post. The same posts in any order give equal groups.
    """
    posts = Posts(
        list(ids) if ids is not None else [str(i) for i in range(len(texts))],
        times or (),
        links or (),
    )
    beat("reading texts")
    distinct = distinct_texts(posts, texts, langs or ())
    beat("comparing words")
    words = vocabulary(distinct.skeletons)
    found = list(lexical_links(distinct, words))
    if vectors is not None and vectors.any():
        beat("comparing meanings")
        found = _with_meaning(distinct, texts, vectors, words.weight, found)
    else:
        found = [link for link in found if link.kind == "copy" or link.score >= WORDS_ALONE]
    beat("grouping")
    families = [
        family
        for family in components(range(len(distinct)), found)
        if len(family) > 1 or len(distinct.members[family[0]]) > 1
    ]
    return grouped(posts, distinct, families, found)


def _with_meaning(
    distinct: Texts,
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    weight: dict[str, float],
    lexical: list[TextLink],
) -> list[TextLink]:
    """Copies by wording, rewordings and translations by meaning; where a vector is missing, rewordings by wording."""
    from nlp.copies.semantic.channel import semantic_links
    from nlp.copies.semantic.decision import load
    from nlp.copies.semantic.features import gather
    from nlp.copies.semantic.statements import statements

    copies = [link for link in lexical if link.kind == "copy"]
    shuffled = [link for link in lexical if link.kind != "copy"]
    said = statements(distinct, copies, vectors)
    evidence = gather(distinct, said, texts, vectors, weight, load().usual)
    known = {text for statement in evidence.rows for text in said.texts[statement]}
    unknown = [
        link
        for link in shuffled
        if link.score >= WORDS_ALONE and (link.a not in known or link.b not in known)
    ]
    return copies + unknown + semantic_links(distinct, said, evidence, shuffled)


def distinct_texts(posts: Posts, texts: Sequence[str], langs: Sequence[str | None] = ()) -> Texts:
    """The distinct comparable texts of posts; posts that say too little are left out."""
    carriers: dict[str, list[int]] = {}
    spelled: dict[str, str] = {}
    for at, words in enumerate(skeletons(texts)):
        if weight(words) < MIN_LETTERS:
            continue
        grapheme = words.replace(" ", "")
        carriers.setdefault(grapheme, []).append(at)
        if (
            grapheme not in spelled or words < spelled[grapheme]
        ):  # one spelling whatever the order of the posts
            spelled[grapheme] = words
    graphemes = sorted(carriers)
    members = [
        carriers[g] if len(carriers[g]) == 1 else sorted(carriers[g], key=posts.ids.__getitem__)
        for g in graphemes
    ]
    return Texts(
        graphemes,
        [spelled[g] for g in graphemes],
        members,
        [_language(carried, langs) for carried in members],
    )


def _language(carried: Sequence[int], langs: Sequence[str | None]) -> str:
    """The commonest known language of some posts, without its region; "" where none is known."""
    counts: dict[str, int] = {}
    for at in carried:
        lang = ((langs[at] if langs else None) or "").partition("-")[0].lower()
        if lang not in ("", "und"):
            counts[lang] = counts.get(lang, 0) + 1
    return min(counts, key=lambda lang: (-counts[lang], lang)) if counts else ""
