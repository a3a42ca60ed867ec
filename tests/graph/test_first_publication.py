"""Who had a page first: a clone's own date is no proof."""

from __future__ import annotations

import warnings

import polars as pl
import pytest

from graph.sources.corpus import Corpus
from graph.sources.dossier import domain_dossier
from graph.sources.first_publication import correct_claimed_times

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_772_355_600_000 + 1_234
"""An exact time: 1 March 2026, 09:00:01."""


def believed(*pages: tuple[str, str, int, int, int]) -> dict[str, tuple[int, bool]]:
    """``(id, site, claim, first seen, last seen)`` -> id: believed time, contradicted."""
    told = pl.DataFrame([p[:3] for p in pages], schema=["id", "site", "at"], orient="row")
    seen = pl.DataFrame(
        [(p[0], *p[3:]) for p in pages], schema=["id", "first_seen", "last_seen"], orient="row"
    )
    answer = correct_claimed_times(told, seen)
    return {id_: (at, contradicted) for id_, at, contradicted in answer.drop("site").iter_rows()}


@pytest.mark.parametrize(
    ("claim", "is_contradicted"),
    [
        (NOW - HOUR, False),  # published between two visits
        (NOW - DAY - HOUR, False),  # a little before the visit: clocks differ
        (NOW - 9 * DAY, True),  # our visit of yesterday did not meet it
        (NOW + 9 * DAY, True),  # it cannot be published after it was seen
    ],
)
def test_a_claim_is_held_against_our_visits(claim: int, is_contradicted: bool) -> None:
    told = believed(
        ("old", "a.example", NOW - 20 * DAY, NOW - 10 * DAY, NOW - DAY),
        ("new", "a.example", claim, NOW, NOW),
    )
    assert told["new"] == ((NOW if is_contradicted else claim), is_contradicted)
    assert told["old"] == (NOW - 20 * DAY, False)


def test_a_first_crawl_that_meets_an_archive_contradicts_nothing() -> None:
    told = believed(*((f"p{n}", "a.example", NOW - n * DAY, NOW + n, NOW + n) for n in range(50)))
    assert not any(contradicted for _, contradicted in told.values())


def test_a_day_without_hour_is_not_contradicted_by_a_visit_of_that_day() -> None:
    midnight = NOW - NOW % DAY
    told = believed(
        ("old", "a.example", NOW - 20 * DAY, NOW - 10 * DAY, midnight + 20 * HOUR),
        ("new", "a.example", midnight, midnight + 22 * HOUR, midnight + 22 * HOUR),
    )
    assert told["new"] == (midnight, False)


def test_pages_that_were_not_seen_by_us_keep_their_claims() -> None:
    pages = pl.DataFrame({"id": ["a"], "site": ["s"], "at": [NOW]})
    answer = correct_claimed_times(pages, Corpus.from_scan(_scan([]), []).sightings)
    assert answer.row(0, named=True) == {"id": "a", "site": "s", "at": NOW, "contradicted": False}


def _scan(pages: list[tuple[str, str, int, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [p[0] for p in pages],
            "author": pl.Series([None] * len(pages), dtype=pl.String),
            "published_at": pl.Series([p[2] for p in pages], dtype=pl.Int64),
            "repost_of": pl.Series([None] * len(pages), dtype=pl.String),
            "copy_group": pl.Series([p[3] for p in pages], dtype=pl.String),
            "urls": pl.Series([[]] * len(pages), dtype=pl.List(pl.String)),
            "kind": pl.Series(["article"] * len(pages), dtype=pl.String),
            "url": pl.Series([f"https://{p[1]}/{p[0]}" for p in pages], dtype=pl.String),
        }
    )


def test_a_clone_that_backdates_its_pages_is_still_a_copy() -> None:
    pages: list[tuple[str, str, int, str | None]] = []
    seen: list[tuple[str, int, int]] = []
    for n in range(20):
        at = NOW + n * DAY
        pages.append((f"o{n}", "original.example", at, f"g{n}"))
        seen.append((f"o{n}", at + HOUR, at + 30 * DAY))
        pages.append((f"c{n}", "clone.example", at - 40 * DAY, f"g{n}"))  # it claims to be older
        seen.append((f"c{n}", at + 5 * HOUR, at + 5 * HOUR))
    schema = ["id", "first_seen", "last_seen"]
    corpus = Corpus.from_scan(_scan(pages), [])
    by_claim = _copied("clone.example", corpus)
    assert by_claim.startswith("0% of its pages")
    assert "by the dates that the pages give" in by_claim

    import dataclasses

    corpus = dataclasses.replace(corpus, sightings=pl.DataFrame(seen, schema=schema, orient="row"))
    by_sight = _copied("clone.example", corpus)
    assert by_sight.startswith(
        "95% of its pages"
    )  # of the first page nothing contradicts the claim
    assert "but for 19 pages that claim a time at which our crawls did not find them" in by_sight
    assert _copied("original.example", corpus).startswith("5% of its pages")


def _copied(site: str, corpus: Corpus) -> str:
    facts = domain_dossier(site, corpus).facts
    return str(next(fact.value for fact in facts if fact.code == "copied_pages"))


def test_no_library_warns_the_reader() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        believed(("a", "a.example", NOW, NOW, NOW), ("b", "b.example", NOW, NOW, NOW))
    assert not caught
