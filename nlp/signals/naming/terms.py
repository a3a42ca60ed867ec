"""The terms of an alert: what rises, without words that name nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import log10

import numpy as np

from nlp.signals.burst_merging import MergedBurst
from nlp.signals.bursts import Burst
from nlp.signals.features import NARRATIVE, Features
from nlp.signals.stories import MAX_NOMINAL_RATE
from nlp.text.corpus import Longs
from tocsin.core.text import fold

_MOSTLY = 0.6
_MIN_P_VALUE = 1e-300
_FORMS = (
    "faites faits faite fera feras dites dis ira iras pris mets lire lu lit sais dois tenu "
    "regarde ecoute partager soutenir continue arrete croire croit appeler partir rendu suivi "
    "joue tombe gagne perdre perdu compte propose annonce annoncer reading watching listening "
    "getting going saying making taken taking gave given came coming gone thinking thought "
    "feeling felt trying tried working playing played looking saw telling asking running "
    "ordered retweet kept stay stays wait waiting live lives left buy join joined win wins "
    "won lost turn turned talking needed meet "
)
_VERB_FORMS = frozenset(_FORMS.split())
"""Forms of common verbs that dictionaries know as nouns or adjectives, too: what rises with a story
is the verb."""


def rank_terms(
    merged: MergedBurst,
    features: Features,
    limit: int = 8,
    names_nothing: Callable[[str], bool] | None = None,
) -> list[str]:
    """The terms of a merged burst as written, by weight; narratives come last.

    Of a word and a pair that contains it, the pair is named where it is most of the word. A term
    weighs what its p-value says, less what posts the terms before it have covered already: the
    terms of both languages of a story, and of all its claims, come before the tenth word of one of
    them.

    Args:
        merged: what burst.
        features: what it was found in.
        limit: terms, at most.
        names_nothing: of a folded word, whether it names nothing. Terms that have such a word are
            left out where others are left.
    """
    pairs = list(zip(merged.bursts, merged.rows_of_burst, strict=True))
    is_narrative = [features.names[burst.code].startswith(NARRATIVE) for burst, _ in pairs]
    narratives = [
        features.forms[burst.code]
        for (burst, _), narrative in zip(pairs, is_narrative, strict=True)
        if narrative
    ]
    rising = [pair for pair, narrative in zip(pairs, is_narrative, strict=True) if not narrative]
    if names_nothing is not None:
        named = [pair for pair in rising if names(features.forms[pair[0].code], names_nothing)]
        rising = named or rising
    kept: dict[str, tuple[Burst, Longs]] = {}
    for burst, rows in rising:
        term = features.forms[burst.code]
        words = _words(term)
        is_in_longer = any(
            words <= _words(other) and held.authors >= _MOSTLY * burst.authors
            for other, (held, _) in kept.items()
        )
        shorter = [other for other in kept if _words(other) < words]
        is_rare = any(burst.authors < _MOSTLY * kept[other][0].authors for other in shorter)
        if is_in_longer or is_rare:
            continue
        kept = {other: held for other, held in kept.items() if other not in shorter}
        kept[term] = (burst, rows)
    return [*_by_weight(kept, limit), *narratives][:limit]


def clearest_named(
    merged: MergedBurst, features: Features, names_nothing: Callable[[str], bool]
) -> int:
    """The place of the clearest burst that names something and would raise an alert alone; that of
    the clearest of all where none does.

    Nobody writes *about* a verb, clear as its rise may be.
    """
    for at, burst in enumerate(merged.bursts):
        is_narrative = features.names[burst.code].startswith(NARRATIVE)
        if burst.nominal_rate <= MAX_NOMINAL_RATE and (
            is_narrative or names(features.forms[burst.code], names_nothing)
        ):
            return at
    return 0


def names(form: str, names_nothing: Callable[[str], bool]) -> bool:
    """Whether a term as written names something: none of its words names nothing.

    Two words that are both written with a capital are a name, whatever each means:
    ``Theresa May``, ``Black Friday``.
    """
    words = form.lstrip("#").split()
    nothing = [fold(word) in _VERB_FORMS or names_nothing(fold(word)) for word in words]
    if len(words) > 1 and all(word[:1].isupper() and not word.isupper() for word in words):
        return not all(nothing)
    return not any(nothing)


def _by_weight(terms: dict[str, tuple[Burst, Longs]], limit: int) -> list[str]:
    """Greedy cover: each next term is the one with most weight on posts not covered yet."""
    weight = {term: -log10(max(burst.p_value, _MIN_P_VALUE)) for term, (burst, _) in terms.items()}
    covered: Counter[int] = Counter()
    ordered: list[str] = []
    while weight and len(ordered) < limit:
        gain = {
            term: value * float(np.mean([1 / (1 + covered[int(row)]) for row in terms[term][1]]))
            for term, value in weight.items()
        }
        best = max(gain, key=gain.__getitem__)  # of equal ones the first
        ordered.append(best)
        covered.update(terms[best][1].tolist())
        del weight[best]
    return ordered


def _words(term: str) -> set[str]:
    return set(term.casefold().lstrip("#").split())
