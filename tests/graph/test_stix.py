"""The STIX bundle is held against the standard, and against bundles that others published."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from graph.coordination.signals import SIGNALS
from graph.exports.stix import observable, write_stix
from index.base import Mark
from index.connect import open_index
from tocsin.core import findings
from tocsin.core.errors import ConfigError
from tocsin.core.exchange import from_exchange
from tocsin.core.findings import (
    Cluster,
    Evidence,
    Explanation,
    Member,
    Method,
    SignalDescription,
)
from tocsin.core.messages import local, plain
from tocsin.core.plugins import resolve
from tocsin.core.workspace import Workspace

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
METHOD = Method(
    name="coordination", version="1", parameters={"windows": [60], "false_discovery_rate": 0.01}
)
COMMON = {
    "type",
    "spec_version",
    "id",
    "created_by_ref",
    "created",
    "modified",
    "revoked",
    "labels",
    "confidence",
    "lang",
    "external_references",
    "object_marking_refs",
    "granular_markings",
    "extensions",
}
OBSERVED = {
    "type",
    "spec_version",
    "id",
    "object_marking_refs",
    "granular_markings",
    "defanged",
    "extensions",
}
OWN = {
    "identity": {
        "name",
        "description",
        "roles",
        "identity_class",
        "sectors",
        "contact_information",
    },
    "grouping": {"name", "description", "context", "object_refs"},
    "note": {"abstract", "content", "authors", "object_refs"},
    "user-account": {
        "user_id",
        "credential",
        "account_login",
        "account_type",
        "display_name",
        "is_service_account",
        "is_privileged",
        "can_escalate_privs",
        "is_disabled",
        "account_created",
        "account_expires",
        "credential_last_changed",
        "account_first_login",
        "account_last_login",
    },
    "url": {"value"},
    "domain-name": {"value", "resolves_to_refs"},
}
REQUIRED = {
    "identity": {"name"},
    "grouping": {"context", "object_refs"},
    "note": {"content", "object_refs"},
    "user-account": {"user_id"},
    "url": {"value"},
    "domain-name": {"value"},
}
CONTRIBUTING = {
    "user-account": ("account_type", "user_id", "account_login"),
    "url": ("value",),
    "domain-name": ("value",),
}
"""Properties that make the id of an observable (STIX 2.1, sections 6.4, 6.15 and 6.16)."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def faults(bundle: dict[str, Any]) -> Iterator[str]:
    """What STIX 2.1 forbids: sections 2, 3.2, 3.6, 4.4, 4.5, 4.11, 6.4, 6.15, 6.16 and 8."""
    if set(bundle) != {"type", "id", "objects"} or bundle["type"] != "bundle":
        yield "bundle: wrong properties"
    ids = [thing["id"] for thing in bundle["objects"]]
    if len(ids) != len(set(ids)):
        yield "bundle: an id twice"
    for thing in [*bundle["objects"], {"type": "bundle", "id": bundle["id"]}]:
        kind, _, number = thing["id"].partition("--")
        if kind != thing["type"] or str(UUID(number)) != number or UUID(number).version != 5:
            yield f"{thing['id']}: no id of its type"
    for thing in bundle["objects"]:
        kind = thing["type"]
        observed = kind in CONTRIBUTING
        allowed = OWN.get(kind, set()) | (OBSERVED if observed else COMMON)
        needed = (
            {"type", "spec_version", "id"}
            | (set() if observed else {"created", "modified"})
            | REQUIRED.get(kind, set())
        )
        if kind not in OWN or set(thing) - allowed or needed - set(thing):
            too_many, missing = sorted(set(thing) - allowed), sorted(needed - set(thing))
            yield f"{thing['id']}: {too_many} too many, {missing} missing"
        if thing["spec_version"] != "2.1" or any(
            value in ("", [], {}, None) for value in thing.values()
        ):
            yield f"{thing['id']}: another version, or an empty value"
        if (
            observed
            and observable(kind, {k: v for k, v in thing.items() if k in OWN[kind]})["id"]
            != thing["id"]
        ):
            yield f"{thing['id']}: the id is not that of its properties"
        if not observed and not (
            TIME.fullmatch(thing["created"])
            and TIME.fullmatch(thing["modified"])
            and thing["created"] <= thing["modified"]
        ):
            yield f"{thing['id']}: times"
        references = [
            *thing.get("object_refs", ()),
            *([thing["created_by_ref"]] if "created_by_ref" in thing else ()),
        ]
        yield from (
            f"{thing['id']}: {ref} is not in the bundle" for ref in references if ref not in ids
        )
        if kind == "grouping" and thing["context"] not in (
            "suspicious-activity",
            "malware-analysis",
            "unspecified",
        ):
            yield f"{thing['id']}: context"


def _cluster(
    name: str, status: str, accounts: tuple[str, ...], evidence: tuple[Evidence, ...] = ()
) -> Cluster:
    explained = status == "explained"
    return Cluster(
        id=name,
        method=METHOD,
        status=status,
        signals=("link",),
        q_value=0.001,
        p_value=1e-5,
        first_at=AT,
        last_at=AT,
        posts=4,
        accounts=tuple(
            Member(id=f"x:{a}", handle=f"Handle_{a}", degree=0.5, posts=2) for a in accounts
        ),
        because=plain("coordinated beyond chance because 2 accounts linked the same pages (3)"),
        innocent_explanations=(
            Explanation(
                kind="news_burst",
                fits=explained,
                because=plain("1 of 3 things"),
                refuted_by=plain("quiet hours"),
                fit=0.7 if explained else 0.1,
            ),
        ),
        evidence=evidence,
        caveats=(plain("coordinated beyond chance does not say by whom"),),
    )


def _row(signal: str, thing: str) -> Evidence:
    return Evidence(
        signal=signal,
        object=thing,
        posts=("x:p1", "x:p2`<b>\x07"),
        accounts=("x:account1", "x:account2"),
        seconds_apart=3.0,
    )


SHARED = tuple(
    _row(*pair)
    for pair in (
        ("link", "https://example.org/story"),
        ("link", "https://example.org/Handle_account1/1"),
        ("link", "https://example.org/@stranger/7"),
        ("link", "https://x.com/stranger/status/1"),
        ("link", "javascript:alert(1)"),
        ("link", "https://example.org/a b\x00<script>"),
        ("link", "https://192.0.2.1/x"),
        ("link", "https://example.org/" + "a" * 3_000),
        ("site", "example.org"),
        ("site", "not a site"),
        ("copy", "c1"),
    )
)


@pytest.fixture
def analysed(workspace: Workspace) -> Workspace:
    clusters = [
        _cluster("c2", "explained", ("account3", "account4")),
        _cluster("c1", "flagged", ("account1", "account2", "account7", "account8"), SHARED),
        _cluster("c3", "cleared", ("account5", "account6")),
    ]
    tested = findings.Tested(
        id="t",
        method=METHOD,
        accounts=300,
        pairs=44_850,
        windows=(60,),
        expected_false_accounts=0.002,
        data_as_of=AT,
        described=tuple(resolve(SIGNALS[name]).describe() for name in ("link", "site", "copy")),
    )
    with closing(open_index(workspace)) as index:
        index.put(
            [
                from_exchange(
                    {
                        "id": "p1",
                        "platform": "x",
                        "author": {"id": "account1"},
                        "text": "t",
                        "published_at": "2024-05-01T12:00:00Z",
                    }
                )
            ]
        )
        index.publish([tested, *clusters], kinds=("tested", "cluster"), generation="run-1")
        index.put_mark("c3", "benign")
    return workspace


def _write(workspace: Workspace, out: Path) -> dict[str, Any]:
    with closing(open_index(workspace)) as index:
        write_stix(index, workspace, out)
    made: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return made


def _mark(workspace: Workspace, subject: str, mark: Mark) -> None:
    with closing(open_index(workspace)) as index:
        index.put_mark(subject, mark)


def _hidden(workspace: Workspace) -> Workspace:
    return Workspace(workspace.home, {"privacy": {"pseudonymise": True}})


def _of(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [thing for thing in bundle["objects"] if thing["type"] == kind]


@pytest.mark.parametrize("hidden", [False, True])
def test_the_bundle_is_valid(analysed: Workspace, tmp_path: Path, hidden: bool) -> None:
    made = _write(_hidden(analysed) if hidden else analysed, tmp_path / "out.json")
    assert list(faults(made)) == []
    groupings = {g["external_references"][0]["external_id"]: g for g in _of(made, "grouping")}
    assert {name: g["context"] for name, g in groupings.items()} == {
        "c1": "suspicious-activity",
        "c2": "unspecified",
    }
    assert "explained" in groupings["c2"]["labels"]
    assert groupings["c2"]["name"].startswith("Explained (news burst), no flag")
    assert {n["created"] for n in _of(made, "note")} == {"2024-05-01T12:00:00.000Z"}
    assert {tuple(n["object_refs"]) for n in _of(made, "note")} == {
        (g["id"],) for g in groupings.values()
    }
    assert [thing["value"] for thing in _of(made, "domain-name")] == ["example.org"]


def test_the_validator_finds_faults(analysed: Workspace, tmp_path: Path) -> None:
    made = _write(analysed, tmp_path / "out.json")
    for change in (
        {"context": "bad"},
        {"verdict": 1},
        {"labels": []},
        {"created": "2024-05-01"},
        {"created_by_ref": "identity--0"},
    ):
        grouping = _of(made, "grouping")[0]
        broken = made | {
            "objects": [
                thing if thing is not grouping else thing | change for thing in made["objects"]
            ]
        }
        assert len(list(faults(broken))) == 1, change


def test_same_data_same_bytes_and_other_data_other_ids(analysed: Workspace, tmp_path: Path) -> None:
    made = _write(analysed, tmp_path / "a.json")
    _write(analysed, tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    _mark(analysed, "x:account1", "benign")
    later = _write(analysed, tmp_path / "a.json")
    assert _of(made, "identity") == _of(later, "identity")
    ids = [
        {g["external_references"][0]["external_id"]: g["id"] for g in _of(b, "grouping")}
        for b in (made, later)
    ]
    assert ids[0]["c1"] != ids[1]["c1"]  # an account is gone: another statement, another id
    assert ids[0]["c2"] == ids[1]["c2"]
    assert {a["user_id"] for a in _of(later, "user-account")} == {
        "account2",
        "account3",
        "account4",
        "account7",
        "account8",
    }


def test_marks_of_analysts_count_at_once(analysed: Workspace, tmp_path: Path) -> None:
    _mark(analysed, "c1", "benign")
    made = _write(analysed, tmp_path / "out.json")
    assert [g["context"] for g in _of(made, "grouping")] == ["unspecified"]


def test_nobody_is_named_under_pseudonyms(analysed: Workspace, tmp_path: Path) -> None:
    open_, hidden = (
        _write(analysed, tmp_path / "open.json"),
        _write(_hidden(analysed), tmp_path / "hidden.json"),
    )
    assert {
        (a["user_id"], a["account_login"], a["account_type"]) for a in _of(open_, "user-account")
    } >= {("account1", "Handle_account1", "x")}
    text = (tmp_path / "hidden.json").read_text(encoding="utf-8")
    assert not re.search(r"account\d|Handle_|stranger", text)
    assert all(
        re.fullmatch(r"acct-[a-z2-7]{12}", a["user_id"]) for a in _of(hidden, "user-account")
    )
    assert [u["value"] for u in _of(hidden, "url")] == ["https://example.org/story"]
    assert len(_of(open_, "url")) == 4
    assert any("8 shared addresses" in n["content"] for n in _of(hidden, "note"))


def test_the_note_says_what_a_reader_needs_and_no_verdict(
    analysed: Workspace, tmp_path: Path
) -> None:
    made = _write(analysed, tmp_path / "out.json")
    note = next(n["content"] for n in _of(made, "note") if "flagged" in n["abstract"])
    for said in (
        "Coordinated beyond chance because 2 accounts",
        "coordination 1",
        "300 accounts, 44,850 pairs",
        "p-value 1e-05, q-value 0.001",
        "fewer than 0.01 (0.002) from the q-values alone (not measured on these posts",
        "news burst: does not fit (fit 0.10 of 1)",
        "What would refute it: quiet hours",
        "11",
        "`p1`",
    ):
        assert said in note
    text = json.dumps(made, ensure_ascii=False)
    assert not re.search(
        r"\bbots?\b|inauthentic|troll|fake|\\u00(?!2)|[\x00-\x09\x0b-\x1f\x7f-\x9f]",
        text,
        re.IGNORECASE,
    )
    assert "<b>" not in note.replace("`p2'<b>`", "")  # only inside a code span


def test_ids_of_observables_are_those_that_others_published(shared: Path) -> None:
    compared = 0
    for name in ("rrn", "big", "matriochka"):
        with gzip.open(
            shared / "data" / "coordination" / f"stix_{name}.json.gz", "rt", encoding="utf-8"
        ) as file:
            objects = json.load(file)["objects"]
        for thing in (o for o in objects if o["type"] in CONTRIBUTING):
            properties = {key: thing[key] for key in CONTRIBUTING[thing["type"]] if key in thing}
            assert observable(thing["type"], properties)["id"] == thing["id"]
            compared += 1
    assert compared > 300


def test_only_types_and_properties_of_the_standard_that_opencti_writes_too(
    shared: Path, analysed: Workspace, tmp_path: Path
) -> None:
    made = _write(analysed, tmp_path / "out.json")
    seen: dict[str, set[str]] = {}
    for name in ("rrn", "big", "matriochka"):
        with gzip.open(
            shared / "data" / "coordination" / f"stix_{name}.json.gz", "rt", encoding="utf-8"
        ) as file:
            for thing in json.load(file)["objects"]:
                seen.setdefault(thing["type"], set()).update(thing)
    for kind in ("identity", "user-account", "url", "domain-name"):
        ours = {key for thing in _of(made, kind) for key in thing}
        assert ours <= set(OWN[kind]) | COMMON
        assert ours - {"account_type", "account_login"} <= seen[kind]
    for kind in set(seen) & set(
        OWN
    ):  # the standard's properties, as the validator knows them, cover what others write
        assert {key for key in seen[kind] if not key.startswith("x_")} - {
            "labels",
            "created_by_ref",
        } <= OWN[kind] | COMMON | OBSERVED


def test_without_an_analysis_there_is_nothing_to_state(
    workspace: Workspace, tmp_path: Path
) -> None:
    with (
        closing(open_index(workspace)) as index,
        pytest.raises(ConfigError, match="tocsin analyse"),
    ):
        write_stix(index, workspace, tmp_path / "out.json")


def test_an_analysis_that_found_nothing_is_a_bundle_of_the_identity(
    workspace: Workspace, tmp_path: Path
) -> None:
    with closing(open_index(workspace)) as index:
        index.publish(
            [findings.Tested(id="t", method=METHOD, accounts=0, pairs=0, windows=())],
            kinds=("tested", "cluster"),
            generation="run-1",
        )
    made = _write(workspace, tmp_path / "out.json")
    assert [thing["type"] for thing in made["objects"]] == ["identity"]
    assert list(faults(made)) == []


def test_a_mark_of_suspect_flags_a_group_that_a_reading_explains(
    analysed: Workspace, tmp_path: Path
) -> None:
    _mark(analysed, "c2", "suspect")
    groupings = _of(_write(analysed, tmp_path / "out.json"), "grouping")
    group = next(g for g in groupings if g["external_references"][0]["external_id"] == "c2")
    assert (group["context"], group["labels"][0]) == ("suspicious-activity", "flagged")
    assert "accounts for it (news burst), but an analyst marked the group suspect" in str(
        group["description"]
    )
    assert "None of the innocent readings" not in group["description"]


def test_a_group_of_which_too_few_accounts_are_left_is_not_stated(
    analysed: Workspace, tmp_path: Path
) -> None:
    for account in ("account1", "account2"):
        _mark(analysed, f"x:{account}", "benign")
    groupings = _of(_write(analysed, tmp_path / "out.json"), "grouping")
    assert [g["external_references"][0]["external_id"] for g in groupings] == ["c2"]


def test_a_signal_of_another_package_is_stated_with_its_label_and_its_addresses(
    workspace: Workspace, tmp_path: Path
) -> None:
    petition = SignalDescription(
        name="petition",
        family="acts",
        object_kind="address",
        specificity=3,
        label=local(en="signed the same petitions", fr="ont signé les mêmes pétitions"),
        objects=local(en=("{n} petition", "{n} petitions")),
    )
    cluster = _cluster(
        "c1", "flagged", ("a", "b", "c"), (_row("petition", "https://petition.example/7"),)
    )
    tested = findings.Tested(
        id="t",
        method=METHOD,
        accounts=3,
        pairs=3,
        windows=(60,),
        data_as_of=AT,
        described=(petition,),
    )
    with closing(open_index(workspace)) as index:
        index.publish([tested, cluster], kinds=("tested", "cluster"), generation="run-1")
    bundle = _write(workspace, tmp_path / "out.json")
    assert [url["value"] for url in _of(bundle, "url")] == ["https://petition.example/7"]
    assert "- signed the same petitions, 2 posts" in _of(bundle, "note")[0]["content"]
    assert list(faults(bundle)) == []
