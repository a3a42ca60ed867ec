"""A case as a report: what every format but the pack and STIX is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from graph.exports.escaping import one_line
from index.exports.about import names_sentence, tocsin_version
from tocsin.app.cases.case_view import CaseView, pin_lines
from tocsin.app.cases.counting import TIME, chart_rows
from tocsin.app.reports.charts import shares_png, volume_png
from tocsin.app.reports.model import Cell, Picture, Report, ReportTable, Section
from tocsin.core.calibration.stated import stated_of
from tocsin.core.findings import Tested
from tocsin.core.language.words import unmarked
from tocsin.core.messages import Message

if TYPE_CHECKING:
    from tocsin.core.language.words import Words

MAX_TEXT, MAX_NAME, MAX_SENTENCE = 2_000, 80, 2_000


class CaseReport:
    """A shown case (`Showing.document`), put into words section by section."""

    def __init__(self, view: CaseView, case: Mapping[str, Any], words: Words) -> None:
        self.view, self.case, self.words = view, case, words

    def say(self, code: str, /, **values: Any) -> str:
        """A sentence of the catalogue."""
        return self.words.say(Message(f"case_file.{code}", values))

    def report(self) -> Report:
        """All sections; what is empty is left out."""
        case = self.case
        title = self.say("title", title=one_line(case["title"], 200))
        times = {"made": case["made_at"], "changed": case["changed_at"]}
        state = Message(f"case.state.{case['status']}")
        who = one_line(case["made_by"], MAX_NAME)
        subtitle = self.say("subtitle", id=case["id"], state=state, by=who, **times)
        sections = [
            self._question(),
            self._overview(),
            *(part for pin in case["pins"] for part in (self._pin(pin), self._chart(pin))),
            self._notes(),
            self._checklist(),
            self._techniques(),
            self._history(),
            self._hashes(),
            Section(self.say("head.method"), self.method()),
        ]
        kept = [one for one in sections if one is not None]
        return Report(title, subtitle, kept, self.words, {"pins": len(case["pins"])})

    def method(self) -> list[str]:
        """What stands behind the copies, for a reader who was not there."""
        sentences = [self.say("method.frozen"), self.say("method.history")]
        if not self.case["history_unbroken"]:
            sentences.append(self.words("case.history_broken"))
        found = {(pin["method"], pin["run_id"]) for pin in self.case["pins"] if pin["method"]}
        for method, run in sorted(found):
            sentences.append(self.say("method.found", method=method, run=run or "–"))
        index = self.view.index
        tested = next((one for one in index.findings("tested") if isinstance(one, Tested)), None)
        if tested is not None and any(pin["kind"] == "cluster" for pin in self.case["pins"]):
            counts = {"accounts": tested.accounts, "pairs": tested.pairs}
            expected = stated_of(self.view.workspace, tested)
            said = self.say("method.tested", expected=expected, **counts)
            sentences.append(unmarked(said))
            if tested.input_sha256:
                sentences.append(self.say("method.hash", sha=tested.input_sha256))
            hide = self.view.people.hide
            sentences += [self.words.say(hide(caveat)) for caveat in tested.caveats]
        sentences.append(self.say("method.no_verdict"))
        sentences.append(self.words.say(names_sentence(self.view.people.enabled)))
        sentences.append(self.words.say(Message("report_file.method.texts")))
        sentences.append(self.say("method.made", version=tocsin_version() or "?"))
        return [one_line(sentence, MAX_SENTENCE) for sentence in sentences]

    def label(self, pin: Mapping[str, Any]) -> str:
        """``p1 · group · what it is``."""
        kind = self.words(f"case.kind.{pin['kind']}")
        return f"{pin['id']} · {kind} · {self.view.label(pin, self.words)}"

    def lines(self, pin: Mapping[str, Any]) -> list[str]:
        """What a pin says, line by line."""
        return [one_line(self.words.say(line), MAX_TEXT) for line in pin_lines(pin)]

    # -- sections

    def _table(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]
    ) -> ReportTable:
        return ReportTable(name, [self.say(f"column.{column}") for column in columns], rows)

    def _question(self) -> Section | None:
        lines = [one_line(line, MAX_TEXT) for line in self.case["question"].splitlines()]
        return Section(self.say("head.question"), lines) if any(lines) else None

    def _overview(self) -> Section:
        title = self.say("head.pins")
        rows: list[list[Cell]] = [
            [
                pin["id"],
                self.words(f"case.kind.{pin['kind']}"),
                self.view.label(pin, self.words),
                pin["at"],
                one_line(pin["by"], MAX_NAME),
                self.words(f"case_file.state.{pin['state']}"),
            ]
            for pin in self.case["pins"]
        ]
        if not rows:
            return Section(title, [self.say("no_pins")])
        columns = ("pin", "kind", "what", "pinned", "by", "since")
        return Section(title, [], self._table(title, columns, rows))

    def _pin(self, pin: Mapping[str, Any]) -> Section:
        lines = self.lines(pin)
        if pin["query"]:
            lines.append(self.say("query", query=one_line(pin["query"], MAX_TEXT)))
        if pin["kind"] == "cluster" and pin["members"]:
            names = ", ".join(one_line(name, MAX_NAME) for name in pin["members"])
            lines.append(self.say("members", n=pin["accounts"], names=names))
        shown, total = len(pin["posts"]), pin["total"]
        if total > shown:
            lines.append(self.say("some_posts", n=shown, total=total))
        rows = [self._post(post) for post in pin["posts"]]
        columns = ["post", "published", "account", "text", "address"]
        if not any(post.get("url") for post in pin["posts"]):  # addresses that name accounts
            columns, rows = columns[:-1], [row[:-1] for row in rows]
        name = self.say("sheet.posts", pin=pin["id"])
        table = self._table(name, columns, rows) if rows else None
        return Section(self.label(pin), lines, table)

    def _chart(self, pin: Mapping[str, Any]) -> Section | None:
        """The chart of a pin, drawn from the figures of then, with these."""
        if not pin["chart"] or not pin["chart"]["bars"]:
            return None
        title = self.say("sheet.chart", pin=pin["id"])
        rows = chart_rows(pin["chart"])
        label = one_line(self.view.label(pin, self.words), 120)
        notes = [self.say("chart_note", at=pin["at"], zone=self.words.zone_name())]
        of = "from" if pin["chart"]["by"] == TIME else "name"
        heads = [self.words(f"report_file.column.{name}") for name in (of, "posts", "flagged")]
        if of == "from":
            times = [(at, n, by) for at, n, by in rows if isinstance(at, datetime)]
            png = volume_png(times, label, notes, self.words)
            alt = self.words("report_file.chart.volume_alt", n=max(n for _, n, _ in rows))
        else:
            names = [(self._value(pin, str(name)), n, by) for name, n, by in rows]
            png = shares_png(names, label, notes, self.words)
            alt = self.words("report_file.chart.shares_alt", name=names[0][0], n=names[0][1])
            rows = list(names)
        return Section(title, [], ReportTable(title, heads, rows), Picture(png, alt))

    def _value(self, pin: Mapping[str, Any], value: str) -> str:
        """A value of a field as a reader knows it."""
        known = self.words.known("language", value) if pin["chart"]["by"] == "lang" else value
        return one_line(known, MAX_NAME)

    def _post(self, post: Mapping[str, Any]) -> list[Cell]:
        at = post.get("published_at")
        author = post.get("author") or {}
        text = "\n".join(part for part in (post.get("title"), post.get("text")) if part)
        return [
            one_line(str(post["id"]), MAX_NAME),
            datetime.fromisoformat(at) if at else None,
            one_line(author.get("handle") or author.get("id") or "–", MAX_NAME),
            one_line(text, MAX_TEXT),
            one_line(post.get("url") or "–", MAX_TEXT),
        ]

    def _hashes(self) -> Section | None:
        """What proves that a copy is the one that was kept, apart from what people read."""
        rows: list[list[Cell]] = []
        for pin in self.case["pins"]:
            rows.append([pin["id"], self.say("hash.copy"), pin["sha256"]])
            for post in pin["posts"]:
                name = one_line(str(post["id"]), MAX_NAME)
                rows.append([pin["id"], self.say("hash.post", post=name), post["sha256"]])
                if post["raw_sha256"]:
                    state = "kept" if post["raw_kept"] else "lost"
                    said = self.say(f"hash.original_{state}", post=name)
                    rows.append([pin["id"], said, post["raw_sha256"]])
        title = self.say("head.hashes")
        table = self._table(title, ("pin", "what", "hash"), rows)
        return Section(title, [self.say("method.copies")], table) if rows else None

    def _notes(self) -> Section | None:
        rows: list[list[Cell]] = [
            [one["id"], one["at"], one_line(one["by"], MAX_NAME), one_line(one["text"], 10_000)]
            for one in self.case["notes"]
        ]
        title = self.say("head.notes")
        columns = ("note", "when", "by", "text")
        return Section(title, [], self._table(title, columns, rows)) if rows else None

    def _checklist(self) -> Section | None:
        rows: list[list[Cell]] = [
            [
                one["id"],
                self.say("done" if one["done"] else "to_do"),
                one_line(self.words.say(one["text"]), MAX_TEXT),
                one["at"],
                one_line(one["by"], MAX_NAME),
            ]
            for one in self.case["checklist"]
        ]
        title = self.say("head.checklist")
        columns = ("step", "state", "text", "when", "by")
        return Section(title, [], self._table(title, columns, rows)) if rows else None

    def _techniques(self) -> Section | None:
        rows: list[list[Cell]] = [
            [
                one["id"],
                self.words.say(one["name"]),
                pin["id"],
                one_line(one["reason"], MAX_TEXT),
                one_line(one["by"], MAX_NAME),
            ]
            for pin in self.case["pins"]
            for one in pin["techniques"]
        ]
        title = self.say("head.techniques")
        columns = ("technique", "name", "pin", "reason", "by")
        lines = [self.say("framework")]
        return Section(title, lines, self._table(title, columns, rows)) if rows else None

    def _history(self) -> Section:
        rows: list[list[Cell]] = [
            [
                one["at"],
                one_line(one["by"], MAX_NAME),
                self.words.say(one["what"]),
                one["sha256"][:16],
            ]
            for one in self.case["history"]
        ]
        title = self.say("head.history")
        return Section(title, [], self._table(title, ("when", "by", "did", "hash"), rows))
