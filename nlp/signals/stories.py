"""Whether the posts of a burst tell a story.

A story is told by several accounts in words of their own, at least `MIN_TEXTS` of them (near copies
count once: one text that many pass on is for the coordination engine to judge), and those who tell
it share more than the one word that burst: whoever writes of a place names what happened there. A
verb of the day, a greeting or a hashtag game share one word and nothing else. No list of words and
no language is needed for it.

What two texts share by accident is known from all posts before: a feature counts as shared where so
many of the texts have it that chance gives that once in a hundred (a binomial tail, times the
number of features in the texts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2, log10

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from nlp.signals.burst_merging import MergedBurst
from nlp.signals.features import Features
from nlp.signals.tag_site_features import SITE, TAG
from nlp.signals.windows import Scales
from nlp.text.corpus import Longs
from nlp.text.endings import strip_ending

MIN_TEXTS = 3
MAX_NOMINAL_RATE = 4.0
"""Features that reach a p-value by accident in a day, up to which a burst is looked at."""
MIN_SHARED, MIN_FEATURES = 0.2, 0.9
MIN_FEATURES_OF_GAME = 2.0
"""Of a sentence in one hashtag (`is_sentence_tag`): a game, played with other words."""
CROWD, MIN_SHARED_BY_CROWD = 40, 0.3
"""Texts from which on a hashtag game has enough jokes that some of them are alike."""
PASSED_ON, FEW_TEXTS = 3.0, 20
SHARED_BY_PASSED_ON, FEATURES_OF_PASSED_ON = 0.9, 2.5
"""Posts for each text from which a few texts that accounts pass on must be about one thing: readers
of one popular writer, and players of one game, pass on texts of many subjects in the same hours."""
MIN_WORDS = 0.35
"""Of the features that texts share, those that are no tags: about one text in three has one. What
shares the tags of a camp under anything, or the tag of a game, tells nothing."""
MAX_TEXTS = 80
"""Texts of a burst that are compared; of more, as many spread over all of them."""
_MAX_P_VALUE = 0.01
_WEEK = 168.0
_WEEK_HANDICAP = 0.7
_COHERENT_SHARED, _COHERENT_FEATURES, _COHERENT_TEXTS, _COHERENCE = 0.8, 2.5, 8, 1.5
_JOINT = 1.75
"""What it is worth that features rise together, whatever each is worth alone."""
_WORDS_OF_TAG = re.compile(r"[^\W\d_a-z]+(?![^\W\d_A-Z])|[^\W\d_a-z]?[^\W\d_A-Z]+|\d+")
_WORDS_OF_SENTENCE = 3


@dataclass(frozen=True, slots=True)
class Story:
    """What the posts of a burst have in common beside its clearest feature.

    ``texts`` is the number of different texts; ``shared`` the share of them that have the feature
    most have; ``features`` how many such features a text has on average; ``game`` whether the
    clearest feature is a sentence in one hashtag; ``posts_per_text`` how often a text is passed on;
    ``words`` how many of the features are neither tags nor words that these texts hold in tags.
    """

    texts: int
    shared: float
    features: float
    game: bool = False
    posts_per_text: float = 1.0
    words: float = 1.0

    @property
    def is_story(self) -> bool:
        """Whether several people tell one thing in their own words."""
        least = MIN_SHARED if self.texts < CROWD else MIN_SHARED_BY_CROWD
        least_features = MIN_FEATURES_OF_GAME if self.game else MIN_FEATURES
        if self.texts < FEW_TEXTS and self.posts_per_text >= PASSED_ON:
            least, least_features = SHARED_BY_PASSED_ON, FEATURES_OF_PASSED_ON
        enough = self.shared >= least and self.features >= least_features
        return self.texts >= MIN_TEXTS and enough and self.words >= MIN_WORDS

    @property
    def is_pushed(self) -> bool:
        """Whether it is a text or two that accounts pass on."""
        return 0 < self.texts < MIN_TEXTS

    def strength(self, burst: MergedBurst) -> float:
        """How surely a merged burst is a story; what it is worth is measured on shuffled times.

        The sum of what its posts share, how rare its clearest feature's rise is, and how many
        features rise with it, as logarithms; less how often its texts are passed on, as far as they
        are not about one thing. The weights were chosen on September 2016, on October to December
        2021 and on the even days of August 2016 of the streams of `benchmarks.signals`: what
        remains when times are shuffled is one feature of a week that shares little. What grows
        slowly and is one thing, several features in nearly all of its texts, needs no rise that is
        as rare; of a few posts, though, shuffling brings as many together in one week.
        """
        clearest = burst.bursts[0]
        shared = log2(max(self.features, 0.1))
        shared -= log2(max(self.posts_per_text, 1.0)) * (1 - self.shared)
        if burst.joint:
            return shared + 0.5 * log2(len(burst.bursts)) + _JOINT
        rising = sum(other.nominal_rate <= MAX_NOMINAL_RATE for other in burst.bursts)
        strength = (
            shared - 0.5 * log10(max(clearest.nominal_rate, 1e-8)) + 0.5 * log2(max(rising, 1))
        )
        if clearest.hours < _WEEK:
            return strength
        return strength + (_COHERENCE if self.is_coherent and rising > 1 else -_WEEK_HANDICAP)

    @property
    def is_coherent(self) -> bool:
        """Whether its texts are many, and nearly all about one thing."""
        return (
            self.texts >= _COHERENT_TEXTS
            and self.shared >= _COHERENT_SHARED
            and self.features >= _COHERENT_FEATURES
        )


NO_STORY = Story(0, 0.0, 0.0)


class StoryJudge:
    """Judges posts by what was known when they were published.

    Args:
        features: of all posts.
        number_of_rows: of the corpus.
        scales: know how many posts so far have each feature.
    """

    def __init__(self, features: Features, number_of_rows: int, scales: Scales) -> None:
        self._features, self._scales = features, scales
        self._starts = np.append(0, np.cumsum(np.bincount(features.rows, minlength=number_of_rows)))

    def judge(self, burst: MergedBurst) -> Story:
        """What the posts of a merged burst of the last slot have in common."""
        rows = burst.rows
        first = np.unique(self._features.texts[rows], return_index=True)[1]
        texts = np.sort(rows[first])
        number = len(texts)
        if number < MIN_TEXTS:
            return Story(number, 0.0, 0.0)
        if number > MAX_TEXTS:
            texts = texts[np.linspace(0, number - 1, MAX_TEXTS).astype(np.int64)]
        parts = [self._features.codes[self._starts[row] : self._starts[row + 1]] for row in texts]
        codes, times = np.unique(np.concatenate(parts), return_counts=True)
        number_of_codes = len(codes)
        repeated = times >= 2
        codes, times = codes[repeated], times[repeated]
        others = np.maximum(self._scales.posts_with[codes] - times, 0)
        chance = (others + 1) / (self._scales.posts + 2)
        shared = bdtrc(times - 1, len(texts), chance) * number_of_codes <= _MAX_P_VALUE
        names, own = self._features.names, words_of(self._features.names[burst.bursts[0].code])
        shared[shared] = [not words_of(names[int(code)]) & own for code in codes[shared]]
        tagged = _made_of_tags([names[int(code)] for code in codes], times)
        in_words = float(times[shared & ~tagged].sum())
        times = times[shared]
        return Story(
            number,
            float(times.max(initial=0)) / len(texts),
            float(times.sum()) / len(texts),
            is_sentence_tag(self._features.forms[burst.bursts[0].code]),
            len(rows) / number,
            in_words / len(texts),
        )


def _made_of_tags(names: Sequence[str], times: Longs) -> NDArray[np.bool_]:
    """Which features are tags, or words that stand in a tag in half of the texts that have them."""
    counted = dict(zip(names, times.tolist(), strict=True))
    tags = {strip_ending(name[1:]): n for name, n in counted.items() if name.startswith(TAG)}
    if not tags:
        return np.zeros(len(names), np.bool_)
    in_tags = {word for word, n in tags.items() if 2 * n >= counted.get(word, 0)}
    return np.array([words_of(name) <= in_tags or name.startswith(TAG) for name in names], np.bool_)


def is_sentence_tag(form: str) -> bool:
    """Whether a term as written is three words or more in one: ``ThingsYouSay``."""
    word = form.removeprefix("#")
    if " " in word or word.islower():
        return False
    words = [part for part in _WORDS_OF_TAG.findall(word) if len(part) > 1 and part.isalpha()]
    return len(words) >= _WORDS_OF_SENTENCE


def words_of(name: str) -> set[str]:
    """The words of a feature's name, without what marks a tag or a site, and without endings."""
    words = name.removeprefix(TAG).removeprefix(SITE).split()
    return set(words) if name.isascii() else set(map(strip_ending, words))
