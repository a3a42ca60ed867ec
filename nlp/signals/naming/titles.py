"""The title of an alert: the words of the post that is most about what its posts tell.

How much a post is about it is the cosine of its words with those of all posts, each word weighed by
how rare it is in the stream (TF-IDF and the centroid of a set of texts: Radev et al. 2004). A text
that many pass on, or that was translated, pulls the centre as often as it was posted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.copies.arrays import concatenated_ranges
from nlp.narratives.headlines import Candidate, choose_headlines
from nlp.narratives.nodes import base_language
from nlp.narratives.word_kinds import unnaming_words
from nlp.signals.burst_merging import MergedBurst
from nlp.signals.features import NARRATIVE, Features
from nlp.signals.naming.terms import names
from nlp.signals.tag_site_features import SITE
from nlp.text.corpus import Corpus, Longs
from tocsin.core.findings import Headline

_CANDIDATES = 60
_WORDS = 8
"""Terms and common words by which a line is chosen."""
_TRANSLATED = 0.5
"""Length of the vectors of texts; its square is what it is worth that lines of two languages are
translations of each other, by `nlp.narratives.headlines`."""
_RECENT = 20_000
"""Posts up to the last of an alert among which a word is rare or frequent."""


def find_titles(
    burst: MergedBurst,
    corpus: Corpus,
    features: Features,
    texts: Longs,
    terms: Sequence[str],
    shown: Sequence[Headline] = (),
) -> tuple[Headline, ...]:
    """The words of what most posts tell that have most of what burst, one a language.

    A post that has every word by accident is not the story: what the others tell counts as much.

    Args:
        burst: the posts, and what of them has what burst.
        corpus, features: what it was found in. Nothing after the last post is read.
        texts: by row of the corpus, the code of its text with copies and translations.
        terms: of the alert, best first.
        shown: titles that stay; another language gets the translation of one where there is one.
    """
    rows = burst.rows
    languages = [base_language(code) for code in _cells(corpus, "detected_lang", rows)]
    named = {one.language for one in shown}
    if shown and named.issuperset({*languages} - {"und"}):  # no language is without one
        return tuple(shown)
    held = np.zeros(len(rows))
    for burst_rows in burst.rows_of_burst:
        held += np.isin(rows, burst_rows)
    _, text, copies = np.unique(texts[rows], return_inverse=True, return_counts=True)
    # of a text and its translations the first of each language
    kinds: dict[tuple[int, str], int] = {}
    for at, kind in enumerate(zip(text.tolist(), languages, strict=True)):
        kinds.setdefault(kind, at)
    first = np.array(list(kinds.values()))
    posts = copies[text[first]]
    common = measure_centrality(features, rows[first], posts)
    central = 0.6 * (held[first] / max(held.max(), 1) + common.of_texts) / 2
    most = np.argsort(-central, kind="stable")[:_CANDIDATES]
    # (candidates, texts): equal rows where one is the translation of the other
    _, told = np.unique(text[first[most]], return_inverse=True)
    same = _TRANSLATED * np.eye(len(most), dtype=np.float32)[told]
    candidates = [
        Candidate(
            languages[at := int(first[one])],
            corpus.cell("title", row := int(rows[at])),
            corpus.cell("text", row) or "",
            str(corpus.cell("id", row)),
            float(central[one]),
            int(posts[one]),
            said,
        )
        for one, said in zip(most.tolist(), same, strict=True)
    ]
    if shown:  # what stays decides which text the other language must be the translation of
        here = {one.post for one in shown}
        ids = zip(_cells(corpus, "id", rows), text.tolist(), languages, strict=True)
        staying = {(kind, code) for key, kind, code in ids if key in here}
        kinds_of = [(int(text[first[one]]), languages[int(first[one])]) for one in most.tolist()]
        bound = {code for kind, code in kinds_of if (kind, code) in staying}
        pairs = zip(candidates, kinds_of, strict=True)
        candidates = [one for one, kind in pairs if kind[1] not in bound or kind in staying]
    words = _with_common_words(terms, common.codes, features, languages)
    chosen = choose_headlines(candidates, Counter(languages), words)
    return *shown, *(
        Headline(language=code, label=line, post=post)
        for code, (line, post) in chosen.items()
        if code not in named and (code != "und" or not named)
    )


class Centrality(NamedTuple):
    """What some texts have in common.

    ``of_texts`` (n,) float64: how much each is about what all of them tell, 1 for the most;
    ``codes``: the features that two texts or more have, those that weigh most first.
    """

    of_texts: NDArray[np.float64]
    codes: Longs


def measure_centrality(features: Features, rows: Longs, posts: Longs) -> Centrality:
    """What some texts have in common, and how much of it each has.

    A text is not divided by its length but by the root of it: one word that all have is no title.

    Args:
        features: of the stream; what stands behind the last of the rows is not read.
        rows: of different texts, (n,).
        posts: how many tell each, (n,).
    """
    starts, ends = (np.searchsorted(features.rows, rows, side) for side in ("left", "right"))
    sizes = ends - starts
    if not sizes.any():
        return Centrality(np.zeros(len(rows)), np.zeros(0, np.int64))
    places = concatenated_ranges(starts, sizes)
    codes, column = np.unique(features.codes[places], return_inverse=True)
    last = int(rows.max())
    recent = slice(*np.searchsorted(features.rows, (last - _RECENT + 1, last + 1)).tolist())
    frequent = np.bincount(features.codes[recent], minlength=int(codes[-1]) + 1)[codes]
    rarity = np.log1p(min(last + 1, _RECENT) / np.maximum(frequent, 1))
    text = np.repeat(np.arange(len(rows)), sizes)
    words = sparse.csr_matrix((rarity[column], (text, column)), shape=(len(rows), len(codes)))
    length = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
    length = np.maximum(length, 1e-9)
    centre = words.T @ (posts / length)
    likeness = words @ centre / length**0.8
    common = np.flatnonzero(np.bincount(column, minlength=len(codes)) >= 2)
    common = common[np.argsort(-centre[common], kind="stable")]
    return Centrality(likeness / likeness.max(), codes[common].astype(np.int64))


def _with_common_words(
    terms: Sequence[str], codes: Longs, features: Features, languages: Iterable[str]
) -> list[str]:
    """The terms of an alert, then words that its texts have in common, each once.

    A post of many sentences may be about the story in one of them only, and an alert with one term
    does not say in which.
    """
    words = {term.lstrip("#").casefold(): term.lstrip("#") for term in terms}
    names_nothing = unnaming_words(set(languages), alone=True)
    for code in codes.tolist():
        if len(words) >= _WORDS:
            break
        name, form = features.names[code], features.forms[code].lstrip("#")
        if (
            not name.startswith((NARRATIVE, SITE))
            and " " not in name
            and names(form, names_nothing)
        ):
            words.setdefault(form.casefold(), form)
    return list(words.values())


def _cells(corpus: Corpus, name: str, rows: Longs) -> list[str | None]:
    return [corpus.cell(name, int(row)) for row in rows]
