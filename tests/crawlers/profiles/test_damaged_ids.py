"""Ids that a spreadsheet has damaged cost no post, are said loudly, and point nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crawlers.profiles.conftest import Exports

HEADER = ("id", "created_at", "text", "user_id", "screen_name", "in_reply_to_status_id")


def rows(ids: list[Any], users: list[Any], replies: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": i, "user_id": u, "in_reply_to_status_id": r, "text": f"Écoute {n}",
            "created_at": f"2024-05-03T09:00:{n:02}Z", "screen_name": f"person{n % 3}",
        }
        for n, (i, u, r) in enumerate(zip(ids, users, replies, strict=True))
    ]  # fmt: skip


@pytest.mark.parametrize("damaged", ["1.47743E+18", "1,47743E+18", "1477430000000000000"])
def test_no_post_is_lost_and_no_pointer_is_trusted(exports: Exports, damaged: str) -> None:
    users = ["9.06E+17" if "E" in damaged else "906000000000000000"] * 30
    ids = [damaged if "E" in damaged else f"{1477430000000000000 + n * 1000}" for n in range(30)]
    made = exports.table("t.csv", HEADER, rows(ids, users, ids))
    assert len(made.rows) == 30
    assert not made.rejected
    for row in made.rows.values():
        assert "reply_to" not in row
        assert row["author"]["id"].endswith(row["author"]["handle"])


def test_floats_of_json(exports: Exports) -> None:
    ids = [1.477429e18, 1.477429e18, 1.47743e18]
    made = exports.json_lines("t.jsonl", rows(ids, [9.06e17] * 3, ids))
    assert len(made.rows) == 3
    assert not made.rejected
    assert not any("reply_to" in row for row in made.rows.values())


def test_whole_ids_stay(exports: Exports) -> None:
    ids = [f"{1477430000000000100 + 37 * n}" for n in range(30)]
    made = exports.table("t.csv", HEADER, rows(ids, ["5"] * 30, ids))
    assert [key.rpartition("/")[2] for key in made.rows] == ids
    assert all("reply_to" in row for row in made.rows.values())


def test_two_posts_with_one_rounded_id(exports: Exports) -> None:
    made = exports.table("t.csv", HEADER, rows(["1294030472427830000"] * 2, ["5", "6"], [""] * 2))
    assert len(made.rows) == 2
    assert {row["author"]["id"].rpartition("/")[2] for row in made.rows.values()} == {"5", "6"}
