"""The method section of the report, made of the parameters that the findings carry.

docs/method.md holds the long form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.exports.escaping import code_span
from graph.exports.phrases import duration, listed, moment, parameters
from graph.exports.report_data import ReportData
from graph.wording import reading_name
from tocsin.core.findings import Method
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message

MAX_NAME = 40
MAX_PARAMETERS = 2_000

LITERATURE = (
    "report.literature.ahmed_2007",
    "report.literature.amarasingham_2012",
    "report.literature.benjamini_1995",
    "report.literature.blondel_2008",
    "report.literature.boucheron_2013",
    "report.literature.chernoff_1952",
    "report.literature.date_1998",
    "report.literature.elmas_2021",
    "report.literature.genovese_2006",
    "report.literature.kulldorff_1997",
    "report.literature.le_cam_1960",
    "report.literature.neal_2014",
    "report.literature.nizzoli_2021",
    "report.literature.pacheco_2021",
    "report.literature.saracco_2015",
    "report.literature.tarone_1990",
)
"""What the method rests on, as keys of the catalogues; each work is in docs/method.md, too."""


def method_section(data: ReportData) -> Iterator[str]:
    """What was tested, how chance was modelled, what many tests cost, and all parameters."""
    tested = data.results.tested
    given: dict[str, Any] = dict(tested.method.parameters)
    yield data.say("report.method.heading")
    yield data.say(
        "report.method.tested",
        name=data.prose(tested.method.name),
        version=data.prose(tested.method.version),
        accounts=tested.accounts,
        pairs=tested.pairs,
        first=moment(tested.since),
        last=moment(tested.until),
    )
    if tested.caveats:
        yield " ".join(data.sentence(caveat) for caveat in tested.caveats)
    if tested.signals:
        yield data.say("report.method.signals")
        yield "\n".join(
            f"- {data.signal(name)} ({code_span(name, MAX_NAME)})" for name in tested.signals
        )
    if tested.windows:
        windows = listed([duration(window) for window in tested.windows])
        yield data.say("report.method.windows", windows=windows)
    yield data.say("report.method.chance")
    yield data.say("report.method.rare")
    yield data.say(
        "report.method.many_tests",
        rate=_where_given("report.method.rate", given.get("false_discovery_rate")),
        least=_where_given("report.method.least", given.get("min_objects")),
    )
    yield data.say(
        "report.method.groups",
        resolution=_where_given("report.method.resolution", given.get("resolution")),
    )
    yield data.say("report.method.structures")
    yield data.say("report.method.crowds")
    yield data.say("report.method.readings") + _further_readings(data)
    yield data.say("report.method.parameters")
    yield "\n".join(
        data.say(
            "report.method.of_findings",
            title=Message(title),
            name=data.prose(method.name),
            version=data.prose(method.version),
            parameters=data.prose(parameters(method), MAX_PARAMETERS),
        )
        for title, method in _methods(data)
    )


def _where_given(code: str, value: float | None) -> Message | str:
    """What a parameter adds to a sentence; nothing where the analysis did not note it."""
    return "" if value is None else Message(code, {"value": value})


def _further_readings(data: ReportData) -> str:
    """The innocent readings that other packages brought."""
    tried = (e for group in data.results.everything for e in group.cluster.innocent_explanations)
    names = {e.kind: reading_name(e) for e in tried if not ENGLISH.has(f"reading.{e.kind}")}
    if not names:
        return ""
    shown = [data.prose(name) for name in names.values()]
    return " " + data.say("report.method.further_readings", names=listed(shown))


def _methods(data: ReportData) -> Iterator[tuple[str, Method]]:
    """The methods of the findings, each with the key of its title."""
    yield "report.method.of_groups", data.results.tested.method
    if data.narratives:
        yield "report.method.of_narratives", data.narratives[0].method
    if data.signals:
        yield "report.method.of_weak_signals", data.signals[0].method
    if data.influence:
        yield "report.method.of_influence", data.influence[0].method


def literature_section(data: ReportData) -> Iterator[str]:
    """What the method rests on."""
    yield data.say("report.literature.heading")
    yield "\n".join("- " + data.say(work) for work in LITERATURE)
