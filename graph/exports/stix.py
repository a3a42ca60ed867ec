"""Groups coordinated beyond chance as a STIX 2.1 bundle (OASIS Standard, 10 June 2021), for OpenCTI and its kin.

One ``identity`` (Tocsin) states one ``grouping`` for every group that is flagged or explained, and one ``note`` about it.
A grouping refers to observables only: ``user-account`` for its accounts, ``url`` and ``domain-name`` for what they shared
and the analysis keeps as evidence. There is no indicator, threat actor or campaign: no finding says so much.

Ids: observables as section 2.9 of the standard says (UUIDv5 over the canonical JSON of the contributing properties), so
that an address is the object that others' bundles have. Identity, grouping, note and bundle: UUIDv5 over all they say, so
that the same data gives the same bytes, and nothing different is ever said under an id that was used before. ``created``
and ``modified`` are the time of the data, not of the export. There is no ``confidence``: a q-value bounds the
share of false ones among all that was flagged, and is no degree of belief in one group.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from graph.exports.escaping import Veil, code, host_name, plain, prose, web_address
from graph.exports.statements import (
    SAYS_NOT,
    Group,
    Stated,
    expectation,
    listed,
    moment,
    number,
    parameters,
    said,
    sentence,
    span,
    stated,
)
from index.privacy import pseudonyms
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Evidence, Explanation, rfc3339

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

Object = dict[str, Any]

OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace that the standard gives for ids of observables."""
STATEMENTS = UUID("a3f1c0de-1d5e-5b7e-9a51-70c51a2b8c44")
"""The namespace of what Tocsin states."""
CONTRIBUTING = {
    "user-account": ("account_type", "user_id", "account_login"),
    "url": ("value",),
    "domain-name": ("value",),
}
"""Properties that make the id of an observable (STIX 2.1, sections 6.4, 6.15 and 6.16)."""
SINCE = "2026-01-01T00:00:00.000Z"
"""When the identity was first stated: one id, one ``created``, in every bundle."""
MAX_ROWS = 10
MAX_POSTS = 20


def observable(kind: str, properties: Mapping[str, str]) -> Object:
    """A cyber-observable object with its deterministic id.

    Strings only, so that sorted keys without spaces are canonical JSON (RFC 8785).
    """
    named = {key: properties[key] for key in CONTRIBUTING[kind] if key in properties}
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid5(OBSERVABLES, _canonical(named))}",
        **properties,
    }


def bundle(found: Stated, people: Pseudonyms) -> Object:
    """The bundle of all flagged and explained groups; objects by type and id, the identity first.

    Raises:
        ConfigError: the groups have no times.
    """
    groups = [*found.of("flagged"), *found.of("explained")]
    if groups and found.as_of is None:
        raise ConfigError(
            "the posts of the groups have no times, which STIX objects need; import posts with published_at"
        )
    identity = _identity()
    at = rfc3339(found.as_of) if found.as_of else SINCE
    veil = Veil(people, found.people)
    made: dict[str, Object] = {}
    for group in groups:
        observables, left_out = _observables(group, people, veil)
        head = {
            "spec_version": "2.1",
            "created_by_ref": identity["id"],
            "created": at,
            "modified": at,
            "lang": "en",
        }
        grouping = _named({"type": "grouping", **head, **_grouping(group, observables)})
        note = _named(
            {
                "type": "note",
                **head,
                **_note(group, found, left_out),
                "object_refs": [grouping["id"]],
            }
        )
        made |= {thing["id"]: thing for thing in (*observables, grouping, note)}
    objects = [identity, *(made[key] for key in sorted(made))]
    return {
        "type": "bundle",
        "id": f"bundle--{uuid5(STATEMENTS, _canonical(objects))}",
        "objects": objects,
    }


def write_stix(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """A STIX 2.1 bundle as JSON.

    Raises:
        ConfigError: there is no analysis yet.
    """
    people = pseudonyms(workspace)
    made = bundle(stated(index), people)
    path.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    kinds = [thing["type"] for thing in made["objects"]]
    return {
        "groupings": kinds.count("grouping"), "accounts": kinds.count("user-account"),
        "links": kinds.count("url") + kinds.count("domain-name"), "objects": len(kinds),
    }  # fmt: skip


def _identity() -> Object:
    return _named({
        "type": "identity", "spec_version": "2.1", "created": SINCE, "modified": SINCE, "name": "Tocsin", "identity_class": "system",
        "description": "A program that tests whether accounts act together more than chance would have it, and shows on which posts "
        "that rests. Its statements are about posts, not about persons.",
    })  # fmt: skip


def _observables(group: Group, people: Pseudonyms, veil: Veil) -> tuple[list[Object], int]:
    """Accounts, then addresses and sites, each by id; and how many shared things are left out."""
    accounts = [_account(m.id, m.handle, people) for m in group.accounts]
    shared: dict[str, Object] = {}
    left_out = 0
    for kind, value in sorted(
        {(e.signal, e.object) for e in group.cluster.evidence if e.signal in ("link", "site")}
    ):
        checked = web_address(value) if kind == "link" else host_name(value)
        if checked is None or veil.address(checked) is None:
            left_out += 1
            continue
        thing = observable("url" if kind == "link" else "domain-name", {"value": checked})
        shared[thing["id"]] = thing
    return [
        *sorted(accounts, key=lambda a: a["id"]),
        *(shared[key] for key in sorted(shared)),
    ], left_out


def _account(author: str, handle: str | None, people: Pseudonyms) -> Object:
    platform = author.partition(":")[0]
    properties = {
        "user_id": plain(people.account(author), 250),
        "account_type": plain(platform, 100),
    }
    if not people.enabled and handle and (name := plain(handle, 250)):
        properties |= {"account_login": name, "display_name": name}
    return observable("user-account", properties)


def _grouping(group: Group, observables: list[Object]) -> Object:
    cluster, size = group.cluster, len(group.accounts)
    flagged = group.status == "flagged"
    title = (
        "Coordinated beyond chance"
        if flagged
        else f"Explained ({listed(group.explained_by)}), no flag"
    )
    reading = (
        "None of the innocent readings that were tried accounts for it."
        if flagged
        else f"An innocent reading accounts for it: {listed(group.explained_by)}. It is listed so that the reading can be checked, and is no flag."
    )
    return {
        "name": f"{title}: {size} accounts, {cluster.id}",
        "description": f"{sentence(prose(cluster.because, 1_000))} {reading} {SAYS_NOT} "
        "Addresses and sites are listed because the accounts shared them; nothing is said of those who run them.",
        "context": "suspicious-activity" if flagged else "unspecified",
        "labels": [group.status, "coordinated-beyond-chance", *(f"signal-{plain(s, 40)}" for s in cluster.signals)],
        "external_references": [{"source_name": "tocsin", "external_id": cluster.id, "description": "The group in the workspace it is from."}],
        "object_refs": [thing["id"] for thing in observables],
    }  # fmt: skip


def _note(group: Group, found: Stated, left_out: int) -> Object:
    cluster, tested = group.cluster, found.tested
    lines = [
        f"**Why:** {sentence(prose(cluster.because, 1_000))}",
        f"**When:** {moment(cluster.first_at)} to {moment(cluster.last_at)}, {cluster.posts:,} posts.",
        f"**Method:** {prose(cluster.method.name)} {prose(cluster.method.version)} ({prose(parameters(cluster.method))}).",
        f"**Tested:** {tested.accounts:,} accounts, {tested.pairs:,} pairs. p-value {number(cluster.p_value)}, q-value "
        f"{number(cluster.q_value)} (of the weakest account; Benjamini and Hochberg).",
        f"**False accounts to expect:** {expectation(tested.expected_false_accounts)} among the {found.flagged_accounts:,} flagged accounts of the whole analysis.",
        "**Innocent readings tried:**\n\n" + ("\n".join(map(_reading, cluster.innocent_explanations)) or "- none"),
        f"**Evidence** (the first {min(MAX_ROWS, len(cluster.evidence))} of {len(cluster.evidence):,}; ids are the platform's):\n\n"
        + "\n".join(map(_row, cluster.evidence[:MAX_ROWS])),
    ]  # fmt: skip
    if left_out:
        lines.append(
            f"**Left out:** {left_out:,} shared addresses or sites that name an account, or are no web address."
        )
    if group.cleared:
        lines.append(
            f"**Cleared:** {len(group.cleared):,} of its accounts, by an analyst, and left out."
        )
    lines.append(
        "**Caveats:** "
        + " ".join([*(sentence(prose(c)) for c in (*cluster.caveats, *tested.caveats)), SAYS_NOT])
    )
    return {
        "abstract": f"Why {len(group.accounts)} accounts are {group.label}, and what would refute it",
        "content": "\n\n".join(lines),
    }


def _reading(reading: Explanation) -> str:
    fit = "" if reading.fit is None else f" (fit {reading.fit:.2f} of 1)"
    refuted = f" What would refute it: {prose(reading.refuted_by)}." if reading.refuted_by else ""
    return f"- {prose(reading.kind.replace('_', ' '))}: {'fits' if reading.fits else 'does not fit'}{fit}. {sentence(prose(reading.because))}{refuted}"


def _row(row: Evidence) -> str:
    ids = ", ".join(code(native_id(post), 200) for post in row.posts[:MAX_POSTS])
    more = f" and {len(row.posts) - MAX_POSTS:,} more" if len(row.posts) > MAX_POSTS else ""
    return f"- {prose(said(row.signal))}, {len(row.posts):,} posts, {span(row.seconds_apart)} from first to last: {ids}{more}"


def _named(content: Object) -> Object:
    """With an id made of everything it says: type, id, then the rest."""
    kind = content["type"]
    return {"type": kind, "id": f"{kind}--{uuid5(STATEMENTS, _canonical(content))}"} | content


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
