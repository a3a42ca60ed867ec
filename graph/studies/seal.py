"""Seal the published analysis: repeat it, compare it with what was published, write it down."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from graph.coordination.analyser import Coordination
from graph.coordination.answers import tested_of
from graph.coordination.engine import find_coordination
from graph.coordination.posts import Posts, scan_posts
from graph.coordination.readings import load_readings
from graph.studies.inputs import id_space, number_accounts, seal_posts
from graph.studies.manifest import FORMAT, seal_of, versions_here
from graph.studies.results import digest, seal_results
from index.base import EVERYTHING, Window
from index.exports.about import names_kind
from index.privacy import pseudonyms
from tocsin.core.errors import ConfigError
from tocsin.core.findings import Cluster, Tested, rfc3339_or_none
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from index.base import Index
    from tocsin.core.workspace import Workspace

Marks = Mapping[str, Mapping[str, Any]]
_JUST_AFTER = timedelta(milliseconds=1)


def seal_study(index: Index, workspace: Workspace) -> dict[str, Any]:
    """The manifest of the published analysis.

    Raises:
        ConfigError: there is no analysis, or repeating it does not give what is published: posts,
            settings or marks have changed since.
    """
    tested = tested_of(index)
    window, posts = posts_of_analysis(index, workspace, tested)
    settings = workspace.settings
    published = [finding for kind in Coordination.kinds for finding in index.findings(kind)]
    clusters = [finding for finding in published if isinstance(finding, Cluster)]
    marks = _by_group_id(index.marks(), clusters)
    result = find_coordination(posts, settings.graph, signals=tested.signals, marks=marks)
    _, authors = number_accounts(posts)
    numbers = {author: number for number, author in enumerate(authors)}
    places = {post: place for place, post in enumerate(posts.ids.to_list())}
    results = seal_results(result.findings(), numbers, places)
    if seal_results(published, numbers, places)["sha256"] != results["sha256"]:
        raise ConfigError(_why_not_repeated(tested, result.tested))
    people = pseudonyms(workspace, index)
    if people.enabled:
        people.mask.prepare()
    rows = seal_posts(posts, people)
    groups = {finding.id for finding in result.findings() if isinstance(finding, Cluster)}
    labels = _labels(marks, numbers, groups)
    sealed = rows.as_json()
    data: dict[str, Any] = {
        "format": FORMAT,
        "names": names_kind(people.enabled),
        "versions": versions_here(),
        "method": {
            "name": tested.method.name,
            "version": tested.method.version,
            "parameters": dict(result.tested.method.parameters),
        },
        "window": {
            "since": rfc3339_or_none(window.since), "until": rfc3339_or_none(window.until)
        },
        "settings": {
            "graph": json.loads(settings.graph.model_dump_json()),
            "signals": list(tested.signals),
            "readings": reading_names(),
        },
        "enrichment": enrichment_of(index),
        "inputs": {
            "sha256": posts.sha256,
            "posts_sha256": digest(sealed),
            "posts": len(rows.ids),
            "accounts": len(rows.authors),
            "left_out": posts.incomplete,
            "id_space": _shown_space(posts, people.text),
        },
        "labels": {"sha256": digest(labels), "marks": labels},
        "results": results,
        "accounts": list(rows.authors),
        **({"profiles": list(rows.profiles)} if rows.profiles else {}),
        "posts": sealed,
    }  # fmt: skip
    return {"format": FORMAT, "seal": seal_of(data), **data}


def reading_names() -> list[str]:
    """The innocent readings that are tried."""
    return sorted(reading.name for reading in load_readings())


def enrichment_of(index: Index) -> dict[str, Any]:
    """Versions of the stages that posts were enriched with, and embedding models."""
    stats = index.stats()
    stages = {stage: sorted(versions) for stage, versions in stats.stages.items() if versions}
    return {"stages": dict(sorted(stages.items())), "models": sorted(stats.vectors)}


def marks_of(labels: Mapping[str, Any], authors: Mapping[int, str]) -> dict[str, dict[str, Any]]:
    """The sealed marks as the engine takes them.

    Args:
        labels: of the manifest.
        authors: sealed number -> author id here.
    """
    marks: dict[str, dict[str, Any]] = {}
    for label in labels["marks"]:
        subject = label.get("group") or authors.get(label.get("account", -1))
        if subject:
            marks[subject] = {"mark": label["mark"]}
    return marks


def _shown_space(posts: Posts, hide: Any) -> str | None:
    """The file that ids are named after; not where it names somebody."""
    space = id_space(posts.frame)
    return space if space and hide(space) == space else None


def posts_of_analysis(
    index: Index, workspace: Workspace, tested: Tested, otherwise: str = "study.error.posts_changed"
) -> tuple[Window, Posts]:
    """The window of the published analysis, and its posts.

    Args:
        otherwise: code of the sentence that says that they are others now.

    Raises:
        ConfigError: posts have come, gone or changed since.
    """
    for window in _windows(index, workspace, tested):
        posts = scan_posts(index, window)
        if len(posts) and posts.sha256 == tested.input_sha256:
            return window, posts
    raise ConfigError(Message(otherwise))


def _windows(index: Index, workspace: Workspace, tested: Tested) -> Iterator[Window]:
    """The window that the run's report names; else all posts, or from the first to the last."""
    run = workspace.home / "runs" / f"{index.generation('tested')}.json"
    try:
        asked = json.loads(run.read_text(encoding="utf-8"))["window"]
        since, until = (
            datetime.fromisoformat(asked[end]) if asked[end] else None for end in ("since", "until")
        )
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a report that is gone or older
    else:
        yield Window(since, until)
    yield EVERYTHING
    if tested.since and tested.until:
        yield Window(tested.since, tested.until + _JUST_AFTER)


def _by_group_id(marks: Marks, clusters: list[Cluster]) -> dict[str, Mapping[str, Any]]:
    """Marks of groups under their ids instead of the names that they keep in this workspace."""
    ids = {cluster.subject: cluster.id for cluster in clusters}
    return {ids.get(subject, subject): mark for subject, mark in marks.items()}


def _labels(marks: Marks, numbers: Mapping[str, int], groups: set[str]) -> list[dict[str, Any]]:
    """The marks that bear on this analysis, without notes."""
    of_accounts = [
        {"account": numbers[subject], "mark": mark["mark"]}
        for subject, mark in marks.items()
        if subject in numbers
    ]
    of_groups = [
        {"group": subject, "mark": mark["mark"]}
        for subject, mark in marks.items()
        if subject in groups
    ]
    return [
        *sorted(of_accounts, key=lambda label: int(label["account"])),
        *sorted(of_groups, key=lambda label: str(label["group"])),
    ]


def _why_not_repeated(published: Tested, repeated: Tested) -> Message:
    """Why the published findings are not what an analysis of today finds."""
    if published.tocsin_version != repeated.tocsin_version:
        return Message("study.error.version_changed", {"version": published.tocsin_version or "?"})
    if dict(published.method.parameters) != json.loads(
        json.dumps(dict(repeated.method.parameters))
    ):
        return Message("study.error.settings_changed")
    return Message("study.error.marks_changed")
