"""Tables that name the post which a row answers, repeats or quotes in one column, and say which of
the three it does in another: ``type=retweet, referenced_tweet_id=123``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawlers.importing.cell_values import MISSING, read_identifier
from crawlers.importing.column_guesses import normalise_name
from tocsin.core.text import fold

_RELATIONS = {
    "repost_of": (
        "retweet", "retweeted", "retweeting", "rt", "repost", "reposted", "reposting", "reblog",
        "reblogged", "reblogging", "boost", "boosted", "reshare", "reshared", "retweete",
        "republication", "repartage",
    ),
    "reply_to": (
        "reply", "replied", "replying", "replied_to", "replies", "repliedto", "in_reply_to",
        "answer", "comment", "reponse", "commentaire", "respuesta", "risposta", "antwort",
    ),
    "quote_of": (
        "quote", "quoted", "quoting", "quote_tweet", "quotetweet", "quoted_tweet", "citation",
        "cite", "cita", "zitat",
    ),
}  # fmt: skip
REFERENCE_KEYS = tuple(_RELATIONS)
_KEY_OF = {word: key for key, words in _RELATIONS.items() for word in words}
_ALONE = frozenset(
    ["normal", "original", "tweet", "post", "status", "message", "publication", "toot", "regular",
     "standard", "simple", "plain", "self", "no", "0"]
)  # fmt: skip
"""What such a column says of a post that refers to none."""
_TYPES = (
    "referencedtweettype", "referencedposttype", "referencetype", "referencedtype", "reftype",
    "relationtype", "relation", "tweettype", "posttype", "messagetype", "interactiontype",
    "interaction", "statustype", "sharetype", "typedetweet", "typedepost", "typedemessage", "type",
    "kind",
)  # fmt: skip
_IDS = (
    "referencedtweetid", "referencedpostid", "referencedstatusid", "referencedmessageid",
    "referencedid", "referenceid", "refid", "reftweetid", "refpostid", "originaltweetid",
    "originalpostid", "originalstatusid", "originalid", "targettweetid", "targetpostid",
    "targetstatusid", "targetid", "relatedtweetid", "relatedpostid", "sourcetweetid",
    "sourcepostid", "sourcestatusid", "idtweetreference", "idpostreference", "idreference",
    "idtweetoriginal", "idpostoriginal", "idoriginal",
)  # fmt: skip
_NEARLY_ALL = 0.9


@dataclass(frozen=True)
class TypedReference:
    """The column that says what a row does to another post, and the one that names the post."""

    type_column: str
    id_column: str

    @property
    def columns(self) -> tuple[str, str]:
        """Both."""
        return self.type_column, self.id_column

    def read(self, row: Mapping[str, Any]) -> tuple[str, Any] | None:
        """Key (``repost_of``, ``reply_to``, ``quote_of``) and id of the post that is referred to.

        Raises:
            ValueError: the cell holds no id.
        """
        key = _relation_of(row.get(self.type_column))
        cell = row.get(self.id_column) if key is not None else None
        target = read_identifier(cell) if cell is not None else None
        return (key, target) if key is not None and target is not None else None


def find_typed_reference(
    columns: Sequence[str],
    values: Callable[[str], list[Any]],
    taken: Mapping[str, str],
) -> TypedReference | None:
    """The two columns, where a table has both.

    A column of types holds words of the lists alone. Where none of the first rows refers to
    another post, such a table is known by its columns, and later rows are read.

    Args:
        columns: all columns.
        values: a column's values in the first rows, empty ones left out.
        taken: exchange key -> column: what an id is already read from is no reference.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(normalise_name(column), column)
    used = set(taken.values())
    ids = [by_name[name] for name in _IDS if name in by_name and by_name[name] not in used]
    types = [by_name[name] for name in _TYPES if name in by_name]
    if not ids:
        return None
    is_empty = not values(ids[0])
    kind = next((column for column in types if _holds_types(values(column), is_empty)), None)
    return TypedReference(kind, ids[0]) if kind is not None else None


def _relation_of(cell: Any) -> str | None:
    return _KEY_OF.get(fold(cell.strip()).replace(" ", "_")) if isinstance(cell, str) else None


def _holds_types(cells: Sequence[Any], may_be_alone: bool) -> bool:
    """Whether these are types of posts; ``may_be_alone``: although none is of a relation."""
    relations = sum(_relation_of(cell) is not None for cell in cells)
    alone = sum(
        isinstance(cell, str) and (cell.strip() in MISSING or fold(cell.strip()) in _ALONE)
        for cell in cells
    )
    has_any = relations > 0 or (may_be_alone and alone > 0)
    return has_any and relations + alone >= _NEARLY_ALL * len(cells)
