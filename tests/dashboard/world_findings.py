"""What an analysis of the small world would find."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

from index.base import Index
from tocsin.core.documents import Document, LinkKind
from tocsin.core.findings import (
    Cluster,
    Edge,
    Evidence,
    Explanation,
    Finding,
    Member,
    Method,
    Narrative,
    SignalDescription,
    Tested,
    WeakSignal,
)
from tocsin.core.messages import Message, plain

END = datetime(2025, 11, 14, 18, 0, tzinfo=UTC)
DAYS = 14
METHOD = Method(name="sorted join", version="1", parameters={"windows": [10, 60, 600], "fdr": 0.01})
BURSTS = Method(name="weak-signals", version="2", parameters={"tick_hours": 6})
LINK = "https://water-truth.example/bills?utm_source=x"
STORM = "https://gazette.example/agency/storm-warning"
LINK_SIGNAL = SignalDescription(
    name="link",
    family="acts",
    object_kind="address",
    specificity=3,
    label=Message("signal.link"),
    objects=Message("object.link"),
)


def publish_findings(
    index: Index,
    rng: random.Random,
    crisis: list[str],
    campaign: tuple[str, ...],
    pushed: dict[int, list[str]],
    newsrooms: tuple[str, ...],
    carried: dict[int, list[str]],
    by_id: dict[str, Document],
) -> None:
    """Publish what an analysis of the world would find."""
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
        described=(LINK_SIGNAL,),
    )
    findings = [
        tested,
        *_cluster(rng, "c-water", campaign, pushed, by_id, "flagged", LINK),
        *_cluster(rng, "c-agency", newsrooms, carried, by_id, "explained", STORM),
    ]
    index.publish(findings, kinds=("tested", "cluster", "edge"), generation="g1")
    narratives = [
        Narrative(
            id="n-dam",
            method=METHOD,
            label="Valmont dam breach",
            terms=("barrage", "valmont", "dam", "evacuated"),
            languages={"fr": 108, "en": 102},
            posts=210,
            central=tuple(crisis[:3]),
            fringe=tuple(crisis[-2:]),
            members=tuple(crisis),
            authors=120,
            first_at=END - timedelta(hours=9),
            last_at=END,
            coordinated_share=0.0,
        ),
        Narrative(
            id="n-bills",
            method=METHOD,
            label="Water bills pay for the dam",
            terms=("water bill", "facture d'eau", "who profits"),
            languages={"en": 55, "fr": 22},
            posts=77,
            members=tuple(post for ids in pushed.values() for post in ids),
            authors=14,
            first_at=END - timedelta(hours=30),
            last_at=END - timedelta(hours=2),
            coordinated_share=1.0,
        ),
        Narrative(
            id="n-storm",
            method=METHOD,
            label="<img src=x onerror=1> Storm warning",
            terms=("storm", "tempête"),
            languages={"en": 18, "fr": 18},
            posts=36,
            members=tuple(post for ids in carried.values() for post in ids),
            authors=12,
            first_at=END - timedelta(hours=30),
            last_at=END,
            coordinated_share=0.0,
        ),
    ]
    index.publish(narratives, kinds=("narrative",), generation="g1")
    signals = [
        WeakSignal(
            id="s-dam",
            method=BURSTS,
            terms=("barrage", "valmont", "dam"),
            flagged_at=END - timedelta(hours=8),
            first_at=END - timedelta(hours=9),
            posts=len(crisis),
            authors=120,
            p_value=2.1e-14,
            expected_false_per_day=0.02,
            why=plain("96 authors where 9.4 were expected"),
            lead_authors=96,
            coordinated_share=0.0,
            post_ids=tuple(crisis),
            expected=9.4,
            without_coordinated=len(crisis),
            first_authors=("x:1003", "x:1017"),
        ),
        WeakSignal(
            id="s-bills",
            method=BURSTS,
            terms=("#waterbills", "water bill"),
            flagged_at=END - timedelta(hours=24),
            first_at=END - timedelta(hours=30),
            posts=len(bills),
            authors=14,
            p_value=4e-6,
            expected_false_per_day=0.02,
            why=plain("14 authors where 1.1 were expected"),
            coordinated_share=1.0,
            post_ids=tuple(bills),
            expected=1.1,
            without_coordinated=0,
            first_authors=campaign[:2],
        ),
    ]
    index.publish(signals, kinds=("signal",), generation="g1")


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
    }
    evidence = tuple(
        Evidence(
            signal="link",
            object=by_id[ids[0]].targets(LinkKind.URL)[0],
            posts=tuple(ids),
            accounts=tuple(by_id[p].author.id for p in ids),
            seconds_apart=41.0,
        )
        for ids in bursts.values()
    )
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
                )
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
        Explanation(
            kind="agency",
            fits=not flagged,
            because=plain(
                "No agency carries these texts."
                if flagged
                else "12 of 12 accounts belong to newsrooms that carry the same agency."
            ),
            refuted_by=plain("Texts that differ from the agency's own wire."),
            fit=0.1 if flagged else 0.94,
        ),
        Explanation(
            kind="share_button",
            fits=False,
            because=plain("3 % of the posts carry the page's own headline."),
            refuted_by=plain("A page whose button writes this text."),
            fit=0.03,
        ),
        Explanation(
            kind="news_burst",
            fits=False,
            because=plain("The posts come 8 hours before other accounts speak of it."),
            refuted_by=plain("An event that all of them could have seen."),
            fit=0.2,
        ),
    )
    times = sorted(by_id[p].published_at for ids in bursts.values() for p in ids)
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
        id=name,
        method=METHOD,
        status=status,
        accounts=members,
        signals=("link", "copy"),
        q_value=0.0004 if flagged else 0.003,
        p_value=3.2e-7,
        first_at=times[0],
        last_at=times[-1],
        innocent_explanations=explanations,
        because=plain(f"{len(authors)} accounts shared {link} within 60 s"),
        posts=len(times),
        post_ids=tuple(post for ids in bursts.values() for post in ids),
        evidence=evidence,
        caveats=(plain("Deleted posts are not seen."),),
    )
    return [cluster, *edges]
