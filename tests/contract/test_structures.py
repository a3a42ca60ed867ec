"""Pairs, stars and chains in every backend: read back, and erased with those they hang on."""

from __future__ import annotations

from typing import Any

import pytest

from index.current import current_structures, published_pairs
from tocsin.core.exchange import from_exchange
from tocsin.core.findings import Evidence, Following, Member, Method, Structure, Tie

METHOD = Method(name="test", version="1")
ACTS = (("lead", "echo"), ("hub", "one"), ("hub", "two"), ("c1", "c2"), ("c2", "c3"))
"""Who posted the same within nine seconds."""


def post(author: str, number: int, second: int) -> Any:
    return from_exchange(
        {
            "id": f"{author}{number}",
            "platform": "x",
            "author": {"id": author, "handle": author},
            "text": "said",
            "published_at": f"2024-05-01T12:{number:02}:{second:02}Z",
        }
    )


def tie(number: int, of: str) -> Tie:
    a, b = ACTS[number]
    evidence = Evidence(signal="link", object="https://s.example", posts=(f"x:{a}{number}",))
    return Tie(id=f"t{number}", method=METHOD, a=f"x:{a}", b=f"x:{b}", cluster=of,
        evidence=(evidence,))  # fmt: skip


def structure(key: str, shape: str, of: tuple[int, ...], hub: str | None = None) -> Structure:
    pairs = [ACTS[number] for number in of]
    return Structure(
        id=key,
        method=METHOD,
        status="flagged",
        shape=shape,
        hub=hub,
        accounts=tuple(Member(id=f"x:{name}") for name in sorted({n for p in pairs for n in p})),
        signals=("link",),
        q_value=1e-9,
        evidence=tuple(
            Evidence(signal="link", object=f"https://s.example/{number}",
                posts=(f"x:{a}{number}", f"x:{b}{number}"), accounts=(f"x:{a}", f"x:{b}"))
            for number, (a, b) in zip(of, pairs, strict=True)
        ),
        following=tuple(
            Following(leader=f"x:{a}", follower=f"x:{b}", times=9, of=9, seconds=9.0)
            for a, b in pairs
        ),
    )  # fmt: skip


@pytest.fixture
def filled(index: Any) -> Any:
    """A pair, a star of three and a chain of three."""
    index.put([post(who, n, 9 * k) for n, pair in enumerate(ACTS) for k, who in enumerate(pair)])
    found = [
        structure("pair", "pair", (0,)),
        structure("star", "star", (1, 2), "x:hub"),
        structure("chain", "chain", (3, 4)),
    ]
    ties = [tie(n, of) for n, of in enumerate(("pair", "star", "star", "chain", "chain"))]
    index.publish([*found, *ties], kinds=["structure", "tie"], generation="run-1")
    assert index.findings("structure") == found
    return index


@pytest.mark.parametrize(
    ("erased", "left", "ties"),
    [
        ("x:echo", {"star", "chain"}, 4),
        ("x:hub", {"pair", "chain"}, 3),
        ("x:one", {"pair", "star", "chain"}, 4),
        ("x:c1", {"pair", "star"}, 3),
        ("x:c2", {"pair", "star"}, 3),
    ],
)
def test_a_structure_goes_with_whom_it_hangs_on(
    filled: Any, erased: str, left: set[str], ties: int
) -> None:
    filled.delete_by_author(erased)
    assert {found.id for found in current_structures(filled)} == left
    assert len(published_pairs(filled)) == ties
    said = " ".join(map(repr, (*current_structures(filled), *published_pairs(filled))))
    assert f"'{erased}'" not in said


def test_of_a_star_of_three_a_pair_is_left(filled: Any) -> None:
    filled.delete_by_author("x:one")
    star = next(found for found in current_structures(filled) if found.id == "star")
    assert (star.shape, star.hub, star.status) == ("pair", None, "flagged")
    assert [(pair.leader, pair.follower) for pair in star.following] == [("x:hub", "x:two")]


def test_posts_that_are_deleted_take_the_evidence_with_them(filled: Any) -> None:
    filled.delete(["x:lead0", "x:echo0"])
    assert {found.id for found in current_structures(filled)} == {"star", "chain"}
    filled.put_mark("star", "benign")
    statuses = {found.id: found.status for found in current_structures(filled)}
    assert statuses == {"star": "cleared", "chain": "flagged"}
