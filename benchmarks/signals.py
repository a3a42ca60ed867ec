"""Weak signals on dated streams.

``python -m benchmarks.signals [--stream NAME] [--month 2016-09]``

Prints, for each stream, a line of JSON with the alerts a day, the listed events (`signal_events`)
that were told, the share of alerts about one, the alerts a day that still come when times are
shuffled, and planted stories that double every 6, 24 and 72 hours: how many were told, after how
many posts, and at what part of their volume. ``--alerts N`` prints N alerts drawn at random, to be
read and judged by a person.

``--sheet FILE --key FILE`` only draws `SHEET` alerts of the streams together and writes them for
two coders; ``--answers FILE FILE`` says what their answers amount to (`benchmarks.signal_reading`).
``--kept FILE`` keeps draws and planted stories there, and takes them up in a later run.

An event is *in the stream* when `MIN_POSTS` posts by three accounts name it on its days; it is
*told* when an alert of these days names it in a third of its posts, and such an alert is about it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from benchmarks.kept_results import Kept, digest_sources
from benchmarks.signal_events import FRANCE, RUSSIA, UNITED_STATES, Event, events
from benchmarks.signal_reading import (
    Drawn,
    judge_answers,
    read_answers,
    readable,
    write_sheet,
)
from benchmarks.tiles import SHARED
from index.connect import open_index
from nlp.signals.engine import DAY, Alert, detect_alerts
from nlp.signals.features import Features, extract_features
from nlp.signals.naming.terms import rank_terms
from nlp.text.corpus import Corpus, Longs, read_corpus
from tocsin.core.dates import from_milliseconds, to_milliseconds
from tocsin.core.text import fold
from tocsin.core.workspace import Workspace

TICK = timedelta(hours=6)
PAST = timedelta(days=30)
"""What a month is compared with is read, too, where the stream has it."""
MIN_POSTS, MIN_SHARE = 12, 1 / 3
STORIES, STORIES_A_RUN, VOLUME = 20, 5, 200
SHEET = 100
"""Alerts that coders read."""
SKIPPED = timedelta(days=3)
"""No alert is possible at the beginning of a stream: what happened then counts for nothing."""
DOUBLING_HOURS = (6, 24, 72)
HOUR = 3_600_000


class Stream(NamedTuple):
    """A file, the months that are measured by default, its events, and its language.

    ``kept``: column and value of the lines that are read, where only some are.
    """

    path: Path
    months: tuple[str, ...]
    events: str
    language: str
    kept: str = ""


STREAMS = {
    "ira": Stream(
        SHARED / "data" / "nlp" / "en_ira_tweets_2016_sep_nov.csv.gz",
        ("2016-09",),
        UNITED_STATES,
        "en",
    ),
    "france": Stream(
        SHARED / "data" / "nlp" / "fr_presidentielle2022_tweets.csv.gz",
        ("2021-10", "2021-11", "2021-12"),
        FRANCE,
        "fr",
    ),
    "france_winter": Stream(
        SHARED / "data" / "nlp" / "fr_presidentielle2022_tweets.csv.gz",
        ("2022-01", "2022-02"),
        FRANCE,
        "fr",
    ),
    "france_summer": Stream(
        SHARED / "data" / "nlp" / "fr_presidentielle2022_tweets.csv.gz",
        ("2021-08", "2021-09"),
        FRANCE,
        "fr",
    ),
    "ira_august": Stream(
        SHARED / "data" / "coordination" / "ira_2016_aug_sep.csv.gz",
        ("2016-08",),
        UNITED_STATES,
        "en",
        "language=English",
    ),
    "ira_russian": Stream(
        SHARED / "data" / "coordination" / "ira_2016_aug_sep.csv.gz",
        ("2016-08", "2016-09"),
        RUSSIA,
        "en",  # planted stories are in English among Russian posts
        "language=Russian",
    ),
}
GIVEN = ("ira", "france")
"""Measured where none is named: the method was tuned on them. The others were looked at later."""


def main() -> int:
    """Measure the streams that are named, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stream", choices=STREAMS, action="append")
    parser.add_argument("--month", action="append", help="2016-09; may be given several times")
    parser.add_argument("--draws", type=int, default=20, help="of shuffled times")
    parser.add_argument("--stories", type=int, default=STORIES, help="planted for each doubling")
    parser.add_argument("--alerts", type=int, default=0, help="print so many, drawn at random")
    parser.add_argument("--kept", type=Path, help="a file of draws and stories, to be taken up")
    parser.add_argument("--sheet", type=Path, help="writes alerts for coders, and nothing else")
    parser.add_argument("--key", type=Path, help="which alerts of the sheet are of listed events")
    parser.add_argument("--answers", type=Path, nargs=2, help="of two coders: number,yes|no,reason")
    options = parser.parse_args()
    if options.answers:
        first, second = map(read_answers, options.answers)
        print(json.dumps(judge_answers(first, second)))
        return 0
    if options.sheet and not options.key:
        parser.error("--sheet needs --key, a file that the coders do not see")
    kept = Kept(options.kept, digest_sources("nlp/signals", "nlp/text"))
    drawn: list[Drawn] = []
    for name in options.stream or GIVEN:
        stream = STREAMS[name]
        if not stream.path.is_file():
            print(f"{name}: {stream.path.name} is not beside the checkout", file=sys.stderr)
            continue
        months = options.month or stream.months
        since, until = _days(months[0])[0], _days(months[-1])[1]
        corpus = _read(stream, since - PAST, until)
        if options.sheet:
            features, alerts = _alerts(corpus, to_milliseconds(since))
            _, _, about = _told_events(corpus, alerts, since, until, stream.events)
            drawn += readable(name, corpus, features, alerts, about, TICK)
            continue
        row: dict[str, Any] = {"stream": name, "months": list(months)}
        row |= measure_events(corpus, since, until, stream.events, options.alerts)
        row |= measure_shuffled(corpus, options.draws, kept, f"{name} {months}")
        print(json.dumps(row, ensure_ascii=False), flush=True)
        for hours in DOUBLING_HOURS:
            planted = measure_planted(
                corpus, hours, options.stories, stream.language, kept, f"{name} {months}"
            )
            print(json.dumps({"stream": name} | planted), flush=True)
    if options.sheet:
        write_sheet(drawn, SHEET, options.sheet, options.key)
    return 0


def _days(month: str) -> tuple[datetime, datetime]:
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    return first, (first + timedelta(days=32)).replace(day=1)


def _read(stream: Stream, since: datetime, until: datetime) -> Corpus:
    """The posts of a file between two times, imported as a person would."""
    with tempfile.TemporaryDirectory() as folder:
        path = stream.path
        if stream.kept:
            lines = pl.read_csv(path, infer_schema=False)
            column, value = stream.kept.split("=")
            path = Path(folder) / "kept.csv"
            lines.filter(pl.col(column) == value).write_csv(path)
        command = [sys.executable, "-m", "tocsin", "--home", folder, "import", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        index = open_index(Workspace(Path(folder)))
        corpus = read_corpus(index, since, until)
        index.close()
    return corpus


def _alerts(corpus: Corpus, quiet_until: int = 0) -> tuple[Features, list[Alert]]:
    features = extract_features(corpus)
    start = int(corpus.dated_times[0]) // DAY * DAY
    found = detect_alerts(
        corpus, features, start=start, tick=TICK, min_authors=3, quiet_until=quiet_until
    )
    return features, list(found)


# -- events


def measure_events(
    corpus: Corpus, since: datetime, until: datetime, listed: str, drawn: int
) -> dict[str, Any]:
    """Alerts a day, events told, and the share of alerts about a listed event."""
    began = time.process_time()
    features, alerts = _alerts(corpus, to_milliseconds(since))
    seconds = time.process_time() - began
    told, missed, about = _told_events(corpus, alerts, since, until, listed)
    _print_drawn(corpus, features, alerts, about, drawn)
    days = (int(corpus.dated_times[-1]) - max(to_milliseconds(since), int(corpus.times[0]))) / DAY
    return {
        "posts": len(corpus),
        "alerts_a_day": round(len(alerts) / days, 2),
        "events": f"{len(told)} of {len(told) + len(missed)}",
        "missed": [event.title for event in missed],
        "about_listed_event": round(len(about) / max(len(alerts), 1), 3),
        "seconds": round(seconds, 1),
    }


def _told_events(
    corpus: Corpus, alerts: Sequence[Alert], since: datetime, until: datetime, listed: str
) -> tuple[list[Event], list[Event], set[int]]:
    """Listed events in the stream that were told, those that were not, alerts about one."""
    texts = [fold(text or "") for text in corpus.column("text")]
    first_day = max(since, from_milliseconds(int(corpus.dated_times[0])) + SKIPPED)
    known = [event for event in events(listed) if first_day <= event.since < until]
    told: list[Event] = []
    missed: list[Event] = []
    about: set[int] = set()
    for event in known:
        naming = np.array([bool(event.pattern.search(text)) for text in texts])
        first, last = to_milliseconds(event.since), to_milliseconds(event.until)
        of_days = naming & (corpus.times >= first) & (corpus.times < last)
        if of_days.sum() < MIN_POSTS or len(np.unique(corpus.authors[of_days])) < 3:
            continue
        on_it = [
            number
            for number, alert in enumerate(alerts)
            if first < alert.tick <= last + DAY // 4
            and naming[alert.burst.rows].mean() >= MIN_SHARE
        ]
        about.update(on_it)
        (told if on_it else missed).append(event)
    return told, missed, about


def _print_drawn(
    corpus: Corpus, features: Features, alerts: Sequence[Alert], about: set[int], drawn: int
) -> None:
    if not drawn:
        return
    numbers = sorted(random.Random(1).sample(range(len(alerts)), min(drawn, len(alerts))))
    for number in numbers:
        alert = alerts[number]
        rows = [int(row) for row in alert.burst.rows]
        shown = {
            "listed": number in about,
            "at": from_milliseconds(alert.tick).strftime("%m-%d %H"),
            "posts": len(rows),
            "terms": rank_terms(alert.burst, features, 6),
            "some": [str(corpus.cell("text", row))[:160] for row in rows[:: len(rows) // 3 or 1]],
        }
        print(json.dumps(shown, ensure_ascii=False))


# -- nothing happens


def measure_shuffled(corpus: Corpus, draws: int, kept: Kept, of: str) -> dict[str, Any]:
    """Alerts a day when each post has the time of another."""
    if not draws:
        return {}
    days = (int(corpus.dated_times[-1]) - int(corpus.dated_times[0])) / DAY

    def alerts_of(draw: int) -> int:
        shuffled = np.random.default_rng(1_000 + draw).permutation(corpus.times)
        return len(_alerts(_sorted(corpus.table, shuffled, corpus))[1])

    rates = [
        kept.get(f"{of} draw {draw}", partial(alerts_of, draw)) / days for draw in range(draws)
    ]
    return {
        "draws": draws,
        "shuffled_a_day": round(float(np.mean(rates)), 3),
        "worst": round(max(rates), 2),
    }


def _sorted(table: pa.Table, times: Longs, corpus: Corpus) -> Corpus:
    order = np.argsort(times, kind="stable")
    return Corpus(
        table.take(pa.array(order)), times[order], corpus.authors[order], corpus.author_ids
    )


# -- something begins


def measure_planted(
    corpus: Corpus, hours: int, stories: int, language: str, kept: Kept, of: str
) -> dict[str, Any]:
    """Stories that double every ``hours`` to `VOLUME` posts, planted a few at a time."""
    told: list[tuple[int, float]] = []
    for run in range(0, stories, STORIES_A_RUN):
        number = min(STORIES_A_RUN, stories - run)
        measure = partial(_told_of_planted, corpus, hours, run, number, language)
        told += kept.get(f"{of} planted {hours} h, {number} from {run}", measure)
    posts = [before for before, _ in told]
    volume = float(np.median(posts)) / VOLUME if posts else None
    return {
        "doubling_hours": hours,
        "told": f"{len(posts)} of {stories}",
        "posts": float(np.median(posts)) if posts else None,
        "most_posts": max(posts, default=None),
        "share_of_volume": volume,
        "days_ahead": round(float(np.median([days for _, days in told])), 1) if told else None,
    }


def _told_of_planted(
    corpus: Corpus, hours: int, run: int, number: int, language: str
) -> list[tuple[int, float]]:
    """Of each planted story that was told: its posts until then, and the days to its end."""
    planted = [plant(corpus, hours, run + n, n / number, language) for n in range(number)]
    together = _with(corpus, planted)
    codes = [together.author_ids.index(f"planted:{run + n}:0") for n in range(number)]
    _, alerts = _alerts(together)
    found = []
    for story, first in zip(planted, codes, strict=True):
        told_at = _told(together, alerts, range(first, first + story.accounts))
        if told_at is not None:
            before = int(np.searchsorted(story.times, told_at))
            found.append((before, (int(story.times[-1]) - told_at) / DAY))
    return found


class Planted(NamedTuple):
    """A story's posts: times in order, texts, number of accounts, and who wrote each."""

    number: int
    times: Longs
    texts: list[str]
    accounts: int
    author: list[int]


def plant(corpus: Corpus, hours: int, number: int, place: float, language: str) -> Planted:
    """A story of invented names that doubles every ``hours``; it ends in the stream's second half.

    Each post is worded anew, between words of other people's posts; two in five accounts write
    twice or more.
    """
    draw = random.Random(100 * hours + number)
    first, last = int(corpus.dated_times[0]), int(corpus.dated_times[-1])
    end = last - int((1 - place) * (last - first) * (0.1 if hours > 24 else 0.3))
    cumulative = np.arange(1, VOLUME + 1)
    times = end - np.log2(VOLUME / cumulative) * hours * HOUR
    jitter = [draw.uniform(-0.1, 0.1) * hours * HOUR for _ in cumulative]
    times = np.sort((times + np.array(jitter)).astype(np.int64))
    texts = _wordings(draw, number, language, corpus)
    accounts = int(0.6 * VOLUME)
    author = [draw.randrange(accounts) for _ in range(VOLUME)]
    author[0] = 0
    return Planted(number, times, [next(texts) for _ in range(VOLUME)], accounts, author)


_SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "de",
    "di",
    "do",
    "fa",
    "fe",
    "ga",
    "go",
    "ka",
    "ke",
    "ko",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "me",
    "mi",
    "mo",
    "na",
    "ne",
    "no",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "ve",
    "vi",
    "vo",
    "za",
    "zo",
]
_CORES = {
    "en": (
        ["{name} closed the {thing} in {place}", "the {thing} of {place} is shut, says {name}",
         "{place}: {name} hides what happened to the {thing}",
         "{name} lied about the {thing} at {place}", "the {place} {thing} and {name}"],
        ["reservoir", "clinic", "bridge", "refinery", "archive"],
    ),
    "fr": (
        ["{name} a fermé le {thing} de {place}", "le {thing} de {place} est fermé, selon {name}",
         "{place} : {name} cache ce qui est arrivé au {thing}",
         "{name} a menti sur le {thing} à {place}", "{name} et le {thing} de {place}"],
        ["réservoir", "dispensaire", "viaduc", "dépôt", "musée"],
    ),
}  # fmt: skip


def _wordings(draw: random.Random, number: int, language: str, corpus: Corpus) -> Iterator[str]:
    cores, things = _CORES[language]
    name, place = ("".join(draw.sample(_SYLLABLES, 3)).capitalize() for _ in range(2))
    thing = things[number % len(things)]
    while True:
        core = draw.choice(cores).format(name=name, place=place, thing=thing)
        before, after = (_borrowed(draw, corpus) for _ in range(2))
        yield f"{before} {core} {after}"


def _borrowed(draw: random.Random, corpus: Corpus) -> str:
    """Up to four words that follow each other in somebody's post."""
    words = str(corpus.cell("text", draw.randrange(len(corpus)))).split()
    start = draw.randrange(max(len(words) - 4, 1))
    return " ".join(word for word in words[start : start + 4] if word.isalpha())


def _with(corpus: Corpus, planted: Sequence[Planted]) -> Corpus:
    """The corpus and the posts of stories."""
    rows: list[dict[str, Any]] = []
    author_ids, codes = list(corpus.author_ids), []
    for story in planted:
        first = len(author_ids)
        author_ids += [f"planted:{story.number}:{n}" for n in range(story.accounts)]
        codes += [first + author for author in story.author]
        rows += [
            {"id": f"planted:{story.number}:{n}", "text": text, "hashtags": [], "urls": []}
            for n, text in enumerate(story.texts)
        ]
    more = pa.Table.from_pylist(rows, schema=corpus.table.schema)
    times = np.concatenate([corpus.times, *(story.times for story in planted)])
    authors = np.concatenate([corpus.authors, np.array(codes, np.int64)])
    joined = Corpus(pa.concat_tables([corpus.table, more]), times, authors, author_ids)
    return _sorted(joined.table, times, joined)


def _told(corpus: Corpus, alerts: Sequence[Alert], accounts: range) -> int | None:
    """When the first alert came of which half of the posts are those of a story's accounts."""
    for alert in alerts:
        authors = corpus.authors[alert.burst.rows]
        if ((authors >= accounts.start) & (authors < accounts.stop)).mean() >= 0.5:
            return alert.tick
    return None


if __name__ == "__main__":
    sys.exit(main())
