"""Features of pairs of statements: by their vectors, their wording and what distinguishes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.copies.arrays import Ints, Keys
from nlp.copies.lexical.normalisation import letter_count
from nlp.copies.lexical.pair_overlaps import pair_overlaps
from nlp.copies.lexical.vocabulary import Vocabulary
from nlp.copies.links import DistinctTexts
from nlp.copies.semantic.cells import text_keys
from nlp.copies.semantic.density import (
    BLOCK,
    Floats,
    centre,
    language_classes,
    language_means,
    local_density,
    matches_model,
)
from nlp.copies.semantic.distinguishing_terms import (
    DistinguishingTerms,
    distinguishing_terms,
    unmatched_names,
)
from nlp.copies.semantic.statements import Statements

VECTOR_FEATURES = ("cosine", "margin")
"""Centred cosine, and how far it exceeds the density around both texts."""
MAX_COSINE, MAX_MARGIN = 0.85, 0.55
"""Values beyond which these say no more: no nearness outweighs another number or a negation."""
WORDING_FEATURES = (
    "words",
    "length",
    "numbers_differ",
    "numbers_one_sided",
    "negation_differs",
    "names_missing",
)
"""Share of words in common, log ratio of lengths, and how `distinguishing_terms` differ."""
FEATURES = VECTOR_FEATURES + WORDING_FEATURES
SIGNS = {"cosine": 1, "margin": 1, "words": 1, "length": -1}
SIGNS |= dict.fromkeys(WORDING_FEATURES[2:], -1)
"""Which way a feature may speak, 1 for copies and -1 against: a fit must not learn by chance that
another number is a good sign."""
ONE_LANGUAGE = 0.45
"""Share of words in common from which two texts are in one language, whatever a detector said."""
MIN_LETTERS = 26
"""Letters from which a statement has a meaning of its own: shorter ones are opinions that many hold
("X is a liar")."""


class EmbeddingPrior(NamedTuple):
    """Of a model's vectors of ordinary texts: their mean, and the mean density once centred."""

    mean: Floats
    density: float


@dataclass
class ComparableStatements:
    """The n statements that have a vector and are long enough, with what their comparison needs.

    Attributes:
        numbers: of the statements; what follows is aligned with it.
        vectors: (n, d), centred.
        lengths: (n,), of the centred vectors before they were normalised.
        languages: (n,), numbers of the languages.
        codes: of the languages.
        means: (languages, d), what was taken off the vectors of each.
        classes: (n,), see `nlp.copies.semantic.density.language_classes`.
        density: (n, classes), rough (too low) where it was not refined.
        prior_density: the model's.
        normalised: normalised texts.
        texts: texts as posted.
        language_codes: language codes, "" where unknown.
        vocabulary: of the words of all texts.
        representatives: (n,), numbers of the texts.
        posts: whose vectors these are.
        given: the vectors of all posts, as they were embedded.
    """

    numbers: list[int]
    vectors: Floats
    lengths: Floats
    languages: Ints
    codes: list[str]
    means: Floats
    classes: Ints
    density: Floats
    prior_density: float | None
    normalised: list[str]
    texts: list[str]
    language_codes: list[str]
    vocabulary: Vocabulary
    representatives: Ints
    posts: list[int]
    given: Floats
    _terms: dict[int, DistinguishingTerms] = field(default_factory=dict)

    def keys(self) -> Keys:
        """(n, 2): hashes of the rows' vectors and languages, see `text_keys`."""
        return text_keys((self.given[post] for post in self.posts), self.language_codes)

    def terms(self, row: int) -> DistinguishingTerms:
        """The distinguishing terms of a row, extracted when first asked for: most are never."""
        if row not in self._terms:
            text, language = self.texts[row], self.language_codes[row]
            self._terms[row] = distinguishing_terms(text, language)
        return self._terms[row]

    def refine_density(self, rows: Ints, wanted: NDArray[np.bool_] | None = None) -> None:
        """Measure the density around some rows exactly; ``wanted``: see `local_density`."""
        self.density[rows] = local_density(
            self.vectors, self.classes, self.prior_density, rows=rows, wanted=wanted
        )

    def vector_features(self, a: Ints, b: Ints) -> NDArray[np.float64]:
        """`VECTOR_FEATURES` of pairs of rows, (pairs, 2)."""
        cosine = np.empty(len(a))
        for start in range(0, len(a), BLOCK):
            here = slice(start, start + BLOCK)
            products = self.vectors[a[here]].astype(np.float64) * self.vectors[b[here]]
            cosine[here] = products.sum(axis=1)
        around_a = self.density[a, self.classes[b]].astype(np.float64)
        margin = cosine - (around_a + self.density[b, self.classes[a]]) / 2
        return np.stack([np.minimum(cosine, MAX_COSINE), np.minimum(margin, MAX_MARGIN)], axis=1)

    def shared_words(self, a: Ints, b: Ints) -> NDArray[np.float64]:
        """The first of `WORDING_FEATURES` of pairs of rows, (pairs,)."""
        texts = self.representatives
        return pair_overlaps(self.vocabulary, texts[a], texts[b]).dice

    def wording_features(self, a: int, b: int, shared_words: float) -> list[float]:
        """`WORDING_FEATURES` of a pair of rows, of which the first is known."""
        x, y = self.normalised[a], self.normalised[b]
        letters_x, letters_y = len(x) - x.count(" "), len(y) - y.count(" ")
        one, other = self.terms(a), self.terms(b)
        only_one = bool(one.numbers - other.numbers)
        only_other = bool(other.numbers - one.numbers)
        missing_names = max(
            unmatched_names(one.names, other.words), unmatched_names(other.names, one.words)
        )
        return [
            shared_words,
            abs(log(letters_x / letters_y)),
            float(only_one and only_other),
            float(only_one != only_other),
            float(one.negated != other.negated),
            float(missing_names),
        ]

    def same_language(self, a: int, b: int, shared_words: float) -> bool:
        """Whether two rows are in one language, by their labels or by the words they share."""
        return bool(self.languages[a] == self.languages[b]) or shared_words >= ONE_LANGUAGE


def prepare_statements(
    texts: DistinctTexts,
    statements: Statements,
    posted: Sequence[str],
    vectors: Floats,
    vocabulary: Vocabulary,
    prior: EmbeddingPrior | None = None,
) -> ComparableStatements:
    """The comparable statements of a corpus.

    Args:
        texts: the distinct texts.
        statements: that copies make of them.
        posted: texts as posted, aligned with the posts.
        vectors: of the posts.
        vocabulary: of the words of all texts.
        prior: the model's; it is left out where the vectors are another model's.
    """
    numbers = [
        number
        for number, post in enumerate(statements.posts)
        if post >= 0
        and letter_count(texts.normalised[statements.representatives[number]]) >= MIN_LETTERS
    ]
    representatives = [statements.representatives[number] for number in numbers]
    posts = [statements.posts[number] for number in numbers]
    codes = [texts.languages[text] for text in representatives]
    number_of = {code: at for at, code in enumerate(sorted(set(codes)))}
    languages = np.array([number_of[code] for code in codes], np.int64)
    own_vectors = vectors[posts]
    if prior is not None:
        same_model = len(numbers) > 0 and matches_model(
            own_vectors.mean(axis=0, dtype=np.float64), prior.mean
        )
        prior = prior if same_model else None
    means = language_means(own_vectors, languages, prior.mean if prior else None)
    centred, lengths = centre(own_vectors, languages, means)
    classes = language_classes(languages)
    prior_density = prior.density if prior else None
    return ComparableStatements(
        numbers=numbers,
        vectors=centred,
        lengths=lengths,
        languages=languages,
        codes=list(number_of),
        means=means,
        classes=classes,
        density=local_density(centred, classes, prior_density, rough=True),
        prior_density=prior_density,
        normalised=[texts.normalised[text] for text in representatives],
        texts=[posted[post] for post in posts],
        language_codes=codes,
        vocabulary=vocabulary,
        representatives=np.array(representatives, np.int64),
        posts=posts,
        given=vectors,
    )
