"""The lexical channel: texts that share most of their wording, whatever the alphabet, typos, additions and order.

Candidates share a rare passage (`nlp.copies.fingerprints`); an edit ratio without spaces sifts them; their words decide.
An embedding is not asked: it loses copies with look-alike letters and many with typos.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from nlp.copies.fingerprints import shared_passages
from nlp.copies.links import LinkKind, TextLink, Texts
from nlp.copies.words import Agreement, agreement

SIFT = 55.0
"""Edit ratio (Indel, percent) below which a pair is not looked at, unless it shares several passages."""
PASSAGES = 3
STEP = 500_000

COPY_CONTAINED, COPY_DICE = 0.9, 0.6
REWORDED_CONTAINED, REWORDED_DICE = 0.76, 0.7
REWORDED_LETTERS = 40


def lexical_links(texts: Texts, weight: Mapping[str, float]) -> Iterator[TextLink]:
    """Copies, and rewordings that kept most of the words, in order of their texts."""
    first, second, met = shared_passages(texts.graphemes)
    for start in range(0, len(first), STEP):
        a, b, n = (x[start : start + STEP] for x in (first, second, met))
        ratio = cpdist([texts.graphemes[i] for i in a], [texts.graphemes[i] for i in b], scorer=fuzz.ratio, dtype=np.float32, workers=-1)
        for at in np.flatnonzero((ratio >= SIFT) | (n >= PASSAGES)):
            i, j = int(a[at]), int(b[at])
            said = agreement(texts.skeletons[i], texts.skeletons[j], weight)
            link = judge(said, float(ratio[at]) / 100, min(len(texts.graphemes[i]), len(texts.graphemes[j])))
            if link is not None:
                yield TextLink(i, j, link[0], link[1])


def judge(said: Agreement, ratio: float, letters: int) -> tuple[LinkKind, float] | None:
    """What two texts are to each other by their wording alone: kind and score, or None."""
    if said.figures:
        return None
    score = round(max(ratio, said.dice), 4)
    if said.contained >= COPY_CONTAINED and said.dice >= COPY_DICE:
        return "copy", score
    if said.contained >= REWORDED_CONTAINED and said.dice >= REWORDED_DICE and letters >= REWORDED_LETTERS:
        return "reworded", score
    return None
