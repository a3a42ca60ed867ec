"""What a thing says now: what is frozen when it is pinned, and what is compared with that later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graph.exports.escaping import one_line
from graph.sources.command import VERDICTS
from index.accounts import find_account
from index.base import Window
from index.cases.record import KINDS, Frozen, Pin
from index.current import current_clusters, current_structures, flagged_accounts
from index.maintenance.records import document_record
from index.query import Node, Term, normalise
from index.reading.queries import read_query
from tocsin.app.cases.counting import Counted, freeze_chart, freeze_query, split_chart
from tocsin.core.errors import ConfigError
from tocsin.core.findings import (
    Alert,
    Cluster,
    Headline,
    Method,
    Narrative,
    Structure,
    Tested,
    WeakSignal,
)
from tocsin.core.groups.origin import classify_origin
from tocsin.core.messages import Message, decode_message, plain
from tocsin.core.runtime.answers import answer
from tocsin.core.shared_objects import describe_signal
from tocsin.core.urls import domain

if TYPE_CHECKING:
    from index.base import Index
    from index.privacy import Pseudonyms
    from tocsin.core.documents import Document
    from tocsin.core.workspace import Workspace

MAX_POSTS = 20
"""Posts that are copied with a pin; all of them are kept by id where they are known by id."""
MAX_IDS = 20_000
MAX_DOSSIER = 500_000
"""Posts of an index up to which a pin of an account or site holds its dossier."""
MAX_ACCOUNTS = 5_000
MAX_TITLE = 140
MAX_SAID = 12


@dataclass
class Pinnable:
    """What can be pinned in a workspace. With ``brief`` only what is compared is read: no copies of
    posts, no dossier."""

    workspace: Workspace
    index: Index
    people: Pseudonyms
    brief: bool = False

    def find(self, thing: str) -> tuple[str, str]:
        """Kind and id of what a person names: ``kind:ID``, else a post, an account, a site, or the
        id of a group, a narrative or a signal.

        Raises:
            ConfigError: nothing is called so; what to write.
        """
        given = thing.strip()
        kind, _, rest = given.partition(":")
        if kind in KINDS and rest.strip():
            return kind, self._known(kind, rest.strip())
        for guessed in ("post", "account", "source", "cluster", "narrative", "signal"):
            try:
                return guessed, self._known(guessed, given)
            except _Unknown:
                continue
        raise ConfigError(Message("case.error.unknown", {"thing": given[:80], "kinds": KINDS}))

    def freeze(self, kind: str, subject: str) -> Frozen:
        """What a thing says now.

        Raises:
            ConfigError: it is not here any more.
        """
        found: Frozen = getattr(self, f"_{kind}")(subject)
        return found

    # -- names

    def _known(self, kind: str, given: str) -> str:
        if kind == "post":
            return self._document(given).id
        if kind == "account":
            account = find_account(self.index, given, self.people)
            if account is None:
                raise _unknown("account", given)
            return account.id
        if kind == "source":
            return self._site(given)
        if kind == "cluster":
            return self._cluster_of(given).subject
        if kind in ("narrative", "signal"):
            return str(self._finding(kind, given).id)
        if kind == "query":
            read_query(given, self.index, self.people)
            return given
        if kind == "chart":
            by, text = split_chart(given)
            read_query(text, self.index, self.people)
            return f"{by}:{text}"
        self._alert(given)
        return given

    def _site(self, given: str) -> str:
        site = domain(given) if "." in given and " " not in given else ""
        if not site or not self.index.count(Term("domain", site)):
            raise _unknown("source", given)
        return site

    # -- posts

    def _document(self, given: str) -> Document:
        (document,) = self.index.get([given])
        if document is not None:
            return document
        if "://" in given:
            found = self.index.search(Term("url", normalise("url", given)), size=2).documents
        else:
            platforms = [name for name, _ in self.index.facet("platform", size=100).values]
            tried = self.index.get([f"{platform}:{given}" for platform in platforms])
            found = [one for one in tried if one is not None]
        if len(found) > 1:
            ids = [one.id for one in found]
            raise ConfigError(Message("versions.several", {"given": given[:200], "ids": ids}))
        if not found:
            raise _unknown("post", given)
        return found[0]

    def _post(self, subject: str) -> Frozen:
        document = self._document(subject)
        history = document.history
        return Frozen(
            title=Message("case.title.post"),
            headlines=_headlines([document]),
            posts=(document_record(document),),
            post_ids=(document.id,),
            total=1,
            accounts=(document.author.id,) if document.author else (),
            query="",
            state={
                "sha256": document.sha256,
                "versions": len(document.all_versions()),
                "gone": bool(history and history.gone_since) or document.deleted_at is not None,
            },
        )

    def _copies(self, ids: Iterable[str], most: int = MAX_POSTS) -> list[Document]:
        wanted = [] if self.brief else list(dict.fromkeys(ids))[:most]
        return [one for one in self.index.get(wanted) if one is not None]

    def _sample(self, query: Node | str, window: Window | None = None) -> list[Document]:
        """The newest posts of a query."""
        if self.brief:
            return []
        hits = self.index.search(query, window=window or Window(), size=MAX_POSTS)
        return hits.documents

    # -- accounts and sites

    def _account(self, subject: str) -> Frozen:
        query = Term("author", subject)
        posts = self.index.count(query)
        if not posts:
            raise _unknown("account", subject)
        copies = self._sample(query)
        group = flagged_accounts(self.index).get(subject)
        said = [Message("case.said.account", {"n": posts})]
        if group is not None:
            said.append(Message("case.said.in_group", {"group": group}))
        said += self._dossier(subject)
        return Frozen(
            title=Message("case.title.account"),
            said=tuple(said[:MAX_SAID]),
            posts=tuple(document_record(one) for one in copies),
            total=posts,
            accounts=(subject,),
            state={"posts": posts, "group": group or ""},
        )

    def _source(self, subject: str) -> Frozen:
        query = Term("domain", subject)
        posts = self.index.count(query)
        if not posts:
            raise _unknown("source", subject)
        said = [Message("case.said.source", {"n": posts}), *self._dossier(subject)]
        return Frozen(
            title=plain(subject),
            said=tuple(said[:MAX_SAID]),
            posts=tuple(document_record(one) for one in self._sample(query)),
            total=posts,
            query=f"domain:{subject}",
            state={"posts": posts},
            method="source dossier",
        )

    def _dossier(self, subject: str) -> list[Message]:
        """What `tocsin source` says of an account or site: why to look closer, then its facts.

        It reads the whole index: of a large one a pin says that it did not.
        """
        if self.brief:
            return []
        if (posts := self.index.stats().documents) > MAX_DOSSIER:
            return [Message("case.said.no_dossier", {"n": posts, "most": MAX_DOSSIER})]
        try:
            told = answer("source", self.workspace, self.index, subject)
        except ConfigError:
            return []
        because = [decode_message(reason) for reason in told["because"]]
        facts = [
            Message("case.said.fact", {"name": fact["name"], "value": fact["value"]})
            for fact in told["facts"]
        ]
        return [Message(VERDICTS[told["verdict"]]), *because, *facts]

    # -- queries

    def _query(self, subject: str) -> Frozen:
        counted = Counted.of(self.index, self.people, subject)
        return freeze_query(counted, self.brief, self._sample)

    def _chart(self, subject: str) -> Frozen:
        by, text = split_chart(subject)
        settings = self.workspace.settings
        zone = settings.dashboard.timezone or settings.index.timezone
        counted = Counted.of(self.index, self.people, text)
        return freeze_chart(counted, by, zone, self.brief, self._sample)

    # -- findings

    def _cluster_of(self, given: str) -> Cluster:
        for found in (*current_clusters(self.index), *current_structures(self.index)):
            if found.answers_to(given):
                return found
        raise _unknown("cluster", given)

    def _cluster(self, subject: str) -> Frozen:
        group = self._cluster_of(subject)
        shape = group.shape if isinstance(group, Structure) else "group"
        counts = {"n": len(group.accounts), "posts": group.posts}
        said = [Message(f"case.status.{group.status}"), Message("case.said.cluster", counts)]
        if group.first_at and group.last_at:
            said.append(Message("case.said.period", {"at": group.first_at, "until": group.last_at}))
        said += [group.because] if group.because else []
        tested = next(
            (one for one in self.index.findings("tested") if isinstance(one, Tested)), None
        )
        signals = [describe_signal(tested, name).label for name in group.signals]
        said.append(Message("case.said.signals", {"signals": signals, "q": group.q_value}))
        for tried in sorted(group.innocent_explanations, key=lambda one: -(one.fit or 0.0)):
            code = "case.said.fits" if tried.fits else "case.said.does_not_fit"
            label = tried.label or tried.kind
            said.append(Message(code, {"label": label, "because": tried.because}))
        shared = [post for evidence in group.evidence for post in evidence.posts]
        return self._of_finding(
            group.method,
            Frozen(
                title=_did_together(
                    group, Message(f"case.title.{shape}", {"id": group.subject}), signals
                ),
                said=tuple(said[:MAX_SAID]),
                posts=self._records([*shared, *group.post_ids]),
                post_ids=group.post_ids[:MAX_IDS],
                total=group.posts,
                accounts=tuple(member.id for member in group.accounts[:MAX_ACCOUNTS]),
                query=f"cluster:{group.subject}",
                state={
                    "posts": group.posts,
                    "accounts": len(group.accounts),
                    "status": group.status,
                },
                run_id=self.index.generation("cluster") or "",
            ),
        )

    def _finding(self, kind: str, given: str) -> Any:
        kinds = (WeakSignal.kind, Alert.kind) if kind == "signal" else (kind,)
        for name in kinds:
            for found in self.index.findings(name):
                if getattr(found, "id", None) == given:
                    return found
        raise _unknown(kind, given)

    def _narrative(self, subject: str) -> Frozen:
        story: Narrative = self._finding("narrative", subject)
        said = [Message("case.said.narrative", {"n": story.posts, "authors": story.authors})]
        if story.first_at and story.last_at:
            said.append(Message("case.said.period", {"at": story.first_at, "until": story.last_at}))
        said.append(Message("case.said.languages", {"languages": sorted(story.languages)}))
        said += _share(story.coordinated_share)
        told = [headline.post for headline in story.headlines]
        return self._of_finding(
            story.method,
            Frozen(
                title=plain(one_line(", ".join(story.terms[:4]) or story.id, MAX_TITLE)),
                headlines=story.headlines,
                said=tuple(said),
                posts=self._records([*told, *story.central, *story.fringe, *story.members]),
                post_ids=story.members[:MAX_IDS],
                total=story.posts,
                query=f"narrative:{story.id}",
                state={"posts": story.posts},
                run_id=self.index.generation("narrative") or "",
            ),
        )

    def _signal(self, subject: str) -> Frozen:
        signal: WeakSignal = self._finding("signal", subject)
        said = [
            Message("case.said.signal", {"at": signal.flagged_at, "first": signal.first_at}),
            Message("case.said.narrative", {"n": signal.posts, "authors": signal.authors}),
            signal.why,
            *_share(signal.coordinated_share),
        ]
        told = [headline.post for headline in signal.headlines]
        posts = self._copies([*told, *signal.post_ids], 200)
        posts.sort(key=lambda one: (one.id not in told, -one.engagement, one.id))
        return self._of_finding(
            signal.method,
            Frozen(
                title=plain(one_line(", ".join(signal.terms[:4]), MAX_TITLE)),
                headlines=signal.headlines or _headlines(posts[:1]),
                said=tuple(said),
                posts=tuple(document_record(one) for one in posts[:MAX_POSTS]),
                post_ids=signal.post_ids[:MAX_IDS],
                total=signal.posts,
                query=f"signal:{signal.id}",
                state={"posts": signal.posts},
                run_id=self.index.generation(signal.kind) or "",
            ),
        )

    def _alert(self, subject: str) -> Frozen:
        """An alert of a monitor, by its number in ``tocsin monitor alerts``."""
        from tocsin.app.monitors.alerts import describe_trigger
        from tocsin.app.monitors.ledger import has_ledger, open_ledger

        number = int(subject) if subject.isascii() and subject.isdigit() else 0
        kept = []
        if number and has_ledger(self.workspace):
            with open_ledger(self.workspace) as ledger:
                kept = [one for one in ledger.alerts(limit=100_000) if one.id == number]
        if not kept:
            raise _unknown("alert", subject)
        alert, trigger = kept[0], kept[0].trigger
        window = Window(trigger.since, trigger.until)
        node = read_query(trigger.query, self.index, self.people)
        total = self.index.count(node, window=window)
        posts = self._sample(node, window)
        posts.sort(key=lambda one: (-one.engagement, one.id))
        return Frozen(
            title=Message("case.title.alert", {"monitor": alert.monitor, "at": trigger.at}),
            headlines=_headlines(posts[:1]),
            said=(describe_trigger(trigger, total),),
            posts=tuple(document_record(one) for one in posts),
            total=total,
            query=trigger.query,
            since=trigger.since,
            until=trigger.until,
            state={"posts": total},
            method=f"monitor {alert.monitor}",
        )

    def _records(self, ids: Iterable[str]) -> tuple[dict[str, Any], ...]:
        return tuple(document_record(one) for one in self._copies(ids))

    def _of_finding(self, method: Method, frozen: Frozen) -> Frozen:
        return replace(frozen, method=f"{method.name} {method.version}")


class _Unknown(ConfigError):
    """Nothing is called so."""


def _unknown(kind: str, given: str) -> _Unknown:
    return _Unknown(Message(f"case.error.no_{kind}", {"thing": given[:200]}))


def _share(share: float | None) -> list[Message]:
    if share is None:
        return []
    return [Message(f"case.said.{classify_origin(share)}", {"share": share})]


def _headlines(documents: Sequence[Document]) -> tuple[Headline, ...]:
    return tuple(
        Headline(
            language=one.lang,
            label=one_line(one.title or one.text or one.url, MAX_TITLE),
            post=one.id,
        )
        for one in documents
    )


def _did_together(group: Cluster, name: Message, signals: Sequence[Message]) -> Message:
    """A group in words: how many accounts did what, how near in time; its name with its id last."""
    told = group.because
    if told is not None and told.code == "coordinated.explained":
        told = told.parameters["because"]
    said: dict[str, Any] = {"n": len(group.accounts), "name": name}
    if told is not None and told.code == "coordinated.because" and told.parameters["parts"]:
        first = told.parameters["parts"][0].parameters["what"]
        said |= {"what": first, "span": told.parameters["span"]}
        return Message("case.title.did_within", said)
    return Message("case.title.did", said | {"what": signals[0]}) if signals else name


def changes(pin: Pin, now: Pinnable) -> tuple[str, list[Message]]:
    """What became of a pinned thing: *same*, *changed* or *gone*, and what is different now."""
    kind, before = pin.kind, pin.frozen.state
    try:
        found = now.freeze(kind, pin.subject).state
    except ConfigError:
        return "gone", [Message(f"case.gone.{kind}")]
    said: list[Message] = []
    if kind == "post":
        if found["sha256"] != before.get("sha256"):
            said.append(Message("case.changed.text"))
        if found["gone"] and not before.get("gone"):
            said.append(Message("case.changed.page_gone"))
    if found.get("posts") != before.get("posts"):
        counts = {"before": before.get("posts"), "n": found["posts"]}
        said.append(Message("case.changed.posts", counts))
    if kind == "cluster":
        if found["accounts"] != before.get("accounts"):
            counts = {"before": before.get("accounts"), "n": found["accounts"]}
            said.append(Message("case.changed.accounts", counts))
        if found["status"] != before.get("status"):
            said.append(Message("case.changed.status", {
                "before": Message(f"case.status.{before.get('status')}"),
                "now": Message(f"case.status.{found['status']}"),
            }))  # fmt: skip
    if kind == "account" and found["group"] != before.get("group"):
        said.append(Message("case.changed.group"))
    return ("changed" if said else "same"), said
