"""Words and sequences of characters of posts, as the text expert counts them.

Hashtags count as their words, letters that are drawn out (``noooo``) as two, and names of accounts
not at all. What a term says of a class is its log-count ratio (Wang & Manning 2012, *Baselines and
Bigrams*): how much oftener posts of the class have it than other posts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats: TypeAlias = "NDArray[np.float32]"
Arrays: TypeAlias = "dict[str, NDArray[Any]]"

MAX_CHARACTER_TERMS, MAX_WORD_TERMS = 100_000, 20_000
_MENTION = re.compile(r"(?<![\w.])@\w{1,50}(?:@[\w.-]{1,100})?")
_TAG = re.compile(r"#(\w+)")
_PART_OF_TAG = re.compile(r"[^\W\d_]+|\d+")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")


def plain_text(text: str) -> str:
    """What the text expert reads: small letters, tags as words, no names of accounts."""
    words = _TAG.sub(_words_of_tag, _MENTION.sub("@", text))
    return _DRAWN_OUT.sub(r"\1\1", words.lower())


def _words_of_tag(tag: re.Match[str]) -> str:
    """``#JeSuisFatigué`` as ``# Je Suis Fatigué``; capitals alone (``#COP28``) are one word."""
    words: list[str] = []
    for part in _PART_OF_TAG.findall(tag.group(1)):
        start = 0
        for at in range(1, len(part)):
            if part[at].isupper() and part[at - 1].islower():
                words.append(part[start:at])
                start = at
        words.append(part[start:])
    return f" # {' '.join(words)} "


def terms_of(arrays: Mapping[str, NDArray[Any]]) -> tuple[list[str], list[str]]:
    """The character sequences and the words that the text expert knows."""
    return unpack_words(arrays["characters"]), unpack_words(arrays["words"])


def class_ratios(features: Any, has_class: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(f,): log of how much oftener each feature occurs in posts of a class, each count plus one.

    Args:
        features: sparse (n, f); a feature occurs where it is not 0.
        has_class: (n,).
    """
    occurs = features > 0
    own = 1.0 + np.asarray(occurs[has_class].sum(axis=0), np.float64).ravel()
    others = 1.0 + np.asarray(occurs[~has_class].sum(axis=0), np.float64).ravel()
    ratios: NDArray[np.float64] = np.log(own / own.sum()) - np.log(others / others.sum())
    return ratios


def fit_terms(texts: Sequence[str]) -> Arrays:
    """The terms that two texts or more have, and their rarity."""
    arrays: Arrays = {}
    plain = [plain_text(text) for text in texts]
    for kind in ("characters", "words"):
        vectorizer = _vectorizer(kind, min_df=2)
        try:
            vectorizer.fit(plain)
        except ValueError:  # no term in so many texts
            arrays |= {kind: pack_words([]), f"{kind}_rarity": np.empty(0, np.float32)}
            continue
        arrays[kind] = pack_words([str(term) for term in vectorizer.get_feature_names_out()])
        arrays[f"{kind}_rarity"] = vectorizer.idf_.astype(np.float32)
    return arrays


def term_features(arrays: Mapping[str, NDArray[Any]], texts: Sequence[str]) -> Any:
    """Sparse float32 (n, f): tf-idf of characters, then of words; each part is of length 1."""
    plain = [plain_text(text) for text in texts]
    blocks = []
    for kind in ("characters", "words"):
        terms = unpack_words(arrays[kind])
        if not terms:
            continue
        vectorizer = _vectorizer(kind, vocabulary={term: n for n, term in enumerate(terms)})
        vectorizer.idf_ = arrays[f"{kind}_rarity"].astype(np.float32)
        blocks.append(vectorizer.transform(plain))
    if not blocks:
        return sparse.csr_matrix((len(plain), 0), dtype=np.float32)
    return sparse.hstack(blocks, format="csr", dtype=np.float32)


def _vectorizer(kind: str, **settings: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if kind == "characters":
        settings |= {"analyzer": "char_wb", "ngram_range": (2, 6)}
        settings |= {"max_features": MAX_CHARACTER_TERMS}
    else:
        settings |= {"token_pattern": r"(?u)\b\w\w+\b", "ngram_range": (1, 2)}
        settings |= {"max_features": MAX_WORD_TERMS}
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, lowercase=False, **settings)


def pack_words(words: Sequence[str]) -> NDArray[np.uint8]:
    """A list of words as bytes; no word has a line break."""
    return np.frombuffer("\n".join(words).encode("utf-8", "surrogatepass"), np.uint8).copy()


def unpack_words(packed: NDArray[Any]) -> list[str]:
    """What `pack_words` packed."""
    text = packed.astype(np.uint8).tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []
