"""Every row of whole files, as tools for X and research write them, is filled: see
`tests.e2e.planted_layouts`. A broken row costs itself alone.
"""

from __future__ import annotations

import csv
import io
from itertools import islice

import pytest

from crawlers.importing.formats import PROFILES
from crawlers.importing.formats.profile_base import TABLE, Head
from crawlers.importing.profiles import make_profile
from tests.crawlers.profiles.conftest import Exports
from tests.e2e import planted_fourcat, planted_research, planted_x
from tests.e2e.planted_layouts import make_world, wrong_rows

LAYOUTS = {**planted_x.LAYOUTS, **planted_research.LAYOUTS, **planted_fourcat.LAYOUTS}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_is_filled(name: str, exports: Exports) -> None:
    layout = LAYOUTS[name]
    content = layout.write(make_world(layout.kind))
    assert isinstance(content, str)
    broken = "1,2,3\n" if layout.file.endswith("csv") else '{"id": "5", "user": {\n'
    made = exports.read(layout.file, content + broken)
    assert made.format == layout.format
    assert wrong_rows(layout, made.rows)[:10] == []
    assert len(made.rejected) == 1


NEEDED = {
    "id", "body", "text", "tweet", "date", "url", "user", "username", "author_id", "chat",
    "thread_id", "object_id", "account_id", "content_id", "timestamp_share", "status_id",
    "screen_name", "tweet_id", "user_username", "user_screen_name", "user.screen_name",
    "from_user_name", "tweetid", "userid", "tweet_text", "tweet_time", "subreddit", "created_at",
    "public_metrics.retweet_count",
}  # fmt: skip
"""Columns without which a table is not known to be a tool's."""
TABLES = [name for name, layout in LAYOUTS.items() if layout.file.endswith("csv")]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_known_without_any_one_of_its_columns(name: str) -> None:
    layout = LAYOUTS[name]
    content = layout.write(make_world(layout.kind))
    assert isinstance(content, str)
    begin = content.lstrip("\ufeff").partition("\n")[0]
    rows = list(
        islice(
            csv.DictReader(
                io.StringIO(content.lstrip("\ufeff")), delimiter="\t" if "\t" in begin else ","
            ),
            20,
        )
    )
    profiles = [p for p in map(make_profile, PROFILES) if TABLE in p.takes]
    for left_out in set(rows[0]) - NEEDED:
        records = [{k: v for k, v in row.items() if k != left_out} for row in rows]
        head = Head(tuple(records[0]), records, {}, "posts.csv")
        best = max(profiles, key=lambda p: p.recognises(head))
        assert best.name == layout.format, left_out
