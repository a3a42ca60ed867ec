"""Reposts that name whom they repeat, not which post: through the command."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawlers.importing.relations import named_reposts
from index.connect import open_index
from tests.e2e.planted_layouts import START, Event, call, make_world, table
from tests.e2e.planted_research import fourcat_x, fourcat_x_csv
from tocsin.core.workspace import Workspace


def written(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def posts(home: Path) -> dict[str, dict[str, Any]]:
    hits = call(home, "search", "--limit", "1000")["hits"]
    return {hit["id"]: hit for hit in hits}


def test_all_are_found_where_the_originals_stand_in_the_file(tmp_path: Path) -> None:
    home, world = tmp_path / "home", make_world()
    file = written(tmp_path, "4cat.csv", fourcat_x_csv(world))
    report = call(home, "import", file)
    number = sum(event.kind == "repost" for event in world.events)
    assert report["relations"]["repost_of_handle"] == {"checked": number, "known": number}
    assert not any("reposts name" in warning for warning in report["warnings"])
    for row in report["files"]:
        filled = {key["key"]: key["filled"] for key in row["keys"]}
        assert filled["repost_of"] == filled["repost_of_handle"] > 0
    got = posts(home)
    for event in world.events:
        if event.kind == "repost" and event.of:
            post = got[event.snowflake]
            assert post["repost_of"] == event.of.snowflake
    index = open_index(Workspace(home))
    (repost,) = index.get([f"x:{next(e.snowflake for e in world.events if e.kind == 'repost')}"])
    index.close()
    assert repost is not None
    assert repost.extra["repost_of_found"] == "account and text"
    assert "repost_of_handle" in repost.extra
    again = call(home, "import", file)
    assert again["fates"] == {"duplicate": len(world.events)}


@pytest.mark.parametrize("held", [1, 50_000])
def test_which_post_it_is(tmp_path: Path, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named_reposts, "HELD", held)

    def event(number: int, minutes: int, account: int, text: str, of: Event | None = None) -> Event:
        kind = "repost" if of else "post"
        return Event(number, START + timedelta(minutes=minutes), account, kind, text, of)

    words = "Les bancs de sardines passent au large et remontent é 🐟"
    long = " ".join([words] * 4)
    first, second = event(1, 0, 1, words), event(2, 60, 1, words)
    other, lengthy = event(3, 0, 2, words), event(4, 0, 3, long)
    reposts = [
        event(5, 30, 4, words, first),  # the account says it again later
        event(6, 90, 4, words, second),
        event(7, 90, 5, words, other),  # another account says the same
        event(8, 5, 5, long[:110] + "…", lengthy),  # as X shortens it
        event(9, 5, 6, "Autre chose", lengthy),  # nothing like it is there
        event(10, -5, 6, words, first),  # earlier than the post
    ]
    rows = [fourcat_x(e) for e in (*reversed(reposts), first, second, other, lengthy)]
    file = written(tmp_path, "4cat.csv", table(rows))
    home = tmp_path / "home"
    report = call(home, "import", file)
    got = posts(home)
    pointed = [got[e.snowflake].get("repost_of") for e in reposts]
    assert pointed == [
        first.snowflake, second.snowflake, other.snowflake, lengthy.snowflake, None, None,
    ]  # fmt: skip
    assert report["relations"]["repost_of_handle"] == {"checked": 6, "known": 4}
    assert any("6 reposts name" in warning for warning in report["warnings"])


def test_the_post_may_come_from_an_earlier_import(tmp_path: Path) -> None:
    home = tmp_path / "home"
    original = Event(1, START, 1, "post", "Écoute la mer 🐟")
    repost = Event(2, START + timedelta(hours=1), 2, "repost", original.text, original)
    call(home, "import", written(tmp_path, "a.csv", table([fourcat_x(original)])))
    report = call(home, "import", written(tmp_path, "b.csv", table([fourcat_x(repost)])))
    assert report["relations"]["repost_of_handle"] == {"checked": 1, "known": 1}
    assert posts(home)[repost.snowflake]["repost_of"] == original.snowflake
