"""Commands of the index: search, status, erase, retention, migrate-index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from index.command_context import App, when
from tocsin.core.errors import ConfigError

if TYPE_CHECKING:
    from index.base import Order


@click.command()
@click.argument("query", default="")
@click.option("--since", help="Only posts from this time on: 2026-01-31, RFC 3339, or 7d.")
@click.option("--until", help="Only posts before this time.")
@click.option(
    "--limit", default=20, type=click.IntRange(0, 1_000_000), show_default=True, help="Posts shown."
)
@click.option(
    "--order",
    default="newest",
    type=click.Choice(["newest", "oldest", "relevance"]),
    show_default=True,
    help="Which come first.",
)
@click.pass_obj
def search(
    app: App, query: str, since: str | None, until: str | None, limit: int, order: str
) -> None:
    """Find posts by words, "phrases", prefix*, and fields such as lang:fr or domain:example.org.

    \b
    climate protest        both words          "climate protest"   the phrase
    a OR b, a -b, (a OR b) c                   climat*             words that begin so
    author: handle: lang: hashtag: mention: domain: url: platform: source: kind: id: narrative: copy:
    after:2024-01-31  before:7d  likes:>=10  followers:[100 TO *]  exists:narrative

    A query that begins with a minus goes after two dashes: tocsin search -- -climate
    """
    from index.accounts import resolve
    from index.base import Window
    from index.exports.public_posts import post
    from index.privacy import pseudonyms
    from index.query import parse

    node = parse(query)
    window = Window(when(since, "--since"), when(until, "--until"))
    people = pseudonyms(app.workspace)
    with app.index(must_exist=True) as index:
        hits = index.search(
            resolve(node, index, people), window=window, order=cast("Order", order), size=limit
        )
    document = {"total": hits.total, "hits": [post(found, people) for found in hits.documents]}
    rows = [
        (hit.get("published_at", "-"), hit.get("author", {}).get("handle") or hit.get("author", {}).get("id", "-"), hit["platform"],
         " ".join((hit.get("title") or hit.get("text", "")).split())[:160])
        for hit in document["hits"]
    ]  # fmt: skip
    app.answer(
        document,
        lambda _: app.table(
            f"{hits.total} posts, {len(rows)} shown",
            ("published", "account", "platform", "text"),
            rows,
        ),
    )


@click.command()
@click.pass_obj
def status(app: App) -> None:
    """What the workspace holds."""
    with app.index() as index:
        stats = index.stats()
    stages = {name: _stage(versions, stats.documents) for name, versions in stats.stages.items()}
    for name in app.workspace.settings.nlp.stages:
        stages.setdefault(name, {"version": None, "done": 0, "missing": stats.documents})
    document = {
        "documents": stats.documents, "authors": stats.authors, "sources": stats.sources, "stages": stages, "vectors": stats.vectors,
        "bytes": stats.bytes, "backend": stats.backend, "generation": stats.generation,
        "oldest_at": stats.oldest_at, "newest_at": stats.newest_at, "notes": stats.notes,
    }  # fmt: skip

    def show(_: Any) -> None:
        rows = [
            ("documents", stats.documents),
            ("authors", stats.authors),
            ("backend", stats.backend),
            ("size", f"{stats.bytes / 1e6:.1f} MB"),
        ]
        first, last = (
            f"{at:%Y-%m-%d %H:%M} UTC" if at else "-" for at in (stats.oldest_at, stats.newest_at)
        )
        rows += [("from", first), ("to", last), ("analysis", stats.generation or "none yet")]
        rows += [
            (f"source {name}", n)
            for name, n in sorted(stats.sources.items(), key=lambda item: (-item[1], item[0]))[:15]
        ]
        rows += [
            (f"stage {name}", f"{s['done']} done, {s['missing']} missing")
            for name, s in stages.items()
        ]
        rows += [(f"vectors {model}", n) for model, n in stats.vectors.items()]
        app.table(
            f"workspace {app.home}",
            ("what", "how much"),
            rows + [("note", note) for note in stats.notes],
        )

    app.answer(document, show)


def _stage(versions: dict[str, int], documents: int) -> dict[str, Any]:
    """A stage by its newest version."""
    import re

    newest = max(
        versions,
        key=lambda v: [
            (part.isdigit(), int(part) if part.isdigit() else 0, part)
            for part in re.findall(r"\d+|\D+", v)
        ],
    )
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
def erase(app: App, author: str, keep_open: bool, yes: bool) -> None:
    """Remove a person everywhere, and refuse their posts from now on. AUTHOR: a handle, an id, platform:id, or a pseudonym."""
    from index.accounts import accounts, named
    from index.maintenance.retention import forget_rejected
    from index.privacy import PREFIX, pseudonyms
    from tocsin.core.documents import native_id

    people = pseudonyms(app.workspace)
    with app.index(must_exist=True) as index:
        found = named(index, author, people)
        if not found and ":" in author and not author.startswith(PREFIX):
            found = [author]  # not here, but perhaps in the spool, and not to come in later
        if not found:
            raise ConfigError(
                f"there is no account {author!r} in {app.home}; give a handle, platform:id or a pseudonym from an answer"
            )
        if len(found) > 1:
            raise ConfigError(
                f"{author!r} may be {', '.join(people.account(key) for key in found[:10])}; name one as platform:id or pseudonym"
            )
        shown = people.account(found[0])
        if not (yes or app.as_json):
            click.confirm(f"Remove every post of {shown} for good?", abort=True, err=True)
        handle = accounts(index).get(found[0])
        removed = index.delete_by_author(found[0], suppress=not keep_open)
        left = index.count(f'author:"{found[0]}"') if '"' not in found[0] else 0
    aside = forget_rejected(app.workspace, [native_id(found[0]), handle])
    exports = sorted(
        str(path.relative_to(app.home))
        for path in (app.home / "exports").rglob("*")
        if path.is_file()
    )
    warnings = (
        [
            f"files exported earlier may hold this person's posts: {', '.join(exports[:20])}; delete them if so"
        ]
        if exports
        else []
    )
    document = {
        "author": shown,
        "removed": removed,
        "rejected_lines": aside,
        "left": left,
        "suppressed": not keep_open,
        "warnings": warnings,
    }
    app.answer(
        document,
        lambda console: console.print(
            "\n".join([f"removed {removed} posts of {shown}; {left} left", *warnings]), markup=False
        ),
    )


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would go.")
@click.pass_obj
def retention(app: App, dry_run: bool) -> None:
    """Delete documents whose retention period is over: each source's own, else privacy.retention_days."""
    from datetime import UTC, datetime

    from index.maintenance.retention import expired, periods

    default, by_source = app.workspace.settings.privacy.retention_days, periods(app.workspace)
    with app.index(must_exist=True) as index, app.run("retention") as run:
        if not default and not by_source:
            run.warn(
                "no retention period is set; set privacy.retention_days, or retention_days of a source"
            )
        total = index.count()
        gone = expired(index, default, by_source, datetime.now(UTC))
        run.beat(stage="delete")
        if not dry_run and gone:
            index.delete(gone)
        run.count("due" if dry_run else "deleted", len(gone))
        run.count("kept", total - len(gone))


@click.command(name="migrate-index")
@click.option(
    "--to",
    "target",
    type=click.Choice(["embedded", "elasticsearch"]),
    help="Copy everything into this backend.",
)
@click.pass_obj
def migrate_index(app: App, target: str | None) -> None:
    """Bring an older index to this version's schema, or copy a workspace from one backend into another and verify it."""
    from index.connect import open_index
    from index.maintenance.index_copy import copy

    here = app.workspace.settings.index.backend
    if target is None:
        with app.run("migrate-index") as run, app.index(must_exist=True) as index:
            index.migrate()
            run.count("current", index.count())
        return
    origin = {"embedded": "elasticsearch", "elasticsearch": "embedded"}[target]
    if target == "elasticsearch" and not app.workspace.settings.index.url:
        raise ConfigError("set index.url to the address of the Elasticsearch cluster first")
    if origin == "embedded" and not (app.home / "index.sqlite").exists():
        raise ConfigError(
            f"there is no embedded index in {app.home} to copy; choose another --home"
        )
    with app.run("migrate-index") as run:
        source = open_index(app.workspace, origin)
        try:
            copied = open_index(app.workspace, target)
            try:
                run.facts["verified"] = copy(source, copied, run)
            finally:
                for sentence in source.incidents() + copied.incidents():
                    run.warn(sentence)
                copied.close()
        finally:
            source.close()
        if here != target:
            run.warn(
                f'the copy is complete; set index.backend = "{target}" in tocsin.toml to use it'
            )
