"""Influence from posts in a real index to the command's answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from graph.influence.amplification import find_amplifications, without_accounts
from graph.influence.analyser import SCOPES, Influencers, measure_influence
from graph.influence.scores import score_accounts
from index.analysis import Analysis
from index.command_context import CommandContext
from index.connect import open_index
from index.current import flagged_accounts
from tocsin.app.pipeline import analyse
from tocsin.core.exchange import from_exchange
from tocsin.core.findings import Cluster, Influence, Member, Method, Narrative, Structure
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

START = datetime(2024, 5, 1, tzinfo=UTC)
RING = [f"ring{n}" for n in range(8)]


def _post(number: int, author: str, **more: Any) -> dict[str, Any]:
    at = START + timedelta(minutes=number)
    return {
        "id": f"p{number}",
        "platform": "x",
        "author": {"id": author, "handle": author.upper()},
        "published_at": at.isoformat(),
        **more,
    }


def _world() -> list[dict[str, Any]]:
    """Posts of three kinds of authors.

    steady: 6 posts, each reposted by the same 5 readers. lucky: one post reposted by 12. pushed:
    one account that the ring reposts 10 times.
    """
    rows: list[dict[str, Any]] = []

    def add(author: str, **more: Any) -> str:
        rows.append(_post(len(rows), author, **more))
        return str(rows[-1]["id"])

    for _ in range(6):
        target = add("steady", text="a steady post")
        for reader in range(5):
            add(f"reader{reader}", text="RT", repost_of=target)
    target = add("lucky", text="hit")
    for fan in range(12):
        add(f"fan{fan}", text="RT", repost_of=target)
    for _ in range(10):
        target = add("pushed", text="push me")
        for member in RING:
            add(member, text="RT", repost_of=target)
    question = add("asker", text="why?")
    add("reader0", text="because", reply_to=question)
    add("reader1", text="look at this", quote_of=question)
    add("reader0", text="thanks", reply_to="p0")
    add("steady", text="RT", repost_of="p0")
    add("reader2", text="gone", repost_of="unknown")
    return rows


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    index = open_index(workspace)
    index.put([from_exchange(row) for row in _world()])
    cluster = Cluster(
        id="c1",
        method=Method(name="m", version="1"),
        status="flagged",
        accounts=tuple(Member(id=f"x:{a}") for a in RING),
        signals=("repost",),
        q_value=0.001,
    )
    index.publish([cluster], kinds=("cluster",), generation="g1")
    index.close()
    return workspace


def _frame() -> pl.DataFrame:
    documents = [from_exchange(row) for row in _world()]
    from tocsin.core.documents import LinkKind

    return pl.DataFrame(
        {
            "id": [d.id for d in documents],
            "author": [d.author.id for d in documents if d.author],
            "published_at": [
                int(d.published_at.timestamp() * 1000) for d in documents if d.published_at
            ],
            "repost_of": [d.target(LinkKind.REPOST) for d in documents],
            "quote_of": [d.target(LinkKind.QUOTE) for d in documents],
            "reply_to": [d.target(LinkKind.REPLY) for d in documents],
            "copy_group": pl.Series([None] * len(documents), dtype=pl.String),
            "handle": "h",
            "followers": 10,
        }
    )


def test_amplifications_run_from_author_to_amplifier_once_a_post() -> None:
    found = find_amplifications(_frame())
    assert found.unresolved == 1
    mine = found.rows.filter(pl.col("author") == "x:steady")
    assert mine.height == 30
    assert "x:steady" not in mine["amplifier"].to_list()
    assert mine.filter(pl.col("root") == "x:p0", pl.col("amplifier") == "x:reader0")[
        "kind"
    ].to_list() == ["repost"]
    assert found.rows.filter(pl.col("author") == "x:asker").select(
        "amplifier", "kind", "weight"
    ).rows() == [
        ("x:reader0", "reply", 0.3),
        ("x:reader1", "quote", 0.7),
    ]
    counts = dict(found.posts.rows())
    assert counts["x:steady"] == 6
    assert counts["x:lucky"] == 1


def test_copies_follow_the_first_post_of_their_group() -> None:
    frame = pl.DataFrame(
        [
            ("1", "a", 5, "g"),
            ("2", "b", 3, "g"),
            ("3", "b", 9, "g"),
            ("4", "c", 9, "g"),
            ("5", "d", 1, None),
        ],
        schema=["id", "author", "published_at", "copy_group"],
        orient="row",
    ).with_columns(
        *(
            pl.lit(None, pl.String).alias(c)
            for c in ("repost_of", "quote_of", "reply_to", "handle")
        ),
        followers=None,
    )
    assert find_amplifications(frame).rows.select("root", "author", "amplifier").rows() == [
        ("2", "b", "a"),
        ("2", "b", "c"),
    ]
    assert find_amplifications(frame, copies=False).rows.is_empty()
    assert score_accounts(find_amplifications(frame, copies=False)) == []


def test_repeated_success_goes_before_one_lucky_post() -> None:
    scored = {one.account: one for one in score_accounts(find_amplifications(_frame()))}
    steady, lucky = scored["x:steady"], scored["x:lucky"]
    assert steady.score > lucky.score
    assert (steady.h_index, lucky.h_index) == (5, 1)
    assert (steady.reach, lucky.reach, lucky.amplified) == (5, 12, 12)
    assert lucky.interval[0] == 0 < steady.interval[0] < steady.score < steady.interval[1]
    assert steady.spread == pytest.approx(5 * 6 / 9, rel=0.02)
    cut = {
        one.account
        for one in score_accounts(
            without_accounts(find_amplifications(_frame()), [f"x:{a}" for a in RING])
        )
    }
    assert "x:pushed" not in cut
    assert "x:steady" in cut


def test_the_order_of_rows_and_the_seed_of_others_change_nothing() -> None:
    frame = _frame()
    shuffled = frame.sample(fraction=1, shuffle=True, seed=4)
    assert score_accounts(find_amplifications(shuffled)) == score_accounts(
        find_amplifications(frame)
    )
    assert score_accounts(find_amplifications(frame), seed=2) != score_accounts(
        find_amplifications(frame), seed=1
    )


def test_findings_have_reasons_evidence_and_both_scopes(filled: Workspace) -> None:
    index = open_index(filled)
    flagged = flagged_accounts(index)
    found = list(measure_influence(index, flagged))
    by_scope = {scope: {f.account: f for f in found if f.scope == scope} for scope in SCOPES}
    assert list(by_scope["all"]) == ["x:pushed", "x:steady", "x:lucky", "x:asker"]
    assert list(by_scope["without-coordinated"]) == ["x:steady", "x:lucky", "x:asker"]
    pushed, steady = by_scope["all"]["x:pushed"], by_scope["all"]["x:steady"]
    assert "100% of its amplification came from accounts that acted together beyond chance." in map(
        str, pushed.reasons
    )
    assert any(
        "5 of its posts were each amplified by at least 5 accounts" in str(reason)
        for reason in steady.reasons
    )
    ids = [post for f in found for e in f.evidence for post in e.posts]
    assert ids
    assert all(index.get(ids))
    index.close()


def test_without_coordinated_leaves_out_pairs_stars_and_chains(filled: Workspace) -> None:
    index = open_index(filled)
    pair = Structure(
        id="s1",
        method=Method(name="m", version="1"),
        status="flagged",
        accounts=(Member(id="x:steady"), Member(id="x:lucky")),
        signals=("link",),
        q_value=1e-9,
    )
    for marks, left in ((False, ["x:asker"]), (True, ["x:steady", "x:lucky", "x:asker"])):
        if marks:
            index.put_mark("s1", "benign")
        with Run(filled, "analyse") as run:
            analysis = Analysis(index=index, workspace=filled, run=run, made={"structure": [pair]})
            found = [f for f in Influencers().analyse(analysis) if isinstance(f, Influence)]
        without = [f.account for f in found if f.scope == "without-coordinated"]
        assert without == left
        assert sum(f.scope == "all" for f in found) == 4
    index.close()


def test_the_command_answers_for_the_published_analysis(
    filled: Workspace, invoked: Callable[..., Any]
) -> None:
    with closing(open_index(filled)) as index, Run(filled, "analyse") as run:
        analyse(Analysis(index=index, workspace=filled, run=run), ("influence",))
    everyone = invoked(filled)
    assert [i["handle"] for i in everyone["influencers"]] == ["PUSHED", "STEADY", "LUCKY", "ASKER"]
    assert {"run_id", "method", "data_as_of"} <= set(everyone)
    assert everyone["data_as_of"].startswith("2024-05-01T")
    first = everyone["influencers"][0]
    assert {"id", "handle", "score", "interval", "reach", "reasons"} <= set(first)
    assert first["id"] == "pushed"
    assert [i["id"] for i in invoked(filled, "--without-coordinated")["influencers"]] == [
        "steady",
        "lucky",
        "asker",
    ]


def test_accounts_of_a_group_that_an_analyst_cleared_are_not_left_out(
    filled: Workspace, invoked: Callable[..., Any]
) -> None:
    story = Narrative(
        id="n1",
        method=Method(name="m", version="1"),
        label="l",
        terms=("t",),
        languages={"en": 1},
        posts=1,
        authors=1,
        members=("x:p49",),
    )
    with closing(open_index(filled)) as index:
        index.publish([story], kinds=("narrative",), generation="g2")
        index.put_mark("c1", "benign")
        with Run(filled, "analyse") as run:
            analyse(Analysis(index=index, workspace=filled, run=run), ("influence",))
    ids = [i["id"] for i in invoked(filled, "--without-coordinated")["influencers"]]
    assert ids == ["pushed", "steady", "lucky", "asker"]
    pushed = invoked(filled, "--without-coordinated", "--topic", "n1")["influencers"]
    assert [i["id"] for i in pushed] == ["pushed"]
    with closing(open_index(filled)) as index:
        index.put_mark("c1", "suspect")
    assert invoked(filled, "--without-coordinated", "--topic", "n1")["influencers"] == []


def test_a_topic_counts_only_its_posts(filled: Workspace, invoked: Callable[..., Any]) -> None:
    story = Narrative(
        id="n1",
        method=Method(name="m", version="1"),
        label="l",
        terms=("t",),
        languages={"en": 1},
        posts=2,
        authors=2,
        members=("x:p0", "x:p36"),
    )
    with closing(open_index(filled)) as index:
        index.publish([story], kinds=("narrative",), generation="g2")
    found = invoked(filled, "--topic", "n1")["influencers"]
    assert [(i["id"], i["reach"], i["amplified"]) for i in found] == [
        ("lucky", 12, 12),
        ("steady", 5, 5),
    ]


@pytest.fixture
def invoked() -> Callable[..., Any]:
    def call(workspace: Workspace, *arguments: str) -> Any:
        from graph.influence.command import influencers

        app = CommandContext(workspace.home, as_json=True)
        app.__dict__["workspace"] = workspace
        done = CliRunner().invoke(influencers, list(arguments), obj=app, catch_exceptions=False)
        return json.loads(done.output)

    return call


def test_pseudonyms_stand_for_accounts(filled: Workspace, invoked: Callable[..., Any]) -> None:
    hidden = Workspace(filled.home, {"privacy": {"pseudonymise": True}})
    with closing(open_index(filled)) as index, Run(filled, "analyse") as run:
        analyse(Analysis(index=index, workspace=filled, run=run), ("influence",))
    text = json.dumps(invoked(hidden))
    assert "acct-" in text
    assert "steady" not in text.lower()


def test_without_an_analysis_it_says_what_to_do(
    filled: Workspace, invoked: Callable[..., Any]
) -> None:
    from tocsin.core.errors import ConfigError

    with pytest.raises(ConfigError, match="tocsin analyse"):
        invoked(filled)
    with pytest.raises(ConfigError, match="tocsin narratives"):
        invoked(filled, "--topic", "none")


def test_reposts_of_posts_that_are_not_in_the_index_are_said(workspace: Workspace) -> None:
    with closing(open_index(workspace)) as index:
        index.put(
            [from_exchange(_post(n, f"a{n}", text="", repost_of=f"o{n % 3}")) for n in range(9)]
        )
        run = Run(workspace, "analyse")
        analyse(Analysis(index=index, workspace=workspace, run=run), ("influence",))
    (said,) = run.warnings
    assert str(said).startswith("9 reposts, quotes and replies point to posts that are not in")
