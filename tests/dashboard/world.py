"""A small bilingual world in a real embedded index.

It has a crisis, a group that acts together, a look-alike, and hostile posts.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from index.connect import open_index
from tests.dashboard.world_findings import DAYS, END, LINK, STORM, publish_findings
from tocsin.core.documents import Annotation, Author, Document, Kind, Link, LinkKind, content_hash
from tocsin.core.workspace import Workspace

HOSTILE = {
    "script": "<script>document.title='owned'</script>"
    "<img src=http://tracker.example/a.png onerror=\"document.title='owned'\">",
    "markdown": "![x](http://tracker.example/b.png) [click](javascript:document.title='owned') "
    "**bold** $\\frac{1}{2}$ :material/bolt: :red[x]",
    "bidi": "safe \u202etxt.exe\u202c " + "z" + "\u0301" * 500 + " \u200b\u2066done",
    "huge": "long word " * 9_000,
}
_EN = (
    "Morning market by the river, the first pears are in",
    "Train to Lyon is late again, twenty minutes this time",
    "Reading about the new cycle lane on the east bank",
    "The library stays open on Sundays from next month",
    "Does anyone know a good plumber in the old town?",
    "Great concert last night at the mill, full house",
)
_FR = (
    "Marché du matin au bord de la rivière, les premières poires sont là",
    "Le train pour Lyon encore en retard, vingt minutes",
    "Nouvelle piste cyclable sur la rive est, enfin",
    "La bibliothèque ouvre le dimanche dès le mois prochain",
    "Quelqu’un connaît un bon plombier dans la vieille ville ?",
    "Superbe concert hier soir au moulin, salle comble",
)
_CRISIS_EN = (
    "The dam above Valmont has a crack, they are evacuating the lower town",
    "Dam breach at Valmont: sirens since noon, road closed",
    "My parents in Valmont were told to leave because of the dam",
    "Water level behind the Valmont dam falls, says the prefect",
)
_CRISIS_FR = (
    "Rupture du barrage de Valmont : la ville basse est évacuée",
    "Le barrage de Valmont est fissuré, les sirènes sonnent depuis midi",
    "Mes parents à Valmont ont dû partir à cause du barrage",
    "Le niveau baisse derrière le barrage de Valmont, dit la préfecture",
)
_CAMPAIGN = (
    "They hid it for years: your water bill pays for the broken dam #WaterBills #Valmont",
    "Ils l’ont caché des années : votre facture d’eau paie le barrage cassé #WaterBills #Valmont",
    "Ask who profits from the dam. Read this before it is taken down #WaterBills #Valmont",
    "Who profits from the dam? Read this before they take it down #WaterBills #Valmont",
)


@dataclass(frozen=True)
class World:
    """What the tests know of the world. ``campaign`` and ``newsrooms`` are author ids."""

    home: Path
    campaign: tuple[str, ...]
    newsrooms: tuple[str, ...]
    documents: int


def _document(
    number: int, author: str, at: datetime, text: str, lang: str, **more: object
) -> Document:
    values: dict[str, object] = {
        "id": f"x:{number}",
        "platform": "x",
        "source": "x.example",
        "lang": lang,
        "text": text,
        "published_at": at,
        "collected_at": END,
        "author": Author(
            id=author, handle=f"user_{author.partition(':')[2]}", followers=number % 900
        ),
        "content_hash": content_hash(None, text),
        "url": f"https://x.example/status/{number}",
    }
    return Document(**(values | more))  # type: ignore[arg-type]


def _quiet(rng: random.Random, documents: list[Document]) -> None:
    for day in range(DAYS):
        for _ in range(44):
            hour = min(23, max(0, int(rng.gauss(14, 4.5))))
            at = (
                END
                - timedelta(days=DAYS - day)
                + timedelta(hours=hour, minutes=rng.randrange(60), seconds=rng.randrange(60))
                - timedelta(hours=18)
            )
            lang = rng.choice(("en", "fr", "fr"))
            author = f"x:{1000 + rng.randrange(150)}"
            text = rng.choice(_EN if lang == "en" else _FR)
            links = (Link(LinkKind.HASHTAG, rng.choice(("valmont", "lyon", "weekend", "train"))),)
            metrics = {"likes": rng.randrange(40), "reposts": rng.randrange(9)}
            documents.append(
                _document(
                    len(documents),
                    author,
                    min(at, END - timedelta(minutes=1)),
                    f"{text} #{links[0].target}",
                    lang,
                    links=links,
                    metrics=metrics,
                )
            )


def _crisis(rng: random.Random, documents: list[Document]) -> list[str]:
    ids = []
    for number in range(210):
        at = (
            END
            - timedelta(hours=9)
            + timedelta(hours=9 * math.sqrt(rng.random()))
            - timedelta(seconds=1)
        )
        lang = rng.choice(("en", "fr"))
        text = rng.choice(_CRISIS_EN if lang == "en" else _CRISIS_FR)
        links = (
            Link(LinkKind.HASHTAG, "valmont"),
            Link(LinkKind.URL, "https://gazette.example/valmont-dam"),
        )
        metrics = {
            "likes": rng.randrange(800),
            "reposts": rng.randrange(200),
            "replies": rng.randrange(60),
        }
        documents.append(
            _document(
                len(documents),
                f"x:{1000 + number % 120}",
                at,
                f"{text} #valmont",
                lang,
                links=links,
                metrics=metrics,
            )
        )
        ids.append(documents[-1].id)
    return ids


def _bursts(
    rng: random.Random,
    documents: list[Document],
    authors: tuple[str, ...],
    texts: tuple[str, ...],
    link: str,
    bursts: int,
    spread: float,
) -> dict[int, list[str]]:
    """Every burst: most of the accounts post within ``spread`` seconds; burst number -> ids."""
    found: dict[int, list[str]] = {}
    for burst in range(bursts):
        start = (
            END
            - timedelta(hours=30)
            + timedelta(hours=29 * burst / bursts, minutes=rng.randrange(40))
        )
        page = f"{link}&p={burst}" if "?" in link else f"{link}-{burst}"
        for author in rng.sample(authors, len(authors) - 3):
            at = start + timedelta(seconds=rng.random() * spread)
            text = texts[burst % len(texts)]
            links = (
                Link(LinkKind.URL, page),
                Link(LinkKind.HASHTAG, "waterbills"),
                Link(LinkKind.HASHTAG, "valmont"),
            )
            lang = "fr" if "facture" in text or "vigilance" in text else "en"
            documents.append(
                _document(
                    len(documents),
                    author,
                    at,
                    f"{text} {page}",
                    lang,
                    links=links,
                    metrics={"likes": rng.randrange(5)},
                )
            )
            found.setdefault(burst, []).append(documents[-1].id)
    return found


def _hostile(documents: list[Document]) -> None:
    for number, (name, text) in enumerate(HOSTILE.items()):
        author = Author(
            id=f"x:bad{number}",
            handle="**evil** ![x](http://tracker.example/c.png) <b>x</b>",
            name="<script>1</script>",
        )
        links = (
            Link(LinkKind.URL, "javascript:alert(1)"),
            Link(LinkKind.URL, "http://tracker.example/[x](y)"),
            Link(LinkKind.HASHTAG, "<img src=x>"),
        )
        documents.append(
            Document(
                id=f"x:hostile-{name}",
                platform="x",
                source="![s](http://tracker.example/d.png)",
                author=author,
                title="<b>hostile</b> [t](javascript:1)",
                text=f"hostilepost {text}",
                lang='en"><script>',
                published_at=END - timedelta(minutes=3, seconds=number),
                url="javascript:alert(2)",
                links=links,
                content_hash=str(number),
                kind=Kind.POST,
            )
        )


def build(home: Path, *, pseudonymise: bool = True) -> World:
    """Fill a workspace with the world; deterministic."""
    rng = random.Random(7)
    documents: list[Document] = []
    campaign = tuple(f"x:{7000 + i}" for i in range(14))
    newsrooms = tuple(f"x:{8000 + i}" for i in range(12))
    _quiet(rng, documents)
    crisis = _crisis(rng, documents)
    agency = (
        "Storm warning for the coast until Friday, says the weather service",
        "Vigilance tempête sur la côte jusqu’à vendredi, dit la météo",
    )
    pushed = _bursts(rng, documents, campaign, _CAMPAIGN, LINK, 7, 55)
    carried = _bursts(rng, documents, newsrooms, agency, STORM, 4, 300)
    _hostile(documents)
    by_id = {d.id: d for d in documents}
    home.mkdir(parents=True, exist_ok=True)
    settings = (
        f"[privacy]\npseudonymise = {str(pseudonymise).lower()}\n"
        '[dashboard]\ntimezone = "Europe/Paris"\n'
    )
    (home / "tocsin.toml").write_text(settings, encoding="utf-8")
    index = open_index(Workspace(home))
    try:
        index.put(documents)
        campaign_ids = [p for ids in pushed.values() for p in ids]
        label = (
            [(p, "n-dam") for p in crisis]
            + [(p, "n-bills") for p in campaign_ids]
            + [(p, "n-storm") for ids in carried.values() for p in ids]
        )
        index.annotate(
            [
                (p, Annotation(version="1", model="none", made_at=END, values={"narrative": n}))
                for p, n in label
            ],
            "narratives",
        )
        index.annotate(
            [
                (
                    p,
                    Annotation(
                        version="1", model="none", made_at=END, values={"group": f"copy-{b}"}
                    ),
                )
                for b, ids in pushed.items()
                for p in ids
            ],
            "copies",
        )
        publish_findings(index, rng, crisis, campaign, pushed, newsrooms, carried, by_id)
        index.refresh()
    finally:
        index.close()
    runs = home / "runs"
    runs.mkdir(exist_ok=True)
    (runs / "20251114T180500000-analyse-1.json").write_text(
        '{"run_id": "r1", "command": "analyse", "status": "done", '
        '"started_at": "2025-11-14T18:05:00.000Z", "fates": {}, "seen": 0}',
        encoding="utf-8",
    )
    return World(home, campaign, newsrooms, len(documents))
