"""The page Narratives: all of them, found, sorted, by period, and one with its posts."""

from __future__ import annotations

from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World


def test_all_narratives_are_there_with_their_growth(visit: Visit, world: World) -> None:
    said = text(visit(world.home, "narratives"))
    assert "3 narratives" in said
    for name in ("n-dam", "n-bills"):
        assert f"narratives?id={name}" in said
    recent = text(visit(world.home, "narratives", period="24h"))
    assert "new" in recent


def test_a_narrative_is_found_by_its_words(visit: Visit, world: World) -> None:
    assert "1 narrative<" in text(visit(world.home, "narratives", find="BARRAGE"))
    assert "Aucun récit n’a ces mots" in text(
        visit(world.home, "narratives", find="zzzz", lang="fr")
    )


def test_one_narrative_has_its_curve_posts_and_a_way_back(visit: Visit, world: World) -> None:
    page = visit(world.home, "narratives", id="n-dam")
    said = text(page)
    assert "narrative%3An-dam" in said
    assert "Most central posts" in said
    assert "Posts at its edge" in said
    assert "There is no narrative gone" in text(visit(world.home, "narratives", id="gone"))


def test_today_counts_narratives_in_its_window(visit: Visit, world: World) -> None:
    day, week = (text(visit(world.home, window=length)) for length in ("24h", "7d"))
    assert "All 3 narratives" in day
    assert day != week
