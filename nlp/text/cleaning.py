"""What a model reads of a document: its author's words, bounded, without what platforms add."""

from __future__ import annotations

import html
import re
from html.entities import html5

from tocsin.core.documents import Document, Kind
from tocsin.core.text import clean, collapse_whitespace

MAX_CHARACTERS = 4_000
"""Characters of a text that a model is given; of an article, the title and first paragraphs."""
EMBEDDED_CHARACTERS = 1_000
"""Characters that the embedder is given: more than its tokens hold in any language."""
LEAD_CHARACTERS = 320
"""The same of an article: its title and what leads it, which say what it is about."""

_REPOST = re.compile(r"^(?:\s*(?:RT|MT)\s+@\w{1,50}\s*:?\s*)+", re.IGNORECASE)
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b(?:pic\.twitter\.com|t\.co|bit\.ly)/\S+", re.IGNORECASE
)
_ASCII_LINK = re.compile(
    r"[BHPTWbhptw](?:(?<=[Hh])[Tt][Tt][Pp][Ss]?://\S+|(?<=[Ww])[Ww][Ww]\.\S+"
    r"|(?<=\b[Pp])[Ii][Cc]\.[Tt][Ww][Ii][Tt][Tt][Ee][Rr]\.[Cc][Oo][Mm]/\S+"
    r"|(?<=\b[Tt])\.[Cc][Oo]/\S+|(?<=\b[Bb])[Ii][Tt]\.[Ll][Yy]/\S+)"
)
"""The same in ASCII texts: written so that most characters are skipped at once."""
_MENTION = re.compile(r"(?<![\w.])@(\w{1,50}(?:@[\w.-]{1,100})?)")
_TAG = re.compile(r"(?<!\w)#(?=\w)")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NOT_WORDS = re.compile(r"[\d_]+|[^\w\s'’.,!?-]")
_LETTER = re.compile(r"[^\W\d_]")


def unescaped(text: str) -> str:
    """The text with HTML entities (``&amp;``) as the characters they stand for, decoded once.

    Only those that end in a semicolon: ``R&D`` and ``?a=1&copy=2`` are no entities.
    """
    if "&" not in text:
        return text
    return _ENTITY.sub(_character, text)


def _character(entity: re.Match[str]) -> str:
    found = entity.group()
    return html.unescape(found) if found[1] == "#" or found[1:] in html5 else found


def without_links(text: str) -> str:
    """The text without addresses."""
    if "/" not in text and "www." not in text.lower():  # no address is without one of them
        return text
    return (_ASCII_LINK if text.isascii() else _LINK).sub(" ", text)


def without_repost(text: str) -> str:
    """The text without ``RT @x:`` at its beginning, however often repeated."""
    if text[:1] not in "RrMm" and not text[:1].isspace():
        return text
    head = _REPOST.match(text)
    return text[head.end() :] if head else text


def letters(text: str) -> int:
    """Number of letters of any script."""
    return len(_LETTER.findall(text))


def body(title: str | None, text: str, limit: int = MAX_CHARACTERS) -> str:
    """Title and text as one, without ``RT @x:`` and links, squashed, at most ``limit`` characters.

    HTML entities are decoded. A title that the text repeats at its beginning is left out.
    """
    if not title and len(text) <= limit and text.isprintable() and "&" not in text:
        # most posts: one line without anything to take out but a repost's head and addresses
        return collapse_whitespace(without_links(without_repost(text)))
    text = _bounded(text, limit)
    title = collapse_whitespace(without_links(_bounded(title, limit))) if title else ""
    main = collapse_whitespace(without_links(without_repost(text)))
    if not title or main.casefold().startswith(title.casefold()):
        return main[:limit]
    together = f"{title}. {main}"[:limit]
    return together if main else together.rstrip(". ")


def words_only(text: str) -> str:
    """For language detection: no mentions, hash signs, digits and emoji."""
    plain = _TAG.sub("", _MENTION.sub(" ", text))
    return collapse_whitespace(_NOT_WORDS.sub(" ", plain))


def for_embedding(document: Document) -> str:
    """What the embedder reads: empty where the author wrote no word and no emoji."""
    limit = LEAD_CHARACTERS if document.kind is Kind.ARTICLE else EMBEDDED_CHARACTERS
    return embedding_text(document.title, document.text, limit)


def embedding_text(title: str | None, text: str, limit: int = EMBEDDED_CHARACTERS) -> str:
    """`for_embedding` of a title and a text: tags and mentions become plain words."""
    words = _TAG.sub("", body(title, text, limit))
    plain = collapse_whitespace(_MENTION.sub(r"\1", words))
    return plain if letters(plain) or any(ord(c) > 0x2000 for c in plain) else ""


def for_entities(document: Document) -> str:
    """What the entity recogniser reads."""
    return collapse_whitespace(_TAG.sub("", body(document.title, document.text)))


def for_language(document: Document) -> str:
    """What the language detector reads."""
    return words_only(body(document.title, document.text, 1_000))


def _bounded(text: str, limit: int) -> str:
    """Enough of a text to leave ``limit`` characters after cleaning, never a megabyte."""
    return clean(unescaped(text[: 8 * limit]), 4 * limit)
