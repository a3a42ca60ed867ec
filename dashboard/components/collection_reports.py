"""The whole report of one file or source, as the terminal gives it.

Column names and examples are strangers' texts: they are escaped, and masked where names hide.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import sanitize
from dashboard.base import ViewContext
from dashboard.collection_runs import CollectedFile, CrawledSource, filled_shares
from dashboard.components import markup
from dashboard.components.sentences import clause_as_sentence
from tocsin.core.errors import TocsinError
from tocsin.core.intake.loss_table import (
    COLUMN,
    LossTable,
    about_relations,
    loss_table,
    repair_command,
    repair_options,
)
from tocsin.core.language.words import Words, capitalise, counted
from tocsin.core.messages import Message

MAX_SENTENCE = 900
MAX_SENTENCES = 100
DAMAGE = "intake.damaged_"
"""How codes of sentences about damage begin."""


def short_name(path: str) -> str:
    """A file's name without its folder."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path


def outcomes(fates: Mapping[str, int], words: Words) -> str:
    """What became of items, as a report says it: ``12 created, 3 duplicate``."""
    return ", ".join(words.say(counted("outcome", name, n)) for name, n in fates.items() if n)


def sentence_list(context: ViewContext, messages: Sequence[str | Message]) -> str:
    """Sentences of a report as a list; names hide as everywhere."""
    people, words = context.queries.people, context.words
    items = "".join(
        f"<li>{_sentence(people.hide(message), words)}</li>" for message in messages[:MAX_SENTENCES]
    )
    return f'<ul class="t-note">{items}</ul>' if items else ""


def _sentence(message: str | Message, words: Words) -> str:
    said = clause_as_sentence(message, words, limit=MAX_SENTENCE)
    return sanitize.escaped_line(said, MAX_SENTENCE + 1)


def file_report(context: ViewContext, file: CollectedFile, run_outcomes: str) -> None:
    """What became of the keys of a file, what was said of it, and what to do about it."""
    words, people, run = context.words, context.queries.people, file.run
    name = people.text(short_name(file.file["file"]))
    own = outcomes(file.file.get("fates") or {}, words) or run_outcomes
    read = words(
        "collection.report.read",
        when=words.moment(run.started_at),
        command=run.command,
        outcomes=own,
    )
    lines = [read]
    if repaired := run.record.get("repaired"):
        lines.append(words("collection.report.repaired", run=sanitize.single_line(str(repaired))))
    if file.file.get("rejected") and run.record.get("rejected_file"):
        path = people.text(str(run.record["rejected_file"]))
        lines.append(words("collection.report.rejected", path=path))
    facts = "".join(f'<div class="t-facts">{_escaped(line)}</div>' for line in lines)
    st.html(f'<h2 class="t-h">{sanitize.escaped_line(name, 160)}</h2>{facts}')
    if file.file.get("rows", 1):  # of none there are no shares: what was said tells why
        _table(context, file)
    damage = [m for m in file.messages if m.code.startswith(DAMAGE)]
    others = [m for m in file.messages if not m.code.startswith(DAMAGE)]
    st.html(markup.section_heading(words("collection.report.said")))
    quiet = markup.soft_paragraph(words("collection.report.said_none"))
    st.html(sentence_list(context, others) or quiet)
    if damage:
        st.html(markup.section_heading(words("collection.report.damaged")))
        st.html(sentence_list(context, damage))
    _relations(context, file)
    _repair(context, file)


def _escaped(line: str) -> str:
    return sanitize.escaped_line(line, 600)


def _table(context: ViewContext, file: CollectedFile) -> None:
    """Key, column, share, how it was found, examples; below, the columns that serve no key."""
    words, people = context.words, context.queries.people
    shown, note = _with_examples(context, file)
    table: LossTable = loss_table(shown)
    st.html(markup.section_heading(words("collection.report.filled")))
    heads = [capitalise(words.say(head)) for head in table.heads]
    rows = "".join(
        markup.table_row(
            [
                (f"<code>{sanitize.escaped_line(row.key, 80)}</code>", ""),
                (sanitize.escaped_line(people.text(row.column) or "–", 200), ""),
                (html.escape(words.say(row.filled)), "t-r"),
                (html.escape(words.say(row.by)), ""),
                (_examples(row.examples), ""),
            ],
            heads,
        )
        for row in table.rows
    )
    st.html(markup.table(heads, rows, css="t-loss", right=(2,)))
    if table.left_aside is not None:
        st.html(f'<p class="t-note">{_sentence(people.hide(table.left_aside), words)}</p>')
    if note:
        st.html(f'<p class="t-note">{_escaped(note)}</p>')


def _examples(examples: Sequence[str]) -> str:
    items = "".join(f"<div>{sanitize.escaped_line(str(example), 80)}</div>" for example in examples)
    return f"<div>{items}</div>" if items else '<span class="t-soft">–</span>'


def _with_examples(context: ViewContext, file: CollectedFile) -> tuple[Mapping[str, object], str]:
    """The report with examples from the records that its run keeps, and what to say of them.

    Without those there are the ones that the report keeps: of keys that name nobody.
    """
    words, people = context.words, context.queries.people
    note = words("collection.report.examples_hidden") if people.enabled else ""
    found: Mapping[str, Sequence[str]] = {}
    if file.kept is None:
        note = words("collection.report.examples_gone")
    else:
        try:
            with st.spinner(words("collection.report.reading")):
                found = context.queries.kept_examples(file.run.run_id, file.kept)
        except (TocsinError, OSError) as error:
            said = error.message if isinstance(error, TocsinError) else str(error)
            sentence = Message("collection.report.examples_failed", {"sentence": said})
            note = clause_as_sentence(people.hide(sentence), words, limit=MAX_SENTENCE)
    rows = [
        {**row, "examples": found.get(row["key"]) or [people.text(str(e)) for e in row["examples"]]}
        for row in file.file["keys"]
    ]
    return {**file.file, "keys": rows}, note


def _relations(context: ViewContext, file: CollectedFile) -> None:
    """How many of the posts that are pointed at are known."""
    words, relations = context.words, file.run.record.get("relations")
    note = words("collection.report.relations_note")
    st.html(markup.section_heading(words("collection.report.relations"), note))
    if not isinstance(relations, dict) or not relations:
        st.html(markup.soft_paragraph(words("collection.report.relations_none")))
        return
    heads = [words(f"collection.report.{name}") for name in ("relation", "checked", "known")]
    rows = "".join(
        markup.table_row(
            [
                (f"<code>{sanitize.escaped_line(str(key), 40)}</code>", ""),
                (words.number(counts["checked"]), "t-r"),
                (words.number(counts["known"]), "t-r"),
            ],
            heads,
        )
        for key, counts in relations.items()
    )
    st.html(markup.table(heads, rows, right=(1, 2)))
    st.html(sentence_list(context, list(about_relations(file.run.messages))))


def _repair(context: ViewContext, file: CollectedFile) -> None:
    """The command that reads the file again, with the options that its report asks for."""
    words, run = context.words, file.run
    st.html(markup.section_heading(words("collection.report.repair")))
    if file.kept is None:
        gone = Message("remap.nothing_kept", {"run": run.run_id})
        st.html(f'<p class="t-soft">{_sentence(gone, words)}</p>')
        return
    options = repair_options([*file.messages, *about_relations(run.messages)])
    said = words("collection.report.repair_note" if options else "collection.report.repair_none")
    st.html(markup.soft_paragraph(said))
    chosen = options or [f"--map text={COLUMN}"]
    command = repair_command(str(context.workspace.home), run.run_id, chosen)
    st.code(context.queries.people.text(command), language="bash", wrap_lines=True)


def source_report(context: ViewContext, source: CrawledSource, found: tuple[str, int]) -> None:
    """What the last crawl of a source brought, and what was said of it."""
    words, people, run = context.words, context.queries.people, source.run
    assert run is not None  # it is one of a run
    counts = source.counts
    came = outcomes(counts.get("fates") or {}, words) or words("collection.sources.nothing")
    read = words(
        "collection.report.read",
        when=words.moment(run.started_at),
        command=run.command,
        outcomes=came,
    )
    lines = [_escaped(read)]
    sites = [site for site in counts.get("sites") or () if people.text(str(site)) == site]
    if sites:
        lines.append(_escaped(words("collection.report.sites", sites=", ".join(sites))))
    query, number = found
    if query:
        lines.append(markup.explore_link(query, words.n("posts", number), words))
    facts = "".join(f'<div class="t-facts">{line}</div>' for line in lines)
    name = sanitize.escaped_line(people.text(source.name), 160)
    spider = sanitize.escaped_line(str(counts.get("spider") or ""), 60)
    st.html(f'<h2 class="t-h">{name} <span class="t-soft">{spider}</span></h2>{facts}')
    st.html(markup.section_heading(words("collection.report.crawl_filled")))
    rows = int(counts.get("rows") or 0)
    filled = filled_shares(counts)
    if not rows or not filled:
        st.html(markup.soft_paragraph(words("collection.sources.nothing")))
    else:
        heads = [words("collection.report.key"), words("collection.report.have")]
        cells = "".join(
            markup.table_row(
                [
                    (f"<code>{html.escape(key)}</code>", ""),
                    (markup.percentage_bar(filled.get(key), words), "t-nowrap"),
                ],
                heads,
            )
            for key in ("text", "published_at", "author")
        )
        st.html(markup.table(heads, cells))
    st.html(markup.section_heading(words("collection.report.said")))
    quiet = markup.soft_paragraph(words("collection.report.said_none"))
    st.html(sentence_list(context, source.messages) or quiet)
