"""The frame: periods with an end, comparisons, languages, platforms, all in the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from streamlit.util import calc_hash

from dashboard.components.frame import periods
from index.base import EVERYTHING, Window
from index.connect import open_index
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.workspace import Workspace

PARIS = ZoneInfo("Europe/Paris")
NEWEST = datetime(2025, 11, 14, 17, 20, tzinfo=UTC)
BOUNDS = (NEWEST - timedelta(days=90), NEWEST)


def test_a_period_ends_at_the_newest_post_or_where_it_was_told() -> None:
    window, choice = periods.chosen_window("30d", None, None, BOUNDS, PARIS)
    assert window.until == datetime(2025, 11, 15, tzinfo=PARIS)
    assert choice is not None
    assert choice.interval == "1d"
    since, until = datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 10, 3, tzinfo=UTC)
    window, choice = periods.chosen_window("24h", since, until, BOUNDS, PARIS)
    assert (window.since, window.until) == (since, until)
    assert choice is not None
    assert (choice.name, choice.interval) == ("dates", "1h")
    assert periods.chosen_window("all", None, None, BOUNDS, PARIS) == (EVERYTHING, None)
    assert periods.chosen_window("24h", None, None, (None, None), PARIS) == (EVERYTHING, None)


@pytest.mark.parametrize(
    ("kind", "since"),
    [("before", "2025-10-24"), ("week", "2025-10-20"), ("year", "2024-10-28")],
)
def test_what_a_period_is_compared_with(kind: str, since: str) -> None:
    """Over the change of clocks of 26 October, whole weekdays stay whole weekdays."""
    window = Window(datetime(2025, 10, 27, tzinfo=PARIS), datetime(2025, 10, 30, tzinfo=PARIS))
    earlier = periods.comparison_window(window, kind)
    assert earlier is not None
    assert earlier.since == datetime.fromisoformat(since).replace(tzinfo=PARIS)
    assert periods.comparison_window(window, "none") is None
    assert periods.comparison_window(EVERYTHING, kind) is None


@pytest.mark.parametrize("page", ["today", "explore", "narratives"])
def test_every_page_says_its_period_and_of_when_its_data_are(
    visit: Visit, world: World, page: str
) -> None:
    said = text(visit(world.home, page, period="3d", compare="week", lang="fr"))
    assert "Période\u202f: du" in said
    assert "comparée à celle du" in said
    assert "Données au" in said


def test_what_was_not_collected_is_compared_with_nothing(visit: Visit, world: World) -> None:
    """Posts grow from no silence that is the beginning of the collection."""
    page = text(visit(world.home, "narratives", period="24h"))
    assert ", compared with " in page
    assert ">Growth</th>" in page
    dates = {"since": "2025-11-01T00:00:00Z", "until": "2025-11-15T00:00:00Z"}
    for parameters in ({"period": "30d"}, {"period": "24h", "compare": "year"}, dates):
        page = text(visit(world.home, "narratives", **parameters))
        assert "Not compared: the collection does not cover all of" in page
        assert ", compared with " not in page
        assert ">Growth</th>" not in page


def test_dates_are_in_the_address_and_change_what_is_counted(visit: Visit, world: World) -> None:
    dates = {"since": "2025-11-12T00:00:00Z", "until": "2025-11-13T00:00:00Z"}
    test = visit(world.home, "today", **dates)
    assert not test.exception
    assert "12 Nov 2025" in text(test)
    assert dict(test.query_params)["until"].startswith("2025-11-13")
    later = text(visit(world.home, "today"))
    assert text(test) != later
    backwards = {"since": dates["until"], "until": dates["since"]}
    page = visit(world.home, "today", **backwards)
    assert "since" not in page.query_params
    assert "is not before" in text(page)
    page = visit(world.home, "explore", since="hier", lang="fr")
    assert "since" not in page.query_params
    assert "hier" in text(page)
    assert 'role="alert"' in text(page)


def test_languages_and_flagged_accounts_narrow_every_page(visit: Visit, world: World) -> None:
    whole = text(visit(world.home, "explore"))
    french = visit(world.home, "explore", languages="fr")
    assert "Only: French." in text(french)
    assert text(french) != whole
    assert "Without flagged accounts." in text(visit(world.home, "today", organic="1"))
    assert not visit(world.home, "explore", languages="zz,<script>").exception


def test_a_period_goes_along_to_the_next_page(visit: Visit, world: Any) -> None:
    test = visit(world.home, "narratives", period="7d")
    test.query_params.clear()
    test._page_hash = calc_hash("explore")
    test.run()
    assert test.query_params["period"] == "7d"
    untouched = visit(world.home, "today")
    untouched.query_params.clear()
    untouched._page_hash = calc_hash("explore")
    untouched.run()
    assert "period" not in untouched.query_params  # each page opens with its own


def test_pages_without_flagged_accounts_give_no_share_of_theirs(visit: Visit, world: World) -> None:
    """Posts that were left out were said to be 0%, and the others to be 100% of all."""
    today = text(visit(world.home, "today", organic="1"))
    assert "Posts of flagged accounts are left out." in today
    assert "come from accounts that are not flagged" not in today
    assert "of the posts in the window come from flagged accounts" not in today
    explore = text(visit(world.home, "explore", organic="1"))
    assert "posts of flagged accounts are left out" in explore
    assert "none by flagged accounts" not in explore
    for page in ("narratives", "trends"):
        bar = 'class="t-meter"'
        assert bar in text(visit(world.home, page, period="all")), page
        assert bar not in text(visit(world.home, page, period="all", organic="1")), page


def test_posts_of_flagged_accounts_within_one_interval_are_counted(
    visit: Visit, world: World
) -> None:
    """With one bar alone Explore said that none was by flagged accounts."""
    index = open_index(Workspace(world.home))
    (post, *_) = index.search(f'author:"{world.campaign[0]}"', size=1).documents
    index.close()
    assert post.published_at is not None
    words = " ".join((post.text or "").split()[:3])
    since = post.published_at - timedelta(seconds=1)
    until = post.published_at + timedelta(seconds=1)
    dates = {"since": since.isoformat(), "until": until.isoformat()}
    said = text(visit(world.home, "explore", q=f'"{words}"', **dates))
    assert "by flagged accounts" in said
    assert "none by flagged accounts" not in said
