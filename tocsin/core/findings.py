"""Findings: what signals publish and views show. Evidence, never verdicts.

Every finding carries the documents it rests on, the method (name, version, parameters), its numbers
with their uncertainty, and its caveats. A finding says "coordinated beyond chance because...";
whether that is wrong is for a named person to say.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from tocsin.core.codec.dataclass_json import build, encode
from tocsin.core.codec.dataclass_json import rfc3339 as rfc3339
from tocsin.core.codec.kinds import FindingKinds
from tocsin.core.groups.copy_pairs import CopyPair as CopyPair
from tocsin.core.groups.edits import Edited as Edited
from tocsin.core.groups.following import Following as Following
from tocsin.core.groups.headlines import Headline as Headline
from tocsin.core.groups.headlines import headline_in as headline_in
from tocsin.core.groups.lead_times import LeadTime as LeadTime
from tocsin.core.groups.members import Member as Member
from tocsin.core.groups.traits import Trait
from tocsin.core.messages import Message

KINDS: FindingKinds[Finding] = FindingKinds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a finding was made: enough to write a method section and to run it again."""

    name: str
    version: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Documents behind a finding: ``posts`` are document ids, ``accounts`` author ids.

    ``object`` is what the posts share (an address, a tag set, a copy group, a repost target);
    ``seconds_apart`` the time between the first and the last of them. ``step_seconds`` is the step
    in which their times are written, where that is coarser than a second: ``seconds_apart`` is in
    such steps, and 0 means the same minute, not the same second.
    """

    signal: str
    object: str
    posts: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    seconds_apart: float | None = None
    why: Message | None = None
    step_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What all findings share. ``id`` is stable over runs as far as the finding is the same.

    A subclass names its ``kind`` and is known by it from then on.
    """

    kind: ClassVar[str] = "finding"
    id: str
    method: Method
    evidence: tuple[Evidence, ...] = ()
    caveats: tuple[Message, ...] = ()

    def __init_subclass__(cls) -> None:
        KINDS.add(cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(Finding):
    """Two accounts that acted together beyond chance.

    ``signals`` maps the name of a signal to its count of distinct objects.
    """

    kind: ClassVar[str] = "edge"
    a: str
    b: str
    cluster: str | None = None
    signals: Mapping[str, int] = field(default_factory=dict)
    weight: float = 0.0
    p_value: float | None = None
    q_value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An innocent reading that was tried: whether it fits, why, and what would refute it.

    ``label`` is what the reading is called, so that no reader needs a list of readings.
    """

    kind: str
    fits: bool
    because: Message
    refuted_by: Message | None = None
    fit: float | None = None
    label: Message | None = None


MIN_CLUSTER_SIZE = 3
"""Accounts that a cluster has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Finding):
    """Accounts coordinated beyond chance.

    ``status`` is *flagged*, *explained* (an innocent reading fits) or *cleared* (by an analyst).
    What is published holds the engine's own verdict; `under` gives the cluster as it stands under
    the marks of now. Readers get it from `index.current.current_clusters`, never from the published
    status.

    ``id`` comes from the accounts alone: the same accounts, the same id, in every workspace. A
    group that gains or loses accounts has another id and keeps its ``name``, the id under which it
    was first found; marks and addresses hold that (`subject`).

    ``objects`` is how many distinct objects the accounts shared by each signal; ``evidence`` may
    hold fewer. ``post_ids`` are the ids of the ``posts`` that the accounts made together, by time.
    Readers get the counts of objects from `tocsin.core.shared_objects.count_objects`.
    """

    kind: ClassVar[str] = "cluster"
    status: str
    accounts: tuple[Member, ...]
    signals: tuple[str, ...]
    q_value: float
    p_value: float | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    innocent_explanations: tuple[Explanation, ...] = ()
    because: Message | None = None
    posts: int = 0
    mark: str | None = None
    objects: Mapping[str, int] = field(default_factory=dict)
    name: str = ""
    post_ids: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()

    @property
    def subject(self) -> str:
        """What marks and addresses call this group: it stays when accounts join or leave."""
        return self.name or self.id

    def answers_to(self, given: str) -> bool:
        """Whether a person means this group: by its id, or by the name that it keeps."""
        return given in (self.id, self.subject)

    def under(self, marks: Mapping[str, Mapping[str, Any]]) -> Self:
        """The cluster as it stands under analysts' marks: the one rule for every reader.

        Benign clears it, suspect flags it whatever innocent reading fits, and without either the
        engine's verdict holds. Accounts marked benign leave it; when fewer than
        `MIN_CLUSTER_SIZE` stay, it is cleared.

        Args:
            marks: subject (`subject` of a cluster, or account id) ->
                ``{"mark": benign | suspect | unsure}``.
        """
        mark = marks.get(self.subject, {}).get("mark")
        accounts = tuple(m for m in self.accounts if marks.get(m.id, {}).get("mark") != "benign")
        if mark == "benign" or len(accounts) < min(MIN_CLUSTER_SIZE, len(self.accounts)):
            status = "cleared"
        elif mark == "suspect":
            status = "flagged"
        else:
            status = self.engine_status
        return dataclasses.replace(self, status=status, mark=mark, accounts=accounts)

    @property
    def engine_status(self) -> str:
        """What the engine found, whatever analysts said since: flagged or explained."""
        return "explained" if any(e.fits for e in self.innocent_explanations) else "flagged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure(Cluster):
    """Accounts that hang together by single pairs: less than a group, each pair beyond chance.

    Attributes:
        shape: *pair*, *star* (one account that all others hang on) or *chain*.
        hub: the account in the middle of a star.
        following: who acts after whom, where that is clear; most often first.
    """

    kind: ClassVar[str] = "structure"
    shape: str = "pair"
    hub: str | None = None
    following: tuple[Following, ...] = ()

    def under(self, marks: Mapping[str, Mapping[str, Any]]) -> Self:
        """As a cluster, but what the rest hangs on cannot leave: a star without its hub, and a
        chain without any one account, is cleared. The next analysis tells what is left of it.
        """
        current = Cluster.under(self, marks)
        kept = {member.id for member in current.accounts}
        broken = self.shape == "chain" and len(kept) < len(self.accounts)
        if broken or (self.hub is not None and self.hub not in kept):
            return dataclasses.replace(current, status="cleared")
        return current


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie(Edge):
    """A pair inside a `Structure`: as an edge of a cluster, and apart from those."""

    kind: ClassVar[str] = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDescription:
    """What a coordination signal says of itself, so that no reader keeps a list of signals.

    Attributes:
        name: as it stands in evidence and in ``Cluster.signals``.
        family: signals of one family are tested together.
        object_kind: post, address, site, tags, time, text, media or account: how an object looks.
        specificity: of two signals about the same two posts, the higher says more.
        label: what two accounts did: "reposted the same post".
        objects: counted objects, to be filled with ``n``: "{n} reposted posts".
    """

    name: str
    family: str
    object_kind: str
    specificity: int
    label: Message
    objects: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdedObject:
    """An object on which more accounts acted at once than are compared with each other."""

    signal: str
    object: str
    object_kind: str = ""
    accounts: int = 0
    bursts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What a coordination run did not look at.

    Attributes:
        reason: no_author, no_time, day_only, coarse_times, coarse_windows, coarse_signals,
            crowded_bursts or crowded_moments.
        said: the sentence for people, which stands among the caveats, too.
        posts, accounts, bursts: how many; 0 where that does not apply.
        largest: the objects of crowded bursts with most accounts, the largest first.
    """

    reason: str
    said: Message
    posts: int = 0
    accounts: int = 0
    bursts: int = 0
    largest: tuple[CrowdedObject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested(Finding):
    """What a coordination run tested, and how many false accounts to expect among the flagged.

    ``accounts`` and ``pairs`` are those that could be tested; ``left_out`` says what was not.
    ``input_sha256`` is of the posts that the run read, as `Posts.sha256` gives it.
    """

    kind: ClassVar[str] = "tested"
    accounts: int
    pairs: int
    windows: tuple[int, ...]
    signals: tuple[str, ...] = ()
    expected_false_accounts: float = 0.0
    data_as_of: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    described: tuple[SignalDescription, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    tocsin_version: str = ""
    input_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence(Finding):
    """How far an account's posts travel.

    ``scope`` is all, or without-coordinated; ``interval`` is a bootstrap interval of 95 %.
    ``reach`` counts accounts that took up its posts, ``amplified`` posts taken up times accounts;
    ``sustained`` weighs that by repetition and audience (`graph.influence.measures.sustained`).
    """

    kind: ClassVar[str] = "influence"
    account: str
    handle: str | None = None
    scope: str = "all"
    topic: str | None = None
    score: float = 0.0
    interval: tuple[float, float] = (0.0, 0.0)
    reach: int = 0
    h_index: int = 0
    amplified: int = 0
    sustained: float = 0.0
    reasons: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrative(Finding):
    """One story told by many posts, over languages. ``coordinated_share`` is of posts, 0 to 1.

    ``label`` is a line for a person: the first of ``headlines``, which hold one a language, or
    terms where no post can be quoted. ``theme`` is the id of the `Theme` that it belongs to.
    ``born_at`` is the time of the newest post when the id was first given, ``merged`` the ids of
    narratives that became part of it, ``split_from`` the one that it was part of.
    ``name`` is what an analyst called it, ``edits`` what analysts did to it (`index.narratives`):
    pinned ones come first, binned ones are in no alert. ``only_alike``: without a common subject.
    ``terms_by_language`` are those of its texts in one language, where it is told in several.
    """

    kind: ClassVar[str] = "narrative"
    label: str
    terms: tuple[str, ...]
    languages: Mapping[str, int]
    posts: int
    authors: int
    first_at: datetime | None = None
    last_at: datetime | None = None
    central: tuple[str, ...] = ()
    fringe: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    coordinated_share: float | None = None
    first_authors: tuple[str, ...] = ()
    headlines: tuple[Headline, ...] = ()
    theme: str | None = None
    born_at: datetime | None = None
    merged: tuple[str, ...] = ()
    split_from: str | None = None
    name: str = ""
    pinned: bool = False
    binned: bool = False
    edits: tuple[Edited, ...] = ()
    only_alike: bool = False
    terms_by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def terms_in(self, language: str) -> tuple[str, ...]:
        """Its terms in a language (a code, its region left out), else those of all its texts."""
        return self.terms_by_language.get(language.split("-")[0]) or self.terms

    def headline(self, language: str) -> str:
        """The name given, else the headline in a language where there is one, else ``label``."""
        return self.name or headline_in(language, self.headlines, self.label, self.only_alike)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedNarrative(Narrative):
    """A narrative as posts were grouped; kept where analysts changed the published ones."""

    kind: ClassVar[str] = "grouped_narrative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme(Finding):
    """What several narratives and posts outside of them are about; every post with words has one.

    ``narratives`` are the ids of those in it, the largest first. ``subject`` is the id of the theme
    that stands for the broader subject it belongs to, its own where it does itself; None in what
    was grouped before there were subjects.
    """

    kind: ClassVar[str] = "theme"
    label: str
    terms: tuple[str, ...]
    languages: Mapping[str, int]
    posts: int
    authors: int
    narratives: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    headlines: tuple[Headline, ...] = ()
    subject: str | None = None

    def headline(self, language: str) -> str:
        """The headline in a language where there is one, else ``label``."""
        return headline_in(language, self.headlines, self.label)


def unclustered(narratives: Sequence[Narrative]) -> tuple[int, float] | None:
    """How many analysed posts are in none of the published narratives, and their share.

    None where that was not counted.
    """
    counts = narratives[0].method.parameters if narratives else {}
    if not counts.get("documents") or "unclustered" not in counts:
        return None
    return int(counts["unclustered"]), counts["unclustered"] / counts["documents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakSignal(Finding):
    """Something rising against its own past.

    ``expected_false_per_day`` is the rate of alarms under the null hypothesis. ``lead_authors`` is
    how many different authors its surest term had in one tick of the clock, where ``expected`` were
    to be expected; ``authors`` and ``posts`` count the whole story, which may be longer and have
    more terms; ``post_ids`` are all of its posts. ``name`` is what an analyst calls its story,
    ``lead`` how long before its peak it was told; None where that was not asked.
    """

    kind: ClassVar[str] = "signal"
    terms: tuple[str, ...]
    flagged_at: datetime
    first_at: datetime
    posts: int
    authors: int
    p_value: float
    expected_false_per_day: float
    why: Message
    coordinated_share: float | None = None
    post_ids: tuple[str, ...] = ()
    expected: float | None = None
    lead_authors: int | None = None
    without_coordinated: int | None = None
    first_authors: tuple[str, ...] = ()
    headlines: tuple[Headline, ...] = ()
    name: str = ""
    lead: LeadTime | None = None

    def headline(self, language: str) -> str:
        """The name given to its story, else its headline in a language, else one, else terms."""
        first = self.headlines[0].label if self.headlines else ", ".join(self.terms[:4])
        return self.name or headline_in(language, self.headlines, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(WeakSignal):
    """A weak signal as it would have come at its tick, known only of the past, by a replay.

    ``method.parameters`` hold ``tick_hours`` and the tick as ``data_as_of``.
    """

    kind: ClassVar[str] = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Finding):
    """Documents that carry one text. ``kind`` is the farthest kind among its pairs.

    ``identical`` holds the sets of documents whose folded text is equal; they are not spelled out
    in ``pairs``, which links one document of each set to others.
    """

    kind: ClassVar[str] = "copy"
    copy_kind: str
    posts: tuple[str, ...]
    identical: tuple[tuple[str, ...], ...] = ()
    pairs: tuple[CopyPair, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFact(Finding):
    """One thing known of a domain or account; a positive ``weight`` asks for a closer look."""

    kind: ClassVar[str] = "source_fact"
    subject: str
    name: Message
    value: Message
    weight: float = 0.0


def to_json(finding: Finding) -> str:
    """One line of JSON with sorted keys: the same finding gives the same bytes."""
    return encode(finding)


def from_json(kind: str, text: str | bytes) -> Finding:
    """The finding that `to_json` wrote.

    Raises:
        KeyError: the kind is unknown.
    """
    return typing.cast(Finding, build(KINDS[kind], text))


def rfc3339_or_none(moment: datetime | None) -> str | None:
    """`rfc3339`, of no time None."""
    return None if moment is None else rfc3339(moment)
