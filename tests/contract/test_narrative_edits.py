"""What analysts do to narratives, on every backend: kept, shown at once, and taken back exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from index.narratives.annotating import annotate_posts, assignments, declare_theme
from index.narratives.editor import Editor
from index.narratives.edits import read_edits
from index.narratives.publishing import (
    KINDS,
    findings_of,
    published_narratives,
    published_themes,
    under_edits,
)
from index.narratives.signals import current_signals
from index.privacy import pseudonyms
from index.reading.queries import read_query
from tocsin.app.monitors.monitored import Monitored
from tocsin.core.documents import Author, Document, Kind
from tocsin.core.errors import ConfigError
from tocsin.core.findings import (
    Finding,
    Headline,
    Method,
    Narrative,
    Theme,
    WeakSignal,
    to_json,
)
from tocsin.core.messages import plain

METHOD = Method(name="narratives", version="2", parameters={"documents": 12, "unclustered": 0})
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
GROUPS = {"n1": range(6), "n2": range(6, 9), "n3": range(9, 12)}
WORDS = {"n1": "fuel prices at the pump", "n2": "petrol is dear", "n3": "the cup final"}


def narrative(key: str, **changes: Any) -> Narrative:
    members = tuple(f"x:{n}" for n in GROUPS[key])
    values: dict[str, Any] = {
        "id": key, "method": METHOD, "label": f"{WORDS[key]} {GROUPS[key][0]}", "terms": (key,),
        "languages": {"en": len(members)}, "posts": len(members), "authors": len(members),
        "members": members, "central": members[:2], "coordinated_share": 0.0, "theme": "t1",
        "headlines": (Headline(language="en", label=f"{WORDS[key]} {GROUPS[key][0]}",
                               post=members[0]),),
    }  # fmt: skip
    return Narrative(**(values | changes))


def signal(key: str, posts: range) -> WeakSignal:
    return WeakSignal(
        id=key, method=METHOD, terms=("pump",), flagged_at=AT, first_at=AT, posts=len(posts),
        authors=3, p_value=0.001, expected_false_per_day=0.01, why=plain("why"),
        post_ids=tuple(f"x:{n}" for n in posts),
    )  # fmt: skip


def analyse(index: Any, grouped: list[Narrative]) -> None:
    """What an analysis does with the narratives that it found."""
    themes = [
        Theme(id="t1", method=METHOD, label="Prices and sport", terms=("prices",), languages={},
              posts=12, authors=12, members=tuple(f"x:{n}" for n in range(12)))
    ]  # fmt: skip
    before = assignments(published_narratives(index)), assignments(published_themes(index))
    applied = under_edits(index, pseudonyms(index.workspace, index), grouped)
    declare_theme(index)
    annotate_posts(
        index, before, (assignments(applied.narratives), assignments(themes)), version="2",
        made_at=AT,
    )  # fmt: skip
    found: list[Finding] = findings_of(applied, grouped, themes)
    index.publish(found, kinds=KINDS, generation="run-1")


@pytest.fixture
def told(index: Any, made: Callable[..., Any]) -> Any:
    """Twelve posts by twelve people in three narratives of one theme, and two signals."""
    index.put(
        [
            made(n, f"{WORDS[key]} {n}", id=f"x:{n}", title=None)
            for key, posts in GROUPS.items()
            for n in posts
        ]
    )
    index.refresh()
    analyse(index, [narrative(key) for key in GROUPS])
    index.publish([signal("s1", range(6)), signal("s3", range(9, 12))], kinds=["signal"],
                  generation="run-1")  # fmt: skip
    return index


def found(index: Any, query: str) -> int:
    number: int = index.count(read_query(query, index, pseudonyms(index.workspace, index)))
    return number


def shown(index: Any) -> list[tuple[str, int]]:
    return [(one.id, one.posts) for one in published_narratives(index)]


def test_acts_win_and_are_taken_back_exactly(told: Any) -> None:
    index = told
    at_first = published_narratives(index)
    editor = Editor(index, pseudonyms(index.workspace, index), by="Ana")

    editor.rename("n1", "  Fuel   prices ")
    editor.pin("n3")
    editor.bin("n2")
    assert shown(index) == [("n3", 3), ("n1", 6), ("n2", 3)]
    (fuel,) = [one for one in published_narratives(index) if one.id == "n1"]
    assert fuel.headline("fr") == fuel.label == "Fuel prices"
    assert [(one.action, one.by, one.said) for one in fuel.edits] == [
        ("rename", "Ana", "Fuel prices")
    ]
    assert found(index, 'narrative:"fuel prices"') == 6
    rising, _ = current_signals(index)
    assert [one.headline("en") for one in rising if one.id == "s1"] == ["Fuel prices"]

    acted = editor.merge(["n2", "n1"])
    assert [(one.id, one.posts, one.merged) for one in acted.narratives] == [("n1", 9, ("n2",))]
    assert found(index, "narrative:n2") == found(index, "narrative:n1") == 9
    assert dict(index.facet("narrative").values) == {"n1": 9, "n3": 3}
    assert published_themes(index)[0].narratives == ("n1", "n3")

    made, rest = editor.split("n1", query="petrol", name="Petrol").narratives
    assert (made.posts, rest.posts, made.split_from) == (3, 6, "n1")
    assert found(index, "narrative:Petrol") == 3
    analyse(index, at_first)  # a later analysis finds what it found before
    assert {one.name for one in published_narratives(index)} == {"Fuel prices", "Petrol", ""}
    assert shown(index)[0] == ("n3", 3)
    assert len(read_edits(index.marks())) == 5

    for one in ("n1", "n3", "n2"):
        for edit in read_edits(index.marks()):
            if edit.concerns(one):
                editor.reset(one)
                break
    assert read_edits(index.marks()) == []
    assert published_narratives(index) == at_first
    assert dict(index.facet("narrative").values) == {"n1": 6, "n2": 3, "n3": 3}


def test_a_binned_narrative_is_in_no_alert_and_its_posts_are_counted(told: Any) -> None:
    Editor(told, pseudonyms(told.workspace, told)).bin("n3")
    rising, binned = current_signals(told)
    assert ([one.id for one in rising], [one.id for one in binned]) == (["s1"], ["s3"])
    assert found(told, "narrative:n3") == 3
    assert shown(told)[-1] == ("n3", 3)
    assert set(Monitored(told.workspace, told).narrative_of.values()) == {"n1", "n2"}


def test_one_of_two_merges_is_taken_back(told: Any) -> None:
    editor = Editor(told, pseudonyms(told.workspace, told))
    editor.merge(["n1", "n2"])
    (both,) = editor.merge(["n1", "n3"]).narratives
    assert (both.posts, both.merged) == (12, ("n2", "n3"))
    first, _ = both.edits
    editor.reset("n1", "merge", first.at)
    assert shown(told) == [("n1", 9), ("n2", 3)]
    assert found(told, "narrative:n3") == 9


def test_a_pinned_narrative_stays_when_it_is_not_found_again(told: Any) -> None:
    Editor(told, pseudonyms(told.workspace, told)).pin("n2")
    analyse(told, [narrative("n1"), narrative("n3")])
    assert shown(told) == [("n2", 3), ("n1", 6), ("n3", 3)]
    assert found(told, "narrative:n2") == 3


def test_posts_that_are_only_alike_come_after_stories(told: Any) -> None:
    analyse(told, [narrative("n2"), narrative("n3"), narrative("n1", only_alike=True)])
    editor = Editor(told, pseudonyms(told.workspace, told))
    editor.rename("n1", "Fuel prices")
    assert shown(told)[0] == ("n1", 6), "who named it says that it tells something"
    editor.reset("n1")
    assert shown(told) == [("n2", 3), ("n3", 3), ("n1", 6)]
    editor.bin("n2")
    assert shown(told) == [("n3", 3), ("n1", 6), ("n2", 3)]


def test_named_posts_are_split_off_and_forgotten_with_their_people(told: Any) -> None:
    editor = Editor(told, pseudonyms(told.workspace, told), by="Ana")
    made, rest = editor.split("n1", posts=["0", "x:1"]).narratives
    assert (made.members, rest.posts) == (("x:0", "x:1"), 4)
    assert made.label == "fuel prices at the pump 0", "the words of its own post"
    told.delete(["x:0"])
    (edit,) = read_edits(told.marks())
    assert edit.posts == ("x:1",)
    told.delete(["x:1"])
    assert read_edits(told.marks()) == []
    for posts, query in ((["x:99"], ""), ([], ""), ([], "petrol"), ([], "fuel")):
        with pytest.raises(ConfigError):
            editor.split("n1", posts=posts, query=query)
    with pytest.raises(ConfigError, match="no narrative gone"):
        editor.pin("gone")


def test_a_theme_is_found_by_id_and_by_name(told: Any) -> None:
    assert found(told, "theme:t1") == found(told, 'theme:"prices and sport"') == 12
    assert found(told, "theme:t1 narrative:n1") == 6
    assert found(told, "theme:other") == 0
    assert dict(told.facet("theme").values) == {"t1": 12}


def test_who_speaks_is_named_when_a_headline_is_shown_and_nowhere_kept(told: Any) -> None:
    index = told
    index.put([Document(id="x:20", kind=Kind.POST, platform="x", text="tonight at eight",
                        author=Author(id="x:77", handle="Zanzibarova"))])  # fmt: skip
    index.refresh()
    said = Headline(language="en", label="tonight at eight", post="x:0", speaker="x:77")
    analyse(index, [narrative("n1", label=said.label, headlines=(said,)), narrative("n2")])

    (stored,) = [one for one in published_narratives(index) if one.id == "n1"]
    assert stored.headlines == (said,)
    people = pseudonyms(index.workspace, index)
    people.enabled = True
    hidden = people.finding(stored)
    assert hidden.headline("en") == hidden.label == f"{people.account('x:77')}: tonight at eight"
    people.enabled = False
    assert people.finding(stored).headline("fr") == "@Zanzibarova: tonight at eight"
    query = 'narrative:"@Zanzibarova: tonight at eight"'
    assert index.count(read_query(query, index, people)) == 6
    assert "Zanzibarova" not in to_json(stored)
