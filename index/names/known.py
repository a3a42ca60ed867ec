"""What the accounts of a workspace are called: handles, ids and display names, found by word.

A name is kept under its case-folded text; a text is searched by looking up each of its words, so
that a hundred thousand names cost no more than one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from tocsin.core.documents import native_id
from tocsin.core.text import collapse_whitespace

Account: TypeAlias = "tuple[str, str | None, str | None]"
"""Author id (``platform:native``), handle, display name."""
Written: TypeAlias = "tuple[str | None, str | None]"
"""Who wrote a text, and the text."""

WORD = re.compile(r"\w+")
_AT_WORD = re.compile(r"@?\w+")
SHORTEST = 4
SHORTEST_OWN = 3
SHORTEST_NUMBER = 6
MAX_WORDS = 8
MAX_NAMES = 2_000_000
"""Names that are kept, at most: some 300 bytes each."""
SAMPLE = 20_000
"""Posts that are read to tell words from names."""
FEW = 20
_NEVER = frozenset(
    """
    acct http https about after again also another back because been before being both came come
    could does done down each even ever every from going good have having here into just keep know
    last like made make many more most much must need never news next only other over said same
    says should since some still such take than that their them then there these they this those
    time today under until very want well went were what when where which while will with would
    year years your ainsi alors apres après aucun aussi autre autres avant avec avoir cela celle
    celui ceux chaque chez comme comment contre dans deja déjà depuis donc dont elle elles encore
    entre etait était être etre fait faire jamais jour jours leur leurs lors mais meme même mois
    moins nous parce parmi pendant personne peut plus pour pourquoi quand quel quelle quoi rien sans
    selon sera sont sous tout toute toutes tous tres très trop vers votre vous
    """.split()  # noqa: SIM905
)
"""What stands in almost every text of English and French, and is somebody's handle somewhere."""


class Names(NamedTuple):
    """Names by key -> author id, and how those of several words begin.

    ``spans``: the first two words of such names, as ``first second`` -> how many words the longest
    name that begins so has.
    """

    ids: dict[str, str]
    spans: dict[str, int]

    def put(self, key: str, words: list[str], author: str) -> str:
        """Keep a name; the author id that it means, which is the first that was given."""
        if len(words) > 1:
            start = f"{words[0]} {words[1]}"
            self.spans[start] = max(len(words), self.spans.get(start, 0))
        return self.ids.setdefault(key, author)

    def may_stand_in(self, words: list[str]) -> bool:
        """Whether one of these names may stand among these case-folded words."""
        return not self.ids.keys().isdisjoint(words) or (
            bool(self.spans) and not self.spans.keys().isdisjoint(pairs(words))
        )

    def longest(self, words: list[str], at: int) -> int:
        """How many words the longest name that may begin at a word has; 0 where none does."""
        if at + 1 < len(words) and (n := self.spans.get(f"{words[at]} {words[at + 1]}")):
            return n
        return 1 if words[at] in self.ids else 0


def pairs(words: list[str]) -> list[str]:
    """Each word and the next, as ``first second``."""
    return [f"{first} {second}" for first, second in pairwise(words)]


_BETWEEN = re.compile(r"[\W_]+")


class KnownNames:
    """The names of the accounts of a workspace.

    Args:
        accounts: who is known.
        texts: some posts, read once and only when a plain word may be a name: see `is_word`.

    Attributes:
        names: all of them, plain words among them.
    """

    def __init__(
        self,
        accounts: Iterable[Account] = (),
        texts: Callable[[], Iterable[Written]] = lambda: (),
    ) -> None:
        self.names = Names({}, {})
        self._ids = self.names.ids
        self._namesakes: dict[tuple[str, str], str] = {}
        self._plain: dict[str, None] = {}
        self._texts = texts
        self._words: frozenset[str] | None = None
        for author, handle, name in accounts:
            if len(self._ids) >= MAX_NAMES:
                break
            for given in _called(author, handle):
                self._add(author, given, plain=is_plain(given))
            if name and (key := name_key(name)) and " " in key and len(key) > SHORTEST:
                self._add(author, name, plain=False)

    def _add(self, author: str, given: str, *, plain: bool) -> None:
        is_one_word = given.isascii() and given.isalnum()  # most are, and are not looked through
        key = given.casefold() if is_one_word else name_key(given)
        if len(key) < SHORTEST or key in _NEVER or (key.isdigit() and len(key) < SHORTEST_NUMBER):
            return
        words = [key] if is_one_word else WORD.findall(key)
        if not words or len(words) > MAX_WORDS:
            return
        other = self.names.put(key, words, author)
        if other != author:
            self._namesakes.setdefault((key, other.partition(":")[0]), other)
            self._namesakes.setdefault((key, author.partition(":")[0]), author)
        if plain and other == author:
            self._plain[key] = None
        elif not plain:
            self._plain.pop(key, None)

    @cached_property
    def _run_together(self) -> dict[str, str]:
        """Names of several words written as one (``marcdupont``) -> the author id."""
        together: dict[str, str] = {}
        for key, author in self._ids.items():
            if (run := _BETWEEN.sub("", key)) != key:
                together.setdefault(run, author)
        return together

    def within_tag(self, key: str, platform: str = "") -> str | None:
        """The author id that a part of a hashtag means, words of a name run together."""
        return self.account(key, platform) or self._run_together.get(key)

    def account(self, key: str, platform: str = "", *, mentioned: bool = False) -> str | None:
        """The author id that a name means, first on this platform; None where it means nobody.

        Args:
            key: the name as `name_key` makes it.
            platform: where the text stands.
            mentioned: it stood behind an @, so it is a name though it be a word.
        """
        author = self._ids.get(key)
        if author is None or (not mentioned and key in self._plain and self.is_word(key)):
            return None
        return self._namesakes.get((key, platform), author) if self._namesakes else author

    def is_sure(self, key: str) -> bool:
        """Whether a known name can hardly be a word: it has a digit, a sign, a capital inside, or
        several words."""
        return key in self._ids and key not in self._plain

    def prepare(self, texts: Callable[[], Iterable[Written]] | None = None) -> None:
        """Read posts now, or, where ``texts`` are given, those when `is_word` first needs them."""
        if texts is None:
            self.is_word("")
        else:
            self._texts = texts

    def is_word(self, key: str) -> bool:
        """Whether a plain name is an ordinary word of this workspace.

        It is one where, among some posts, at least `FEW` accounts and one in a hundred wrote it
        bare, and did so twenty times as often as with an @ before it.
        """
        if self._words is None:
            self._words = _ordinary(self._plain, self._texts())
        return key in self._words


def name_key(given: str) -> str:
    """A name as it is looked up: case-folded, one space between words, without signs around it."""
    found = list(WORD.finditer(given))
    if not found:
        return ""
    return collapse_whitespace(given[found[0].start() : found[-1].end()].casefold())


def is_plain(given: str) -> bool:
    """Whether a handle looks like a word: letters only, no capital after the first."""
    bare = given.strip().lstrip("@")
    return bare.isalpha() and (bare[1:].islower() or bare.isupper())


def own_names(author: str, handle: str | None, name: str | None) -> Names:
    """All names of one account, plain words among them: for what it writes itself."""
    own = Names({}, {})
    for given in (*_called(author, handle), name or ""):
        key = name_key(given)
        words = WORD.findall(key)
        if len(key) < SHORTEST_OWN or key in _NEVER or not words or len(words) > MAX_WORDS:
            continue
        own.put(key, words, author)
    return own


def _called(author: str, handle: str | None) -> list[str]:
    """Handle and id, also without the server that follows an ``@``; no name twice."""
    native = native_id(author)
    names = [handle, native] if handle and handle != native else [native]
    if "@" in author or (handle and "@" in handle):
        bare = (handle or "").lstrip("@").partition("@")[0]
        names = list(dict.fromkeys((*names, native.partition("@")[0], bare)))
    return [name for name in names if name]


def _ordinary(plain: Iterable[str], texts: Iterable[Written]) -> frozenset[str]:
    """Those of these names that are words in these texts."""
    names = frozenset(plain)
    if not names:
        return frozenset()
    writers: dict[str, set[str]] = {}
    bare: Counter[str] = Counter()
    mentioned: Counter[str] = Counter()
    everybody: set[str] = set()
    for author, text in texts:
        if author is None or not text:
            continue
        everybody.add(author)
        words = set(_AT_WORD.findall(text.casefold()))
        for word in words & names:
            bare[word] += 1
            if len(seen := writers.setdefault(word, set())) < len(everybody):
                seen.add(author)
        mentioned.update(word[1:] for word in words if word[0] == "@" and word[1:] in names)
    enough = max(FEW, len(everybody) / 100)
    return frozenset(
        word
        for word, seen in writers.items()
        if len(seen) >= enough and bare[word] >= 20 * mentioned[word]
    )
