"""A case as a STIX 2.1 bundle: a report that refers to a note for each pin, to the accounts,
addresses and sites that were pinned, and to attack patterns for its techniques."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid5

from graph.exports.escaping import host_name, one_line, prose, web_address
from graph.exports.stix import STATEMENTS, StixObject, observable, stated_by, statement
from index.exports.about import names_sentence
from tocsin.app.cases.techniques import FRAMEWORK
from tocsin.core.findings import rfc3339

if TYPE_CHECKING:
    from tocsin.app.cases.content import CaseReport

MAX_NAME, MAX_TEXT, MAX_POSTS = 250, 2_000, 20


def write_case_stix(written: CaseReport, path: Path) -> None:
    """Write the bundle. The same case gives the same bytes. Raises OSError."""
    text = json.dumps(make_bundle(written), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", errors="replace")


def make_bundle(written: CaseReport) -> StixObject:
    """The bundle: the identity first, then by type and id."""
    case, identity, words = written.case, stated_by(), written.words
    at = rfc3339(case["changed_at"])
    common = {
        "spec_version": "2.1",
        "created_by_ref": identity["id"],
        "created": at,
        "modified": at,
        "lang": words.code,
    }
    things: dict[str, StixObject] = {}
    for pin in case["pins"]:
        seen = list(_observables(pin))
        patterns = [_pattern(one, written, common) for one in pin["techniques"]]
        lines = [prose(line, MAX_TEXT) for line in written.lines(pin)]
        lines += [_post(post) for post in pin["posts"][:MAX_POSTS]]
        refers = [one["id"] for one in (*seen, *patterns)] or [identity["id"]]
        note = statement({
            "type": "note",
            **common,
            "abstract": prose(written.label(pin), MAX_NAME),
            "content": "\n\n".join(line for line in lines if line),
            "object_refs": sorted(set(refers)),
        })  # fmt: skip
        things |= {thing["id"]: thing for thing in (*seen, *patterns, note)}
    names = prose(words.say(names_sentence(written.view.people.enabled)))
    about = [prose(case["question"], MAX_TEXT), *(prose(s, MAX_TEXT) for s in written.method())]
    report = statement({
        "type": "report",
        **common,
        "name": prose(case["title"], MAX_NAME),
        "description": "\n\n".join(part for part in (*about, names) if part),
        "report_types": ["campaign"],
        "published": at,
        "object_refs": sorted(things) or [identity["id"]],
    })  # fmt: skip
    objects = [identity, report, *(things[key] for key in sorted(things))]
    whole = json.dumps(objects, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"type": "bundle", "id": f"bundle--{uuid5(STATEMENTS, whole)}", "objects": objects}


def _observables(pin: Mapping[str, Any]) -> Iterable[StixObject]:
    """The accounts, addresses and site of a pin, as they may leave."""
    platform = pin["posts"][0]["platform"] if pin["posts"] else ""
    if pin["kind"] in ("account", "cluster"):
        for name in pin["members"]:
            yield _account(name, platform)
    if pin["kind"] == "source" and (site := host_name(pin["subject"])):
        yield observable("domain-name", {"value": site})
    for post in pin["posts"]:
        author = post.get("author")
        if author and author.get("id"):
            yield _account(str(author["id"]), post["platform"])
        if address := web_address(post.get("url") or ""):
            yield observable("url", {"value": address})


def _account(name: str, platform: str) -> StixObject:
    given = {"user_id": one_line(name, MAX_NAME), "account_type": one_line(platform, 100)}
    return observable("user-account", {key: value for key, value in given.items() if value})


def _pattern(
    technique: Mapping[str, Any], written: CaseReport, common: Mapping[str, Any]
) -> StixObject:
    source = {"source_name": FRAMEWORK, "external_id": technique["id"]}
    return statement({
        "type": "attack-pattern",
        **common,
        "name": one_line(written.words.say(technique["name"]), MAX_NAME),
        "external_references": [source],
    })  # fmt: skip


def _post(post: Mapping[str, Any]) -> str:
    text = " ".join(part for part in (post.get("title"), post.get("text")) if part)
    return (
        f"{prose(text, MAX_TEXT)} ({prose(str(post.get('published_at') or '–'))}, {post['sha256']})"
    )
