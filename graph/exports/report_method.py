"""The method section of the report, made of the parameters that the findings carry.

docs/method.md holds the long form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.exports.escaping import code
from graph.exports.phrases import duration, listed, moment, parameters
from graph.exports.report_data import ReportData
from graph.wording import reading_name
from tocsin.core.findings import Method
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message

MAX_NAME = 40
MAX_PARAMETERS = 2_000

LITERATURE = (
    "amarasingham_2012",
    "benjamini_1995",
    "blondel_2008",
    "date_1998",
    "genovese_2006",
    "kulldorff_1997",
    "le_cam_1960",
    "nizzoli_2021",
    "pacheco_2021",
    "saracco_2015",
    "tarone_1990",
)
"""What the method rests on, as keys of the catalogues; each work is in docs/method.md, too."""


def method_section(data: ReportData) -> Iterator[str]:
    """What was tested, how chance was modelled, what is done about many tests, and all parameters."""
    tested = data.results.tested
    given: dict[str, Any] = dict(tested.method.parameters)
    yield data.say("method.heading")
    yield data.say(
        "method.tested",
        name=data.prose(tested.method.name),
        version=data.prose(tested.method.version),
        accounts=tested.accounts,
        pairs=tested.pairs,
        first=moment(tested.since),
        last=moment(tested.until),
    )
    if tested.signals:
        yield data.say("method.signals")
        yield "\n".join(
            f"- {data.prose(data.results.signal(name).label)} ({code(name, MAX_NAME)})"
            for name in tested.signals
        )
    if tested.windows:
        windows = listed([duration(window) for window in tested.windows])
        yield data.say("method.windows", windows=windows)
    yield data.say("method.chance")
    yield data.say(
        "method.many_tests",
        rate=_given(given, "false_discovery_rate"),
        least=_given(given, "min_objects"),
    )
    yield data.say("method.groups", resolution=_given(given, "resolution"))
    yield data.say("method.readings") + _further_readings(data)
    yield data.say("method.parameters")
    yield "\n".join(
        data.say(
            "method.of_findings",
            title=Message(f"report.method.title.{subject}"),
            name=data.prose(method.name),
            version=data.prose(method.version),
            parameters=data.prose(parameters(method), MAX_PARAMETERS),
        )
        for subject, method in _methods(data)
    )


def _given(parameters_of_test: dict[str, Any], name: str) -> Message | str:
    """What a parameter adds to a sentence; nothing where the analysis did not note it."""
    if name not in parameters_of_test:
        return ""
    return Message(f"report.method.given.{name}", {"value": parameters_of_test[name]})


def _further_readings(data: ReportData) -> str:
    """The innocent readings that other packages brought."""
    tried = (e for group in data.results.groups for e in group.cluster.innocent_explanations)
    names = {e.kind: reading_name(e) for e in tried if not ENGLISH.has(f"reading.{e.kind}")}
    if not names:
        return ""
    shown = [data.prose(name) for name in names.values()]
    return " " + data.say("method.further_readings", names=listed(shown))


def _methods(data: ReportData) -> Iterator[tuple[str, Method]]:
    yield "groups", data.results.tested.method
    kinds = (
        ("narratives", data.narratives), ("weak_signals", data.signals), ("influence", data.influence),
    )  # fmt: skip
    for subject, findings in kinds:
        if findings:
            yield subject, findings[0].method


def literature_section(data: ReportData) -> Iterator[str]:
    """What the method rests on."""
    yield data.say("literature.heading")
    yield "\n".join("- " + data.say(f"literature.{work}") for work in LITERATURE)
