"""What each term of a query does: which are dead, which bring most, which forms it leaves out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from index.query import Everything, Node, Or, Word, parse
from index.query.inflections import inflect
from index.query.terms import replace_at, terms_of, write_term
from index.reading.queries import resolve

if TYPE_CHECKING:
    from index.base import Index, Window
    from index.privacy import Pseudonyms

MAX_TERMS = 100
"""Each costs a few counts over the index; a longer query is examined up to here, and it is said."""


@dataclass(frozen=True, slots=True)
class Form:
    """Another form of a word, and the posts that have it."""

    form: str
    posts: int


@dataclass(frozen=True, slots=True)
class Examined:
    """A term of a query.

    Attributes:
        term: as one writes it.
        excluded: it stands under a minus or NOT.
        posts: that match it alone.
        without: posts of the whole query if the term were not in it.
        forms: other forms of the word that occur, most frequent first.
        with_forms: posts of the whole query if it had the word in all forms; None without `forms`.
    """

    term: str
    excluded: bool
    posts: int
    without: int
    forms: tuple[Form, ...] = ()
    with_forms: int | None = None

    @property
    def dead(self) -> bool:
        """No post has it."""
        return self.posts == 0


def examine(query: str, index: Index, people: Pseudonyms, window: Window) -> dict[str, Any]:
    """The posts that a query finds, and what each of its terms does.

    Returns:
        ``{"query", "posts", "terms": [`Examined`], "examined"}``; ``examined`` is below the number
        of terms where there are more than `MAX_TERMS`.

    Raises:
        ConfigError: as `index.reading.queries.read_query`.
    """
    tree = parse(query, index.declared_fields())

    def count(node: Node | None) -> int:
        # an excluded term alone leaves everything
        asked = Everything() if node is None else resolve(node, index, people)
        return index.count(asked, window=window)

    total = count(tree)
    places = list(terms_of(tree))
    terms = []
    for path, term, excluded in places[:MAX_TERMS]:
        forms: tuple[Form, ...] = ()
        with_forms = None
        if isinstance(term, Word):
            others = inflect(term.text)[1:]
            counted = ((form, count(Word(form))) for form in others)
            found = [Form(form, posts) for form, posts in counted if posts]
            forms = tuple(sorted(found, key=lambda form: (-form.posts, form.form)))
            if forms:
                either = Or((term, *(Word(form.form) for form in forms)))
                with_forms = count(replace_at(tree, path, either))
        without = count(replace_at(tree, path, None))
        terms.append(Examined(write_term(term), excluded, count(term), without, forms, with_forms))
    return {
        "query": query,
        "posts": total,
        "terms": [asdict(term) | {"dead": term.dead} for term in terms],
        "of_terms": len(places),
    }
