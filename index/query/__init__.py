"""The query language: a strict Lucene subset, parsed into our own tree. No engine ever sees raw
query text.

::

    climate protest           both words (adjacent means AND)
    "climate protest"         the phrase
    climat*                   words that begin so
    ~carburant  ~"prix carburant"    the word in all its forms (`index.query.inflections`)
    a OR b, a AND NOT b, -b, +a, (a OR b) c
    #cop28  @handle           hashtags and mentions are words with their sign
    author:x:123  handle:ana  lang:fr  hashtag:cop28  domain:example.org  platform:x  source:NAME
                              author and handle take any name of an account, see `index.accounts`
    signal:ID  cluster:ID     exactly the posts that a weak signal or group counts
    cluster:any               every post of an account that counts as coordinated
    kind:post  narrative:ID  copy:ID  mention:ana  url:"https://..."  id:123
                              one value, or a prefix: domain:exam*
    after:2024-01-31  before:2024-02-01T12:00:00Z  after:7d           half-open in time
    published:[2024-01-01 TO 2024-01-31]  likes:>=10  followers:[100 TO *]
    deleted_at:2024-01-31     removed then, as the source says
    exists:narrative          has a value, as exists:deleted_at
    question:true  mood:happy  score:[0.5 TO 1]     fields that stages declare (`index.fields`)

Words are folded as the index folds text (`tocsin.core.text`), so case and accents do not matter.
"""

from __future__ import annotations

from index.fields import normalise
from index.query.nodes import (
    Among,
    And,
    Everything,
    Exists,
    FieldPrefix,
    Node,
    Not,
    OfFinding,
    Or,
    Phrase,
    Prefix,
    Range,
    Term,
    Word,
    leaves,
    map_leaves,
)
from index.query.parser import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_NODES,
    UNKNOWN_FIELD,
    QueryError,
    inflected,
    parse,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NODES",
    "UNKNOWN_FIELD",
    "Among",
    "And",
    "Everything",
    "Exists",
    "FieldPrefix",
    "Node",
    "Not",
    "OfFinding",
    "Or",
    "Phrase",
    "Prefix",
    "QueryError",
    "Range",
    "Term",
    "Word",
    "inflected",
    "leaves",
    "map_leaves",
    "normalise",
    "parse",
]
