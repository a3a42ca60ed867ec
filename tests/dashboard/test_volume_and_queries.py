"""The numbers behind the screens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.collection_gaps import Gap, find_gaps
from dashboard.components import charts, markup, query_nodes, volume
from dashboard.components.account_names import AccountNames, quote_value
from dashboard.components.cluster.filtering import filter_clusters
from dashboard.components.narrative_table import language_shares
from dashboard.components.theme import DARK, LIGHT, Palette
from dashboard.components.volume import WINDOW_LENGTHS, VolumeRow
from index.base import Window
from index.privacy import Pseudonyms
from index.query import Among, And, Not, Or, Term, Word, parse
from tocsin.core.findings import Cluster, Edge, Evidence, Member, Method
from tocsin.core.language.words import Words
from tocsin.core.shared_objects import count_objects, merge_evidence

PARIS = ZoneInfo("Europe/Paris")
METHOD = Method(name="m", version="1")


def test_windows_end_after_the_newest_post_on_the_readers_clock() -> None:
    newest = datetime(2025, 11, 14, 17, 20, tzinfo=UTC)
    window, past = volume.window_and_past(newest, WINDOW_LENGTHS["24h"], PARIS)
    assert window == Window(
        datetime(2025, 11, 13, 19, 0, tzinfo=PARIS), datetime(2025, 11, 14, 19, 0, tzinfo=PARIS)
    )
    assert past.since == datetime(2025, 10, 31, 19, 0, tzinfo=PARIS)
    assert volume.window_and_past(newest, WINDOW_LENGTHS["7d"], PARIS)[0].until == datetime(
        2025, 11, 15, tzinfo=PARIS
    )


def test_normal_is_the_median_of_whole_earlier_windows() -> None:
    reach = WINDOW_LENGTHS["24h"]
    window, past = volume.window_and_past(datetime(2025, 11, 14, 17, 20, tzinfo=UTC), reach, PARIS)
    buckets = volume.fill_gaps([], past, reach.step)
    assert len(buckets) == 14 * 24
    buckets = [(at, 30 if window.since and at >= window.since else 10) for at, _ in buckets]
    whole = volume.compare_with_past(buckets, window, reach, None)
    assert (whole.posts, whole.normal, whole.windows, whole.ratio) == (720, 240, 13, 3)
    short = volume.compare_with_past(
        buckets, window, reach, window.since and window.since - timedelta(days=2, hours=5)
    )
    assert (short.normal, short.windows, short.ratio) == (None, 2, None)


def test_days_without_collection_are_unknown_and_not_zero() -> None:
    reach = WINDOW_LENGTHS["24h"]
    newest = datetime(2025, 11, 14, 17, 20, tzinfo=UTC)
    window, past = volume.window_and_past(newest, reach, PARIS)
    assert past.since is not None
    oldest = past.since - timedelta(days=30)
    steady = [(at, 10) for at, _ in volume.fill_gaps([], past, reach.step)]
    first, last = past.since + timedelta(days=2), past.since + timedelta(days=10)
    paused = [(at, 0 if first <= at < last else count) for at, count in steady]
    gaps = find_gaps(paused, oldest)
    assert gaps == [Gap(first, last)]
    found = volume.compare_with_past(paused, window, reach, oldest, gaps)
    assert (found.normal, found.windows, found.ratio) == (240, 5, 1)
    # a pause that began before the past which is looked at
    late = [(at, 0 if at < last else count) for at, count in steady]
    assert find_gaps(late, oldest) == [Gap(past.since, last)]
    assert find_gaps(late, last) == [], "before the oldest post nothing was missed"
    # a pause in the window itself: its posts are no measure
    now = steady[-1][0]
    broken = [(at, 0 if timedelta(0) < now - at < timedelta(hours=6) else n) for at, n in steady]
    partial = volume.compare_with_past(broken, window, reach, oldest, find_gaps(broken, oldest))
    assert (partial.partial, partial.normal, partial.ratio) == (True, 240, None)


def test_quiet_nights_and_small_streams_have_no_gaps() -> None:
    past = Window(datetime(2025, 11, 1, tzinfo=PARIS), datetime(2025, 11, 9, tzinfo=PARIS))
    hours = volume.fill_gaps([], past, timedelta(hours=1))
    nights = [(at, 0 if at.hour < 6 else 40) for at, _ in hours]
    assert find_gaps(nights, past.since) == []
    small = [(at, int(at.hour == 12)) for at, _ in hours]
    assert find_gaps(small, past.since) == []


def test_a_gap_is_drawn_as_a_gap() -> None:
    start = datetime(2025, 11, 1, tzinfo=PARIS)
    rows = [VolumeRow(start + timedelta(hours=n), 0 if 3 <= n < 7 else 9, 0) for n in range(12)]
    gap = Gap(rows[3].start, rows[7].start)
    drawn = charts.volume_chart(rows, Words("en", PARIS), LIGHT, gaps=[gap]).to_dict()
    values = next(value for value in drawn["datasets"].values() if "all" in value[0])
    assert [value["all"] for value in values] == [9] * 3 + [None] * 4 + [9] * 5


def test_small_curves_break_where_nothing_was_collected() -> None:
    start = datetime(2025, 11, 1, tzinfo=PARIS)
    rows = [VolumeRow(start + timedelta(days=n), 0 if 3 <= n < 7 else 9, 0) for n in range(12)]
    gap = Gap(rows[3].start, rows[7].start)
    for code, said in (("en", "not collected"), ("fr", "non collecté")):
        words = Words(code, PARIS)
        curve = markup.sparkline(rows, words, "curve", [gap])
        assert curve.count('class="t-gap"') == curve.count(said) == 4
        assert words.span(gap.since, gap.until) in markup.gap_note([gap], words)
    assert "t-gap" not in markup.sparkline(rows, Words("en", PARIS), "curve")
    assert markup.gap_note([], Words("en", PARIS)) == ""
    many = markup.gap_note([gap] * 9, Words("en", PARIS))
    assert "and 3 more spans" in many


def test_a_row_is_unknown_where_half_of_it_is() -> None:
    start = datetime(2025, 11, 1, tzinfo=PARIS)
    weeks = [VolumeRow(start + timedelta(weeks=n), 9, 0) for n in range(4)]
    gap = Gap(start + timedelta(days=8), start + timedelta(days=15))
    assert volume.mark_unknown(weeks, [gap]) == [False, True, False, False]


def test_the_rare_posts_of_early_years_are_no_gaps() -> None:
    start = datetime(2010, 1, 1, tzinfo=UTC)
    rare = [(start + timedelta(days=n), int(n % 50 == 0)) for n in range(3_000)]
    busy = [(start + timedelta(days=n), 500) for n in range(3_000, 3_400)]
    assert find_gaps(rare + busy, start) == []
    paused = [(at, 0 if 100 <= n < 105 else posts) for n, (at, posts) in enumerate(busy)]
    assert find_gaps(rare + paused, start) == [Gap(busy[100][0], busy[105][0])]


def test_hours_are_filled_over_a_change_of_the_clock() -> None:
    since, until = (
        datetime(2025, 10, 26, 0, 0, tzinfo=PARIS),
        datetime(2025, 10, 27, 0, 0, tzinfo=PARIS),
    )
    hit = datetime(2025, 10, 26, 12, 0, tzinfo=PARIS)
    rows = volume.fill_gaps([(hit, 7)], Window(since, until), timedelta(hours=1))
    assert (rows[12], sum(n for _, n in rows)) == ((hit, 7), 7)


def test_small_curves_keep_the_sum() -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    rows = [VolumeRow(start + timedelta(hours=i), i, i // 2) for i in range(100)]
    small = volume.downsample(rows, 56)
    assert len(small) <= 56
    assert (sum(r[1] for r in small), sum(r[2] for r in small)) == (
        sum(r[1] for r in rows),
        sum(r[2] for r in rows),
    )
    assert volume.downsample([], 5) == []


def test_finer_counts_of_flagged_posts_are_summed_into_the_rows() -> None:
    start = datetime(2025, 1, 6, tzinfo=UTC)
    week = timedelta(weeks=1)
    total = [(start, 10), (start + 5 * week, 4)]
    flagged = [(start, 1), (start + week, 2), (start + 4 * week, 3), (start + 9 * week, 9)]
    rows = volume.merge_counts(total, flagged)
    assert [(row.total, row.flagged) for row in rows] == [(10, 6), (4, 4)]
    assert volume.merge_counts([], []) == []
    assert [volume.askable_interval(i) for i in ("5w", "1w", "1h")] == ["1w", "1w", "1h"]


def test_terms_become_queries() -> None:
    given = ["#Valmont", "rupture barrage", "news.example", "  ", "Évacuée", "OR", 'a" OR author:x']
    both, odd = (
        And((Word("rupture"), Word("barrage"))),
        And((Word("a"), Word("or"), Word("author"), Word("x"))),
    )
    node = Or(
        (
            Term("hashtag", "valmont"),
            both,
            Term("domain", "news.example"),
            Word("evacuee"),
            Word("or"),
            odd,
        )
    )
    assert query_nodes.posts_with_terms(given) == node
    assert query_nodes.posts_with_terms(["dam"]) == Word("dam")
    assert query_nodes.posts_with_terms(["…"]) is None


def test_authors_become_queries() -> None:
    assert query_nodes.posts_by_authors(frozenset()) is None
    assert query_nodes.posts_by_authors(frozenset({"x:2", "x:1"})) == Among(
        "author", ("x:1", "x:2")
    )
    assert query_nodes.exclude(Word("a"), Word("b")) == And((Word("a"), Not(Word("b"))))
    assert query_nodes.exclude(Word("a"), None) == Word("a")


def _cluster(
    name: str,
    status: str,
    q_value: float,
    degrees: list[float],
    evidence: tuple[Evidence, ...] = (),
) -> Cluster:
    members = tuple(Member(id=f"x:{name}{i}", degree=d) for i, d in enumerate(degrees))
    return Cluster(
        id=name,
        method=METHOD,
        status=status,
        accounts=members,
        signals=("link",),
        q_value=q_value,
        evidence=evidence,
    )


def test_thresholds_leave_accounts_and_groups_out() -> None:
    clusters = [
        _cluster("a", "explained", 0.001, [0.9] * 9),
        _cluster("b", "flagged", 0.02, [0.9, 0.8, 0.1]),
        _cluster("c", "flagged", 0.001, [0.4, 0.3]),
    ]
    every = ("flagged", "explained", "cleared")
    assert [c.id for c in filter_clusters(clusters, q_value=0.05, degree=0, statuses=every)] == [
        "b",
        "c",
        "a",
    ]
    assert [
        (c.id, len(c.accounts))
        for c in filter_clusters(clusters, q_value=0.05, degree=0.5, statuses=every)
    ] == [("b", 2), ("a", 9)]
    assert [
        c.id for c in filter_clusters(clusters, q_value=0.01, degree=0, statuses=("flagged",))
    ] == ["c"]


def test_evidence_of_edges_and_cluster_is_united() -> None:
    own = Evidence(
        signal="link", object="u", posts=("1", "2"), accounts=("a", "b"), seconds_apart=9
    )
    edge = Edge(
        id="e",
        method=METHOD,
        a="b",
        b="c",
        evidence=(
            Evidence(signal="link", object="u", posts=("2", "3"), seconds_apart=4),
            Evidence(signal="copy", object="k", posts=("4", "5")),
        ),
    )
    cluster = _cluster("a", "flagged", 0.1, [1, 1], (own,))
    found = merge_evidence(cluster, [edge])
    assert [(e.object, e.posts, e.accounts, e.seconds_apart) for e in found] == [
        ("u", ("1", "2", "3"), ("a", "b", "c"), 4),
        ("k", ("4", "5"), ("b", "c"), None),
    ]
    assert count_objects(cluster, [edge]) == {"copy": 1, "link": 1}


def test_languages_by_share() -> None:
    assert language_shares({"fr": 3, "en": 1}) == [("fr", 0.75), ("en", 0.25)]
    assert language_shares({"fr": 199, "eo": 1}) == [("fr", 0.995)]
    assert language_shares({}) == []


def test_charts_read_the_clock_of_the_readers_zone() -> None:
    words = Words("fr", PARIS)
    moment = datetime(2025, 7, 1, 22, 30, tzinfo=UTC)
    assert charts.from_wall_clock_ms(charts.to_wall_clock_ms(moment, words), words) == moment
    assert datetime.fromtimestamp(charts.to_wall_clock_ms(moment, words) / 1000, UTC).hour == 0


def test_pseudonyms_in_queries_lead_to_accounts_and_nothing_else_is_shown() -> None:
    names = Pseudonyms(b"k" * 32)
    shown = names.account("x:7")
    account_names = AccountNames(names, lambda: {shown: "x:7"})
    assert account_names.display_name("x:7", "ana") == shown
    assert account_names.query_text("x:7") == f"author:{shown}"
    assert account_names.resolve_pseudonyms(
        parse(f"(dam OR author:{shown}) -author:{shown} lang:fr")
    ) == parse("(dam OR author:x:7) -author:x:7 lang:fr")
    open_ = AccountNames(Pseudonyms(b"k" * 32, enabled=False), dict)
    assert (
        open_.display_name("x:7", "ana"),
        open_.display_name("x:7"),
        open_.query_text("x:7"),
    ) == (
        "@ana",
        "7",
        "author:x:7",
    )


@pytest.mark.parametrize("value", ["plain", "x:123", 'a "b" \\c', "two words", "star*", "(paren)"])
def test_quoted_values_come_back_from_the_parser(value: str) -> None:
    assert parse(f"source:{quote_value(value)}") == Term("source", value)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_is_legible_in_both_themes(palette: Palette) -> None:
    for ground in (palette.background, palette.panel):
        for ink in (palette.ink, palette.soft, palette.accent, palette.cool):
            assert _contrast(ink, ground) >= 4.5, (ink, ground)
    assert all(_contrast(colour, palette.background) >= 2.5 for colour in palette.objects)
