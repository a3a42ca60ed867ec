"""Facets where accounts hide."""

from __future__ import annotations

from dataclasses import replace

from index.base import Facet
from index.privacy import Pseudonyms


def without_names(facet: Facet, people: Pseudonyms) -> Facet:
    """A facet without values that name an account: they are counted with the rest."""
    if facet.field in ("author", "domain", "lang", "kind", "platform"):
        return facet
    kept = [entry for entry in facet.values if people.text(entry[0]) == entry[0]]
    hidden = sum(number for _, number in facet.values) - sum(number for _, number in kept)
    return replace(facet, values=kept, other=facet.other + hidden)
