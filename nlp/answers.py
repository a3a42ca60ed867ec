"""Findings of this room as the command line shows them.

Ids are native, accounts go through the workspace's pseudonyms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from index.reading.queries import among
from tocsin.core.calibration.weight import signal_weight, weight_within
from tocsin.core.dates import from_milliseconds, to_milliseconds
from tocsin.core.documents import native_id
from tocsin.core.errors import ConfigError
from tocsin.core.findings import (
    Headline,
    LeadTime,
    Method,
    Narrative,
    Theme,
    WeakSignal,
    rfc3339,
    rfc3339_or_none,
    unclustered,
)
from tocsin.core.messages import Message
from tocsin.core.progress import run_record

if TYPE_CHECKING:
    from index.base import Index
    from index.narratives.edits import Edit
    from index.privacy import Pseudonyms
    from tocsin.core.workspace import Workspace

FADED = timedelta(days=3)
"""Without a post for this long a narrative is called faded."""

NOW = timedelta(days=1)
"""What is posted within this of the newest post is posted now."""

UNTESTED_HOURS = "signals_untested_hours"
"""Fact of a run: hours of the last day in which, or just before which, nothing was collected."""

DAY_ONLY = "signals_day_only"
"""Fact of a run: how many posts have a day for a time beside others' hours, and of how many."""


def answer_head(
    index: Index, kind: str, findings: Sequence[Narrative | WeakSignal]
) -> dict[str, Any]:
    """``run_id``, ``method`` and ``data_as_of`` of the published generation of a kind.

    Raises:
        ConfigError: nothing has been analysed yet.
    """
    generation = index.generation(kind)
    if generation is None:
        raise ConfigError(Message("fault.nlp.nothing"))
    return {"run_id": generation} | method_answer(findings[0].method if findings else None)


PUSHED = "signals_pushed"
"""Fact of a run: how many rises were one or two texts that several accounts passed on."""


def pushed_warning(number: int) -> Message:
    """The sentence about texts that are passed on and told by nobody else."""
    return Message("weak_signal.pushed", {"n": number})


QUIET = "signals_quiet"
"""Fact of a run: how many stories rose above their past and had no post in the last day."""


def quiet_warning(number: int) -> Message:
    """The sentence about stories that rose and are told no more."""
    return Message("weak_signal.quiet", {"n": number})


def untested_warning(hours: float) -> Message:
    """The sentence about hours of the last day that were not tested."""
    return Message("weak_signal.untested", {"n": hours})


def day_only_warning(days: int, posts: int) -> Message:
    """The sentence about posts that have a day for a time."""
    return Message("weak_signal.day_only", {"n": days, "of": posts})


def untested(workspace: Workspace, generation: str | None) -> list[Message]:
    """What the analysis did not test for weak signals, or left to others, a sentence each."""
    record = run_record(workspace.home, generation)
    hours = float(record.get(UNTESTED_HOURS) or 0.0)
    said = [untested_warning(hours)] if hours else []
    if counts := record.get(DAY_ONLY):
        said.append(day_only_warning(*counts))
    if pushed := int(record.get(PUSHED) or 0):
        said.append(pushed_warning(pushed))
    if quiet := int(record.get(QUIET) or 0):
        said.append(quiet_warning(quiet))
    return said


def method_answer(method: Method | None) -> dict[str, Any]:
    """``method`` and ``data_as_of`` of a finding's method."""
    if method is None:
        return {"method": None, "data_as_of": None}
    parameters = {name: value for name, value in method.parameters.items() if name != "data_as_of"}
    described = {"name": method.name, "version": method.version, "parameters": parameters}
    return {"method": described, "data_as_of": method.parameters.get("data_as_of")}


def narrative_answer(narrative: Narrative, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """One narrative of ``tocsin narratives``."""
    return {
        "id": narrative.id,
        "label": pseudonyms.text(narrative.label),
        "terms": list(narrative.terms),
        "languages": by_count(narrative.languages),
        "posts": narrative.posts,
        "authors": narrative.authors,
        "first_at": rfc3339(narrative.first_at) if narrative.first_at else None,
        "last_at": rfc3339(narrative.last_at) if narrative.last_at else None,
        "central": [native_id(key) for key in narrative.central],
        "fringe": [native_id(key) for key in narrative.fringe],
        "coordinated_share": narrative.coordinated_share,
        "first_authors": [pseudonyms.account(key) for key in narrative.first_authors],
        "caveats": list(narrative.caveats),
        "headlines": headlines_answer(narrative.headlines, pseudonyms),
        "only_alike": narrative.only_alike,
        "terms_by_language": {
            code: list(terms) for code, terms in sorted(narrative.terms_by_language.items())
        },
        "theme": narrative.theme,
        "born_at": rfc3339_or_none(narrative.born_at),
        "merged": list(narrative.merged),
        "split_from": narrative.split_from,
        "faded": has_faded(narrative),
        "name": pseudonyms.text(narrative.name) or None,
        "pinned": narrative.pinned,
        "binned": narrative.binned,
        "edits": [
            {"action": one.action, "at": rfc3339(one.at), "by": one.by,
             "other": one.other or None, "said": pseudonyms.text(one.said) or None}
            for one in narrative.edits
        ],
    }  # fmt: skip


def edit_answer(edit: Edit) -> dict[str, Any]:
    """An act of an analyst whose narrative is no longer there."""
    return {
        "action": edit.action,
        "narrative": edit.narrative,
        "at": rfc3339(edit.at),
        "by": edit.by,
        "other": edit.other or None,
        "said": edit.name or edit.query or None,
    }


def binned_note(narratives: Sequence[Narrative]) -> list[Message]:
    """The sentence about narratives of which no alert tells."""
    number = sum(narrative.binned for narrative in narratives)
    return [Message("narrative.binned_note", {"n": number})] if number else []


def headlines_answer(
    headlines: Sequence[Headline], pseudonyms: Pseudonyms
) -> dict[str, dict[str, str | None]]:
    """Language -> the headline in it, the post whose words it is, and who is named before them:
    null where the words stand alone."""
    return {
        headline.language: {
            "text": pseudonyms.text(headline.label),
            "post": native_id(headline.post),
            "speaker": pseudonyms.called(headline.speaker) or None,
        }
        for headline in headlines
    }


def theme_answer(theme: Theme, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """One theme of ``tocsin narratives``."""
    return {
        "id": theme.id,
        "label": pseudonyms.text(theme.label),
        "terms": list(theme.terms),
        "languages": by_count(theme.languages),
        "posts": theme.posts,
        "authors": theme.authors,
        "narratives": list(theme.narratives),
        "headlines": headlines_answer(theme.headlines, pseudonyms),
        "subject": theme.subject,
    }


def has_faded(narrative: Narrative) -> bool:
    """Whether nobody told a story in the last `FADED` days of what was analysed; a pinned one
    never fades."""
    if narrative.pinned:
        return False
    newest = narrative.method.parameters.get("data_as_of")
    if not newest or narrative.last_at is None:
        return False
    return datetime.fromisoformat(str(newest)) - narrative.last_at >= FADED


def unclustered_answer(narratives: Sequence[Narrative]) -> dict[str, Any] | None:
    """How many posts are in no narrative, and their share; None where that was not counted.

    ``contentless`` are those of them that say nothing: greetings, thanks, bare links.
    """
    counted = unclustered(narratives)
    if counted is None:
        return None
    contentless = narratives[0].method.parameters.get("contentless")
    return {"posts": counted[0], "share": round(counted[1], 4), "contentless": contentless}


def unclustered_note(narratives: Sequence[Narrative]) -> list[Message]:
    """The sentence about posts in no narrative."""
    counted = unclustered(narratives)
    if counted is None or not counted[0]:
        return []
    return [Message("narrative.unclustered", {"n": counted[0], "share": counted[1]})]


def by_count(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts, the greatest first, ties by key."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def signal_answer(signal: WeakSignal, pseudonyms: Pseudonyms, language: str = "") -> dict[str, Any]:
    """One alert of ``tocsin signals`` and ``tocsin replay``; ``language`` is its reader's."""
    return {
        "id": signal.id,
        "terms": list(signal.terms),
        "flagged_at": rfc3339(signal.flagged_at),
        "first_at": rfc3339(signal.first_at),
        "posts": signal.posts,
        "authors": signal.authors,
        "lead_authors": signal.lead_authors,
        "expected": signal.expected,
        "p_value": signal.p_value,
        "expected_false_per_day": signal.expected_false_per_day,
        "why": signal.why,
        "coordinated_share": signal.coordinated_share,
        "without_coordinated": signal.without_coordinated,
        "post_ids": [native_id(key) for key in signal.post_ids],
        "first_authors": [pseudonyms.account(key) for key in signal.first_authors],
        "caveats": list(signal.caveats),
        "title": pseudonyms.finding(signal).headline(language),
        "headlines": headlines_answer(signal.headlines, pseudonyms),
        "weight": round(signal_weight(signal), 3),
        **lead_answer(signal),
    }


@dataclass(frozen=True)
class Age:
    """How much of a story is told now: ``recent`` posts of its last day, the newest at ``last``."""

    recent: int
    last: datetime | None

    def weight(self, signal: WeakSignal) -> float:
        """What ranks it: a story that is told no more comes after all that are."""
        return weight_within(signal, self.recent)

    def answer(self) -> dict[str, Any]:
        """As JSON."""
        return {"recent_posts": self.recent, "last_at": rfc3339_or_none(self.last)}

    def said(self) -> Message:
        """In words."""
        if self.recent or self.last is None:
            return Message("weak_signal.age.recent", {"n": self.recent})
        return Message("weak_signal.age.old", {"last": self.last})


def ages_of(index: Index, signals: Sequence[WeakSignal]) -> dict[str, Age]:
    """The age of each signal by its id: a day back from the newest post that the analysis read.

    The index is asked once for the posts of all.
    """
    times: dict[str, int] = {}
    posts = among("id", (key for signal in signals for key in signal.post_ids))
    if posts.values:
        for batch in index.scan(("id", "published_at"), query=posts, order="none"):
            for key, at in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if at is not None:
                    times[key] = at
    return {signal.id: _age(signal, times) for signal in signals}


def _age(signal: WeakSignal, times: Mapping[str, int]) -> Age:
    """The age of a signal from the times of posts, epoch milliseconds."""
    until = signal.method.parameters.get("data_as_of") if signal.method else None
    if isinstance(until, str):
        until = datetime.fromisoformat(until)
    since = to_milliseconds((until or signal.flagged_at) - NOW)
    told = [times[key] for key in set(signal.post_ids) if key in times]
    last = from_milliseconds(max(told)) if told else None
    return Age(sum(at >= since for at in told), last)


def lead_answer(signal: WeakSignal) -> dict[str, Any]:
    """When the story of an alert peaked and faded, and how many hours before its peak it was told;
    null where it has not come to that."""
    lead = signal.lead or LeadTime()
    hours = lead.hours_ahead(signal.flagged_at)
    return {
        "peaked_at": rfc3339_or_none(lead.peaked_at),
        "faded_at": rfc3339_or_none(lead.faded_at),
        "lead_hours": None if hours is None else round(hours, 2),
    }


def lead_said(signal: WeakSignal) -> Message:
    """How long before, or after, its peak the story of an alert was told."""
    hours = (signal.lead or LeadTime()).hours_ahead(signal.flagged_at)
    if hours is None:
        return Message("weak_signal.lead.rising")
    span = Message("weak_signal.span", {"n": abs(round(hours))})
    return Message(
        "weak_signal.lead.before" if hours > 0 else "weak_signal.lead.after", {"span": span}
    )


def assignments_answer(
    index: Index, narratives: Sequence[Narrative | Theme]
) -> Mapping[str, str | None]:
    """Native id of every document, in order of time -> its narrative (or theme), or None."""
    narrative_of = {member: found.id for found in narratives for member in found.members}
    return {
        native_id(key): narrative_of.get(key)
        for batch in index.scan(("id",))
        for key in batch.column("id").to_pylist()
    }
