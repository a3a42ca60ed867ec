"""The caveat walk: each caveat is planted by real commands, and every surface that counts says it.

A new caveat is a function and its rows in `WALK`; a new surface is an entry of `SURFACES`.
"""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from tests.dashboard.pages import Visit, text, visitor
from tocsin.app.cli import cli
from tocsin.core.language.words import catalogue

LANGUAGES = ("en", "fr")
END = datetime(2025, 11, 28, 12, 0, 11, tzinfo=UTC)
Row = dict[str, Any]


# -- what is planted


def talk(hours: int = 24 * 8, *, an_hour: int = 3, authors: int = 40) -> Iterator[Row]:
    """Ordinary posts up to `END`, some of which share a page."""
    random.seed(5)
    for hour in range(hours):
        for number in range(an_hour):
            at = END - timedelta(hours=hour, seconds=random.randrange(3_600))
            yield {
                "id": f"{hour}-{number}",
                "platform": "x",
                "author": {"id": f"a{random.randrange(authors)}"},
                "text": f"the dam of Valmont {random.random():.4f}",
                "published_at": at.isoformat(),
                "urls": [f"https://news.example/{random.randrange(60)}"],
            }


def to_the_day() -> Iterator[Row]:
    for row in talk():
        yield row | {"published_at": row["published_at"][:10]}


def to_the_minute() -> Iterator[Row]:
    for row in talk():
        yield row | {"published_at": f"{row['published_at'][:16]}:00Z"}


def days_among_exact() -> Iterator[Row]:
    for number, row in enumerate(talk()):
        yield row | ({} if number % 3 else {"published_at": row["published_at"][:10]})


def crowded_bursts() -> Iterator[Row]:
    yield from talk()
    for account in range(260):
        at = END - timedelta(hours=5, milliseconds=20 * account)
        page = {"urls": ["https://crowd.example/x"], "published_at": at.isoformat()}
        yield next(talk(1)) | {"id": f"b{account}", "author": {"id": f"b{account}"}} | page


def without_authors() -> Iterator[Row]:
    for number, row in enumerate(talk()):
        yield row | ({"author": None} if number % 3 else {})


def without_times() -> Iterator[Row]:
    for number, row in enumerate(talk()):
        yield row | ({"published_at": None} if number % 3 else {})


def without_texts() -> Iterator[Row]:
    for number, row in enumerate(talk()):
        yield row | ({"text": None} if number % 3 else {})


def mostly_rejected() -> Iterator[Row]:
    for number, row in enumerate(talk(40)):
        yield row | ({"id": "", "platform": 5} if number % 3 else {})


def days_without_collection() -> Iterator[Row]:
    pause = END - timedelta(hours=76), END - timedelta(hours=10)
    for row in talk(24 * 20):
        if not pause[0] <= datetime.fromisoformat(row["published_at"]) < pause[1]:
            yield row


def cut_at_a_million() -> Iterator[Row]:
    for number, row in enumerate(talk(4)):
        yield row | ({"text": "long words " * 100_000} if number == 1 else {})


def few_sites() -> Iterator[Row]:
    """Too few comparable sites for a test of one to pass."""
    for number, row in enumerate(talk()):
        yield row | {"urls": [f"https://site{number % 12}.example/{number % 60}"]}


PLANTED: Mapping[str, Callable[[], Iterator[Row]]] = {
    made.__name__: made
    for made in (
        to_the_day,
        to_the_minute,
        days_among_exact,
        crowded_bursts,
        without_authors,
        without_times,
        without_texts,
        mostly_rejected,
        days_without_collection,
        cut_at_a_million,
        few_sites,
    )
}


# -- where it is read


class Planted(NamedTuple):
    """A workspace with a caveat; ``reports`` are the answers of `COMMANDS` as JSON."""

    home: Path
    reports: Mapping[tuple[str, str], str]
    visit: Visit


def command(home: Path, *arguments: str, lang: str | None = None, as_json: bool = False) -> str:
    options = ["--home", str(home), *(["--lang", lang] if lang else [])]
    options += ["--json"] if as_json else []
    result = CliRunner().invoke(cli, [*options, *arguments], env={"COLUMNS": "500"})
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    return result.stdout


def shown(*arguments: str) -> Callable[[Planted, str], str]:
    """What a command prints for a person, and as JSON in a language that the call names."""

    def read(planted: Planted, lang: str) -> str:
        return command(planted.home, *arguments, lang=lang)

    return read


def as_json(*arguments: str) -> Callable[[Planted, str], str]:
    def read(planted: Planted, lang: str) -> str:
        answer = command(planted.home, *arguments, lang=lang, as_json=True)
        json.loads(answer)
        return json.dumps(json.loads(answer), ensure_ascii=False)

    return read


def reported(name: str) -> Callable[[Planted, str], str]:
    def read(planted: Planted, lang: str) -> str:
        return planted.reports[name, lang]

    return read


def page(name: str, **parameters: str) -> Callable[[Planted, str], str]:
    def read(planted: Planted, lang: str) -> str:
        return text(planted.visit(planted.home, name, lang=lang, **parameters))

    return read


def exported(kind: str) -> Callable[[Planted, str], str]:
    """An export; English where no language is named for files."""

    def read(planted: Planted, lang: str) -> str:
        path = planted.home / f"walk-{lang}.{kind}"
        command(planted.home, "export", kind, "--out", str(path), lang=lang)
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        content = "\n".join(file.read_text(encoding="utf-8") for file in files)
        return json.dumps(json.loads(content), ensure_ascii=False) if kind == "stix" else content

    return read


SURFACES: Mapping[str, Callable[[Planted, str], str]] = {
    "import": reported("import"),
    "analyse": reported("analyse"),
    "clusters": shown("clusters"),
    "clusters --json": as_json("clusters"),
    "signals": shown("signals"),
    "signals --json": as_json("signals"),
    "narratives": shown("narratives"),
    "narratives --json": as_json("narratives"),
    "influencers": shown("influencers"),
    "influencers --json": as_json("influencers"),
    "network": shown("network"),
    "network --json": as_json("network"),
    "Network": page("network"),
    "search": shown("search", ""),
    "status": shown("status"),
    "Today": page("today", window="24h"),
    "Coordination": page("coordination"),
    "Explore": page("explore", range="all"),
    "source": shown("source", "site3.example"),
    "source --json": as_json("source", "site3.example"),
    "Source": page("source", subject="site3.example"),
    "report": exported("dossier"),
    "stix": exported("stix"),
    "gexf": exported("gexf"),
    "graphml": exported("graphml"),
}
COORDINATION = (
    "clusters", "clusters --json", "Today", "Coordination", "report", "stix", "gexf", "graphml",
)  # fmt: skip
"""Surfaces that print how many accounts and pairs were tested."""

WALK: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "to_the_day": {
        "caveat.too_coarse": COORDINATION,
        "intake.times_day": ("import",),
    },
    "to_the_minute": {"caveat.finer": COORDINATION, "intake.times_minute": ("import",)},
    "days_among_exact": {
        "caveat.day_only": COORDINATION,
        "weak_signal.day_only": ("analyse", "signals", "signals --json", "Today"),
        "intake.times_day": ("import",),
    },
    "crowded_bursts": {"caveat.crowded_bursts": COORDINATION},
    "without_authors": {
        "caveat.no_author": (*COORDINATION, "analyse"),
        "caveat.lacks_author": (
            "narratives",
            "narratives --json",
            "influencers",
            "influencers --json",
            "network",
            "network --json",
            "Network",
            "Today",
        ),
        "intake.of_format.few_author": ("import",),
        "holdings.without_author": ("status",),
    },
    "without_times": {
        "caveat.no_time": (*COORDINATION, "analyse"),
        "intake.of_format.few_published_at": ("import",),
        "holdings.without_time": ("status",),
        "chart.undated": ("Today", "Explore"),
    },
    "without_texts": {
        "caveat.lacks_text": ("narratives", "narratives --json", "Today"),
        "intake.of_format.few_text": ("import",),
        "holdings.without_text": ("status",),
    },
    "mostly_rejected": {"intake.mostly_rejected": ("import",)},
    "days_without_collection": {
        "chart.gap": ("Today", "Explore"),
        "weak_signal.untested": ("analyse", "signals", "signals --json", "Today"),
    },
    "few_sites": {"dossier.too_few_to_test": ("source", "source --json", "Source")},
    "cut_at_a_million": {
        "intake.truncated": ("import",),
        "search.cut": ("search",),
        "post.truncated": ("Explore",),
    },
}
"""Caveat -> code of what has to be said -> the surfaces that have to say it."""
ROWS = [
    (caveat, code, surface)
    for caveat, codes in WALK.items()
    for code, surfaces in codes.items()
    for surface in surfaces
]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Planted]]:
    """A function: the workspace with a caveat, planted once."""
    import streamlit as st

    patch = pytest.MonkeyPatch()
    made: dict[str, Planted] = {}

    def plant(caveat: str) -> Planted:
        if caveat not in made:
            home = tmp_path_factory.mktemp(caveat)
            rows = home / "posts.jsonl"
            lines = (json.dumps(row) for row in PLANTED[caveat]())
            rows.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            reports = {}
            for lang in LANGUAGES:
                again = home if lang == "en" else tmp_path_factory.mktemp(f"{caveat}-{lang}")
                reports["import", lang] = command(again, "import", str(rows), lang=lang)
                reports["analyse", lang] = command(again, "analyse", lang=lang)
            made[caveat] = Planted(home, reports, visitor(patch))
        return made[caveat]

    yield plant
    patch.undo()
    st.cache_resource.clear()


def test_a_download_of_a_part_says_of_how_many(
    planted: Callable[[str], Planted], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.components import downloads

    monkeypatch.setattr(downloads, "MAX_ROWS", 100)
    for lang in LANGUAGES:
        read = SURFACES["Explore"](planted("few_sites"), lang)
        assert says(read, "explore.download_rest", lang)
        assert re.search(r"100\D+576", read), "the button says how many of how many"


@pytest.mark.parametrize(("caveat", "code", "surface"), ROWS)
def test_whoever_prints_a_count_prints_what_it_leaves_out(
    caveat: str, code: str, surface: str, planted: Callable[[str], Planted]
) -> None:
    for lang in LANGUAGES:
        read = SURFACES[surface](planted(caveat), lang)
        language = "en" if surface in ("stix", "gexf", "graphml") else lang
        assert says(read, code, language), (lang, read[-3_000:])


def says(read: str, code: str, lang: str) -> bool:
    """Whether a text holds a message of the catalogue, with whatever it was filled."""
    plain = fold(html.unescape(re.sub(r"<[^>]+>", " ", read))) + fold(html.unescape(read))
    plain = plain.replace("\\", "")  # Markdown's escapes
    forms = (catalogue(lang).get(f"{code}{form}") for form in ("", ".one", ".other"))
    return any(
        all(fold(part) in plain for part in re.split(r"\{[^}]*\}", form) if len(fold(part)) > 4)
        for form in forms
        if form
    )


def fold(written: str) -> str:
    """In one case, without what lines, capitals and narrow spaces change."""
    return " ".join(written.split()).casefold()
