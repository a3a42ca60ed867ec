"""Commands of the index: search, status, erase, retention, migrate-index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import click

from index.command_context import CommandContext
from index.reading.minus_query import SearchCommand
from tocsin.core.dates import time_option
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from index.base import Order

_TITLE_LENGTH = 160
_SOURCES_SHOWN = 15
_FILES_NAMED = 20


@click.command(cls=SearchCommand)
@click.argument("query", default="")
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.option(
    "--limit", default=20, type=click.IntRange(0, 1_000_000), show_default=True, help="Posts shown."
)
@click.option(
    "--order",
    default="newest",
    type=click.Choice(["newest", "oldest", "relevance", "engagement"]),
    show_default=True,
    help="Which come first; engagement is likes, reposts, replies and quotes together.",
)
@click.pass_obj
def search(
    context: CommandContext,
    query: str,
    since: str | None,
    until: str | None,
    limit: int,
    order: str,
) -> None:
    """Find posts by words, "phrases", prefix*, and fields such as lang:fr or domain:example.org.

    \b
    climate protest        both words          "climate protest"   the phrase
    a OR b, a -b, (a OR b) c                   climat*             words that begin so
    ~carburant  ~"prix carburant"              in all their forms, French and English
    author: handle: lang: hashtag: mention: domain: url: platform: source: kind: id: narrative:
    theme: copy: after:2024-01-31 before:7d likes:>=10 followers:[100 TO *] exists:narrative
    signal:ID cluster:ID   exactly the posts that a weak signal or a group counts

    Fields that enrichment stages declare are searched alike: question:true, score:[0.5 TO 1].

    A query that begins with a minus goes after two dashes: tocsin search -- -climate
    """
    from index.base import Window
    from index.exports.about import names_kind
    from index.exports.post_findings import PostFindings
    from index.exports.public_posts import public_post
    from index.privacy import pseudonyms
    from index.query import inflected
    from index.reading.engagement import search_engaging
    from index.reading.queries import read_query, unknown_stories, why_nothing
    from index.reading.tags import tags_of, tasks_named, worth_of_tags

    window = Window(time_option(since, "--since"), time_option(until, "--until"))
    with context.index(must_exist=True) as index:
        people = pseudonyms(context.workspace, index)
        node = read_query(query, index, people)
        if order == "engagement":
            total, documents = search_engaging(index, node, window, size=limit)
        else:
            hits = index.search(node, window=window, order=cast("Order", order), size=limit)
            total, documents = hits.total, hits.documents
        found = PostFindings(index, people)
        posts = [public_post(hit, people) | found.of(hit) | tags_of(hit) for hit in documents]
        forms = inflected(query, index.declared_fields()) if "~" in query else {}
        tags = worth_of_tags(context.workspace, index)
        nothing = None if total else why_nothing(index)
        absent = [] if total else unknown_stories(node, index)
    document: dict[str, Any] = {
        "total": total,
        "names": names_kind(people.enabled),
        "hits": posts,
    }
    if forms:
        document["inflections"] = {word: list(of) for word, of in forms.items()}
    if tags:
        document["tags"] = tags
    rows = [_hit_row(shown, hit.published_at) for shown, hit in zip(posts, documents, strict=True)]
    title = Message("search.shown", {"n": total, "shown": len(rows)})
    columns = (
        Message("search.published"),
        Message("search.account"),
        Message("search.platform"),
        Message("search.text"),
    )
    cut = sum("truncated" in shown for shown in posts)

    def show(_: Console) -> None:
        if nothing is None:
            context.table(title, columns, rows)
        else:
            context.write(nothing)
            context.write(*(Message("run.note", {"sentence": said}) for said in absent))
        for word, of in forms.items():
            context.write(Message("search.forms", {"word": word, "forms": ", ".join(of)}))
        if cut:
            context.write(Message("search.cut", {"n": cut}))
        for task in tasks_named(node, tags):
            context.write(Message("search.tag", {"task": task, "said": tags[task]["said"]}))

    context.answer(document, show)


def _hit_row(hit: dict[str, Any], at: datetime | None) -> tuple[Any, ...]:
    author = hit.get("author", {})
    text = " ".join((hit.get("title") or hit.get("text", "")).split())
    name = author.get("handle") or author.get("id", "-")
    return at or "-", name, hit["platform"], text[:_TITLE_LENGTH]


@click.command()
@click.pass_obj
def status(context: CommandContext) -> None:
    """What the workspace holds."""
    from index.narratives.annotating import STAGE as NARRATIVES

    # a folder that was mistyped is no workspace, and none is made of it
    with context.index(must_exist=not context.home.is_dir(), shown=True) as index:
        stats = index.stats()
    stages = {name: _stage(versions, stats.documents) for name, versions in stats.stages.items()}
    for name in context.workspace.settings.nlp.stages:
        stages.setdefault(name, {"version": None, "done": 0, "missing": stats.documents})
    document = {
        "documents": stats.documents,
        "authors": stats.authors,
        "sources": stats.sources,
        "stages": stages,
        "vectors": stats.vectors,
        "bytes": stats.bytes,
        "backend": stats.backend,
        "generation": stats.generation,
        "oldest_at": stats.oldest_at,
        "newest_at": stats.newest_at,
        "notes": stats.notes,
        "without": stats.without,
    }

    def show(_: Console) -> None:
        largest = sorted(stats.sources.items(), key=lambda item: (-item[1], item[0]))
        first, last = stats.oldest_at or "-", stats.newest_at or "-"
        rows: list[tuple[str | Message, Any]] = [
            (Message("holdings.documents"), stats.documents),
            (Message("holdings.authors"), stats.authors),
            (Message("holdings.backend"), stats.backend),
            (
                Message("holdings.size"),
                Message("holdings.megabytes", {"megabytes": stats.bytes / 1e6}),
            ),
            (Message("holdings.from"), first),
            (Message("holdings.to"), last),
            (Message("holdings.analysis"), stats.generation or Message("holdings.no_analysis")),
        ]
        rows += [
            (Message(f"holdings.without_{name}"), number)
            for name, number in stats.without.items()
            if number
        ]
        for name, number in largest[:_SOURCES_SHOWN]:
            rows.append((Message("holdings.source", {"name": name}), number))
        for name, stage in stages.items():
            counts = {"n": stage["done"], "missing": stage["missing"]}
            # what an analysis leaves out of its narratives is not for `enrich` to do
            said = "holdings.placed" if name == NARRATIVES else "holdings.done"
            rows.append((Message("holdings.stage", {"name": name}), Message(said, counts)))
        for model, number in stats.vectors.items():
            rows.append((Message("holdings.vectors", {"name": model}), number))
        rows += [(Message("holdings.note"), note) for note in stats.notes]
        title = Message("holdings.title", {"home": str(context.home)})
        context.table(title, (Message("holdings.what"), Message("holdings.how_much")), rows)

    context.answer(document, show)


def _stage(versions: dict[str, int], documents: int) -> dict[str, Any]:
    """A stage by its newest version; runs of digits in versions compare as numbers."""

    def order(version: str) -> list[tuple[bool, int, str]]:
        parts = re.findall(r"\d+|\D+", version)
        return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]

    newest = max(versions, key=order)
    return {"version": newest, "done": versions[newest], "missing": documents - versions[newest]}


@click.command()
@click.argument("author")
@click.option(
    "--keep-open",
    is_flag=True,
    help="Do not refuse this person's posts in later imports and crawls.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(context: CommandContext, author: str, keep_open: bool, yes: bool) -> None:
    """Remove a person everywhere, and refuse their posts from now on.

    AUTHOR: a handle (an earlier one, too), an id, platform:id, "name (platform)", or a pseudonym.
    """
    from datetime import UTC, datetime

    from index.accounts import all_names, find_account
    from index.cases.forgetting import forget_in_cases, posts_by
    from index.maintenance.alerts import forget_alerts
    from index.maintenance.erasure import forget_near_pairs
    from index.maintenance.kept_files import forget_kept
    from index.maintenance.labels import forget_labels
    from index.maintenance.retention import forget_rejected
    from index.maintenance.studies import forget_studies
    from index.privacy import PREFIX, pseudonyms
    from tocsin.core.documents import native_id

    with context.index(must_exist=True) as index:
        people = pseudonyms(context.workspace, index)
        account = find_account(index, author, people)
        key = None if account is None else account.id
        if key is None and ":" in author and not author.startswith(PREFIX):
            key = author  # not here, but perhaps in the spool, and not to come in later
        if key is None:
            where = {"value": author, "home": str(context.home)}
            raise ConfigError(Message("account_name.unknown", where))
        shown = people.account(key)
        if not (yes or context.as_json):
            context.confirm(Message("erase.confirm", {"account": shown}))
        names = [native_id(key)] if account is None else all_names(index, account)
        posts = posts_by(context.workspace, index, key)
        removed = index.delete_by_author(key, suppress=not keep_open)
        left = index.count(f'author:"{key}"') if '"' not in key else 0
        labels = forget_labels(context.workspace, index)
    forget_near_pairs(context.workspace)
    rejected_lines = forget_rejected(context.workspace, names)
    kept_files = forget_kept(context.workspace, names)
    studies = forget_studies(context.workspace, (key, people.pseudonym(key)))
    called = [*names, key, people.pseudonym(key)]
    alerts = forget_alerts(context.workspace, called)
    cases = forget_in_cases(context.workspace, key, called, posts, datetime.now(UTC))
    warnings = _exports_warning(context)
    document = {
        "author": shown,
        "removed": removed,
        "rejected_lines": rejected_lines,
        "kept_files": kept_files,
        "studies": studies,
        "alerts": alerts,
        "cases": cases,
        "labels": labels,
        "left": left,
        "suppressed": not keep_open,
        "warnings": warnings,
    }
    answer = Message("erase.removed", {"n": removed, "account": shown, "left": left})
    context.answer(document, lambda _: context.write(answer, *warnings))


def _exports_warning(context: CommandContext) -> list[Message]:
    """A sentence about the files that were exported earlier, where there are some."""
    files = (path for path in (context.home / "exports").rglob("*") if path.is_file())
    names = sorted(str(path.relative_to(context.home)) for path in files)
    return [Message("erase.exports", {"files": names[:_FILES_NAMED]})] if names else []


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@click.pass_obj
def retention(context: CommandContext, dry_run: bool) -> None:
    """Delete documents whose retention period is over: each source's own, else
    privacy.retention_days."""
    from datetime import UTC, datetime

    from index.cases.forgetting import expire_in_cases
    from index.maintenance.erasure import forget_near_pairs
    from index.maintenance.kept_files import expire_kept
    from index.maintenance.labels import forget_labels
    from index.maintenance.retention import expired, periods

    default = context.workspace.settings.privacy.retention_days
    by_source = periods(context.workspace)
    with context.index(must_exist=True) as index, context.run("retention") as run:
        if not default and not by_source:
            run.warn(Message("retention.none"))
        total = index.count()
        now = datetime.now(UTC)
        ids = expired(index, default, by_source, now)
        run.beat(stage="delete")
        if not dry_run and ids:
            index.delete(ids)
            forget_near_pairs(context.workspace)
            run.facts["labels"] = forget_labels(context.workspace, index)
        if not dry_run:
            run.facts["kept_files"] = expire_kept(context.workspace, default, by_source, now)
            run.facts["cases"] = expire_in_cases(context.workspace, default, by_source, now)
        run.count("due" if dry_run else "deleted", len(ids))
        run.count("kept", total - len(ids))


@click.command(name="migrate-index")
@click.option(
    "--to",
    "target",
    type=click.Choice(["embedded", "elasticsearch"]),
    help="Copy everything into this backend.",
)
@click.pass_obj
def migrate_index(context: CommandContext, target: str | None) -> None:
    """Bring an older index to this version's schema, or copy a workspace into another backend.

    A copy is verified: counts of everything, and a sample of posts field by field.
    """
    from index.connect import open_index
    from index.maintenance.index_copy import copy

    settings = context.workspace.settings.index
    if target is None:
        with context.run("migrate-index") as run, context.index(must_exist=True) as index:
            index.migrate()
            run.count("current", index.count())
        return
    origin = "elasticsearch" if target == "embedded" else "embedded"
    if target == "elasticsearch" and not settings.url:
        raise ConfigError(Message("migrate_index.no_url"))
    if origin == "embedded" and not (context.home / "index.sqlite").exists():
        raise ConfigError(Message("migrate_index.no_index", {"home": str(context.home)}))
    with context.run("migrate-index") as run:
        source = open_index(context.workspace, origin)
        try:
            copied = open_index(context.workspace, target)
            try:
                run.facts["verified"] = copy(source, copied, run)
            finally:
                for sentence in source.incidents() + copied.incidents():
                    run.warn(sentence)
                copied.close()
        finally:
            source.close()
        if settings.backend != target:
            run.warn(Message("migrate_index.use_it", {"backend": target}))
