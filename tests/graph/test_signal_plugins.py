"""Every signal that is registered is tested, also one that another package brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import polars as pl
import pytest
from click.testing import CliRunner

from graph import find_coordination
from graph.coordination.library.streaming import CoordinationStream
from graph.coordination.readings import READINGS, load_readings, readings_for
from graph.coordination.signals import SIGNALS, load_signal, signal_names
from graph.coordination.signals.base import ObjectKind
from index.analysis import Analysis
from index.connect import open_index
from tests.graph.example_plugin import FansOfOne, OneDay, SharedHandle
from tocsin.app.cli import cli
from tocsin.app.pipeline import analyse
from tocsin.core import plugins
from tocsin.core.dates import from_milliseconds
from tocsin.core.documents import Author, Document, Link, LinkKind
from tocsin.core.errors import ConfigError, TocsinError
from tocsin.core.findings import Cluster, from_json, to_json
from tocsin.core.language.words import Words
from tocsin.core.messages import Message
from tocsin.core.progress import Run
from tocsin.core.workspace import Workspace

EXAMPLE = "tests.graph.example_plugin"
Row = dict[str, Any]


def _same(row: Callable[[int], Row]) -> Callable[[int, int], Row]:
    """What every account posts alike."""
    return lambda event, account: row(event)


PLANTS: dict[str, Callable[[int, int], Row]] = {
    "repost": _same(lambda i: {"repost_of": f"x:t{i}"}),
    "quote": _same(lambda i: {"quote_of": f"x:t{i}"}),
    "reply": _same(lambda i: {"reply_to": f"x:t{i}"}),
    "link": _same(lambda i: {"urls": [f"https://news.example/push/{i}"]}),
    # other pages each time: nothing is shared but the site
    "site": lambda i, account: {"urls": [f"https://push.example/{i}/{account}"]},
    "copy": _same(lambda i: {"copy_group": f"x:g{i}"}),
    "media": _same(lambda i: {"media": [f"https://cdn.example/{i}.jpg"]}),
    "hashtags": _same(lambda i: {"hashtags": [f"a{i}", f"b{i}", f"c{i}"]}),
    "synchrony": _same(lambda _: {}),
    # removed at an age of their own within minutes
    "gone_hashtag": lambda i, account: {"hashtags": [f"push{i}"], "age": 60_000 * (1 + account)},
    "gone_link": lambda i, account: {
        "urls": [f"https://news.example/push/{i}"],
        "age": 60_000 * (1 + account),
    },
    "gone_copy": lambda i, account: {"copy_group": f"x:g{i}", "age": 60_000 * (1 + account)},
    "shared_handle": _same(lambda i: {"mentions": [f"victim{i}"]}),
}
"""Signal -> what a post holds to share the n-th thing alone. A new signal needs a line."""


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers plug-ins as the entry points of an installed package would."""
    installed: dict[str, list[tuple[str, str, str]]] = {}

    def put(family: str, **places: str) -> None:
        group = installed.setdefault(plugins.FAMILIES[family], [])
        group.extend((name, place, "example") for name, place in places.items())

    monkeypatch.setattr(plugins, "_installed", lambda group: tuple(installed.get(group, ())))
    return put


@pytest.fixture
def with_example(install: Callable[..., None]) -> None:
    """The package of the docs is installed."""
    install("signal", shared_handle=f"{EXAMPLE}:SharedHandle")
    install("reading", one_day=f"{EXAMPLE}:OneDay")


def plant(world: Any, signal: str, *, size: int = 7, events: int = 16) -> list[str]:
    """A group that shares only what one signal is about; its accounts."""
    accounts = [f"x:k{n}" for n in range(size)]
    for event in range(events):
        at = world.moment()
        for number, account in enumerate(accounts):
            if world.rng.random() < 0.85:
                world.say(
                    account, at + world.rng.randint(0, 5_000), **PLANTS[signal](event, number)
                )
    return accounts


def find_planted(world: Any, signal: str) -> Cluster:
    """The group that was planted for a signal, which the engine must find by it."""
    accounts = plant(world, signal)
    result = find_coordination(world.frame())
    assert {m.id for c in result.clusters for m in c.accounts} == set(accounts)
    (cluster,) = result.clusters
    assert signal in cluster.signals
    assert signal in result.tested.signals
    assert [d.name for d in result.tested.described] == list(signal_names())
    return cluster


@pytest.mark.parametrize("signal", [*SIGNALS])
def test_a_group_that_shares_only_that_is_found(world: Any, signal: str) -> None:
    assert find_planted(world, signal).status == "flagged"


@pytest.mark.usefixtures("with_example")
def test_every_registered_signal_describes_itself() -> None:
    assert signal_names() == (*SIGNALS, "shared_handle")
    for name in signal_names():
        assert name in PLANTS, f"say in PLANTS how posts share what {name} is about"
        signal = load_signal(name)
        described = signal.describe()
        assert described.name == name
        assert described.object_kind in get_args(ObjectKind)
        assert readings_for(signal), f"{name} has no innocent reading"
        for language in ("en", "fr"):
            say = Words(language).say
            assert say(described.label)
            assert len({say(described.objects.filled(n=number)) for number in (1, 3)}) == 2


@pytest.mark.usefixtures("with_example")
def test_every_registered_reading_describes_itself() -> None:
    readings = load_readings()
    assert [reading.name for reading in readings] == [*READINGS, "one_day"]
    for reading in readings:
        for language in ("en", "fr"):
            say = Words(language).say
            assert say(reading.label)
            assert say(reading.phrase)
            assert not say(reading.refuted_by).endswith(".")


@pytest.mark.usefixtures("with_example")
def test_a_signal_of_another_package_is_tested(world: Any) -> None:
    cluster = find_planted(world, "shared_handle")
    assert cluster.signals == ("shared_handle",)
    assert cluster.objects == {"shared_handle": 16}
    assert "accounts mentioned the same accounts (16), typically" in str(cluster.because)
    assert "comptes ont mentionné les mêmes comptes (16)" in Words("fr").say(_because(cluster))
    tried = {e.kind: e for e in cluster.innocent_explanations}
    assert not tried["fans_of_one"].fits
    assert tried["one_day"].label == OneDay.label
    assert from_json("cluster", to_json(cluster)).because == cluster.because  # type: ignore[attr-defined]


@pytest.mark.usefixtures("with_example")
def test_a_reading_of_a_signal_is_tried_where_the_signal_is_shared(world: Any) -> None:
    cluster = find_planted(world, "link")
    assert "fans_of_one" not in {e.kind for e in cluster.innocent_explanations}
    assert FansOfOne in load_signal("shared_handle").readings


@pytest.mark.usefixtures("with_example")
def test_a_reading_of_another_package_explains(world: Any) -> None:
    at = world.moment() // 86_400_000 * 86_400_000
    for event in range(16):
        for account in range(7):
            moment = at + event * 3_600_000 + world.rng.randint(0, 5_000)
            world.say(f"x:k{account}", moment, urls=[f"https://push.example/{event}"])
    (cluster,) = find_coordination(world.frame()).clusters
    assert [e.kind for e in cluster.innocent_explanations if e.fits] == ["one_day"]
    assert cluster.status == "explained"
    assert str(cluster.because).endswith("; explained by: one day’s event")
    assert (
        Words("fr")
        .say(_because(cluster))
        .endswith("expliqués par\u202f: l’événement d’un seul jour")
    )


@pytest.mark.usefixtures("with_example")
def test_a_stream_tests_it_too(world: Any) -> None:
    plant(world, "shared_handle")
    stream = CoordinationStream()
    stream.add(world.frame())
    wanted = [to_json(finding) for finding in find_coordination(world.frame()).findings()]
    assert [to_json(finding) for finding in stream.result().findings()] == wanted


@pytest.mark.usefixtures("with_example")
@pytest.mark.parametrize("pseudonyms", [False, True])
def test_commands_show_what_it_found(
    world: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, pseudonyms: bool
) -> None:
    plant(world, "shared_handle")
    _analyse(workspace, world)
    monkeypatch.setenv("TOCSIN_PRIVACY__PSEUDONYMISE", str(pseudonyms).lower())
    (cluster,) = _call(workspace, "clusters")["clusters"]
    assert cluster["signals"] == ["shared_handle"]
    shown = {row["object"] for row in cluster["evidence"]}
    if pseudonyms:
        assert all(name.startswith("acct-") for name in shown)
    else:
        assert shown == {f"victim{n}" for n in range(16)}
    answer = CliRunner().invoke(
        cli, ["--home", str(workspace.home), "--lang", "fr", "clusters", cluster["id"]]
    )
    assert answer.exit_code == 0, answer.output
    assert "mentionné les mêmes comptes" in answer.output
    assert "Les fans d’un même compte" in answer.output


def test_addresses_of_media_are_shown_whole(world: Any, workspace: Workspace) -> None:
    plant(world, "media")
    _analyse(workspace, world)
    (cluster,) = _call(workspace, "clusters")["clusters"]
    shown = {row["object"] for row in cluster["evidence"] if row["signal"] == "media"}
    assert shown == {f"https://cdn.example/{n}.jpg" for n in range(16)}


def test_a_signal_that_fails_is_named(
    world: Any, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: SharedHandle, posts: pl.DataFrame) -> pl.DataFrame:
        return posts.select("nothing_such")

    monkeypatch.setattr(SharedHandle, "acts", fail)
    install("signal", shared_handle=f"{EXAMPLE}:SharedHandle")
    with pytest.raises(TocsinError, match="the signal 'shared_handle' cannot give its acts"):
        find_coordination(world.frame())


def test_a_reading_that_fails_is_named(
    world: Any, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: OneDay, group: Any) -> None:
        raise ValueError("no days")

    monkeypatch.setattr(OneDay, "fit", fail)
    install("reading", one_day=f"{EXAMPLE}:OneDay")
    plant(world, "link")
    with pytest.raises(TocsinError, match="the innocent reading 'one_day' cannot be tried"):
        find_coordination(world.frame())


def test_the_family_of_synchrony_is_taken(
    world: Any, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedHandle, "family", "synchrony")
    install("signal", shared_handle=f"{EXAMPLE}:SharedHandle")
    with pytest.raises(ConfigError, match="one signal, not 2"):
        find_coordination(world.frame())


def test_a_signal_has_one_name(world: Any, install: Callable[..., None]) -> None:
    install("signal", handle=f"{EXAMPLE}:SharedHandle")
    with pytest.raises(ConfigError, match="registered as 'handle' calls itself 'shared_handle'"):
        find_coordination(world.frame())


def _because(cluster: Cluster) -> Message:
    assert cluster.because is not None
    return cluster.because


def _analyse(workspace: Workspace, world: Any) -> None:
    index = open_index(workspace)
    index.ensure_schema()
    index.put([_document(row) for row in world.rows])
    index.refresh()
    with Run(workspace, "analyse") as run:
        analyse(Analysis(index=index, workspace=workspace, run=run), ["coordination"])
    index.close()


def _document(row: Row) -> Document:
    kinds = {LinkKind.URL: "urls", LinkKind.MEDIA: "media", LinkKind.MENTION: "mentions"}
    links = [Link(kind, target) for kind, column in kinds.items() for target in row[column]]
    return Document(
        id=row["id"],
        platform="x",
        author=Author(id=row["author"], handle=row["handle"]),
        text=row["text"],
        published_at=from_milliseconds(row["published_at"]),
        links=tuple(links),
    )


def _call(workspace: Workspace, *arguments: str) -> Any:
    """A command's JSON document."""
    result = CliRunner().invoke(
        cli, ["--home", str(workspace.home), "--json", *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
