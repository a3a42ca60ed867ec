"""From an index to narratives and themes: grouped, named, and with what became of those before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from nlp.models.embedder import Embedder
from nlp.narratives.communities import (
    MIN_COSINE,
    NEIGHBOURS,
    SAME_STORY,
    SAME_THEME,
    STORY_TEXTS,
    SUBJECT_RESOLUTION,
    THEME_TEXTS,
)
from nlp.narratives.grouping import Grouping, Published, group_texts
from nlp.narratives.headlines import (
    CANDIDATES,
    Candidate,
    choose_headlines,
    find_voices,
    lacks_subject,
    needs_speaker,
)
from nlp.narratives.nodes import TextNodes, base_language
from nlp.narratives.topic_terms import make_label, topic_terms
from nlp.narratives.vectors.debiasing import Vectors
from nlp.narratives.vectors.whitening import COMPONENTS
from nlp.narratives.word_kinds import unnaming_words
from nlp.text.corpus import UNKNOWN_TIME, Corpus
from nlp.text.terms import extract_terms
from tocsin.core.findings import Evidence, Headline, Method, Narrative, Theme, rfc3339
from tocsin.core.groups.figures import CENTRAL, FRINGE, Figures, PostFigures, count_figures
from tocsin.core.groups.headlines import told_languages
from tocsin.core.groups.narrative_order import narrative_sort_key
from tocsin.core.messages import Message

VERSION = "3"
_LABEL_TEXTS = 200
_TEXTS_OF_LANGUAGE = 3
"""Different texts in a language below which it has no terms of its own: any word would be one."""
CAVEAT = Message("narrative.caveat.meaning")
CENTRAL_POSTS = Message("narrative.why.central")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: ``coordinated`` are authors flagged as such, None where not analysed;
    ``min_posts`` the posts below which a group is not a narrative; the window for the method.
    """

    coordinated: frozenset[str] | None
    min_posts: int
    since: datetime | None = None
    until: datetime | None = None


def build_narratives(
    corpus: Corpus,
    nodes: TextNodes,
    embedder: Embedder,
    request: Request,
    narratives: Sequence[Narrative] = (),
    themes: Sequence[Theme] = (),
) -> tuple[list[Narrative], list[Theme]]:
    """The narratives of a corpus, and the themes above them, the largest first.

    Args:
        corpus: the window's documents.
        nodes: its different texts (`nlp.narratives.nodes.build_nodes`).
        embedder: the one that made their vectors.
        request: what is asked for.
        narratives, themes: those published last.
    """
    keys = corpus.column("id")
    fixed = _fixed_parameters(embedder, request)
    before = narratives[0].method if narratives else None
    published = Published(
        {narrative.id: narrative.members for narrative in narratives},
        {theme.id: theme.members for theme in themes},
        before.parameters if before else {},
        {theme.id: theme.subject for theme in themes},
    )
    same = before is not None and before.version == VERSION
    same = same and all(published.parameters.get(name) == held for name, held in fixed.items())
    grouping = group_texts(keys, nodes, published, min_posts=request.min_posts, same_method=same)
    in_stories = sum(map(len, grouping.stories))
    method = Method(
        name="narratives",
        version=VERSION,
        parameters=fixed
        | {
            "documents": len(corpus),
            "grouped": grouping.grouped,
            "joined": grouping.joined,
            "unclustered": len(corpus) - in_stories,
            "contentless": nodes.contentless,
            "since": rfc3339(request.since) if request.since else None,
            "until": rfc3339(request.until) if request.until else None,
            "data_as_of": rfc3339(corpus.newest) if corpus.newest else None,
        },
    )
    describe = _Describer(corpus, nodes, grouping, request.coordinated, method, keys)
    found = describe.narratives({narrative.id: narrative for narrative in narratives})
    above = describe.themes({theme.id: theme for theme in themes}, found)
    return (
        sorted(found, key=lambda one: (*narrative_sort_key(one), -one.posts, one.id)),
        sorted(above, key=lambda theme: (-theme.posts, theme.id)),
    )


def _fixed_parameters(embedder: Embedder, request: Request) -> dict[str, object]:
    """What makes two groupings comparable."""
    return {
        "model": embedder.name,
        "neighbours": NEIGHBOURS,
        "components": COMPONENTS,
        "min_cosine": MIN_COSINE,
        "story_texts": STORY_TEXTS,
        "same_story": SAME_STORY,
        "theme_texts": THEME_TEXTS,
        "same_theme": SAME_THEME,
        "subject_resolution": SUBJECT_RESOLUTION,
        "min_posts": request.min_posts,
    }


class _Describer:
    """Groups of rows as findings."""

    def __init__(
        self,
        corpus: Corpus,
        nodes: TextNodes,
        grouping: Grouping,
        coordinated: frozenset[str] | None,
        method: Method,
        keys: Sequence[str],
    ) -> None:
        self._corpus, self._nodes, self._grouping = corpus, nodes, grouping
        self._coordinated, self._method, self._keys = coordinated, method, keys
        self._languages = [code or "und" for code in corpus.column("detected_lang")]
        self._bases = [base_language(code) for code in self._languages]
        self._names_nothing = unnaming_words(set(self._bases))
        self._copies = np.bincount(nodes.of_row[nodes.of_row >= 0]).tolist()
        self._newest = corpus.newest
        self._terms_of_node: dict[int, dict[str, str]] = {}
        self._texts = self._read_texts([*grouping.stories, *grouping.themes])

    def narratives(self, before: dict[str, Narrative]) -> list[Narrative]:
        """A finding for each story; those that keep their id keep their headlines."""
        grouping = self._grouping
        terms = self._terms(grouping.stories)
        found = [
            self._narrative(rows, place, terms[place], before.get(grouping.lineages[place].id))
            for place, rows in enumerate(grouping.stories)
        ]
        by_language = self._terms_by_language(found)
        return [
            replace(narrative, terms_by_language=by_language[place])
            if place in by_language
            else narrative
            for place, narrative in enumerate(found)
        ]

    def themes(self, before: dict[str, Theme], narratives: Sequence[Narrative]) -> list[Theme]:
        """A finding for each theme."""
        grouping = self._grouping
        terms = self._terms(grouping.themes)
        found = []
        for place, rows in enumerate(grouping.themes):
            key = grouping.theme_ids[place]
            figures = self._figures(rows)
            languages = figures["languages"]
            held = before[key].headlines if key in before else ()
            candidates = self._candidates(rows, grouping.theme_central)
            headlines = self._headlines(rows, candidates, languages, terms[place], held)
            inside = [narrative for narrative in narratives if narrative.theme == key]
            inside.sort(key=lambda narrative: (-narrative.posts, narrative.id))
            found.append(
                Theme(
                    id=key,
                    method=self._method,
                    label=make_label(terms[place], headlines[0].label if headlines else ""),
                    terms=terms[place],
                    languages=languages,
                    posts=figures["posts"],
                    authors=figures["authors"],
                    narratives=tuple(narrative.id for narrative in inside),
                    members=tuple(self._keys[row] for row in rows),
                    headlines=headlines,
                    subject=grouping.subject_of[place],
                    caveats=(CAVEAT,),
                )
            )
        return found

    def _narrative(
        self, rows: list[int], place: int, terms: tuple[str, ...], before: Narrative | None
    ) -> Narrative:
        lineage = self._grouping.lineages[place]
        theme = self._grouping.theme_of[place]
        first_rows = self._nodes.first_row[self._distinct(rows)].tolist()
        representatives = [self._keys[row] for row in first_rows]
        central = tuple(representatives[:CENTRAL])
        figures = self._figures(rows)
        shown = before.headlines if before else ()
        voices = find_voices([self._author(row) for row in rows])
        candidates = self._candidates(rows, self._grouping.central)
        only_alike = before.only_alike if before else lacks_subject(candidates, terms, voices)
        if only_alike and len(voices) > 1:  # none of them speaks for the others
            voices = ()
        languages = figures["languages"]
        headlines = self._headlines(rows, candidates, languages, terms, shown, voices)
        label = headlines[0].label if headlines else make_label(terms)
        narrative = Narrative(
            id=lineage.id,
            method=self._method,
            label=label,
            terms=terms,
            central=central,
            fringe=tuple(representatives[CENTRAL:][-FRINGE:]),
            members=tuple(self._keys[row] for row in rows),
            headlines=headlines,
            theme=self._grouping.theme_ids[theme] if theme >= 0 else None,
            born_at=self._newest,
            merged=tuple(lineage.merged),
            split_from=lineage.split_from,
            only_alike=only_alike,
            caveats=(CAVEAT,),
            evidence=(Evidence(signal="meaning", object=label, posts=central, why=CENTRAL_POSTS),),
            **figures,
        )
        if before is None:
            return narrative
        return replace(
            narrative,
            born_at=before.born_at,
            merged=tuple(dict.fromkeys((*before.merged, *lineage.merged))),
            split_from=before.split_from,
        )

    def _headlines(
        self,
        rows: list[int],
        candidates: Sequence[Candidate],
        languages: dict[str, int],
        terms: tuple[str, ...],
        before: tuple[Headline, ...],
        voices: Sequence[str] = (),
    ) -> tuple[Headline, ...]:
        """One headline a language; those shown before stay while their posts are in the group.

        Where one of few authors speaks (``voices``) it says who.
        """
        here = {self._keys[row] for row in rows}
        kept = {held.language: held for held in before if held.post in here}
        counted: Counter[str] = Counter()
        for code, posts in languages.items():
            counted[base_language(code)] += posts
        chosen = choose_headlines(candidates, counted, terms, voices)
        theirs = {one.key: one.author for one in candidates
                  if one.author in voices and not one.title}  # fmt: skip
        new = {code: Headline(language=code, label=line, post=key,
                              speaker=theirs.get(key, "") if needs_speaker(line, voices) else "")
               for code, (line, key) in chosen.items() if code not in kept}  # fmt: skip
        return (*kept.values(), *new.values())

    def _author(self, row: int) -> str | None:
        code = int(self._corpus.authors[row])
        return self._corpus.author_ids[code] if code >= 0 else None

    def _candidates(self, rows: list[int], central: Vectors) -> list[Candidate]:
        """The most central different texts of each language."""
        found: list[Candidate] = []
        seen: Counter[str] = Counter()
        for node in self._distinct(rows):
            row = int(self._nodes.first_row[node])
            language = self._bases[row]
            if seen[language] >= CANDIDATES:
                continue
            seen[language] += 1
            found.append(
                Candidate(
                    language,
                    *self._text(row),
                    self._keys[row],
                    float(central[row]),
                    self._copies[node],
                    self._nodes.vectors[node],
                    self._author(row) or "",
                )
            )
        return found

    def _figures(self, rows: list[int]) -> Figures:
        corpus = self._corpus
        order = np.sort(np.array(rows, np.int64))
        unknown = corpus.times[order] == UNKNOWN_TIME
        order = np.concatenate([order[~unknown], order[unknown]])
        codes, times = corpus.authors[order].tolist(), corpus.times[order].tolist()
        posts = [
            PostFigures(
                corpus.author_ids[code] if code >= 0 else None,
                at if at != UNKNOWN_TIME else None,
                self._languages[row],
            )
            for row, code, at in zip(order.tolist(), codes, times, strict=True)
        ]
        return count_figures(posts, self._coordinated)

    def _terms(self, groups: list[list[int]]) -> dict[int, tuple[str, ...]]:
        texts = {place: self._terms_of_texts(rows) for place, rows in enumerate(groups)}
        return topic_terms(texts, self._names_nothing)

    def _terms_by_language(
        self, narratives: Sequence[Narrative]
    ) -> dict[int, dict[str, tuple[str, ...]]]:
        """By place, the terms in each language of a headline, of narratives that have several.

        Terms of a language are those that are rare in its other texts: what no English text says
        would else be characteristic of any text in French.
        """
        codes_of = {
            place: codes
            for place, one in enumerate(narratives)
            if (codes := told_languages(one.headlines))
        }
        found: dict[int, dict[str, tuple[str, ...]]] = {place: {} for place in codes_of}
        for code in sorted(set().union(*codes_of.values())):
            texts = {
                place: self._terms_of_texts([row for row in rows if self._bases[row] == code])
                for place, rows in enumerate(self._grouping.stories)
            }
            terms = topic_terms(texts, self._names_nothing)
            for place, codes in codes_of.items():
                if code in codes and len(texts[place]) >= _TEXTS_OF_LANGUAGE and terms[place]:
                    found[place][code] = terms[place]
        return {place: terms for place, terms in found.items() if terms}

    def _terms_of_texts(self, rows: list[int]) -> list[dict[str, str]]:
        """The terms of the first different texts of some rows; a text is read once."""
        nodes = self._distinct(rows)[:_LABEL_TEXTS]
        for node in nodes:
            if node not in self._terms_of_node:
                row = int(self._nodes.first_row[node])
                self._terms_of_node[node] = extract_terms(*self._text(row))
        return [self._terms_of_node[node] for node in nodes]

    def _distinct(self, rows: list[int]) -> list[int]:
        """The different texts of some rows, in their order."""
        return list(dict.fromkeys(self._nodes.of_row[rows].tolist()))

    def _read_texts(self, groups: list[list[int]]) -> dict[int, tuple[str | None, str]]:
        """Title and text of the rows that name groups, read at once: cell by cell takes longer."""
        firsts = (self._nodes.first_row[self._distinct(rows)[:_LABEL_TEXTS]] for rows in groups)
        rows = np.unique(np.concatenate([np.zeros(0, np.int64), *firsts]))
        titles, texts = (self._corpus.take(name, rows).to_pylist() for name in ("title", "text"))
        read = zip(rows.tolist(), titles, texts, strict=True)
        return {row: (title, text or "") for row, title, text in read}

    def _text(self, row: int) -> tuple[str | None, str]:
        """Title and text of a row."""
        known = self._texts.get(row)
        return known or (self._corpus.cell("title", row), self._corpus.cell("text", row) or "")
