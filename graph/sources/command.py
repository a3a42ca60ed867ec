"""``tocsin source``: the dossier of a domain or an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from index.command_context import CommandContext
from tocsin.core.errors import ConfigError
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from graph.sources.corpus import Corpus
    from graph.sources.dossier import Dossier
    from graph.sources.facts import Fact
    from index.accounts import CarriedName
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

MAX_SUBJECT = 300
_AT_ONCE = 5_000
VERDICTS = {
    "look closer": "dossier.verdict.look_closer",
    "nothing unusual": "dossier.verdict.nothing_unusual",
    "not enough data": "dossier.verdict.not_enough_data",
}
"""Verdict as it stands in JSON -> its words."""


@click.command()
@click.argument("subject", metavar="DOMAIN_OR_HANDLE")
@click.pass_obj
def source(context: CommandContext, subject: str) -> None:
    """What the posts here show about a site or an account: facts, each with its test and its posts.

    SUBJECT is a domain, the address of a page, a handle (@name, an earlier one too), "name
    (platform)", an account's id, or a pseudonym from an answer.
    """
    from tocsin.core.documents import native_id

    with context.index(must_exist=True) as index:
        document = answer(context.workspace, index, subject, native_id)
    context.answer(document, lambda _: _print(context, document))


def answer(
    workspace: Workspace, index: Index, subject: str, shown_post: Callable[[str], str] = str
) -> dict[str, Any]:
    """The dossier of a subject as the command's JSON document, its sentences as messages.

    Args:
        workspace: whose privacy settings say how accounts are shown.
        index: where the posts are.
        subject: a domain, an address, or what a person calls an account.
        shown_post: how posts are named in the document.

    Raises:
        ConfigError: the subject cannot be a name, or may be several accounts.
    """
    from index.accounts import read_history
    from index.exports.about import tocsin_version
    from index.privacy import pseudonyms

    given = subject.strip()
    if not given or len(given) > MAX_SUBJECT or not given.isprintable():
        raise ConfigError(Message("dossier.not_a_name", {"n": MAX_SUBJECT}))
    people = pseudonyms(workspace, index)
    corpus, digest = _read_corpus(index, people)
    dossier, account = _dossier(index, given, corpus, people)
    history = () if account is None or people.enabled else read_history(index, account)
    return _document(dossier, shown_post) | {
        "names": [_carried(name) for name in history],
        "run_id": index.generation("cluster"),
        "data_as_of": index.stats().newest_at,
        "method": _method(),
        "tocsin_version": tocsin_version() or None,
        "input_sha256": digest,
    }


def _dossier(
    index: Index, given: str, corpus: Corpus, account_names: Pseudonyms
) -> tuple[Dossier, str | None]:
    """The dossier, and the author id where it is of an account."""
    from graph.sources.dossier import account_dossier, domain_dossier
    from index.accounts import find_accounts, several
    from index.names.masking import TypedName
    from tocsin.core.urls import domain

    analysed = index.generation("cluster") is not None
    may_be_site = "." in given and " " not in given and not given.startswith("@")
    site = domain(given) if may_be_site else ""
    if site and corpus.has_site(site):
        return domain_dossier(site, _with_sightings(index, corpus), analysed=analysed), None
    accounts = find_accounts(index, given, account_names)
    if len(accounts) > 1:
        raise ConfigError(several(given, accounts, account_names))
    if accounts:
        author = accounts[0].id
        return account_dossier(author, corpus, analysed=analysed), author
    unknown = domain_dossier(site or given, corpus, analysed=analysed)
    return replace(unknown, subject=TypedName(unknown.subject)), None


def _read_corpus(index: Index, account_names: Pseudonyms) -> tuple[Corpus, str]:
    """The posts, and the SHA-256 of their rows as JSON in the order of ids."""
    import polars as pl
    import pyarrow as pa

    from graph.coordination.posts import digest_rows
    from graph.sources.corpus import COLUMNS, Corpus
    from index.current import current_clusters, current_structures

    found = (*current_clusters(index), *current_structures(index))
    clusters = [c for c in found if c.status != "cleared"]
    types: dict[str, pl.DataType] = {"published_at": pl.Int64(), "urls": pl.List(pl.String)}
    schema = pl.Schema({name: types.get(name, pl.String()) for name in COLUMNS})
    batches = [
        pl.DataFrame(pa.Table.from_batches([batch])).cast(schema)
        for batch in index.scan(COLUMNS, order="none")
    ]
    scanned = pl.concat(batches) if batches else pl.DataFrame(schema=schema)
    corpus = Corpus.from_scan(scanned, clusters, account_names.account)
    return corpus, digest_rows(scanned.sort("id"))


def _with_sightings(index: Index, corpus: Corpus) -> Corpus:
    """The corpus with when its articles were seen: the first of their versions first, and the one
    of now last. Only the dossier of a site asks for that.
    """
    import polars as pl

    from graph.sources.first_publication import NO_SIGHTINGS
    from index.codec import milliseconds

    articles = corpus.posts.filter(pl.col("site").is_not_null())["id"].to_list()
    seen: list[tuple[str, int | None, int | None]] = []
    for start in range(0, len(articles), _AT_ONCE):
        for document in index.get(articles[start : start + _AT_ONCE]):
            if document is not None:
                versions = document.all_versions()
                first, last = versions[0].first_seen, versions[-1].last_seen
                seen.append((document.id, milliseconds(first), milliseconds(last)))
    sightings = pl.DataFrame(seen, schema=NO_SIGHTINGS.schema, orient="row")
    return replace(corpus, sightings=sightings)


def _method() -> dict[str, Any]:
    from graph.sources import dossier, facts

    return {
        "name": "source dossier",
        "version": dossier.VERSION,
        "parameters": {
            "min_posts": facts.MIN_POSTS,
            "min_accounts": dossier.MIN_ACCOUNTS,
            "min_peers": facts.MIN_PEERS,
            "false_discovery_rate": dossier.FALSE_DISCOVERY_RATE,
        },
    }


def _document(dossier: Dossier, shown_post: Callable[[str], str]) -> dict[str, Any]:
    return {
        "subject": dossier.subject,
        "facts": [_fact(fact, shown_post) for fact in dossier.facts],
        "verdict": dossier.verdict,
        "because": list(dossier.because),
    }


def _carried(name: CarriedName) -> dict[str, Any]:
    return {
        "handle": name.handle,
        "name": name.name,
        "first_at": name.first_at,
        "last_at": name.last_at,
    }


def _fact(fact: Fact, shown_post: Callable[[str], str]) -> dict[str, Any]:
    return {
        "name": fact.name,
        "value": fact.value,
        "evidence": [shown_post(post) for post in fact.posts],
        "weight": fact.weight,
        "n": fact.n,
        "p_value": fact.p,
        "q_value": fact.q,
        "innocent": fact.innocent,
        "code": fact.code,
        "group_q": fact.group_q,
    }


def _print(context: CommandContext, document: Mapping[str, Any]) -> None:
    """The dossier for a person, in the person's language."""
    verdict = Message(VERDICTS[document["verdict"]])
    title = {"subject": document["subject"], "verdict": verdict}
    because = Message("dossier.terminal.because")
    context.listing(
        Message("dossier.terminal.title", title),
        [("" if at else because, reason) for at, reason in enumerate(document["because"])],
    )
    context.listing(
        Message("dossier.terminal.facts"),
        [(_headline(fact), fact["value"]) for fact in document["facts"]],
        none=True,
    )
    if len(document["names"]) > 1:
        context.listing(
            Message("dossier.terminal.names"),
            [(_shown_name(name), _period(name)) for name in document["names"]],
        )
    if query := _posts_query(document):
        context.write(Message("dossier.terminal.posts", {"query": query}))


def _posts_query(document: Mapping[str, Any]) -> str:
    """The query that finds the posts behind a dossier, as a shell takes it: those of an account, or
    with a link to a site; empty where there are none."""
    from shlex import quote

    from index.query.terms import quote_value

    codes = {fact["code"] for fact in document["facts"]}
    field = "author" if "posts" in codes else "domain" if "links" in codes else ""
    return quote(f"{field}:{quote_value(document['subject'])}") if field else ""


def _shown_name(name: Mapping[str, Any]) -> str:
    shown = [f"@{name['handle'].lstrip('@')}" if name["handle"] else "", name["name"] or ""]
    return " ".join(part for part in shown if part) or "-"


def _period(name: Mapping[str, Any]) -> Message | str:
    if name["first_at"] is None:
        return "-"
    return Message("dossier.terminal.period", {"first": name["first_at"], "last": name["last_at"]})


def _headline(fact: Mapping[str, Any]) -> Message:
    name: Message = fact["name"]
    if fact["q_value"] is None:
        return name
    return Message("dossier.terminal.tested", {"name": name, "q": fact["q_value"]})
