"""What an analyst does to a narrative on its page: seen at once on every page, and undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from index.connect import open_index
from index.narratives.annotating import declare_theme
from tests.dashboard.pages import Visit, text
from tests.dashboard.world import World
from tocsin.core.documents import Annotation
from tocsin.core.findings import Method, Theme
from tocsin.core.workspace import Workspace


def press(page: Any, label: str) -> Any:
    (button,) = [one for one in page.button if one.label == label]
    return button.click().run()


def test_a_name_stands_on_every_page_until_it_is_undone(visit: Visit, own_world: World) -> None:
    home = own_world.home
    page = visit(home, "narratives", id="n-dam")
    page.text_input(key="edit_name").set_value("The dam of Valmont")
    said = text(press(page, "Rename"))
    assert "has this name from now on" in said
    assert "Named “The dam of Valmont” by" in said
    for name in ("narratives", "today", "spread", "trends"):
        assert "The dam of Valmont" in text(visit(home, name, lang="fr")), name
    page = visit(home, "narratives", id="n-dam", lang="fr")
    assert "Renommer, réunir, séparer, épingler ou écarter ce récit" in text(page)
    said = text(press(page, "Annuler"))
    assert "Les modifications de ce récit sont annulées" in said
    assert "The dam of Valmont" not in text(visit(home, "narratives"))


def test_pinned_first_binned_last_and_out_of_today(visit: Visit, own_world: World) -> None:
    home = own_world.home
    press(visit(home, "narratives", id="n-storm"), "Pin")
    assert "Bridge" not in text(press(visit(home, "narratives", id="n-dam"), "Put in the bin"))
    said = text(visit(home, "narratives"))
    order = [said.index(f"narratives?id={name}") for name in ("n-storm", "n-bills", "n-dam")]
    assert order == sorted(order)
    assert "in the bin" in said
    today = text(visit(home))
    assert "narratives?id=n-dam" not in today
    assert "1 narrative is binned: Today and alerts leave it out" in today
    assert "1 rising subject belongs to a binned narrative" in today
    then = {"period": "dates", "since": "2020-01-01", "until": "2020-01-02"}
    assert "narratives?id=n-storm" in text(visit(home, "narratives", **then))


def test_merged_and_split_narratives_keep_their_addresses(visit: Visit, own_world: World) -> None:
    home = own_world.home
    page = visit(home, "narratives", id="n-bills")
    page.multiselect(key="edit_others").set_value(["n-dam"])
    said = text(press(page, "Merge"))
    assert "They are one narrative from now on" in said
    assert "Valmont dam breach" in said
    merged = text(visit(home, "narratives", id="n-bills"))
    assert "Valmont dam breach" in merged
    assert "Merged with “" in merged
    assert "Merged with “n-" not in merged, "an id tells a reader nothing"
    page = visit(home, "narratives", id="n-dam")
    page.text_input(key="edit_query").set_value("zzzznowhere")
    assert "is among those to split off" in text(press(page, "Split"))
    page = visit(home, "narratives", id="n-dam")
    page.text_input(key="edit_query").set_value("facture OR bill")
    page.text_input(key="edit_new_name").set_value("Bills")
    assert "They are two narratives from now on" in text(press(page, "Split"))
    assert "Bills" in text(visit(home, "narratives"))


def test_themes_are_a_facet_and_divide_trends(visit: Visit, own_world: World) -> None:
    index = open_index(Workspace(own_world.home))
    posts = [one.id for one in index.search("dam", size=30).documents]
    values = {"narrative": None, "theme": "t-water"}
    note = Annotation(version="2", model="", made_at=datetime.now(UTC), values=values)
    declare_theme(index)
    index.annotate([(post, note) for post in posts], "narratives")
    theme = Theme(
        id="t-water",
        method=Method(name="narratives", version="2"),
        label="Water of all",
        terms=("water",),
        languages={},
        posts=30,
        authors=9,
        members=tuple(posts),
    )
    index.publish([theme], kinds=["theme"], generation="g1")
    index.close()
    said = text(visit(own_world.home, "explore", lang="fr"))
    assert "Thème" in said
    assert "Water of all" in said
    trends = visit(own_world.home, "trends", by="theme")
    assert "Water of all" in text(trends)
    assert list(trends.selectbox(key="by").options).count("Theme") == 1
    assert "30 posts" in text(visit(own_world.home, "explore", q='theme:"water of all"'))
