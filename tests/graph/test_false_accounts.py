"""The false accounts that are stated: measured on the posts, by permuting their contents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

import graph
from graph.calibration.false_accounts import (
    Counted,
    FalseAccounts,
    Flags,
    measure_false_accounts,
    poisson_interval,
)
from graph.calibration.measure import calibrate
from graph.calibration.permutation import permute_contents, permute_times
from graph.coordination.engine import CoordinationResult, find_coordination
from graph.coordination.posts import prepare
from tests.graph.conftest import World
from tocsin.app.cli import cli
from tocsin.core.calibration.stated import false_accounts, measured_false_accounts
from tocsin.core.findings import Cluster, Member
from tocsin.core.language.words import Words
from tocsin.core.settings import GraphSettings

ENGLISH, FRENCH = Words("en"), Words("fr")


CONTENTS, TIMES = "contents", "times"


def flags(
    flagged: str = "", grouped: str = "", for_moments: str = "", moments_alone: str = ""
) -> Flags:
    """Accounts of one letter."""
    return Flags(
        frozenset(flagged),
        frozenset(grouped or flagged),
        frozenset(for_moments),
        moments_alone=frozenset(moments_alone),
    )


def test_a_group_that_gets_its_own_back_is_counted_apart() -> None:
    """Permuted within hours that are nearly all its own, what a group posted comes back to it."""
    groups = (frozenset("abcdef"), frozenset("gh"))
    now = Flags(frozenset("abcdefgh"), frozenset("abcdefgh"), frozenset(), groups)
    groups = (frozenset("abcx"), frozenset("dgy"), frozenset("gh"))
    permuted = Flags(frozenset("abcdghxy"), frozenset("abcdghxy"), frozenset(), groups)
    # a, b, c are together again; g and h are two, who may meet by chance; d is with strangers
    assert Counted.of(CONTENTS, permuted, now) == Counted(newly=2, again=3, same_group=3)
    # times permuted hand nothing back
    assert Counted.of(TIMES, permuted, now) == Counted(newly=2, again=6)


def test_a_group_that_is_flagged_for_its_moments_again_is_no_group_that_gets_its_own_back() -> None:
    """Contents permuted already: six meet at moments, and on two things by chance, then as now."""
    who = frozenset("abcdef")
    group = Flags(who, who, for_moments=who, groups=(who,))
    assert Counted.of(CONTENTS, group, group) == Counted(newly=0, again=6)


def test_what_is_flagged_in_a_draw_is_counted_apart() -> None:
    now = flags("abcd", grouped="abcdef")
    permuted = flags("abexy", for_moments="abexz", moments_alone="aexz")
    # a and e are in a group already and share nothing but moments; x is not, b shares some things
    assert Counted.of(CONTENTS, permuted, now) == Counted(newly=2, again=1, by_timing=2)
    assert Counted.of(CONTENTS, permuted, now, leave_out=now.grouped) == Counted(2, 0)
    # where b shares nothing but moments as it is, what was dealt to it says nothing
    alone = flags("abcd", grouped="abcdef", moments_alone="b")
    assert Counted.of(CONTENTS, permuted, alone) == Counted(newly=2, again=0, by_timing=3)
    # permuting times leaves no moment as it was
    assert Counted.of(TIMES, permuted, now) == Counted(newly=3, again=2)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [([0] * 5, 0.0, 1.4756), ([0] * 20, 0.0, 0.3689), ([2] * 20, 1.2217, 3.0888)],
)
def test_an_interval_of_few_accounts_is_wide(
    counts: Sequence[float], low: float, high: float
) -> None:
    assert poisson_interval(counts) == pytest.approx((low, high), abs=0.0001)


def test_draws_that_differ_much_widen_the_interval() -> None:
    even, uneven = poisson_interval([4] * 10), poisson_interval([0] * 8 + [20] * 2)
    assert uneven[0] < even[0] < 4 < even[1] < uneven[1]


LUCKY_MS = 1_000_000


def lucky(frame: pl.DataFrame, result: CoordinationResult) -> CoordinationResult:
    """An analysis that flags by chance: accounts that post two winning tickets in a short time."""
    wins = frame.filter(pl.col("text") == "win").sort("author", "published_at")
    gap = pl.col("published_at").diff().over("author")
    lucky_ones = wins.filter(gap < LUCKY_MS)["author"].unique().sort()
    members = tuple(Member(id=author, handle=None) for author in lucky_ones)
    group = Cluster(
        id="c", name="c", status="flagged", accounts=members, method=result.tested.method,
        signals=("copy",), q_value=0.01, p_value=0.001, objects={"copy": 2},
    )  # fmt: skip
    return replace(result, clusters=(group,) if members else (), structures=())


def tickets() -> pl.DataFrame:
    """3,000 tickets of 300 accounts; all that win are in the hands of a tenth of them."""
    rng = np.random.default_rng(1)
    return pl.DataFrame(
        {
            "id": [f"p{n}" for n in range(3_000)],
            "author": [f"a{n % 300}" for n in range(3_000)],
            "published_at": rng.integers(0, 20 * 3_600_000, 3_000),
            "text": ["win" if n % 300 < 30 else "lose" for n in range(3_000)],
        }
    )


@pytest.mark.parametrize(
    ("permutation", "span_ms"), [(CONTENTS, 3_600_000), (CONTENTS, None), (TIMES, None)]
)
def test_where_nothing_is_arranged_it_states_what_is_flagged(
    permutation: str, span_ms: int | None
) -> None:
    """Stated over the draws within a factor of two of measured over the draws, whatever was
    permuted: contents of the hour, all contents, or times."""
    frame = tickets()
    empty = find_coordination(frame.head(1))

    def analyse(posts: pl.DataFrame) -> CoordinationResult:
        return lucky(posts, empty)

    measured, stated = [], []
    for seed in range(100, 120):
        if permutation == TIMES:
            drawn = permute_times(frame, seed)
        else:
            drawn = permute_contents(frame, seed, span_ms=span_ms)
        now = Flags.of(analyse(drawn))
        measured.append(len(now.flagged))
        seeds = range(10 * seed, 10 * seed + 5)
        stated.append(measure_false_accounts(drawn, now, analyse, seeds).mean)
    assert np.mean(measured) > 1
    assert np.mean(measured) / 2 <= np.mean(stated) <= 2 * np.mean(measured)


def test_a_campaign_is_not_counted_as_chance(world: World) -> None:
    world.group("k", 6, 12, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    result = calibrate(prepare(world.frame()), GraphSettings(), draws=2)
    assert result["flagged"]["accounts"] == 6
    assert result["false_accounts"]["mean"] == 0
    assert result["false_accounts"]["high"] > 0


def test_the_larger_of_two_deals_is_stated() -> None:
    none, two, five = Counted(0, 0), Counted(2, 0, by_timing=3), Counted(4, 1)
    measured = FalseAccounts(({CONTENTS: two, TIMES: none}, {CONTENTS: none, TIMES: five}))
    found = measured.document()
    assert (found["mean"], found["newly"], found["again"], found["draws"]) == (2.5, 2.0, 0.5, 2)
    assert [(permutation["name"], permutation["mean"]) for permutation in found["deals"]] == [
        (TIMES, 2.5),
        (CONTENTS, 1),
    ]
    assert found["low"] < found["mean"] < found["high"]
    assert found["by_timing"] == 1.5  # of contents, which leave moments as they are


def test_joint_moments_that_stay_are_told_apart(world: World) -> None:
    """Plain texts in the same seconds: permuting contents cannot say whether that is chance."""
    world.group("k", 5, 25, lambda i: {}, spread=4_000, part=0.9)
    found = calibrate(prepare(world.frame()), GraphSettings(), draws=2)["false_accounts"]
    assert found["mean"] == 0
    assert 0 < found["by_timing"] <= 5  # in some draws they get what the hours are full of


def test_the_library_measures_what_calibrate_does(world: World) -> None:
    world.group("k", 6, 12, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    measured = graph.false_accounts(world.frame(), draws=2)
    calibrated = calibrate(prepare(world.frame()), GraphSettings(), draws=1)["false_accounts"]
    assert measured["flagged"] == 6
    assert measured.keys() - calibrated.keys() == {"flagged"}
    assert (measured["mean"], measured["draws"]) == (calibrated["mean"], calibrated["draws"])


def test_what_a_calibration_deals_out_twice_is_a_draw_of_the_posts_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permuted once or twice, chance is the same: twice the draws for as many analyses."""
    analyses: list[pl.DataFrame] = []

    def analyse(frame: Any, settings: GraphSettings) -> CoordinationResult:
        analyses.append(getattr(frame, "frame", frame))
        found = find_coordination(frame, settings)
        return lucky(analyses[-1], found) if len(analyses) > 1 else found

    monkeypatch.setattr("graph.calibration.measure.find_coordination", analyse)
    frame = prepare(world.frame()).frame
    texts = pl.Series(["win" if n % 9 else "lose" for n in range(frame.height)])
    posts = prepare(frame.with_columns(text=texts))
    found = calibrate(posts, GraphSettings(), draws=2)
    assert len(analyses) == 1 + 2 * 7
    assert found["false_accounts"]["draws"] == 4
    # the posts, two with campaigns planted, then two of contents, two of times, and each again
    permuted = {CONTENTS: (3, 4, 7, 9), TIMES: (5, 6, 12, 14)}
    for permutation in found["false_accounts"]["deals"]:
        draws = [analyses[n] for n in permuted[permutation["name"]]]
        flagged = [len(lucky(draw, find_coordination(posts)).flagged) for draw in draws]
        assert permutation["mean"] == np.mean(flagged) > 0


def test_it_holds_for_these_posts_and_this_method_alone(world: World) -> None:
    posts = prepare(world.frame())
    tested = find_coordination(posts).tested
    result = calibrate(posts, GraphSettings(), draws=1) | {"at": "2026-02-03T04:05:06Z"}
    kept = json.loads(json.dumps(result))
    measured = measured_false_accounts(kept, tested)
    assert measured is not None
    assert measured["at"] == "2026-02-03T04:05:06Z"
    assert measured_false_accounts(None, tested) is None
    assert measured_false_accounts({**kept, "input_sha256": "0" * 64}, tested) is None
    other = find_coordination(posts, GraphSettings(min_objects=4)).tested
    assert measured_false_accounts(kept, other) is None
    earlier = {name: value for name, value in kept.items() if name != "false_accounts"}
    assert measured_false_accounts(earlier, tested) is None
    # what an earlier version measured by contents alone is not the number that is stated now
    of_contents = {name: n for name, n in kept["false_accounts"].items() if name != "deals"}
    assert measured_false_accounts({**kept, "false_accounts": of_contents}, tested) is None


def test_it_is_said_how_one_knows() -> None:
    measured = {"mean": 3.2, "low": 1.1, "high": 6.4, "draws": 20, "at": "2026-02-03T04:05:06Z"}
    said = ENGLISH.say(false_accounts(0.02, measured))
    assert said == (
        "3.2 (95% interval 1.1 to 6.4; measured on these posts in 20 draws with contents "
        "permuted within the hour and 20 with times permuted, the larger of the two; 3 Feb 2026)"
    )
    none = ENGLISH.say(false_accounts(0.02, measured | {"mean": 0, "high": 0.37}))
    assert none.startswith("none (at most 0.37, with 95% confidence; measured")
    by_q = ENGLISH.say(false_accounts(0.02, None))
    assert by_q.startswith("0.02 from the q-values alone")
    assert "`tocsin calibrate`" in by_q
    assert "mesuré sur ces messages en 20 tirages" in FRENCH.say(false_accounts(0.02, measured))


def test_from_a_calibration_on_every_answer_states_it(
    tmp_path: Path, make_world: type[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(people=150, each=5)
    world.group("g", 6, 10, lambda n: {"urls": [f"https://pushed.example/{n}"]})
    file, home, report = tmp_path / "posts.jsonl", tmp_path / "home", tmp_path / "report.md"
    page = tmp_path / "page.html"
    with file.open("w", encoding="utf-8") as out:
        for row in world.rows:
            post = {"id": row["id"], "platform": "x", "author": {"id": row["author"]}}
            post |= {"published_at": row["published_at"], "text": row["text"], "urls": row["urls"]}
            out.write(json.dumps(post) + "\n")

    def tocsin(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["--home", str(home), *arguments])
        assert done.exit_code == 0, done.output
        return " ".join(done.stdout.split())

    def answers() -> list[Any]:
        """What each answer states of the setting in force."""
        levels = json.loads(tocsin("--json", "dial"))["levels"]
        (in_force,) = (level for level in levels if level["in_force"])
        others = [level["measured_false_accounts"] for level in levels if not level["in_force"]]
        assert others == [None, None]
        return [
            json.loads(tocsin("--json", "clusters"))["measured_false_accounts"],
            in_force["measured_false_accounts"],
            json.loads(tocsin("--json", "rules"))["ours"]["measured_false_accounts"],
        ]

    tocsin("init")
    tocsin("import", str(file))
    tocsin("analyse")
    assert answers() == [None] * 3
    assert "from the q-values alone (not measured on these posts: `tocsin cal" in tocsin("clusters")
    (group,) = json.loads(tocsin("--json", "clusters"))["clusters"]
    tocsin("case", "new", "Who pushed it?")
    tocsin("case", "pin", "c1", f"cluster:{group['id']}")
    tocsin("calibrate", "--draws", "1")
    (stated, *others) = answers()
    assert others == [stated] * 2
    assert {"mean", "low", "high", "draws", "at"} <= set(stated)
    assert (stated["mean"], stated["draws"]) == (0, 2)
    for language, words in (
        ("en", "measured on these posts in 2 draws with contents permuted within the hour"),
        ("fr", "mesuré sur ces messages en 2 tirages avec les contenus permutés"),
    ):
        assert words in tocsin("--lang", language, "clusters")
        assert words in tocsin("--lang", language, "dial")
        tocsin("--lang", language, "export", "dossier", "--out", str(report))
        assert report.read_text(encoding="utf-8").count(words) >= 2
        for made in (("report",), ("case", "export", "c1")):
            tocsin(*made, "--format", "html", "--lang", language, "--out", str(page))
            assert words in page.read_text(encoding="utf-8")
    bundle = tmp_path / "bundle.json"
    tocsin("export", "stix", "--out", str(bundle))
    assert "measured on these posts in 2 draws" in bundle.read_text(encoding="utf-8")
    monkeypatch.setenv("TOCSIN_GRAPH__MIN_OBJECTS", "4")
    tocsin("analyse")
    assert json.loads(tocsin("--json", "clusters"))["measured_false_accounts"] is None
