"""Large inputs from the real data beside the checkout.

    python -m benchmarks.tiles ira 500000 posts.jsonl

``ira``: ``ira_2016_aug_sep`` (153,621 posts, 725 accounts, minute resolution). Copy k is shifted by
k * 63 days, longer than the two months it spans, so copies never meet; its accounts get the suffix
``~k``, so that accounts grow with posts as they do in life. The data has no ids of retweeted posts:
a row flagged as a retweet gets ``repost_of`` = a hash of the retweeted text (a leading
``RT @name:`` taken off).

``x24``: ``x24_us_election_part1`` (10,504 posts, 8,614 accounts). Copy k is shifted by k * 63 days;
four copies share their accounts. 100,000 posts have 25,000 accounts.

Written in the exchange format, in the order of the source, the last copy cut to the number asked
for.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tocsin.core.text import ADDRESS

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
SHIFT = 63 * 86_400
_RETWEET = re.compile(r"^RT @\w+:?\s*")


def write_tile(name: str, rows: int, out: Path) -> Path:
    """Write ``rows`` posts of a data set to ``out`` and return it."""
    source = list({"ira": read_ira, "x24": read_x24}[name](SHARED / "data" / "coordination"))
    shared_by = {"ira": 1, "x24": 4}[name]
    with out.open("w", encoding="utf-8") as lines:
        for number in range(rows):
            copy, place = divmod(number, len(source))
            post = dict(source[place])
            account = (
                post["author"] if copy < shared_by else f"{post['author']}~{copy // shared_by}"
            )
            moment = datetime.fromtimestamp(post["time"] + copy * SHIFT, UTC)
            line = {
                "id": f"{copy}-{post['id']}",
                "platform": "x",
                "author": {"id": account, "handle": account},
                "text": post["text"],
                "lang": post["lang"],
                "published_at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "urls": ADDRESS.findall(post["text"]),
                "hashtags": sorted(set(re.findall(r"#(\w+)", post["text"].lower()))),
                "repost_of": post["repost_of"],
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    return out


def read_ira(folder: Path) -> Iterator[dict[str, Any]]:
    """The posts of the trolls: ``id, author, time`` (s), ``text, lang, repost_of``."""
    for number, row in enumerate(read_rows(folder / "ira_2016_aug_sep.csv.gz")):
        text = row["content"]
        target = repost_target(text) if row["retweet"] == "1" else None
        yield {
            "id": number,
            "author": row["author_id"],
            "time": float(row["ts"]),
            "text": text,
            "lang": "und",
            "repost_of": target,
        }


def repost_target(text: str) -> str:
    """What a retweet stands on, in data without ids of retweeted posts: a digest of its text."""
    return hashlib.sha256(_RETWEET.sub("", text).encode()).hexdigest()[:16]


def read_x24(folder: Path) -> Iterator[dict[str, Any]]:
    """The ordinary posts, in the same shape."""
    for number, row in enumerate(read_rows(folder / "x24_us_election_part1.csv.gz")):
        try:
            moment = float(row["epoch"])
        except ValueError:  # a torn row
            continue
        if 1.7e9 < moment < 1.8e9:
            yield {
                "id": number,
                "author": row["username"],
                "time": moment,
                "text": row["text"],
                "lang": row["lang"] or "und",
                "repost_of": None,
            }


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a compressed table."""
    csv.field_size_limit(10**8)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


if __name__ == "__main__":
    write_tile(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
