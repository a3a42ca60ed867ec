"""Traits of found groups: beyond what other accounts show, and never more than support."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from graph import find_coordination
from graph.coordination.posts import prepare
from graph.coordination.traits.agreement import agreements
from graph.coordination.traits.profiles import read_profiles
from index.connect import open_index
from tests.graph.conftest import DAY, START
from tocsin.app.cli import cli
from tocsin.core.dates import from_milliseconds
from tocsin.core.documents import Author, Document, Link, LinkKind
from tocsin.core.findings import Cluster, from_json, to_json
from tocsin.core.workspace import Workspace

YEAR = 365 * DAY
BIO = "Proud harbour patriot and mother of three"
Profile = tuple[str, str | None, int | None]


def profile(rng: random.Random, number: int) -> Profile:
    """Of an organic account: a name, a text or none, and when it was made."""
    letters = "".join(rng.choice("abcdefghijklmnoprstuvwz") for _ in range(rng.randint(5, 10)))
    name = letters + (str(rng.randint(10, 9999)) if rng.random() < 0.4 else "")
    said = f"I like {letters} and number {number}" if rng.random() < 0.7 else None
    return name, said, START - rng.randint(30 * DAY, 12 * YEAR)


def with_profiles(world: Any, own: Callable[[str], Profile | None]) -> pl.DataFrame:
    """The posts with profiles: ``own`` gives that of an account, else it is organic."""
    rng, known = random.Random(5), dict[str, Profile]()
    for row in world.rows:
        author = row["author"]
        if author not in known:
            known[author] = own(author) or profile(rng, len(known))
        row["handle"], row["author_description"], row["author_created"] = known[author]
    texts = pl.col("author_description").cast(pl.String)
    return world.frame().with_columns(texts, pl.col("author_created").cast(pl.Int64))


def campaign(world: Any) -> list[str]:
    found: list[str] = world.group("k", 8, 14, lambda i: {"urls": [f"https://push.example/{i}"]})
    return found


def fabricated(author: str) -> Profile | None:
    if not author.startswith("x:k"):
        return None
    number = int(author[3:])
    return f"patriot{4711 + number}", BIO, START - 90 * DAY + number * 600_000


def traits_of(frame: pl.DataFrame) -> dict[str, Any]:
    (cluster,) = find_coordination(frame).clusters
    return {trait.kind: trait for trait in cluster.traits}


def test_accounts_made_together_agree(world: Any) -> None:
    who = campaign(world)
    frame = with_profiles(world, fabricated)
    result = find_coordination(frame)
    assert result.flagged == set(who)
    traits = {trait.kind: trait for trait in result.clusters[0].traits}
    for kind in ("created", "name", "bio"):
        trait = traits[kind]
        assert trait.agrees, kind
        assert (trait.n, trait.of) == (8, 8)
        assert trait.q_value < 1e-6
    # nothing names a date, a name or a text
    said = json.dumps([to_json(result.clusters[0])])
    assert "patriot" not in json.dumps([str(t.because) for t in traits.values()])
    assert BIO.lower() not in said.lower()
    read = from_json("cluster", to_json(result.clusters[0]))
    assert isinstance(read, Cluster)
    assert [str(t.because) for t in read.traits] == [str(t.because) for t in traits.values()]
    assert [t.agrees for t in read.traits] == [t.agrees for t in traits.values()]


def test_ordinary_profiles_do_not(world: Any) -> None:
    campaign(world)
    assert not [t for t in traits_of(with_profiles(world, lambda _: None)).values() if t.agrees]


def test_a_wave_of_new_accounts_is_everybodys(world: Any) -> None:
    campaign(world)
    rng = random.Random(3)

    def of_the_wave(author: str) -> Profile:
        name, said, _ = profile(rng, 0)
        return name, f"{said} {author}", START - 20 * DAY + rng.randint(0, 3 * DAY)

    traits = traits_of(with_profiles(world, of_the_wave))
    assert not traits["created"].agrees
    assert not traits["bio"].agrees


def test_names_that_a_platform_proposes(world: Any) -> None:
    campaign(world)
    rng = random.Random(3)

    def proposed(author: str) -> Profile:
        name, said, created = profile(rng, 0)
        return f"{name.rstrip('0123456789')}{rng.randint(10**7, 10**8 - 1)}", said, created

    assert not traits_of(with_profiles(world, proposed))["name"].agrees


def test_traits_change_no_group(make_world: Any) -> None:
    for seed in range(3):
        world = make_world(seed)
        campaign(world)
        frame = with_profiles(world, fabricated)
        bare = frame.drop("author_created", "author_description")
        with_them, without = find_coordination(frame), find_coordination(bare)
        assert with_them.flagged == without.flagged
        assert [c.id for c in with_them.clusters] == [c.id for c in without.clusters]
    # alike as can be, and never acting together
    world = make_world(9)
    frame = with_profiles(world, lambda author: ("patriot" + author[-3:], BIO, START - DAY))
    assert find_coordination(frame).flagged == frozenset()


def test_random_groups_rarely_agree(make_world: Any) -> None:
    world = make_world(4, people=400, each=20)
    posts = prepare(with_profiles(world, lambda _: None))
    profiles = read_profiles(posts)
    rng, none = np.random.default_rng(1), np.zeros((6, 24))
    small: dict[str, list[float]] = {}
    for number in range(60):
        group = rng.choice(len(posts.accounts), 6, replace=False)
        inside = np.zeros(len(posts.accounts), dtype=bool)
        inside[group] = True
        for one in agreements(profiles, group.tolist(), inside, none, number):
            small.setdefault(one.trait, []).append(one.p)
    assert set(small) == {"created", "name", "bio", "hours"}
    for trait, values in small.items():
        assert np.mean(np.array(values) <= 0.05) <= 0.15, trait


def test_hours_against_people_of_one_time_zone(make_world: Any) -> None:
    def day(world: Any, author: str, hours: list[int]) -> None:
        for number in range(40):
            at = START // DAY * DAY + (number % 10) * DAY + world.rng.choice(hours) * 3_600_000
            world.say(author, at + world.rng.randint(0, 3_500_000))

    waking = list(range(8, 23))
    for shifts, expected in ((waking, False), ([9, 13, 17], True)):
        world = make_world(2)
        for n in range(80):
            day(world, f"x:p{n}", waking)
        for author in campaign(world):
            day(world, author, shifts)
        assert traits_of(world.frame())["hours"].agrees is expected


@pytest.fixture
def home(world: Any, tmp_path: Path) -> Path:
    """A workspace with a campaign of accounts made together, analysed."""
    campaign(world)
    workspace = Workspace(tmp_path / "home")
    index = open_index(workspace)
    index.put([document(row) for row in with_profiles(world, fabricated).to_dicts()])
    index.close()
    assert run(tmp_path / "home", "analyse")
    return tmp_path / "home"


def document(row: dict[str, Any]) -> Document:
    author = Author(
        id=row["author"], handle=row["handle"], description=row["author_description"],
        created_at=from_milliseconds(row["author_created"]),
    )  # fmt: skip
    return Document(
        id=row["id"], platform="x", text=row["text"], author=author, content_hash=row["id"],
        published_at=from_milliseconds(row["published_at"]),
        links=tuple(Link(LinkKind.URL, url) for url in row["urls"]),
    )  # fmt: skip


def run(home: Path, *arguments: str, language: str = "en") -> str:
    done = CliRunner().invoke(cli, ["--home", str(home), "--lang", language, *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_every_way_out_tells_them_and_names_nobody(home: Path, tmp_path: Path) -> None:
    (cluster,) = json.loads(run(home, "--json", "clusters"))["clusters"]
    kinds = [trait["kind"] for trait in cluster["traits"] if trait["agrees"]]
    assert kinds == ["created", "name", "bio"]
    evidence = json.loads(run(home, "--json", "evidence", cluster["id"], "--limit", "1"))
    assert [t["kind"] for t in evidence["traits"] if t["agrees"]] == kinds
    assert {t["cluster"] for t in evidence["traits"]} == {cluster["id"]}
    said = {
        "en": "8 of 8 accounts were created within a day",
        "fr": "8 comptes sur 8 ont été créés en une journée",
    }
    for language, sentence in said.items():
        out = tmp_path / f"{language}.md"
        run(home, "export", "dossier", "--out", str(out), language=language)
        report = out.read_text(encoding="utf-8")
        shown = run(home, "evidence", cluster["id"], language=language)
        detail = run(home, "clusters", cluster["id"], language=language)
        assert sentence in report.replace("\u202f", " ")
        assert sentence in " ".join(shown.split())
        for text in (report, shown, detail):
            assert "patriot" not in text
            assert "mother" not in text
