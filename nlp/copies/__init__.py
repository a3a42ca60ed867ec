"""Near copies: the same text through typos, look-alike letters, additions, rewording and translation."""

from nlp.copies.find import find
from nlp.copies.groups import Group
from nlp.copies.pairs import all_pairs

__all__ = ["Group", "all_pairs", "find"]
