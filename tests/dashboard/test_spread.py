"""The page Spread: first posts with their interval of doubt, silent sources, copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.collection_gaps import Gap
from dashboard.components.spread.first_posts import estimate_uncertainty
from dashboard.views.spread import describe_uncertainty
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.documents import Precision
from tocsin.core.language.words import Words

FIRST = datetime(2025, 11, 14, 12, tzinfo=UTC)
LONG_AGO = FIRST - timedelta(days=30)


@pytest.mark.parametrize(
    ("precision", "gaps", "began", "reason", "back"),
    [
        (Precision.EXACT, [], LONG_AGO, "exact", timedelta()),
        (Precision.DAY, [], LONG_AGO, "coarse", timedelta(days=1)),
        (Precision.GUESSED, [], LONG_AGO, "guessed", None),
        (Precision.EXACT, [], FIRST - timedelta(hours=3), "beginning", None),
        (
            Precision.EXACT,
            [Gap(FIRST - timedelta(days=3), FIRST - timedelta(hours=2))],
            LONG_AGO,
            "gap",
            timedelta(days=3),
        ),
        (
            Precision.EXACT,
            [Gap(FIRST - timedelta(days=9), FIRST - timedelta(days=5))],
            LONG_AGO,
            "exact",
            timedelta(),
        ),
    ],
)
def test_how_much_earlier_a_first_post_may_have_been(
    precision: Precision, gaps: list[Gap], began: datetime, reason: str, back: timedelta | None
) -> None:
    uncertainty = estimate_uncertainty(FIRST, precision, gaps, began)
    assert uncertainty.reason == reason
    assert uncertainty.since == (None if back is None else FIRST - back)
    for code in ("en", "fr"):
        assert describe_uncertainty(uncertainty, Words(code))


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_where_something_was_seen_first(visit: Visit, world: World, lang: str) -> None:
    test = visit(world.home, "spread", q="dam OR barrage", lang=lang)
    assert not test.exception
    said = text(test)
    for heading in ("By platform", "By language") if lang == "en" else ("Par plateforme",):
        assert heading in said
    assert "explore?q=%28dam+OR+barrage%29+lang%3A" in said


def test_a_page_without_a_question_begins_with_narratives(visit: Visit, world: World) -> None:
    assert "spread?q=narrative" in text(visit(world.home, "spread"))
    assert "spread?q=narrative%3An-dam" in text(visit(world.home, "narratives", id="n-dam"))


def test_mistakes_nothing_found_and_no_workspace_are_said(
    visit: Visit, world: World, tmp_path: Path
) -> None:
    assert 'role="alert"' in text(visit(world.home, "spread", q="author:("))
    assert "No posts" in text(visit(world.home, "spread", q="zzzzzz"))
    assert "Nothing here yet" in text(visit(tmp_path / "none", "spread"))
