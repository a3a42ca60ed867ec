"""The rules that are compared, with their sources and parameters."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from graph.coordination.coactions.acts import collect_acts
from graph.coordination.library.pairs import co_share_pairs
from graph.coordination.posts import Posts
from graph.coordination.signals import load_signals
from graph.rules.coortweet import coortweet_pairs
from graph.rules.similar_text import similar_pairs
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

OBJECTS = ("repost", "quote", "reply", "link", "copy", "media")
"""What counts as an object for CooRTweet's rule, which takes any; signals of ours that name one."""
COORTWEET_SOURCE = (
    "Righetti & Balluff 2025, CooRTweet (R): detect_groups, generate_coordinated_network; "
    "https://cran.r-project.org/package=CooRTweet"
)
TOOLKIT_SOURCE = (
    "Graham, QUT Digital Observatory 2020, coordination-network-toolkit 1.5.2: compute; "
    "https://github.com/QUT-Digital-Observatory/coordination-network-toolkit"
)
TOOLKIT_SIGNALS = {
    "co_retweet": "repost", "co_tweet": "text", "co_link": "link", "co_reply": "reply",
}  # fmt: skip


@dataclass(frozen=True)
class RuleSettings:
    """How the rules are set: ``window`` in seconds holds for all of them.

    The tools' own defaults are 10 s (CooRTweet) and 1 s (the toolkit's command line).
    """

    window: float = 60
    min_participation: int = 2
    edge_weight: float = 0.5
    min_edge_weight: int = 2
    similarity: float = 0.8


@dataclass(frozen=True)
class RuleResult:
    """What a rule says.

    Attributes:
        rule: its name: coortweet, co_retweet, co_tweet, co_link, co_reply, co_similar_tweet.
        tool, source: where it is from.
        parameters: as it was set; ``defaults``: as the tool itself is set.
        pairs: ``a, b, weight``, accounts as numbers of `Posts`.
        seconds: how long it took.
        failed: why it gave nothing.
    """

    rule: str
    tool: str
    source: str
    parameters: Mapping[str, Any]
    defaults: Mapping[str, Any]
    pairs: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"a": pl.UInt32, "b": pl.UInt32, "weight": pl.Int64}
        )
    )
    seconds: float = 0.0
    failed: Message | None = None


def apply_rules(posts: Posts, settings: RuleSettings) -> list[RuleResult]:
    """Every rule, on the posts that the engine tested."""
    asked: list[tuple[RuleResult, Callable[[], pl.DataFrame]]] = [
        (
            RuleResult(
                "coortweet",
                "CooRTweet",
                COORTWEET_SOURCE,
                {
                    "time_window": settings.window,
                    "min_participation": settings.min_participation,
                    "edge_weight": settings.edge_weight,
                    "objects": list(OBJECTS),
                },
                {"time_window": 10, "min_participation": 2, "edge_weight": 0.5},
            ),
            lambda: _coortweet(posts, settings),
        )
    ]
    shared = {"time_window": settings.window, "min_edge_weight": settings.min_edge_weight}
    own = {"time_window": 1, "min_edge_weight": 2}
    for rule, signal in TOOLKIT_SIGNALS.items():
        asked.append(
            (
                RuleResult(rule, "coordination-network-toolkit", TOOLKIT_SOURCE, shared, own),
                lambda signal=signal: _toolkit(posts, signal, settings),  # type: ignore[misc]
            )
        )
    asked.append(
        (
            RuleResult(
                "co_similar_tweet",
                "coordination-network-toolkit",
                TOOLKIT_SOURCE,
                shared | {"similarity_threshold": settings.similarity},
                own | {"similarity_threshold": 0.8},
            ),
            lambda: similar_pairs(
                posts.frame,
                time_window=settings.window,
                similarity=settings.similarity,
                min_edge_weight=settings.min_edge_weight,
            ),
        )
    )
    return [_timed(rule, pairs) for rule, pairs in asked]


def _timed(rule: RuleResult, pairs: Callable[[], pl.DataFrame]) -> RuleResult:
    from dataclasses import replace

    started = time.perf_counter()
    try:
        found = pairs()
    except ConfigError as error:
        why = (
            error.message
            if isinstance(error.message, Message)
            else Message("rules.error.too_many", {"n": 0})
        )
        return replace(rule, failed=why)
    return replace(rule, pairs=found, seconds=round(time.perf_counter() - started, 3))


def coortweet_acts(posts: Posts) -> pl.DataFrame:
    """The shares that CooRTweet's rule counts: ``object account post time``."""
    signals = load_signals(OBJECTS)
    acts = collect_acts(posts.frame, list(signals.values())).unique(["signal", "object", "post"])
    return acts.with_columns(object=pl.concat_str("signal", pl.lit(" "), "object"))


def for_toolkit(posts: Posts, signal: str) -> pl.DataFrame:
    """The posts as the toolkit's rule of a signal takes them."""
    columns = ("id", "author", "published_at", "text", "repost_of", "reply_to", "urls")
    frame = posts.frame.select(columns)
    if signal == "text":  # a post without a text shares none
        frame = frame.filter(pl.col("text").str.strip_chars() != "")
    return frame


def _coortweet(posts: Posts, settings: RuleSettings) -> pl.DataFrame:
    return coortweet_pairs(
        coortweet_acts(posts),
        time_window=settings.window,
        min_participation=settings.min_participation,
        edge_weight=settings.edge_weight,
    )


def _toolkit(posts: Posts, signal: str, settings: RuleSettings) -> pl.DataFrame:
    """Accounts keep their numbers: those of `Posts` are in the order of ids."""
    pairs = co_share_pairs(
        for_toolkit(posts, signal),
        signal,
        window=settings.window,
        min_weight=settings.min_edge_weight,
    )
    number = pl.DataFrame({"name": posts.accounts}).with_row_index("number")
    return (
        pairs.join(number, left_on="a", right_on="name")
        .join(number, left_on="b", right_on="name", suffix="_b")
        .select(a="number", b="number_b", weight="weight")
        .sort("a", "b")
    )
