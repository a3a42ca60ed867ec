"""A small bilingual world in a real embedded index: a crisis, a group that acts together, a look-alike, hostile posts."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.base import Index
from index.connect import open_index
from tocsin.core.documents import Annotation, Author, Document, Kind, Link, LinkKind, content_hash
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Explanation,
    Finding,
    Member,
    Method,
    Narrative,
    Tested,
    WeakSignal,
)  # fmt: skip
from tocsin.core.workspace import Workspace

END = datetime(2025, 11, 14, 18, 0, tzinfo=UTC)
DAYS = 14
METHOD = Method(name="sorted join", version="1", parameters={"windows": [10, 60, 600], "fdr": 0.01})
BURSTS = Method(name="weak-signals", version="2", parameters={"tick_hours": 6})
LINK = "https://water-truth.example/bills?utm_source=x"
STORM = "https://gazette.example/agency/storm-warning"
HOSTILE = {
    "script": "<script>document.title='owned'</script><img src=http://tracker.example/a.png onerror=\"document.title='owned'\">",
    "markdown": "![x](http://tracker.example/b.png) [click](javascript:document.title='owned') **bold** $\\frac{1}{2}$ :material/bolt: :red[x]",
    "bidi": "safe \u202etxt.exe\u202c " + "z" + "\u0301" * 500 + " \u200b\u2066done",
    "huge": "long word " * 9_000,
}
_EN = (
    "Morning market by the river, the first pears are in", "Train to Lyon is late again, twenty minutes this time",
    "Reading about the new cycle lane on the east bank", "The library stays open on Sundays from next month",
    "Does anyone know a good plumber in the old town?", "Great concert last night at the mill, full house",
)  # fmt: skip
_FR = (
    "Marché du matin au bord de la rivière, les premières poires sont là", "Le train pour Lyon encore en retard, vingt minutes",
    "Nouvelle piste cyclable sur la rive est, enfin", "La bibliothèque ouvre le dimanche dès le mois prochain",
    "Quelqu’un connaît un bon plombier dans la vieille ville ?", "Superbe concert hier soir au moulin, salle comble",
)  # fmt: skip
_CRISIS_EN = (
    "The dam above Valmont has a crack, they are evacuating the lower town", "Dam breach at Valmont: sirens since noon, road closed",
    "My parents in Valmont were told to leave because of the dam", "Water level behind the Valmont dam falls, says the prefect",
)  # fmt: skip
_CRISIS_FR = (
    "Rupture du barrage de Valmont : la ville basse est évacuée", "Le barrage de Valmont est fissuré, les sirènes sonnent depuis midi",
    "Mes parents à Valmont ont dû partir à cause du barrage", "Le niveau baisse derrière le barrage de Valmont, dit la préfecture",
)  # fmt: skip
_CAMPAIGN = (
    "They hid it for years: your water bill pays for the broken dam #WaterBills #Valmont",
    "Ils l’ont caché des années : votre facture d’eau paie le barrage cassé #WaterBills #Valmont",
    "Ask who profits from the dam. Read this before it is taken down #WaterBills #Valmont",
    "Who profits from the dam? Read this before they take it down #WaterBills #Valmont",
)  # fmt: skip


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
        "id": f"x:{number}", "platform": "x", "source": "x.example", "lang": lang, "text": text, "published_at": at, "collected_at": END,
        "author": Author(id=author, handle=f"user_{author.partition(':')[2]}", followers=number % 900), "content_hash": content_hash(None, text),
        "url": f"https://x.example/status/{number}",
    }  # fmt: skip
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
                id=f"x:hostile-{name}", platform="x", source="![s](http://tracker.example/d.png)", author=author, title="<b>hostile</b> [t](javascript:1)",
                text=f"hostilepost {text}", lang="en\"><script>", published_at=END - timedelta(minutes=3, seconds=number), url="javascript:alert(2)",
                links=links, content_hash=str(number), kind=Kind.POST,
            )
        )  # fmt: skip


def _cluster(
    rng: random.Random,
    name: str,
    authors: tuple[str, ...],
    bursts: dict[int, list[str]],
    by_id: dict[str, Document],
    status: str,
    link: str,
) -> list[Finding]:
    spots = {
        a: (
            math.cos(2 * math.pi * i / len(authors)) + rng.gauss(0, 0.18),
            math.sin(2 * math.pi * i / len(authors)) + rng.gauss(0, 0.18),
        )
        for i, a in enumerate(authors)
    }
    posted = {
        a: {
            b: next((p for p in ids if by_id[p].author and by_id[p].author.id == a), None)
            for b, ids in bursts.items()
        }
        for a in authors
    }  # type: ignore[union-attr]
    evidence = tuple(
        Evidence(signal="link", object=by_id[ids[0]].targets(LinkKind.URL)[0], posts=tuple(ids), accounts=tuple(by_id[p].author.id for p in ids), seconds_apart=41.0)  # type: ignore[union-attr]
        for ids in bursts.values()
    )  # fmt: skip
    edges: list[Finding] = []
    for i, a in enumerate(authors):
        for b in authors[i + 1 :]:
            common = [k for k in bursts if posted[a][k] and posted[b][k]]
            if len(common) >= 3:
                proof = tuple(
                    Evidence(
                        signal="link",
                        object=evidence[k].object,
                        posts=(posted[a][k], posted[b][k]),
                        accounts=(a, b),
                        seconds_apart=11.0 + k,
                    )
                    for k in common
                )  # type: ignore[arg-type]
                edges.append(
                    Edge(
                        id=f"{a}|{b}",
                        method=METHOD,
                        a=a,
                        b=b,
                        cluster=name,
                        signals={"link": len(common)},
                        weight=len(common) / len(bursts),
                        q_value=0.0004,
                        evidence=proof,
                    )
                )
    flagged = status == "flagged"
    explanations = (
        Explanation(kind="agency", fits=not flagged, because="12 of 12 accounts belong to newsrooms that carry the same agency." if not flagged else "No agency carries these texts.", refuted_by="Texts that differ from the agency's own wire.", fit=0.1 if flagged else 0.94),
        Explanation(kind="share_button", fits=False, because="3 % of the posts carry the page's own headline.", refuted_by="A page whose button writes this text.", fit=0.03),
        Explanation(kind="news_burst", fits=False, because="The posts come 8 hours before other accounts speak of it.", refuted_by="An event that all of them could have seen.", fit=0.2),
    )  # fmt: skip
    times = sorted(by_id[p].published_at for ids in bursts.values() for p in ids)  # type: ignore[type-var]
    members = tuple(
        Member(
            id=a,
            handle=f"user_{a.partition(':')[2]}",
            degree=round(0.95 - 0.035 * i, 3),
            posts=len([p for p in posted[a].values() if p]),
            x=spots[a][0],
            y=spots[a][1],
        )
        for i, a in enumerate(authors)
    )
    cluster = Cluster(
        id=name, method=METHOD, status=status, accounts=members, signals=("link", "copy"), q_value=0.0004 if flagged else 0.003, p_value=3.2e-7, first_at=times[0],
        last_at=times[-1], innocent_explanations=explanations, because=f"{len(authors)} accounts shared {link} within 60 s", posts=len(times), evidence=evidence,
        caveats=("Deleted posts are not seen.",),
    )  # fmt: skip
    return [cluster, *edges]


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
    (home / "tocsin.toml").write_text(
        f'[privacy]\npseudonymise = {str(pseudonymise).lower()}\n[dashboard]\ntimezone = "Europe/Paris"\n',
        encoding="utf-8",
    )
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
        _publish(index, rng, crisis, campaign, pushed, newsrooms, carried, by_id)
        index.refresh()
    finally:
        index.close()
    runs = home / "runs"
    runs.mkdir(exist_ok=True)
    (runs / "20251114T180500000-analyse-1.json").write_text(
        '{"run_id": "r1", "command": "analyse", "status": "done", "started_at": "2025-11-14T18:05:00.000Z", "fates": {}, "seen": 0}',
        encoding="utf-8",
    )
    return World(home, campaign, newsrooms, len(documents))


def _publish(
    index: Index,
    rng: random.Random,
    crisis: list[str],
    campaign: tuple[str, ...],
    pushed: dict[int, list[str]],
    newsrooms: tuple[str, ...],
    carried: dict[int, list[str]],
    by_id: dict[str, Document],
) -> None:
    bills = [p for ids in pushed.values() for p in ids]
    tested = Tested(
        id="tested",
        method=METHOD,
        accounts=184,
        pairs=3_921,
        windows=(10, 60, 600, 3600),
        signals=("link", "repost", "copy", "hashtags"),
        expected_false_accounts=0.23,
        since=END - timedelta(days=DAYS),
        until=END,
    )
    findings = [
        tested,
        *_cluster(rng, "c-water", campaign, pushed, by_id, "flagged", LINK),
        *_cluster(rng, "c-agency", newsrooms, carried, by_id, "explained", STORM),
    ]
    index.publish(findings, kinds=("tested", "cluster", "edge"), generation="g1")
    narratives = [
        Narrative(id="n-dam", method=METHOD, label="Valmont dam breach", terms=("barrage", "valmont", "dam", "evacuated"), languages={"fr": 108, "en": 102}, posts=210, authors=120, first_at=END - timedelta(hours=9), last_at=END, coordinated_share=0.0),
        Narrative(id="n-bills", method=METHOD, label="Water bills pay for the dam", terms=("water bill", "facture d'eau", "who profits"), languages={"en": 55, "fr": 22}, posts=77, authors=14, first_at=END - timedelta(hours=30), last_at=END - timedelta(hours=2), coordinated_share=1.0),
        Narrative(id="n-storm", method=METHOD, label="<img src=x onerror=1> Storm warning", terms=("storm", "tempête"), languages={"en": 18, "fr": 18}, posts=36, authors=12, first_at=END - timedelta(hours=30), last_at=END, coordinated_share=0.0),
    ]  # fmt: skip
    index.publish(narratives, kinds=("narrative",), generation="g1")
    signals = [
        WeakSignal(id="s-dam", method=BURSTS, terms=("barrage", "valmont", "dam"), flagged_at=END - timedelta(hours=8), first_at=END - timedelta(hours=9), posts=len(crisis), authors=120, p_value=2.1e-14, expected_false_per_day=0.02, why="96 authors where 9.4 were expected", lead_authors=96, coordinated_share=0.0, post_ids=tuple(crisis), expected=9.4, without_coordinated=len(crisis), first_authors=("x:1003", "x:1017")),
        WeakSignal(id="s-bills", method=BURSTS, terms=("#waterbills", "water bill"), flagged_at=END - timedelta(hours=24), first_at=END - timedelta(hours=30), posts=len(bills), authors=14, p_value=4e-6, expected_false_per_day=0.02, why="14 authors where 1.1 were expected", coordinated_share=1.0, post_ids=tuple(bills), expected=1.1, without_coordinated=0, first_authors=campaign[:2]),
    ]  # fmt: skip
    index.publish(signals, kinds=("signal",), generation="g1")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, with pseudonyms on."""
    return build(tmp_path_factory.mktemp("world") / "home")


@pytest.fixture(scope="session")
def open_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world, with accounts under their own names."""
    return build(tmp_path_factory.mktemp("open") / "home", pseudonymise=False)


@pytest.fixture
def build_world() -> Callable[[Path], World]:
    """Builds a world that a test may change."""
    return build


@pytest.fixture
def streamlit_caches() -> Iterator[None]:
    """Indexes that the app opened are closed after the test."""
    import streamlit as st

    yield
    st.cache_resource.clear()
