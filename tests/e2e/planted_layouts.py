"""One small invented world, written as the tools that people use would export it.

About 400 posts by 60 accounts over ten days, and ten accounts that repeat (or link to) the same 15
things within seconds of each other. Whatever layout it comes in, these ten are the one group that
is found: see `assert_found`. Another family of layouts is a module of its own with
functions of a `World` to the bytes of a file.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from tocsin.app.cli import cli

START = datetime(2024, 5, 3, tzinfo=UTC)
ORGANIC, PLANTED, OBJECTS, DAYS = 60, 10, 15, 10
RELATIONS = {"repost": "repost_of", "quote": "quote_of", "reply": "reply_to"}
_VOCABULARY = (
    "harbour boats morning ferry council letter market bread river bridge garden school teacher "
    "window winter lantern station ticket engine signal valley orchard cherry basket kitchen "
    "pepper candle mirror carpet ladder hammer painter gallery museum theatre curtain violin "
    "trumpet concert village mountain glacier weather thunder rainbow meadow farmer tractor "
    "saddle horse stable blanket pillow drawer button ribbon needle tailor jacket pocket wallet "
    "banker ledger number minute hour season autumn pumpkin honey cellar barrel anchor captain "
    "island lighthouse pebble sardine herring lobster oyster kettle teapot saucer biscuit "
    "library novel chapter author printer paper journal editor reader puzzle riddle answer "
    "question café château forêt été âge rêve société économie 🐟 ⚓ 🌊 🎻"
)


@dataclass(frozen=True)
class Event:
    """What an account did. ``of`` is the event that it repeats, quotes or answers.

    Attributes:
        number: from 1, in order of time; a layout makes the id of it.
        account: from 1; the ten planted ones are the last.
        kind: ``post``, ``repost``, ``quote`` or ``reply``.
        text: its own words; of a repost those of the original.
        url: an address that it links to, or empty.
    """

    number: int
    at: datetime
    account: int
    kind: str
    text: str
    of: Event | None = None
    url: str = ""

    @property
    def snowflake(self) -> str:
        """An id as X and Mastodon make them: of the time, and not round."""
        return _snowflake(self.at, self.number)

    @property
    def handle(self) -> str:
        """Of its account."""
        return handle(self.account)

    @property
    def author_id(self) -> str:
        """A number, as most platforms have it."""
        return str(7_000_000 + 13 * self.account)


def _snowflake(at: datetime, number: int) -> str:
    return str((int(at.timestamp() * 1000) - 1_288_834_974_657 << 22) + 2 * number + 1)


def handle(account: int) -> str:
    """The handle of an account; no word says that some are planted."""
    return f"person_{account}"


@dataclass(frozen=True)
class World:
    """What happened, in order of time."""

    events: Sequence[Event]


class _Happening(NamedTuple):
    at: datetime
    account: int
    kind: str
    text: str
    of: int
    url: str


def make_world(kind: str = "repost", *, seed: int = 7) -> World:
    """The world, where the ten ``repost`` or share the same ``link`` under words of their own."""
    rng, known = random.Random(seed), _VOCABULARY.split()

    def say() -> str:
        words = rng.choices(known, k=rng.randint(12, 18))
        return f"{words[0].capitalize()} {' '.join(words[1:])}."

    def moment(begin: datetime = START, days: float = DAYS) -> datetime:
        return begin + timedelta(seconds=round(rng.uniform(0, days * 86_400)))

    happened = [
        _Happening(moment(), rng.randint(1, ORGANIC), "post", say(), -1,
            f"https://paper{rng.randint(1, 30)}.example/story/{n}" if n % 4 == 0 else "")
        for n in range(280)
    ]  # fmt: skip
    happened += [
        _Happening(moment(), account, "post", say(), -1, "")
        for account in range(ORGANIC + 1, ORGANIC + PLANTED + 1)
        for _ in range(3)
    ]
    originals = len(happened)
    for what, times in (("reply", 40), ("repost", 60), ("quote", 20)):
        for _ in range(times):
            of = rng.randrange(originals)
            at = happened[of].at + timedelta(seconds=round(rng.expovariate(1 / 40_000)) + 5)
            text = happened[of].text if what == "repost" else say()
            happened.append(_Happening(at, rng.randint(1, ORGANIC), what, text, of, ""))
    for number, of in enumerate(rng.sample(range(280), OBJECTS)):
        begin = moment(happened[of].at, 2)
        for account in range(ORGANIC + 1, ORGANIC + PLANTED + 1):
            at = begin + timedelta(seconds=rng.randint(0, 25))
            if kind == "repost":
                text = happened[of].text
                happened.append(_Happening(at, account, "repost", text, of, happened[of].url))
            else:
                address = f"https://push.example/{number}"
                happened.append(_Happening(at, account, "post", say(), -1, address))
    order = sorted(range(len(happened)), key=lambda place: (happened[place].at, place))
    made: dict[int, Event] = {}
    for number, place in enumerate(order, start=1):
        one = happened[place]
        of = made[one.of] if one.of >= 0 else None
        made[place] = Event(number, one.at, one.account, one.kind, one.text, of, one.url)
    return World([made[place] for place in order])


@dataclass(frozen=True)
class Layout:
    """A layout that carries relations.

    Attributes:
        file: the name that the tool gives its file.
        write: the world to the content of the file.
        format: the profile that must know it.
        platform: of its posts.
        kind: what the ten do in it.
        account: ``handle`` or ``author_id``: how the layout names accounts.
        shape: the form in which it does (``user{}``).
    """

    file: str
    write: Callable[[World], str | bytes]
    format: str
    platform: str
    kind: str = "repost"
    account: str = "author_id"
    shape: str = "{}"
    more: Mapping[str, str | bytes] = field(default_factory=dict)
    """Files that lie beside it."""
    knows: frozenset[str] = frozenset({"handle", "repost", "quote", "reply", "url"})
    """What it says of each event, beside id, text, time and author: see `wrong_rows`."""
    native: Callable[[Event], str] = attrgetter("snowflake")
    """The id that an event has in it."""

    bare_reposts: bool = False
    """Reposts have no words in it."""

    def author(self, event: Event) -> str:
        """The id of who did it."""
        return self.shape.format(getattr(event, self.account))


def table(rows: Iterable[Mapping[str, Any]], header: str = "", delimiter: str = ",") -> str:
    """CSV of rows; the header is that of the first row, or names between commas."""
    rows = list(rows)
    out = io.StringIO()
    names = header.split(",") if header else list(rows[0])
    writer = csv.DictWriter(out, names, delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def lines(values: Iterable[Any]) -> str:
    """An object a line."""
    return "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values)


def call(home: Path, *arguments: str) -> dict[str, Any]:
    """A command with ``--json``, as a person runs it; its document."""
    result = CliRunner(env={"TOCSIN_PRIVACY__PSEUDONYMISE": "false"}).invoke(
        cli, ["--home", str(home), "--json", *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def wrong_rows(layout: Layout, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What rows (exchange objects by id) say otherwise than the world; nothing where all is right.

    ``layout.knows`` names what is looked at beyond id, text, time and author: ``handle``,
    ``repost``, ``quote`` and ``reply`` (their ids), ``repost_handle`` (whom it repeats, where the
    id is not known), ``url``.
    """
    wrong = []
    for event in make_world(layout.kind).events:
        row = rows.get(layout.native(event), {})
        author = row.get("author", {})
        of = {layout.native(event.of)} if event.of else set()
        expected = {
            "text": event.text, "platform": layout.platform,
            "published_at": event.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "author": layout.author(event),
        }  # fmt: skip
        found = {
            "text": event.text if event.text in row.get("text", "") else row.get("text"),
            "platform": row.get("platform"), "published_at": row.get("published_at"),
            "author": author.get("id"),
        }  # fmt: skip
        if layout.bare_reposts and event.kind == "repost":
            found["text"] = event.text
        if "handle" in layout.knows:
            expected["handle"], found["handle"] = event.handle, author.get("handle")
        if "repost_handle" in layout.knows and event.kind == "repost" and event.of:
            expected["repost_handle"] = event.of.handle
            found["repost_handle"] = row.get("extra", {}).get("repost_of_handle")
        if "url" in layout.knows and event.url:
            expected["url"], found["url"] = event.url, "".join(row.get("urls", [])[:1])
        for kind, key in RELATIONS.items():
            if kind in layout.knows:
                expected[key] = "".join(of) if event.kind == kind else ""
                found[key] = row.get(key, "")
        wrong += [
            f"{event.kind} {event.number}: {key} is {found[key]!r}, not {value!r}"
            for key, value in expected.items()
            if found[key] != value
        ]
    return wrong


def find_groups(layout: Layout, folder: Path, *, whole: bool = False) -> list[dict[str, Any]]:
    """The groups that ``import``, ``enrich`` and ``analyse`` without options find.

    Args:
        folder: an empty one.
        whole: run every stage of enrichment; without, only those that say which posts are copies.
    """
    files = {layout.file: layout.write(make_world(layout.kind)), **layout.more}
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    home = folder / "home"
    report = call(home, "import", str(folder / layout.file))
    assert report["files"][0]["format"] == layout.format, report
    call(home, "enrich", *(() if whole else ("--stage", "lang", "--stage", "copies")))
    call(home, "analyse")
    return list(call(home, "clusters")["clusters"])


def assert_found(layout: Layout, folder: Path, *, whole: bool = False) -> None:
    """Exactly the ten are one group that nothing innocent explains."""
    groups = [g for g in find_groups(layout, folder, whole=whole) if g["status"] == "flagged"]
    assert len(groups) == 1, groups
    # where nothing says the platform, ids carry the file's name
    who = {account["id"].rpartition("/")[2] for account in groups[0]["accounts"]}
    events = make_world(layout.kind).events
    assert who == {layout.author(event) for event in events if event.account > ORGANIC}
