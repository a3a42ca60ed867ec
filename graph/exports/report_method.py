"""The method section of the dossier, made of the parameters that the findings carry; docs/method.md holds the long form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graph.exports.escaping import code, prose
from graph.exports.statements import listed, moment, parameters, said, span

if TYPE_CHECKING:
    from graph.exports.statements import Stated
    from tocsin.core.findings import Method

LITERATURE = (
    "Amarasingham, Harrison, Hatsopoulos and Geman 2012: conditional modelling and the jitter method.",
    "Benjamini and Hochberg 1995: controlling the false discovery rate.",
    "Blondel and others 2008: fast unfolding of communities in large networks.",
    "Date, Bienenstock and Geman 1998: on the temporal resolution of neural activity (jitter).",
    "Genovese, Roeder and Wasserman 2006: false discovery control with p-value weighting.",
    "Kulldorff 1997: a spatial scan statistic.",
    "Le Cam 1960: an approximation theorem for the Poisson binomial distribution.",
    "Nizzoli, Tardelli, Avvenuti, Cresci and Tesconi 2021: coordinated behavior on social media in 2019 UK general election (ICWSM).",
    "Pacheco, Hui, Torres-Lugo, Truong, Flammini and Menczer 2021: uncovering coordinated networks on social media (ICWSM).",
    "Saracco, Di Clemente, Gabrielli and Squartini 2015; Saracco and others 2017: bipartite configuration models.",
    "Tarone 1990: a modified Bonferroni method for discrete data.",
)
"""What the method rests on; each stands in docs/method.md, too."""


def method_section(found: Stated, others: Mapping[str, Method]) -> Iterator[str]:
    """What was tested, how chance was modelled, what is done about many tests; ``others`` by title, with their parameters."""
    tested = found.tested
    given: dict[str, Any] = dict(tested.method.parameters)
    yield "## What was tested, and how"
    yield (
        f"Method {prose(tested.method.name)}, version {prose(tested.method.version)}. {tested.accounts:,} accounts and all {tested.pairs:,} pairs "
        f"of them were tested on posts from {moment(tested.since)} to {moment(tested.until)}."
    )
    if tested.signals:
        yield "**Signals.** Two posts meet when their accounts:"
        yield "\n".join(f"- {prose(said(name))} ({code(name, 40)})" for name in tested.signals)
    if tested.windows:
        yield (
            f"**Windows.** Two acts on the same thing meet when they lie within {listed([span(w) for w in tested.windows])} of each other. "
            "Acts on one thing more than 12 hours apart are different bursts of it, and bursts are counted."
        )
    yield (
        "**Chance.** How often two accounts would meet anyway is computed from how much each of them does and from how many strangers act on the "
        "same thing within the window at that very time, so that a crowd, a busy hour or a news event makes meetings expected rather than "
        "telling; accounts that themselves repeatedly act with the tested one are left out of that crowd. The number of meetings is "
        "compared with a Poisson tail of the sum of these chances (Le Cam 1960), the sparse limit of the bipartite configuration model "
        "(Saracco et al. 2015, 2017). Bursts into which a middling account would be drawn with chance .05 or more count for nothing. "
        "Posting in the same seconds is tested against jitter inside the hour (Date, Bienenstock and Geman 1998; Amarasingham et al. 2012)."
    )
    least = (
        f" Accounts with fewer than {given['min_objects']} posts are not tested (after Tarone 1990)."
        if "min_objects" in given
        else ""
    )
    rate = f" at {given['false_discovery_rate']}" if "false_discovery_rate" in given else ""
    yield (
        "**Many tests.** The p-value of a pair is the smallest over windows and families of signals, times the number of these tests. The false "
        f"discovery rate over all pairs, and then over accounts, is controlled{rate} (Benjamini and Hochberg 1995).{least}"
    )
    resolution = f" at resolution {given['resolution']}" if "resolution" in given else ""
    yield (
        "**Groups.** Significant pairs are cut to the 2-core, so that nobody hangs on one coincidence, and divided by Louvain "
        f"(Blondel et al. 2008){resolution}. Further groups are suggested by weaker pairs and stay only if they pass as a whole, paid for with the "
        "number of groups that could have been picked (as in scan statistics: Kulldorff 1997). Every account is then tested against every group "
        "it met, its own acts left out: against the bursts in which two other members met (.8 of the allowed error), and against the acts of "
        "every single member (.2; weighted p-values: Genovese, Roeder and Wasserman 2006); those that do not pass leave. The degree of "
        "coordination is the highest edge threshold at which an account still is in the 2-core (after Nizzoli et al. 2021)."
    )
    yield (
        "**Innocent readings.** News event, share button, agency text, official accounts, fans in one hour, one popular post, the audience of one "
        "source, the whole population, a scheduling tool: each is tried on every group. One that accounts for .6 of the evidence makes the "
        "group *explained*. These thresholds are judgement, not estimates."
    )
    yield "**All parameters**"
    methods = {"Groups": tested.method, **others}
    yield "\n".join(
        f"- {title}: {prose(method.name)}, version {prose(method.version)} ({prose(parameters(method), 2_000)})"
        for title, method in methods.items()
    )
