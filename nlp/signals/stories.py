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

from dataclasses import dataclass
from math import log2, log10

import numpy as np
from scipy.special import bdtrc

from nlp.signals.burst_merging import MergedBurst
from nlp.signals.features import Features
from nlp.signals.windows import Scales

MIN_TEXTS = 3
MAX_NOMINAL_RATE = 4.0
"""Features that reach a p-value by accident in a day, up to which a burst is looked at."""
MIN_SHARED, MIN_FEATURES = 0.2, 0.9
CROWD, MIN_SHARED_BY_CROWD = 40, 0.3
"""Texts from which on a hashtag game has enough jokes that some of them are alike."""
MAX_TEXTS = 80
"""Texts of a burst that are compared; of more, as many spread over all of them."""
_MAX_P_VALUE = 0.01
_WEEK = 168.0
_WEEK_HANDICAP = 0.7


@dataclass(frozen=True, slots=True)
class Story:
    """What the posts of a burst have in common beside its clearest feature.

    ``texts`` is the number of different texts; ``shared`` the share of them that have the feature
    most have; ``features`` how many such features a text has on average.
    """

    texts: int
    shared: float
    features: float

    @property
    def is_story(self) -> bool:
        """Whether several people tell one thing in their own words."""
        least = MIN_SHARED if self.texts < CROWD else MIN_SHARED_BY_CROWD
        return self.texts >= MIN_TEXTS and self.shared >= least and self.features >= MIN_FEATURES

    @property
    def is_pushed(self) -> bool:
        """Whether it is a text or two that accounts pass on."""
        return 0 < self.texts < MIN_TEXTS

    def strength(self, burst: MergedBurst) -> float:
        """How surely a merged burst is a story; what it is worth is measured on shuffled times.

        The sum of what its posts share, how rare its clearest feature's rise is, and how many
        features rise with it, as logarithms. The weights were chosen on September 2016 and on
        October to December 2021 of the streams of `benchmarks.signals`: what remains when times
        are shuffled is one feature of a week that shares little.
        """
        clearest = burst.bursts[0]
        rising = sum(other.nominal_rate <= MAX_NOMINAL_RATE for other in burst.bursts)
        return (
            log2(max(self.features, 0.1))
            - 0.5 * log10(max(clearest.nominal_rate, 1e-8))
            + 0.5 * log2(max(rising, 1))
            - _WEEK_HANDICAP * (clearest.hours >= _WEEK)
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
        self._starts = np.searchsorted(features.rows, np.arange(number_of_rows + 1))

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
        times = times[shared]
        return Story(
            number, float(times.max(initial=0)) / len(texts), float(times.sum()) / len(texts)
        )


def words_of(name: str) -> set[str]:
    """The words of a feature's name, without what marks a tag or a site."""
    return set(name.removeprefix("#").removeprefix("site:").split())
