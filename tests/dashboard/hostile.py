"""Two hundred strings that want to run, lead away or break a page, in every field of text."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import timedelta
from pathlib import Path

from index.connect import open_index
from tests.dashboard.grid import Collection, findings
from tests.dashboard.world_findings import END
from tocsin.core.documents import Annotation, Author, Document, Kind, Link, LinkKind, content_hash
from tocsin.core.findings import Finding, Influence, Narrative, WeakSignal
from tocsin.core.groups.headlines import Headline
from tocsin.core.workspace import Workspace

RUN = "window.owned=1"
_PAYLOADS = (
    f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"<svg onload={RUN}>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>", f"<a href=javascript:{RUN}>x</a>",
    f"[x](javascript:{RUN})", "![x](http://tracker.example/a.png)",
    f"<details open ontoggle={RUN}>",
    f"<math><mtext></table><style><img src onerror={RUN}>", f"<b onmouseover={RUN}>b</b>",
    f"javascript:{RUN}", "data:text/html,<script>1</script>", "=HYPERLINK(\"http://e.example\")",
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "$\\frac{1}{2}$ :material/bolt: :red[x]",
    "{{7*7}} ${7*7} #{7*7} {0} %s %n", "' or 1=1 --", "\"; DROP TABLE documents; --",
    "](http://e.example) [", "</bdi></article></div>", "\u202etxt.exe\u202c", "z" + "\u0301" * 90,
    "a\u0000b\u0007c", "\ud83d\udca5".encode("utf-16", "surrogatepass").decode("utf-16") * 30,
    "../../../../etc/passwd", "\\\\server\\share", "https://bank.example@evil.example/",
    "http://a.example/\"onclick=\"" + RUN, "&lt;script&gt;", "<!--", "]]>", "\r\nSet-Cookie: a=b",
    "W" * 400, "a b " * 200, "\u200b\u2066\ufeff", "<base href=http://e.example>",
    "<meta http-equiv=refresh content=0;http://e.example>",
)  # fmt: skip
_AROUND = ("{}", '">{}', "'>{}", "</title>{}", "x {} y")
HOSTILE = tuple(shape.replace("{}", one) for one, shape in itertools.product(_PAYLOADS, _AROUND))


def plant_hostile(home: Path) -> None:
    """A workspace in which each of them stands in every field of a post and of findings."""
    home.mkdir(parents=True)
    (home / "tocsin.toml").write_text("[privacy]\npseudonymise = false\n", encoding="utf-8")
    index = open_index(Workspace(home))
    try:
        index.put([_document(number, text) for number, text in enumerate(HOSTILE)])
        index.annotate([(f"x:{n}", _told(n)) for n in range(len(HOSTILE))], "narratives")
        index.publish(
            _findings(),
            kinds=("tested", "cluster", "edge", "signal", "narrative", "influence"),
            generation="g1",
        )
        index.refresh()
    finally:
        index.close()


def _told(number: int) -> Annotation:
    return Annotation(version="1", model="none", made_at=END, values={"narrative": f"h{number}"})


def _document(number: int, text: str) -> Document:
    clean = text.replace("\u0000", "")
    return Document(
        id=f"x:{number}",
        platform="x",
        source=clean[:200],
        author=Author(id=f"x:a{number % 20}", handle=clean[:80], name=clean[:80]),
        title=clean,
        text=f"{clean} dam",
        lang=("en", clean[:30])[number % 2],
        published_at=END - timedelta(minutes=3 * number + 1),
        url=clean[:300],
        links=(
            Link(LinkKind.URL, clean[:300]),
            Link(LinkKind.HASHTAG, clean[:60]),
            Link(LinkKind.MENTION, clean[:60]),
            Link(LinkKind.URL, "https://news.example/dam"),
        ),
        metrics={"likes": number},
        content_hash=content_hash(None, text),
        kind=Kind.POST,
    )


def _findings() -> list[Finding]:
    """Those of a plain collection, and narratives, signals and ranks named by strangers."""
    plain = findings(Collection("1 days", len(HOSTILE), 20))
    story = next(one for one in plain if isinstance(one, Narrative))
    rising = next(one for one in plain if isinstance(one, WeakSignal))
    made = list(plain)
    for number, text in enumerate(HOSTILE):
        said = tuple(
            Headline(language=code, label=text[:200], post=f"x:{number}") for code in ("en", "fr")
        )
        made.append(
            _changed(story, id=f"h{number}", label=text[:200], terms=(text[:60],), headlines=said)
        )
        if number < 20:
            made.append(_changed(rising, id=f"r{number}", terms=(text[:60],), headlines=said))
    made += [
        Influence(
            id=f"i{number}", method=story.method, account=f"x:a{number}", scope="all",
            score=9.0 - number, interval=(1.0, 2.0),
        )
        for number in range(5)
    ]  # fmt: skip
    return made


def _changed(finding: Finding, **changes: object) -> Finding:
    return dataclasses.replace(finding, **changes)  # type: ignore[arg-type]
