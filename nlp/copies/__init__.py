"""Near copies: one text through typos, look-alike letters, additions, rewording and translation."""

from nlp.copies.detection import find_copies
from nlp.copies.groups import CopyGroup
from nlp.copies.pairs import all_pairs

__all__ = ["CopyGroup", "all_pairs", "find_copies"]
