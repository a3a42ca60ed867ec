"""Groups of accounts in a table of shares, as frames: docs/library.md shows how.

from graph import coordinated_shares
found = coordinated_shares(frame)       # object, account, time
found.groups, found.members, found.pairs, found.evidence, found.graph()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import polars as pl

from graph.calibration.false_accounts import MAX_DRAWS, Flags, measure_false_accounts
from graph.calibration.permutation import CONTENT_OF
from graph.coordination.answers import about_tested
from graph.coordination.engine import CoordinationResult, find_coordination
from graph.coordination.posts import COLUMNS, prepare
from graph.coordination.signals import signal_names
from graph.shares.columns import recognise_columns
from graph.shares.posts import SharePosts, share_posts
from graph.shares.tables import tables_of
from tocsin.core.errors import ConfigError
from tocsin.core.findings import rfc3339
from tocsin.core.messages import Message
from tocsin.core.settings import GraphSettings, wrong_value

if TYPE_CHECKING:
    import networkx as nx

Frame: TypeAlias = "pl.DataFrame | Any"
Library: TypeAlias = Literal["polars", "pandas", "pyarrow"]


@dataclass(frozen=True)
class CoordinatedShares:
    """What was found. Frames are of the library that the shares came in.

    Attributes:
        groups: ``group shape status accounts posts signals objects q_value p_value first_at last_at
            because explained_by``; a status is flagged, or explained by an innocent reading.
        members: ``group status account degree posts x y``: degree of coordination 0 to 1, place on
            a map.
        pairs: ``group a b weight p_value q_value signals objects``.
        evidence: ``group a b signal object posts accounts seconds_apart why``.
        about: method with all parameters, what was tested, false accounts to expect and measured,
            caveats.
        shares: how the table was read: ``columns``, ``kinds`` of objects, rows ``left_out``,
            ``notes``.
        result: the findings themselves.
    """

    groups: Frame
    members: Frame
    pairs: Frame
    evidence: Frame
    about: dict[str, Any]
    shares: dict[str, Any]
    result: CoordinationResult

    def graph(self) -> nx.Graph:
        """The network: accounts with ``group status degree posts x y``, pairs with ``group weight
        p_value q_value signals objects``."""
        from graph.shares.network import network_of

        return network_of(self.result, self.about)


def coordinated_shares(
    shares: Any,
    *,
    columns: Mapping[str, str] | None = None,
    windows: Sequence[int] | None = None,
    min_objects: int | None = None,
    false_discovery_rate: float | None = None,
    seed: int | None = None,
    signals: Sequence[str] | None = None,
    day_first: bool | None = None,
    frames: Library | None = None,
    calibrate: int = 0,
) -> CoordinatedShares:
    """Groups of accounts that shared the same things together beyond chance.

    Args:
        shares: one row a share: a pandas or polars frame, a pyarrow table, or a mapping of columns
            to sequences. Needed are an object (anything: an address, the id of a post, the hash of
            a picture, a text), an account and a time; a post (``content``) and a kind of object
            are taken where they are.
        columns: role (object, account, time, content, kind) -> column, where the names do not
            tell; CooRTweet's ``object_id account_id content_id timestamp_share`` and others do.
        windows: seconds within which two shares count as together; each is tested. None here and
            below: the default of the setting of that name (docs/settings.md).
        min_objects: distinct objects two accounts must share, 2 at least.
        false_discovery_rate: expected share of false positives among the flagged.
        seed: of every random draw.
        signals: names of registered signals to use; None stands for all. Objects of no known kind
            are tested in any case.
        day_first: whether the day comes first in dates such as 03/04/2026; None finds out.
        frames: the library of the frames that come back; None: that of ``shares``.
        calibrate: draws in which what was shared within each hour, and apart from that all times,
            are permuted, so that ``about["measured_false_accounts"]`` says how many of the
            flagged are there by chance; each costs two analyses, 200 at most. 0: nothing is
            measured.

    Raises:
        ConfigError: no such column, a wrong setting, or nothing that is a table.
    """
    table, library = _table(shares)
    found = recognise_columns(table.columns, columns)
    renamed = table.select(pl.col(column).alias(role) for role, column in found.items())
    posts = share_posts(renamed, day_first=day_first)
    asked = {
        "windows": windows if windows is None else tuple(windows),
        "min_objects": min_objects,
        "false_discovery_rate": false_discovery_rate,
        "seed": seed,
    }
    settings = _settings(**{name: value for name, value in asked.items() if value is not None})
    return analyse_shares(
        posts, found, settings, signals=signals, frames=frames or library, calibrate=calibrate
    )


def analyse_shares(
    posts: SharePosts,
    columns: Mapping[str, str],
    settings: GraphSettings,
    *,
    signals: Sequence[str] | None = None,
    frames: Library = "polars",
    calibrate: int = 0,
) -> CoordinatedShares:
    """The analysis itself, of posts that were read already.

    Raises:
        ConfigError: fewer draws than none are asked for, or too many.
    """
    if not 0 <= calibrate <= MAX_DRAWS:
        raise ConfigError(Message("shares.error.draws", {"most": MAX_DRAWS}))
    names = signal_names() if signals is None else tuple(signals)
    own = (posts.signal,) if len(posts.signal) else ()
    result = find_coordination(posts.posts, settings, signals=names, own_signals=own)
    tables = tables_of(result)
    measured = _measure(posts, settings, names, result, calibrate) if calibrate else None
    return CoordinatedShares(
        **{name: _as(table, frames) for name, table in tables.items()},
        about={**about_tested(result.tested), "measured_false_accounts": measured},
        shares={
            "columns": dict(columns),
            "posts": posts.posts.height,
            "kinds": dict(posts.kinds),
            "left_out": dict(posts.left_out),
            "notes": list(posts.notes),
        },
        result=result,
    )


def _measure(
    posts: SharePosts,
    settings: GraphSettings,
    signals: Sequence[str],
    result: CoordinationResult,
    draws: int,
) -> dict[str, Any]:
    """How many are flagged by chance: `graph.calibration.false_accounts`, and ``at``, when."""

    def analyse(permuted: pl.DataFrame) -> CoordinationResult:
        own = (posts.signal.permuted(permuted),) if len(posts.signal) else ()
        return find_coordination(permuted, settings, signals=signals, own_signals=own)

    frame = prepare(posts.posts).frame.select(COLUMNS).with_columns(pl.col("id").alias(CONTENT_OF))
    seeds = range(settings.seed * MAX_DRAWS, settings.seed * MAX_DRAWS + draws)
    measured = measure_false_accounts(frame, Flags.of(result), analyse, seeds)
    return {**measured.document(), "at": rfc3339(datetime.now(UTC))}


def _settings(**given: Any) -> GraphSettings:
    from pydantic import ValidationError

    try:
        return GraphSettings(**given)
    except ValidationError as error:
        name, why = wrong_value(error)
        shown = {"name": name, "why": why}
        raise ConfigError(Message("shares.error.setting", shown)) from None


def _table(shares: Any) -> tuple[pl.DataFrame, Library]:
    """The table as a polars frame, and the library that it is of."""
    if isinstance(shares, pl.LazyFrame):
        return shares.collect(), "polars"
    if isinstance(shares, pl.DataFrame):
        return shares, "polars"
    if isinstance(shares, Mapping):
        return pl.DataFrame(dict(shares), strict=False), "polars"
    module = type(shares).__module__.partition(".")[0]
    if module == "pandas":
        plain = shares.reset_index(drop=True)
        plain.columns = [str(name) for name in plain.columns]
        return pl.from_pandas(plain), "pandas"
    if hasattr(shares, "__arrow_c_stream__") or hasattr(shares, "__arrow_c_array__"):
        table = pl.from_arrow(shares)
        if isinstance(table, pl.DataFrame):
            return table, "pyarrow"
    raise ConfigError(Message("shares.error.no_table", {"what": type(shares).__name__}))


def _as(table: pl.DataFrame, library: Library) -> Any:
    if library == "pandas":
        return table.to_pandas()
    return table.to_arrow() if library == "pyarrow" else table
