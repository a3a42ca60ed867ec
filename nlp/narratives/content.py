"""Whether a text says anything that a story could be made of."""

from __future__ import annotations

import re

from nlp.narratives.word_kinds import is_greeting
from nlp.text.cleaning import body
from nlp.text.terms import iterate_words, known_token

MIN_WORDS = 2
"""Words with content below which a text is a reply, a greeting or a bare link."""
_MIN_SIGNS = 6
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts that write words without spaces between them."""


def has_content(title: str | None, text: str) -> bool:
    """Whether a post has words of a subject: not only mentions, links, emoji, thanks or greetings.

    Stop words, greetings and numbers do not count; tags do.
    """
    words: set[str] = set()
    for word in iterate_words(body(title, text)):
        token = known_token(word)
        if token is not None and not is_greeting(token[0]):
            words.add(token[0])
            if len(words) >= MIN_WORDS:
                return True
    return len(_WITHOUT_SPACES.findall(body(title, text, 400))) >= _MIN_SIGNS
