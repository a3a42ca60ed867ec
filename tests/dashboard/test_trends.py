"""The page Trends: shares with their intervals, typed queries, the week's rhythm, peaks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.collection_gaps import Gap
from dashboard.components.trends import peaks
from dashboard.components.trends.estimates import difference, share_of
from dashboard.components.trends.peaks import find_peaks, weekly_rhythm
from dashboard.components.trends.slices import FIELDS, named_query
from index.base import EVERYTHING
from index.embedded import EmbeddedIndex
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.documents import Author, Document, Link, LinkKind
from tocsin.core.workspace import Workspace

MONDAY = datetime(2025, 11, 10, tzinfo=UTC)


def test_the_interval_of_a_share_is_wider_where_posts_come_in_bursts() -> None:
    even = share_of([10] * 10, [20] * 10)
    bursts = share_of([0, 20] * 5, [20] * 10)
    assert even is not None
    assert bursts is not None
    assert even.share == bursts.share == 0.5
    assert even.error is not None
    assert bursts.error is not None
    assert bursts.error > 2 * even.error
    moved = difference(even, bursts)
    assert moved is not None
    assert moved.low < moved.value < moved.high


def test_too_little_is_said_to_be_too_little() -> None:
    assert share_of([], []) is None
    few = share_of([1, 0, 1, 0], [1, 1, 1, 1])
    assert few is not None
    assert few.error is None
    assert difference(few, share_of([10] * 10, [20] * 10)) is None


def test_peaks_stand_above_the_usual_and_apart() -> None:
    buckets = [(MONDAY + timedelta(hours=n), 5) for n in range(24)]
    assert find_peaks(buckets) == []
    for hour, count in ((3, 40), (4, 38), (20, 30)):
        buckets[hour] = (buckets[hour][0], count)
    found = find_peaks(buckets)
    assert [peak.since.hour for peak in found] == [3, 20]
    assert found[0].until - found[0].since == timedelta(hours=1)
    assert found[0].ratio == 8
    assert find_peaks(buckets[:2]) == []


def test_the_rhythm_of_a_week_leaves_out_what_was_not_collected() -> None:
    buckets = [(MONDAY + timedelta(hours=n), 2) for n in range(24 * 14)]
    cells = weekly_rhythm(buckets, [Gap(MONDAY, MONDAY + timedelta(hours=5))])
    assert cells[0][0] == 2
    lone = weekly_rhythm(buckets[:24], [Gap(MONDAY, MONDAY + timedelta(hours=5))])
    assert lone[0][0] is None
    assert lone[0][6] == 2


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("Candidate A = ada OR lovelace", ("Candidate A", "ada OR lovelace")),
        ("likes:>=5 dam", ("likes:>=5 dam", "likes:>=5 dam")),
        ("dam", ("dam", "dam")),
        ("= dam", ("= dam", "= dam")),
    ],
)
def test_a_line_may_have_a_name(line: str, named: tuple[str, str]) -> None:
    assert named_query(line) == named


@pytest.mark.parametrize("by", FIELDS)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_share_of_voice_by_every_field(visit: Visit, world: World, by: str, lang: str) -> None:
    test = visit(world.home, "trends", by=by, period="7d", lang=lang)
    assert not test.exception
    said = text(test)
    assert "trouble" not in said
    assert ("Peaks" if lang == "en" else "Pics") in said


def test_typed_queries_are_compared_and_mistakes_are_said(visit: Visit, world: World) -> None:
    test = visit(
        world.home,
        "trends",
        by="query",
        queries="Dam = dam OR barrage\nauthor:(\nweather",
        period="7d",
    )
    said = text(test)
    assert not test.exception
    assert 'role="alert"' in said
    shares = re.findall(r"explore\?q=[^\"]*", said)
    assert any("dam+OR+barrage" in share and "period=7d" in share for share in shares)


def test_what_a_row_counts_is_what_its_link_opens(visit: Visit, world: World) -> None:
    said = text(visit(world.home, "trends", by="narrative", period="7d"))
    found = re.search(r"narrative%3An-dam[^\n]*?t-r[^>]*>([\d,]+)<", said)
    assert found is not None
    opened = text(visit(world.home, "explore", q="narrative:n-dam", period="7d"))
    assert f"{found.group(1)} posts" in opened


def test_a_query_that_finds_nothing_is_a_row_of_nothing(visit: Visit, world: World) -> None:
    said = text(visit(world.home, "trends", by="query", queries="qqqzzz"))
    assert "cannot be shown" not in said
    assert "qqqzzz" in said


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "1 peak is put off"), ("fr", "1 pic est remis à demain")]
)
def test_a_peak_is_put_off_and_brought_back(
    visit: Visit, own_world: World, lang: str, said: str
) -> None:
    """For the question that it was seen in: the same hours of another stay."""

    def peaks_of(page: AppTest) -> int:
        return sum(str(button.key).startswith("snooze_peak_") for button in page.button)

    page = visit(own_world.home, "trends", period="7d", lang=lang)
    shown = peaks_of(page)
    assert shown
    page.button(key="snooze_peak_0").click().run()
    assert peaks_of(page) == shown - 1
    assert said in text(page)
    again = visit(own_world.home, "trends", period="7d", lang=lang)
    assert peaks_of(again) == shown - 1
    other = visit(own_world.home, "trends", period="7d", lang=lang, languages="fr")
    assert said not in text(other)
    again.button(key="bring_back").click().run()
    assert peaks_of(again) == shown


def test_no_posts_and_no_workspace_are_said(visit: Visit, world: World, tmp_path: Path) -> None:
    nothing = {"since": "1999-01-01T00:00:00Z", "until": "1999-01-02T00:00:00Z"}
    assert "No posts" in text(visit(world.home, "trends", **nothing))
    assert "Nothing here yet" in text(visit(tmp_path / "none", "trends"))


def index_of(workspace: Workspace, posts: list[Document]) -> EmbeddedIndex:
    """An open index of the workspace with these posts."""
    index = EmbeddedIndex(workspace)
    index.ensure_schema()
    index.put(posts)
    return index


def test_a_peak_of_reposts_shows_one_where_the_original_was_not_collected(
    workspace: Workspace, streamlit_caches: None
) -> None:
    """Else its posts would be said to be kept no longer, though they are all here."""
    at = datetime(2025, 11, 3, 12, tzinfo=UTC)

    def post(name: str, of: str | None = None) -> Document:
        links = (Link(LinkKind.REPOST, of),) if of else ()
        return Document(
            id=f"x:{name}", platform="x", text=f"text of {name}", published_at=at, links=links
        )

    posts = [post("a", "x:gone"), post("b", "x:gone"), post("c", "x:here"), post("here")]
    index = index_of(workspace, posts)
    shown, fared, _ = peaks._read("state", "", EVERYTHING, index)
    index.close()
    assert (shown, fared) == (("x:a", "x:here"), True)


def test_a_peak_is_not_named_by_a_part_of_an_address_nor_said_to_have_fared(
    workspace: Workspace, streamlit_caches: None
) -> None:
    """ "Posts that fared best" is said of posts of which something is known."""
    at = datetime(2025, 11, 3, 12, tzinfo=UTC)
    said = "the dam https://t.co/RuugfMtuyk"
    index = index_of(
        workspace,
        [Document(id=f"x:{n}", platform="x", text=said + n, published_at=at) for n in "abc"],
    )
    shown, fared, words = peaks._read("state", "", EVERYTHING, index)
    index.close()
    assert (len(shown), fared) == (3, False)
    assert not any("ruugf" in word or word == "https" for word, _ in words)


def test_a_peak_is_not_named_by_an_account_and_shows_posts_with_its_word(
    workspace: Workspace, streamlit_caches: None, visit: Visit
) -> None:
    """The word of a peak was a name that pseudonyms hide, beside posts that lack it."""
    start = datetime(2025, 11, 3, 12, tzinfo=UTC)

    def post(number: int, at: datetime, said: str, likes: int = 0) -> Document:
        author = Author(id="x:DamWatch", handle="DamWatch", name="Dam Watch")
        return Document(
            id=f"x:{number}",
            platform="x",
            text=said,
            published_at=at,
            author=author,
            metrics={"likes": likes},
        )

    quiet = [post(n, start + timedelta(hours=n), f"quiet number {n}") for n in range(20)]
    peak = start + timedelta(hours=22)
    loud = [
        post(100 + n, peak + timedelta(minutes=n), "the floodgate opens says @DamWatch DamWatch")
        for n in range(12)
    ]
    liked = [post(200 + n, peak, f"good morning dear all {n}", likes=500) for n in range(4)]
    index_of(workspace, [*quiet, *loud, *liked]).close()
    page = visit(workspace.home, "trends", period="all", lang="en")
    said = text(page)
    peaks_said = said[said.index("word that stands out") :]
    assert "word that stands out: damwatch" not in said.lower()
    assert "the floodgate opens" in peaks_said
    assert "good morning" not in peaks_said


def test_posts_without_a_source_are_not_said_to_have_no_date(
    workspace: Workspace, visit: Visit
) -> None:
    at = datetime(2025, 11, 3, 12, tzinfo=UTC)
    index_of(
        workspace, [Document(id="x:1", platform="x", text="dam", lang="gl", published_at=at)]
    ).close()
    said = text(visit(workspace.home, "spread", q="dam"))
    assert "none of these posts has a date" not in said
    assert "none of these posts has a value here" in said
    assert "Galician" in said
