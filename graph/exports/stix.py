"""Groups coordinated beyond chance as a STIX 2.1 bundle (OASIS Standard, 10 June 2021).

One ``identity`` (Tocsin) states one ``grouping`` for every group, pair, star and chain that is
flagged or explained, and one ``note`` about it. A grouping refers to observables only:
``user-account`` for its accounts, ``url`` and ``domain-name`` for what they shared and the analysis
keeps as evidence. There is no indicator, threat actor or campaign: no finding says so much.

Objects are built and checked by `stix2`. Ids: observables as section 2.9 of the standard says, so
that an address is the object that others' bundles have. Identity, grouping, note and bundle: UUIDv5
over all they say, so that the same data gives the same bytes, and nothing different is ever said
under an id that was used before. ``created`` and ``modified`` are the time of the data, not of the
export. There is no ``confidence``: a q-value bounds the share of false ones among all that was
flagged, and is not a degree of belief in one group. Sentences are English whatever the workspace
speaks: bundles go to machines abroad, and another language would give other ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from graph.exports.coordination_results import (
    SAYS_NOT,
    CoordinationResults,
    ReportedGroup,
    read_results,
)
from graph.exports.escaping import (
    AccountMasker,
    code_span,
    host_name,
    one_line,
    prose,
    web_address,
)
from graph.exports.phrases import (
    as_sentence,
    duration,
    listed,
    moment,
    parameters,
    probability,
)
from graph.wording import reading_name
from index.exports.about import names_sentence
from index.privacy import pseudonyms
from tocsin.core.calibration.record import newest
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Evidence, Explanation, Member, Structure, rfc3339
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message
from tocsin.core.shared_objects import evidence_label, in_one_step

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

StixObject = dict[str, Any]

STATEMENTS = UUID("a3f1c0de-1d5e-5b7e-9a51-70c51a2b8c44")
"""The namespace of what Tocsin states."""
SINCE = "2026-01-01T00:00:00.000Z"
"""When the identity was first stated: one id, one ``created``, in every bundle."""
LANGUAGE = ENGLISH
MAX_ROWS = 10
MAX_POSTS = 20
MAX_NAME = 250
MAX_ID = 200
MAX_PLATFORM = 100
MAX_SIGNAL = 40
MAX_PARAMETERS = 2_000
LONG_SENTENCE = 1_000


_STRUCTURE_TITLES = {
    "flagged": "stix.grouping.structure.flagged",
    "explained": "stix.grouping.structure.explained",
}


def write_stix(index: Index, workspace: Workspace, path: Path) -> dict[str, int]:
    """A STIX 2.1 bundle as JSON.

    Raises:
        ConfigError: there is no analysis yet, or the groups have no times.
    """
    people = pseudonyms(workspace, index)
    bundle = make_bundle(read_results(index, people, newest(workspace)), people)
    path.write_text(json.dumps(bundle, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    types = [thing["type"] for thing in bundle["objects"]]
    return {
        "groupings": types.count("grouping"),
        "accounts": types.count("user-account"),
        "links": types.count("url") + types.count("domain-name"),
        "objects": len(types),
    }


def make_bundle(results: CoordinationResults, account_names: Pseudonyms) -> StixObject:
    """The bundle of all flagged and explained groups, pairs, stars and chains.

    Objects stand by type and id, the identity first.

    Raises:
        ConfigError: the groups have no times.
    """
    stated = (*results.reported, *results.reported_structures)
    if stated and results.data_as_of is None:
        raise ConfigError(Message("stix.no_times"))
    identity = stated_by()
    at = rfc3339(results.data_as_of) if results.data_as_of else SINCE
    common = {
        "spec_version": "2.1",
        "created_by_ref": identity["id"],
        "created": at,
        "modified": at,
        "lang": LANGUAGE.code,
    }
    names = prose(str(names_sentence(account_names.enabled)))

    def said(note: StixObject) -> StixObject:
        return note | {"content": f"{note['content']}\n\n{names}"}

    masker = AccountMasker(account_names)
    things: dict[str, StixObject] = {}
    for group in stated:
        accounts = [_account(member, account_names) for member in group.cluster.accounts]
        shared, left_out = _shared(group, results, masker)
        observables = [*_by_id(accounts), *_by_id(shared)]
        grouping = statement({"type": "grouping", **common, **_grouping(group, observables)})
        refers = {"object_refs": [grouping["id"]]}
        about = said(_note(group, results, left_out, masker, account_names))
        note = statement({"type": "note", **common, **about, **refers})
        things |= {thing["id"]: thing for thing in (*observables, grouping, note)}
    if not things and results.tested.caveats and results.data_as_of:
        note = statement(
            {
                "type": "note",
                **common,
                **said(_note_without_groups(results)),
                "object_refs": [identity["id"]],
            }
        )
        things[note["id"]] = note
    objects = [identity, *_by_id(things.values())]
    number = uuid5(STATEMENTS, _canonical(objects))
    return {"type": "bundle", "id": f"bundle--{number}", "objects": objects}


def observable(type_: str, properties: Mapping[str, str]) -> StixObject:
    """A cyber-observable object with its deterministic id, keys in the order of the bundle."""
    import stix2

    checked = stix2.parse({"type": type_, "spec_version": "2.1", **properties}, version="2.1")
    return {"type": type_, "spec_version": "2.1", "id": checked["id"], **properties}


def statement(content: StixObject) -> StixObject:
    """A domain object with an id made of everything it says: type, id, then the rest."""
    import stix2

    type_ = content["type"]
    identified = {
        "type": type_,
        "id": f"{type_}--{uuid5(STATEMENTS, _canonical(content))}",
        **content,
    }
    stix2.parse(identified, version="2.1")
    return identified


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _by_id(things: Iterable[StixObject]) -> list[StixObject]:
    return sorted(things, key=lambda thing: str(thing["id"]))


def _say(code: str, **parameters: Any) -> str:
    """A sentence of the bundle: ``code`` is a key of the catalogues; text must be escaped."""
    return LANGUAGE.say(Message(code, parameters))


def _prose(sentence: str | Message | None, limit: int = LONG_SENTENCE) -> str:
    return prose(LANGUAGE.say(sentence or ""), limit)


def stated_by() -> StixObject:
    """Who states what Tocsin states: the identity of every bundle."""
    return statement(
        {
            "type": "identity",
            "spec_version": "2.1",
            "created": SINCE,
            "modified": SINCE,
            "name": "Tocsin",
            "identity_class": "system",
            "description": _say("stix.identity"),
        }
    )


def _account(member: Member, account_names: Pseudonyms) -> StixObject:
    native = native_id(member.id)  # of a name that several have, too: the platform stands beside it
    shown = account_names.account(member.id) if account_names.enabled else native
    properties = {
        "user_id": one_line(shown, MAX_NAME),
        "account_type": one_line(member.id.partition(":")[0], MAX_PLATFORM),
    }
    handle = "" if account_names.enabled else one_line(member.handle, MAX_NAME)
    if handle:
        properties |= {"account_login": handle, "display_name": handle}
    return observable("user-account", properties)


def _shared(
    group: ReportedGroup, results: CoordinationResults, masker: AccountMasker
) -> tuple[list[StixObject], int]:
    """The addresses and sites that the accounts shared, and how many of them are left out."""
    shared = {(_address_type(row, results), row.object) for row in group.cluster.evidence}
    things: dict[str, StixObject] = {}
    left_out = 0
    for type_, value in sorted((type_, value) for type_, value in shared if type_):
        checked = web_address(value) if type_ == "url" else host_name(value)
        if checked is None or masker.address(checked) is None:
            left_out += 1
            continue
        thing = observable(type_, {"value": checked})
        things[thing["id"]] = thing
    return list(things.values()), left_out


def _address_type(row: Evidence, results: CoordinationResults) -> str:
    """The type of observable that an object is: url, domain-name, or none."""
    object_kind = results.signal(row.signal).object_kind
    if object_kind == "address" or (not object_kind and web_address(row.object)):
        return "url"
    if object_kind == "site" or (not object_kind and host_name(row.object)):
        return "domain-name"
    return ""


def _grouping(group: ReportedGroup, observables: list[StixObject]) -> StixObject:
    cluster, names = group.cluster, listed(group.explained_by)
    flagged = cluster.status == "flagged"
    title = "stix.grouping.title.flagged" if flagged else "stix.grouping.title.explained"
    if not flagged:
        reading = _say("stix.grouping.reading.explained", names=names)
    elif group.explained_by:
        reading = _say("stix.grouping.reading.overruled", names=names)
    else:
        reading = _say("stix.grouping.reading.none_fits")
    signals = [f"signal-{one_line(name, MAX_SIGNAL)}" for name in cluster.signals]
    shape: list[str] = []
    said = {"n": len(cluster.accounts), "id": cluster.id, "names": names}
    if isinstance(cluster, Structure):
        shape = [cluster.shape]
        title = _STRUCTURE_TITLES[cluster.status]
        said["shape"] = Message(f"clusters_command.shape.{cluster.shape}")
    source = {
        "source_name": "tocsin",
        "external_id": cluster.id,
        "description": _say("stix.grouping.source"),
    }
    return {
        "name": _say(title, **said),
        "description": _say(
            "stix.grouping.description",
            because=as_sentence(_prose(cluster.because)),
            reading=reading,
            says_not=SAYS_NOT,
        ),
        "context": "suspicious-activity" if flagged else "unspecified",
        "labels": [cluster.status, "coordinated-beyond-chance", *shape, *signals],
        "external_references": [source],
        "object_refs": [thing["id"] for thing in observables],
    }


def _note(
    group: ReportedGroup,
    results: CoordinationResults,
    left_out: int,
    masker: AccountMasker,
    account_names: Pseudonyms,
) -> StixObject:
    cluster, tested = group.cluster, results.tested
    readings = "\n".join(_reading(reading) for reading in cluster.innocent_explanations)
    rows = [_evidence(row, results, masker) for row in cluster.evidence[:MAX_ROWS]]
    caveats = [as_sentence(_prose(caveat)) for caveat in (*cluster.caveats, *tested.caveats)]
    lines = [
        _say("stix.note.why", because=as_sentence(_prose(cluster.because))),
        _say(
            "stix.note.when",
            first=moment(cluster.first_at),
            last=moment(cluster.last_at),
            posts=cluster.posts,
        ),
        _say(
            "stix.note.method",
            name=_prose(cluster.method.name),
            version=_prose(cluster.method.version),
            parameters=_prose(parameters(cluster.method), MAX_PARAMETERS),
        ),
        *_input(results),
        _say(
            "stix.note.tested",
            accounts=tested.accounts,
            pairs=tested.pairs,
            p_value=probability(cluster.p_value),
            q_value=probability(cluster.q_value),
        ),
        _say(
            "stix.note.expected_false",
            expected=results.expected,
            flagged=results.flagged_accounts,
        ),
        _say("stix.note.readings", readings=readings or _say("stix.note.no_reading")),
        _say("stix.note.evidence", n=len(rows), of=len(cluster.evidence), rows="\n".join(rows)),
    ]
    if isinstance(cluster, Structure):
        lines.append(_structure(cluster, account_names))
    if left_out:
        lines.append(_say("stix.note.left_out", n=left_out))
    if group.cleared:
        lines.append(_say("stix.note.cleared", n=len(group.cleared)))
    lines.append(_say("stix.note.caveats", caveats=" ".join([*caveats, str(SAYS_NOT)])))
    return {
        "abstract": _say("stix.note.abstract", n=len(cluster.accounts), status=group.status_label),
        "content": "\n\n".join(lines),
    }


def _structure(structure: Structure, account_names: Pseudonyms) -> str:
    """That it is less than a group, and who acts after whom."""

    def name(account: str) -> str:
        shown = account_names.account(account) if account_names.enabled else native_id(account)
        return code_span(shown, MAX_NAME)

    staying = {member.id for member in structure.accounts}
    pairs = [p for p in structure.following if {p.leader, p.follower} <= staying]
    rows = [
        _say(
            "stix.structure.after",
            follower=name(pair.follower),
            leader=name(pair.leader),
            times=pair.times,
            of=pair.of,
            lag=duration(pair.seconds),
        )
        for pair in pairs[:MAX_ROWS]
    ]
    left_out = len(pairs) - len(rows)
    more = _say("stix.evidence.more", n=left_out) if left_out else ""
    shape = Message(f"clusters_command.shape.{structure.shape}")
    hub = _say("stix.structure.hub", account=name(structure.hub)) if structure.hub else ""
    said = _say("stix.structure.what", shape=shape, hub=hub)
    return "\n\n".join([said, "\n".join(rows) + more]) if rows else said


def _input(results: CoordinationResults) -> list[str]:
    """Which Tocsin tested which posts; nothing where an older one did not note it."""
    tested = results.tested
    if not tested.input_sha256:
        return []
    version = code_span(tested.tocsin_version, MAX_SIGNAL)
    return [_say("stix.note.input", version=version, digest=code_span(tested.input_sha256, MAX_ID))]


def _note_without_groups(results: CoordinationResults) -> StixObject:
    """What was tested and what was not, where there is no group that could carry it."""
    tested = results.tested
    counts = {"accounts": tested.accounts, "pairs": tested.pairs}
    caveats = " ".join(as_sentence(_prose(caveat)) for caveat in tested.caveats)
    content = [
        _say("stix.note.tested_nothing_found", **counts),
        _say(
            "stix.note.method",
            name=_prose(tested.method.name),
            version=_prose(tested.method.version),
            parameters=_prose(parameters(tested.method), MAX_PARAMETERS),
        ),
        *_input(results),
        _say("stix.note.caveats", caveats=caveats),
    ]
    return {"abstract": _say("stix.note.no_group"), "content": "\n\n".join(content)}


def _reading(reading: Explanation) -> str:
    fit = "" if reading.fit is None else _say("stix.reading.fit", fit=reading.fit)
    refuted = ""
    if reading.refuted_by:
        refuted = _say("stix.reading.refuted_by", refuted_by=_prose(reading.refuted_by))
    return _say(
        "stix.reading.fits" if reading.fits else "stix.reading.does_not_fit",
        name=_prose(reading_name(reading)),
        fit=fit,
        because=as_sentence(_prose(reading.because)),
        refuted=refuted,
    )


def _evidence(row: Evidence, results: CoordinationResults, masker: AccountMasker) -> str:
    left_out = len(row.posts) - MAX_POSTS
    ids = (masker.text(native_id(post)) for post in row.posts[:MAX_POSTS])
    near = in_one_step(row, results.tested)
    return _say(
        "stix.evidence.row" if near is None else "stix.evidence.row_near",
        label=_prose(evidence_label(row, results.tested)),
        posts=len(row.posts),
        duration=duration(row.seconds_apart),
        span=near or "",
        ids=", ".join(code_span(post, MAX_ID) for post in ids),
        more=_say("stix.evidence.more", n=left_out) if left_out > 0 else "",
    )
