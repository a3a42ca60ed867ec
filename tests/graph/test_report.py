"""The report is read as a reader's program reads it: as Markdown, with hostile text in it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from graph.coordination.signals import SIGNALS
from graph.exports.escaping import (
    AccountMasker,
    code_span,
    host_name,
    one_line,
    prose,
    web_address,
)
from graph.exports.phrases import duration, expectation, listed
from graph.exports.report import write_report
from graph.exports.report_method import LITERATURE
from index.connect import open_index
from index.privacy import Pseudonyms
from tocsin.core import findings
from tocsin.core.errors import ConfigError
from tocsin.core.exchange import from_exchange
from tocsin.core.findings import (
    Cluster,
    Evidence,
    Explanation,
    Influence,
    Member,
    Method,
    Narrative,
    SignalDescription,
    WeakSignal,
)
from tocsin.core.language.words import ENGLISH
from tocsin.core.messages import Message, local, plain
from tocsin.core.plugins import resolve
from tocsin.core.workspace import Workspace

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
METHOD = Method(
    name="coordination",
    version="1",
    parameters={
        "windows": [60, 600],
        "false_discovery_rate": 0.01,
        "min_objects": 3,
        "resolution": 0.3,
    },
)
EVIL = (
    "<script>alert(1)</script> [click](https://evil.example) ![x](https://evil.example/x.png) `a` "
    "| b\n\n# Big\n\x07\u202e <https://evil.example> www.evil.example https://evil.example "
    "me@evil.example &lt;b&gt; **bold** @Stranger_9 @Handle_account1 \\` end"
)


def described(*names: str) -> tuple[SignalDescription, ...]:
    return tuple(resolve(SIGNALS[name]).describe() for name in names)


@pytest.fixture
def analysed(workspace: Workspace) -> Workspace:
    copied = tuple(
        Evidence(
            signal="copy",
            object=f"c{n}",
            posts=("x:p0", "x:p1", f"x:{EVIL[:60]}"),
            accounts=("x:account0", "x:account1"),
            seconds_apart=90.0 + n,
        )
        for n in range(12)
    )
    link = Evidence(
        signal="link",
        object=f"https://example.org/{EVIL}",
        posts=("x:p2", "x:gone"),
        accounts=("x:account0",),
        seconds_apart=3.0,
    )
    people = tuple(
        Member(id=f"x:account{n}", handle=f"Handle_account{n}", degree=0.5, posts=2)
        for n in range(4)
    )
    readings = (
        Explanation(
            kind="news_burst",
            fits=False,
            because=plain("0 of 3 <b>things</b>"),
            refuted_by=plain("quiet hours"),
            fit=0.1,
        ),
    )
    flagged = Cluster(
        id="c1",
        method=METHOD,
        status="flagged",
        accounts=people,
        signals=("copy", "link"),
        q_value=1e-40,
        p_value=1e-42,
        first_at=AT,
        last_at=AT,
        posts=4,
        because=plain(
            "coordinated beyond chance because 3 accounts posted near copies of the same texts (12)"
        ),
        innocent_explanations=readings,
        evidence=(*copied, link),
        caveats=(plain("says not by whom"),),
    )
    explained = Cluster(
        id="c2",
        method=METHOD,
        status="explained",
        accounts=people[:2],
        signals=("link",),
        q_value=0.001,
        because=plain("because <i>"),
        innocent_explanations=(
            Explanation(kind="agency", fits=True, because=plain("2 of 2"), fit=1.0),
        ),
        evidence=(link,),
    )
    told = [
        Narrative(
            id=f"n{n}",
            method=Method(name="narratives", version="1", parameters={"model": "m"}),
            label=EVIL,
            terms=(EVIL, "@Handle_account2", "water"),
            languages={"fr": 3, "e|n": 4},
            posts=50 - n,
            authors=5,
            first_at=AT,
            last_at=AT,
            coordinated_share=0.25,
            caveats=(plain("a caveat"),),
        )
        for n in range(33)
    ]
    risen = WeakSignal(
        id="s1",
        method=Method(name="weak-signals", version="2"),
        terms=(EVIL,),
        flagged_at=AT,
        first_at=AT,
        posts=3,
        authors=3,
        p_value=1e-4,
        expected_false_per_day=0.1,
        why=plain(f"3 authors wrote of “{EVIL}”"),
        coordinated_share=0.5,
        without_coordinated=1,
    )
    travels = [
        Influence(
            id=scope,
            method=Method(name="expected-spread", version="1"),
            account="x:account0",
            handle=EVIL,
            scope=scope,
            score=4.2,
            interval=(1.0, 9.0),
            reach=1,
        )
        for scope in ("all", "without-coordinated")
    ]
    tested = findings.Tested(
        id="t",
        method=METHOD,
        accounts=300,
        pairs=44_850,
        windows=(60, 600),
        signals=("link", "copy"),
        expected_false_accounts=1e-40,
        data_as_of=AT,
        since=AT,
        until=AT,
        described=described("link", "copy"),
    )
    posts = [
        {
            "id": f"p{n}",
            "platform": "x",
            "author": {"id": f"account{n}", "handle": f"Handle_account{n}"},
            "text": EVIL,
            "published_at": f"2024-05-01T12:00:0{n}.000Z",
            "source": EVIL,
        }
        for n in range(3)
    ]
    with closing(open_index(workspace)) as index:
        index.put([from_exchange(post) for post in posts])
        for kinds, found in (
            (("tested", "cluster"), [tested, explained, flagged]),
            (("narrative",), told),
            (("signal",), [risen]),
            (("influence",), travels),
        ):
            index.publish(found, kinds=kinds, generation="run-1")
    return workspace


def _write(workspace: Workspace, out: Path) -> str:
    with closing(open_index(workspace)) as index:
        write_report(index, workspace, out)
    return out.read_bytes().decode("utf-8")


def _hidden(workspace: Workspace) -> Workspace:
    return Workspace(workspace.home, {"privacy": {"pseudonymise": True}})


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        yield token
        yield from token.children or ()


def test_nothing_from_outside_becomes_markup_or_a_link(analysed: Workspace, tmp_path: Path) -> None:
    for workspace in (analysed, _hidden(analysed)):
        text = _write(workspace, tmp_path / "out.md")
        tokens = list(_tokens(text))
        assert not {"html_inline", "html_block", "link_open", "image", "fence", "code_block"} & {
            token.type for token in tokens
        }
        headings = [b.content for a, b in pairwise(tokens) if a.type == "heading_open"]
        assert headings == [
            "Coordination report, data to 2024-05-01 12:00 UTC",
            "In short",
            "The data",
            "What was tested, and how",
            "Expected false positives",
            "What would be found here, and what is flagged by chance",
            "Flagged groups",
            "Group c1: 4 accounts, flagged",
            "Explained groups",
            "Group c2: 2 accounts, explained by agency",
            "Pairs, stars and chains",
            "Narratives",
            "Weak signals",
            "Influence",
            "With all accounts",
            "Without coordinated accounts",
            "Caveats",
            "Literature",
        ]
        # what programs make links of without being asked stands only where none does: in code
        strong = [b.content for a, b in pairwise(tokens) if a.type == "strong_open"]
        assert "bold" not in strong
        loose = "".join(token.content for token in tokens if token.type == "text")
        assert not re.search(r"https?://|www\.|\w@\w", loose)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert max(map(len, text.splitlines())) < 8_000
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {9, 6}


def test_it_holds_what_a_reader_needs(analysed: Workspace, tmp_path: Path) -> None:
    text = _write(analysed, tmp_path / "out.md")
    for said in (
        "1 group is flagged, with 4 accounts; number of these accounts expected by chance alone: "
        "fewer than 0.01 (1e-40) from the q-values alone",
        "Data as of: 2024-05-01T12:00:00.000Z",
        "300 accounts and all 44,850 pairs",
        "controlled at 0.01 (Benjamini and Hochberg 1995)",
        "within 1 min and 10 min",
        "q-value 1e-40, p-value 1e-42",
        "(rows: 10 of 13, each signal",
        "2 accounts, 1 min 30 s from first to last (90.0 s)",
        "`p0` at 2024-05-01T12:00:00.000Z by `account0`",
        "`gone` at an unknown time",
        "**news burst** does not fit (0.10 of 1)",
        "*What would refute it:* quiet hours",
        "50 | 5 |",
        "25%",
        "3 smaller ones are not shown",
        "1 of them by other accounts",
        "| 4.2 | 1.0 to 9.0 | 1 account | c1 |",
        "- *Groups:* Says not by whom.",
        "weak-signals, version 2",
    ):
        assert said in text, said
    assert text.index("Group c1") < text.index("Group c2") < text.index("## Narratives")
    assert re.search(
        r"^\d+\. Linked the same pages", text, re.MULTILINE
    )  # the thirteenth row: the only one of its signal
    assert not re.search(r"\bbots?\b|inauthentic|\btroll", text, re.IGNORECASE)


def test_same_data_same_bytes(analysed: Workspace, tmp_path: Path) -> None:
    assert _write(analysed, tmp_path / "a.md") == _write(analysed, tmp_path / "b.md")


def test_nobody_is_named_under_pseudonyms(analysed: Workspace, tmp_path: Path) -> None:
    text = _write(_hidden(analysed), tmp_path / "out.md")
    assert not re.search(r"account\d|Handle_|Stranger_9", text)
    assert len(set(re.findall(r"acct-[a-z2-7]{12}", text))) == 4
    assert "an address that names an account (left out)" in text
    assert "Handle_account1" in _write(analysed, tmp_path / "open.md")


def test_marks_of_analysts_count_at_once(analysed: Workspace, tmp_path: Path) -> None:
    with closing(open_index(analysed)) as index:
        index.put_mark("c2", "benign")
        index.put_mark("c1", "suspect")
        index.put_mark("x:account1", "benign")
    text = _write(analysed, tmp_path / "out.md")
    assert "1 group was cleared by an analyst and is not shown." in text
    assert "Group c1: 3 accounts, flagged" in text
    assert "Left out: 1 account that an analyst cleared since." in text
    assert "**Mark of an analyst:** suspect." in text
    assert "Group c2" not in text


def test_a_mark_of_suspect_flags_a_group_that_a_reading_explains(
    analysed: Workspace, tmp_path: Path
) -> None:
    with closing(open_index(analysed)) as index:
        index.put_mark("c2", "suspect")
    text = _write(analysed, tmp_path / "out.md")
    assert "2 groups are flagged, with 6 accounts" in text
    assert "### Group c2: 2 accounts, flagged" in text
    assert "**Overruled:** an innocent reading fits (agency), but an analyst marked" in text
    assert text.index("Group c2") < text.index("## Explained groups\n\nNone.")


def test_a_group_that_was_cleared_before_the_analysis_is_what_the_engine_found_once_unmarked(
    analysed: Workspace, tmp_path: Path
) -> None:
    """An analysis under a benign mark published *cleared*; the mark is gone since."""
    with closing(open_index(analysed)) as index:
        clusters = [
            dataclasses.replace(cluster, status="cleared")
            for cluster in index.findings("cluster")
            if isinstance(cluster, Cluster)
        ]
        index.publish(clusters, kinds=("cluster",), generation="run-2")
    text = _write(analysed, tmp_path / "out.md")
    assert "Group c1: 4 accounts, flagged" in text
    assert "Group c2: 2 accounts, explained by agency" in text


def test_the_report_speaks_french(analysed: Workspace, tmp_path: Path) -> None:
    french = Workspace(analysed.home, {"language": "fr"})
    text = _write(french, tmp_path / "out.md")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Rapport de coordination, données jusqu’au 1er mai 2024, 12:00 UTC",
        "## En bref",
        "## Les données",
        "## Ce qui a été testé, et comment",
        "## Faux positifs attendus",
        "## Ce qui serait retrouvé ici, et ce qui serait signalé par hasard",
        "## Groupes signalés",
        "### Groupe c1\u202f: 4 comptes, signalé",
        "## Groupes expliqués",
        "### Groupe c2\u202f: 2 comptes, expliqué par\u202f: texte d’agence",
        "## Paires, étoiles et chaînes",
        "## Récits",
        "## Signaux faibles",
        "## Influence",
        "### Avec tous les comptes",
        "### Sans les comptes coordonnés",
        "## Réserves",
        "## Bibliographie",
    ]
    for sentence in (
        "moins de 0,01 (1,0·10⁻⁴⁰)",
        "1 min 30 s du premier au dernier",
        "à moins de 1 min et 10 min",
        "| 4,2 | 1 à 9 |",
        "25\u202f%",
    ):
        assert sentence in text, sentence
    outside_code = re.sub(r"`[^`]*`", "", text)
    assert not re.search(r"\b(?:flagged|explained|unknown|first to last)\b", outside_code)


def test_a_signal_of_another_package_appears_with_its_label(
    workspace: Workspace, tmp_path: Path
) -> None:
    label = local(en="mentioned the same handles", fr="mentionné les mêmes comptes")
    signal = SignalDescription(
        name="mention",
        family="acts",
        object_kind="account",
        specificity=3,
        label=label,
        objects=local(en=("{n} handle", "{n} handles")),
    )
    row = Evidence(
        signal="mention",
        object="x:somebody",
        posts=("x:p1", "x:p2"),
        accounts=("x:a", "x:b"),
        seconds_apart=2.0,
    )
    reading = Explanation(
        kind="open_letter",
        fits=False,
        because=plain("0 of 1"),
        label=local(en="An open letter", fr="Une lettre ouverte"),
    )
    cluster = Cluster(
        id="c1",
        method=METHOD,
        status="flagged",
        accounts=tuple(Member(id=f"x:{a}") for a in "abc"),
        signals=("mention",),
        q_value=0.001,
        because=Message("dossier.beyond_chance"),
        evidence=(row,),
        innocent_explanations=(reading,),
    )
    tested = findings.Tested(
        id="t",
        method=METHOD,
        accounts=3,
        pairs=3,
        windows=(60,),
        signals=("mention",),
        described=(signal,),
    )
    with closing(open_index(workspace)) as index:
        index.publish([tested, cluster], kinds=("tested", "cluster"), generation="run-1")
    text = _write(
        Workspace(workspace.home, {"privacy": {"pseudonymise": False}}), tmp_path / "a.md"
    )
    assert "- mentioned the same handles (`mention`)" in text
    assert "1. Mentioned the same handles. 2 posts by 2 accounts" in text
    assert "Shared: `somebody`" in text
    assert "**An open letter** does not fit: 0 of 1." in text
    assert "Other packages add: An open letter." in text
    french = Workspace(workspace.home, {"privacy": {"pseudonymise": True}, "language": "fr"})
    text = _write(french, tmp_path / "b.md")
    assert "1. Ont mentionné les mêmes comptes." in text
    assert "**Une lettre ouverte** ne convient pas" in text
    assert "somebody" not in text


def test_without_an_analysis_there_is_nothing_to_report(
    workspace: Workspace, tmp_path: Path
) -> None:
    with (
        closing(open_index(workspace)) as index,
        pytest.raises(ConfigError, match="tocsin analyse"),
    ):
        write_report(index, workspace, tmp_path / "out.md")


def test_an_analysis_that_found_nothing_says_so(workspace: Workspace, tmp_path: Path) -> None:
    with closing(open_index(workspace)) as index:
        index.publish(
            [findings.Tested(id="t", method=METHOD, accounts=0, pairs=0, windows=())],
            kinds=("tested", "cluster"),
            generation="run-1",
        )
    text = _write(workspace, tmp_path / "out.md")
    assert "No account is flagged" in text
    assert "0 groups are flagged, with 0 accounts" in text


def test_the_literature_is_that_of_the_method_page(root: Path) -> None:
    page = (root / "docs" / "method.md").read_text(encoding="utf-8")
    for entry in map(ENGLISH, LITERATURE):
        names, year = re.match(r"(.+?) (?:and others )?(\d{4})", entry).groups()  # type: ignore[union-attr]
        first = re.split(r",| and ", names)[0]
        assert re.search(rf"{first}.{{0,200}}?{year}", page, re.DOTALL), entry


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (code_span("a`b|c\\d\n e"), "`a'b¦c⧵d e`"),
        (code_span(" \x00\u200b"), "(empty)"),
        (code_span("x" * 50, 10), "`" + "x" * 9 + "…`"),
        (
            prose("- *a* <b> & http://x.y me@x www.z"),
            r"\- \*a\* &lt;b&gt; &amp; http: //x.y me(at)x www .z",
        ),
        (prose("1. no list"), r"\1. no list"),
        (one_line("\u202eab\u2066\ue000 می\u200cخواهم"), "ab می\u200cخواهم"),
        (web_address("https://a.example/x?y=1"), "https://a.example/x?y=1"),
        (web_address("https://a.example/<x>"), None),
        (web_address("ftp://a.example"), None),
        (web_address("https://localhost/x"), None),
        (host_name("a_b.example"), "a_b.example"),
        (host_name("192.0.2.1"), None),
        (host_name("example"), None),
        (str(expectation(0.0)), "0"),
        (str(expectation(0.5)), "0.5"),
        (str(duration(7_260.0)), "2 h 1 min"),
        (str(duration(60.0)), "1 min"),
        (str(duration(None)), "an unknown time"),
        (str(listed(["a", "b", "c"])), "a, b and c"),
        (str(listed([])), "none"),
        (str(listed(["a"])), "a"),
    ],
)
def test_small_things(made: Any, wanted: Any) -> None:
    assert made == wanted


def test_the_masker_knows_names_from_words() -> None:
    people = Pseudonyms(b"secret")
    masker = AccountMasker(
        people, [("x:1234567", "Water"), ("x:42", "the"), ("mastodon:ann_b@m.example", "ann_b")]
    )
    shown = people.account("x:1234567")
    assert (
        masker.text("the 42 @Water's water, @the and @else, 1234567")
        == f"the 42 {shown}'s {shown}, @… and @…, {shown}"
    )
    assert (
        masker.text("mail ann_b@m.example") == f"mail {people.account('mastodon:ann_b@m.example')}"
    )
    assert masker.address("https://example.org/%61nn_b") is None
    assert masker.address("https://example.org/annabel") == "https://example.org/annabel"
    assert masker.address("https://x.com/") == "https://x.com/"
    assert (
        AccountMasker(Pseudonyms(b"s", enabled=False), [("x:1", "Water")]).text("Water @you")
        == "Water @you"
    )
