"""Monitor files say what is wrong and where; trials, plans and differences change nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.monitors.conftest import WATER, World, post, switch_on
from tocsin.app.monitors.files import Monitor, parse_monitor, read_monitor
from tocsin.app.templates import EXAMPLE_MONITOR
from tocsin.core.errors import ConfigError
from tocsin.core.language.words import Words
from tocsin.core.workspace import Workspace

RULE = 'query = "a"\n\n[[rules]]\nkind = "volume"\n'


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('query = "a"\nchanels = []', 2, "known: channels"),
        ('query = "a"\nlanguages = "fr"', 2, '["fr", "en"]'),
        ('query = "a"\nquiet_hours = "22-7"', 2, "22:00-07:00"),
        ('query = "a"\ndigest = "weekly"', 2, "now, hourly, daily"),
        ('query = "a"\n"name" = "No Way"', 2, "small letters"),
        ('\nquery = "(a"', 2, "column"),
        (RULE + "factr = 3", 5, "known: factor"),
        (RULE + "at_least = 0", 5, "whole number from 1"),
        (RULE + 'past = "long"', 5, "30m, 24h"),
        (RULE + '[[rules]]\nkind = "volum"', 6, "one of: volume"),
        (RULE + '[[rules]]\nkind = "appears"', 5, "author:name"),
        (RULE + '[[rules]]\nkind = "appears"\nwho = ["everybody"]', 7, "author:name"),
        (RULE + '[[rules]]\nkind = "crossing"\ninto = ["country"]', 7, "lang, platform"),
        ('query = "a"\nrules = 3', 2, "[[rules]]"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_monitor(text, "monitors/m.toml", "m")
    sentence = str(caught.value)
    assert f"monitors/m.toml, line {line}" in sentence
    assert said in sentence
    french = Words("fr").say(caught.value.message)
    assert f"ligne {line}" in french
    assert "write" not in french


def test_a_file_without_a_query_or_of_another_kind(world: World) -> None:
    world.monitor("none", 'title = "x"')
    world.monitor("broken", "query = [")
    answer = world.json("monitor", "validate")
    assert answer["ok"] is False
    assert "not valid TOML" in answer["wrong"][0]
    assert "has no query" in answer["wrong"][1]
    listed = world.json("monitor", "list")
    assert len(listed["wrong"]) == 2


def test_the_scope_is_a_query_as_one_writes_it() -> None:
    monitor = Monitor("m", "a OR b", languages=("fr", "en"), platforms=("x",))
    assert monitor.scope == "(a OR b) (lang:fr OR lang:en) (platform:x)"
    assert Monitor("m", " a OR b ").scope == "a OR b"
    assert Monitor("m", "", languages=("fr",)).scope == "lang:fr"


def test_the_example_of_init_is_valid() -> None:
    monitor = parse_monitor(EXAMPLE_MONITOR, "water.toml.example", "water")
    assert {rule.kind for rule in monitor.rules} == {
        "volume", "new_narrative", "new_group", "appears", "crossing",
    }  # fmt: skip


def test_validate_names_channels_and_queries_that_mean_nothing(world: World) -> None:
    world.monitor("water", WATER)
    world.monitor("group", 'query = "cluster:none"')
    answer = world.json("monitor", "validate")
    assert answer["ok"] is False
    said = " ".join(answer["wrong"])
    assert "water, channel desk: there is no channel desk" in said
    assert "group: its query means nothing here" in said
    assert any("group has no rule" in note for note in answer["notes"])
    assert world.call("--lang", "fr", "monitor", "validate").return_value == 1


def test_a_trial_counts_and_opens_the_posts_and_changes_nothing(world: World) -> None:
    world.rise()
    world.rise(hours_ago=40)
    world.monitor("water", WATER)
    tried = world.json("monitor", "try", "water", "--since", "5d")
    assert tried["rung"] == 2
    assert [trigger["posts"] for trigger in tried["rings"]] == [42, 40]
    for trigger in tried["rings"]:
        found = world.json(
            "search", trigger["query"], "--since", trigger["since"], "--until", trigger["until"]
        )
        assert found["total"] == trigger["posts"]
    assert not (world.home / "alerts.sqlite").exists()
    said = world.call("--lang", "fr", "monitor", "try", "water", "--since", "5d").output
    assert "water aurait déclenché 2 alertes" in said
    assert "would" not in said
    plan = world.json("monitor", "plan", "water")["plans"][0]
    assert (plan["would_have_rung"], plan["state"], plan["channels"]) == (
        2,
        "off",
        ["desk", "hook"],
    )
    assert not (world.home / "alerts.sqlite").exists()


def test_activation_is_explicit_and_diff_says_what_waits(world: World) -> None:
    world.monitor("water", WATER)
    assert world.json("monitor", "run")["checked"] == []
    assert world.json("monitor", "diff")["differences"][0]["change"] == "new"
    world.json("monitor", "enable", "water")
    assert world.json("monitor", "diff") == {"differences": []}
    world.monitor("water", WATER + "at_least = 99\n")
    (changed,) = world.json("monitor", "diff")["differences"]
    assert (changed["change"], "+at_least = 99" in changed["lines"]) == ("changed", True)
    assert world.json("monitor", "list")["monitors"][0]["state"] == "changed"
    (world.home / "monitors" / "water.toml").unlink()
    assert world.json("monitor", "diff")["differences"][0]["change"] == "gone"
    assert world.json("monitor", "disable", "water") == {"disabled": ["water"]}
    assert world.json("monitor", "diff") == {"differences": []}


def test_what_is_there_when_it_is_switched_on_does_not_ring(world: World) -> None:
    world.rise(hours_ago=10)
    world.monitor("water", WATER)
    world.json("monitor", "enable", "water")
    assert world.json("monitor", "run")["alerts"] == []


def test_posts_that_come_late_still_ring(switched_on: World) -> None:
    switched_on.json("monitor", "run")
    switched_on.rise(hours_ago=8)
    assert len(switched_on.json("monitor", "run")["alerts"]) == 1


def test_a_monitor_that_fails_costs_the_others_nothing(switched_on: World) -> None:
    """A group that is gone since: its monitor says so, the others ring."""
    import sqlite3

    with sqlite3.connect(switched_on.home / "alerts.sqlite") as db:
        db.execute(
            "insert into monitors values ('gone', ?, ?, ?)",
            (RULE.replace('"a"', '"cluster:gone"'), *["2026-01-01T00:00:00.000Z"] * 2),
        )
    db.close()
    switched_on.rise()
    outcome = switched_on.json("monitor", "run")
    assert outcome["checked"] == ["water"]
    assert len(outcome["alerts"]) == 1
    assert "gone was not checked" in outcome["failures"][0]


@pytest.mark.parametrize(("is_folder", "advice"), [(True, "permissions"), (False, "move it away")])
def test_a_record_that_cannot_be_opened_is_not_to_be_moved_away(
    world: World, is_folder: bool, advice: str
) -> None:
    """Where a folder is read-only, it was: what was sent would have been sent again."""
    world.monitor("water", WATER)
    world.put(post("x:1", datetime(2026, 1, 1, tzinfo=UTC), "water"))
    record = world.home / "alerts.sqlite"
    record.mkdir() if is_folder else record.write_bytes(b"no database " * 500)
    error: Any = world.call("monitor", "enable", "water").exception
    assert advice in str(error)
    assert ("move it away" in str(error)) != is_folder


def test_names_that_are_not_there(world: World) -> None:
    world.monitor("water", WATER)
    error: Any = world.call("monitor", "try", "watr").exception
    assert "did you mean water?" in str(error)
    error = world.call("monitor", "disable", "water").exception
    assert "is not switched on" in str(error)


def test_alerts_keep_no_words_of_people_and_forget_who_is_erased(
    switched_on: World, tmp_path: Path
) -> None:
    """What strangers wrote is read from the index when it is told."""
    secret = "x:zoe_quell"
    switched_on.put(post("zoe", _now(), "water by zoe", secret))
    text = WATER + '[[rules]]\nkind = "appears"\nwho = ["author:zoe_quell"]\n'
    switch_on(switched_on, text)
    outcome = switched_on.json("monitor", "run")
    assert [one["rule"] for one in outcome["alerts"]] == ["appears"]
    assert "zoe_quell" not in json.dumps(outcome)
    assert switched_on.json("erase", "zoe_quell")["alerts"] == 1
    assert b"zoe_quell" not in (switched_on.home / "alerts.sqlite").read_bytes()
    feed = switched_on.home / "exports" / "alerts.atom"
    assert not feed.exists() or b"zoe" not in feed.read_bytes()


def _now() -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime.now(UTC) - timedelta(minutes=3)


def test_a_query_is_saved_by_one_command_and_nothing_is_switched_on(world: World) -> None:
    query = 'eau OR "a \\"b"\x7f ]]] # é'
    made = world.json("monitor", "save", "water", query, "--rule", "volume", "--rule", "crossing")
    assert made["rules"] == ["volume", "crossing"]
    monitor = read_monitor(Path(made["path"]))
    assert monitor.query == query.replace("\x7f", "")
    (listed,) = world.json("monitor", "list")["monitors"]
    assert (listed["name"], listed["state"]) == ("water", "off")
    assert world.json("monitor", "try", "water")["monitor"] == "water"
    for name, wanted in (("water", "already"), ("../x", "small letters"), ("UPPER", "letters")):
        with pytest.raises(ConfigError, match=wanted):
            world.json("monitor", "save", name, "eau")
    with pytest.raises(ConfigError, match="column 1"):
        world.json("monitor", "save", "other", "(eau")
    made = world.json("monitor", "save", "organic", "eau OR feu", "--without-flagged")
    assert made["query"] == "(eau OR feu) -cluster:any"
    Path(made["path"]).unlink()
    assert [path.name for path in (world.home / "monitors").iterdir()] == ["water.toml"]


def test_a_name_that_cannot_be_one_is_told_with_one_that_can(workspace: Workspace) -> None:
    """It named a file, a line and a key of a file that was never written."""
    from tocsin.app.monitors.saving import save_monitor

    with pytest.raises(ConfigError) as raised:
        save_monitor(workspace, "eau", name="Pouvoir d’achat")
    assert "pouvoir-d-achat would do" in str(raised.value)
    assert ".toml" not in str(raised.value)


def test_a_query_that_means_nothing_is_not_saved_and_is_named_where_it_was_written_by_hand(
    world: World,
) -> None:
    """`monitor save` kept it in silence, and `plan` then stopped without saying which."""
    world.put(post("a", datetime.now(UTC), "eau"))
    with pytest.raises(ConfigError, match="no field"):
        world.json("monitor", "save", "wrong", "nofield:x")
    assert not (world.home / "monitors" / "wrong.toml").exists()
    world.monitor("byhand", 'query = "nofield:x"\n[[rules]]\nkind = "volume"\n')
    with pytest.raises(ConfigError, match="byhand: its query means nothing here"):
        world.json("monitor", "plan")


def test_a_query_is_saved_while_the_index_is_away(world: World) -> None:
    """It opened the index for any query, and failed while Elasticsearch did not answer."""
    address = "http://127.0.0.1:1"
    world.settings(f'[index]\nbackend = "elasticsearch"\nurl = "{address}"\nretry_seconds = 0\n')
    made = world.json("monitor", "save", "plain", "eau -cluster:any lang:fr")
    assert made["caveats"] == []
    made = world.json("monitor", "save", "named", "author:ann_lee OR nofield:x")
    (caveat,) = made["caveats"]
    assert address in caveat
    assert "tocsin monitor validate named" in caveat
    assert Path(made["path"]).exists()
    with pytest.raises(ConfigError, match="column 1"):  # what no index could make right
        world.json("monitor", "save", "broken", "(eau")
    french = world.call("--lang", "fr", "monitor", "save", "nommee", "cluster:c1")
    assert "n’a pas été cherché" in french.output
