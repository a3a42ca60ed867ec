"""What ``benchmarks.topics`` groups: the given sets, and stories planted among tweets."""

from __future__ import annotations

import csv
import gzip
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.tiles import SHARED

STORIES = Path(__file__).with_name("planted_stories.txt")
BACKGROUND = ""
"""The label of a tweet in which no story was planted."""
_FACTS = 3
_BEFORE = {
    "en": (
        "Just heard: ", "So sad. ", "Read this! ", "My cousin saw it. ", "Breaking: ", "Wow... ",
        "I cannot believe it: ", "Seen on the news tonight: ", "Is this true? ", "Again! ",
    ),
    "fr": (
        "Je viens d'apprendre : ", "Quelle tristesse. ", "À lire ! ", "Mon cousin l'a vu. ",
        "Urgent : ", "Waouh... ", "Je n'y crois pas : ", "Vu aux infos ce soir : ",
        "C'est vrai, ça ? ", "Encore ! ",
    ),
}  # fmt: skip
_AFTER = {
    "en": (
        " Nobody talks about it.", " What do you think?", " Unbelievable.", " More tomorrow.",
        " Who is going to pay?", " #news", " I am speechless.", " It had to happen.", "", " lol",
    ),
    "fr": (
        " Personne n'en parle.", " Vous en pensez quoi ?", " Incroyable.", " La suite demain.",
        " Qui va payer ?", " #infos", " Les bras m'en tombent.", " Ça devait arriver.", "", " mdr",
    ),
}  # fmt: skip


class Labelled(NamedTuple):
    """Texts with what they are about, and their language (``und`` where the set does not say)."""

    texts: list[str]
    labels: list[str]
    languages: list[str]


def sets() -> dict[str, str]:
    """The given sets: name -> file."""
    return {
        "reddit": "en_reddit_topics",
        "reddit_a": "en_reddit_topics",
        "reddit_b": "en_reddit_topics",
        "crisislex_t26": "multi_crisislex_t26",
        "crisislex_t6": "en_crisislex_t6",
        "20newsgroups": "en_20newsgroups",
        "reuters": "en_reuters21578",
    }


def read_set(name: str, limit: int) -> Labelled:
    """At most ``limit`` texts of a given set, drawn with a fixed seed.

    ``reddit`` holds all subreddits, ``reddit_a`` and ``reddit_b`` a half of them each: none is
    in both.
    """
    rows = list(_rows(sets()[name]))
    if name.startswith("reddit"):
        topics = sorted({row["subreddit"] for row in rows})
        random.Random(5).shuffle(topics)
        part = {"reddit_a": topics[:40], "reddit_b": topics[40:]}.get(name, topics)
        found = [(r["title"], r["subreddit"]) for r in rows if r["subreddit"] in part]
    elif name == "crisislex_t6":
        found = [(r["text"], r["event"]) for r in rows if r["label"] == "on-topic"]
    elif name == "crisislex_t26":
        found = [(r["text"], r["event"]) for r in rows]
    elif name == "20newsgroups":
        found = [(_message(r), r["group"]) for r in rows]
    else:
        found = [
            (f"{r['title']}. {(r['body1200'] or '')[:200]}", r["topics"])
            for r in rows
            if r["topics"] and "|" not in r["topics"]
        ]
        sizes = Counter(topic for _, topic in found)
        found = [(text, topic) for text, topic in found if sizes[topic] >= 20]
    random.Random(1).shuffle(found)
    texts, labels = zip(*found[:limit], strict=True)
    language = "und" if name == "crisislex_t26" else "en"
    return Labelled(list(texts), list(labels), [language] * len(texts))


def planted(seed: int, tweets: int = 4_000, posts: int = 24) -> Labelled:
    """Sixty invented stories, each told in English and French, among tweets of the given sets.

    Args:
        seed: of the draw of tweets and of the words around each fact.
        tweets: in which no story is planted, half of them in French.
        posts: of each story, half of them in French.
    """
    draw = random.Random(seed)
    found: list[tuple[str, str, str]] = []
    for number, lines in enumerate(_stories()):
        for language, facts in (("en", lines[:_FACTS]), ("fr", lines[_FACTS:])):
            for place in range(posts // 2):
                fact = facts[place % _FACTS]
                before = draw.choice(_BEFORE[language]) if draw.random() < 0.6 else ""
                after = draw.choice(_AFTER[language]) if draw.random() < 0.7 else ""
                if draw.random() < 0.2:
                    after = f". {draw.choice([other for other in facts if other != fact])}{after}"
                found.append((before + fact + after, f"story-{number}", language))
    english = [r["text"] for r in _rows("en_ira_tweets_2016_sep_nov") if r["language"] == "English"]
    french = [r["text"] for r in _rows("fr_presidentielle2022_tweets")]
    for language, pool in (("en", english), ("fr", french)):
        found += [(text, BACKGROUND, language) for text in draw.sample(pool, tweets // 2)]
    draw.shuffle(found)
    texts, labels, languages = zip(*found, strict=True)
    return Labelled(list(texts), list(labels), list(languages))


def _stories() -> list[list[str]]:
    """Of each story three facts in English, then the same in French."""
    return [block.splitlines() for block in STORIES.read_text("utf-8").strip().split("\n\n")]


def _rows(name: str) -> Iterator[dict[str, str]]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    with gzip.open(
        SHARED / "data" / "nlp" / f"{name}.csv.gz", "rt", encoding="utf-8", newline=""
    ) as held:
        yield from csv.DictReader(held)


def _message(row: dict[str, str]) -> str:
    """Subject and first words of a message; this set holds all of it in one column, by tabs."""
    whole = "\t".join(row[name] or "" for name in ("from", "subject", "body2000"))
    subject = whole.partition("Subject: ")[2].partition("\t")[0]
    body = whole.partition("Lines: ")[2].lstrip(" 0123456789\t")
    return f"{subject}. {body[:300]}"
