"""Damage that begins far down a file, or is mixed with what is sound, is noticed all the same."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

import pytest

from crawlers.importing.damage.damage_report import DamageReport
from crawlers.importing.damage.double_encoding import is_sure, repair
from crawlers.importing.damage.ids import DamagedIds, judge_ids
from crawlers.importing.damage.late import MAX_WAITING, LateDamage
from tests.crawlers.conftest import Crawl
from tests.crawlers.test_import_damaged_ids import damage, take
from tocsin.core.documents import LinkKind

HEADER = "id,author_id,created_at,text,in_reply_to_status_id\n"
CHANCE = random.Random(11)
IDS = [str(1_600_000_000_000_000_000 + CHANCE.randrange(10**16)) for _ in range(2_600)]
SOUND = 2_300


def excel(native: str) -> str:
    return native[:15] + "0" * (len(native) - 15)


def seventeen(native: str) -> str:
    return native[:17] + "00"


def javascript(native: str) -> str:
    digits = repr(float(native)).partition("e")[0].replace(".", "")
    return digits.ljust(19, "0")


def table(write: Callable[[int, str], str], target: Callable[[int], str] = lambda n: "") -> str:
    return HEADER + "".join(
        f"{write(n, native)},{n % 90},2024-03-{1 + n // 100:02}T07:{n % 60:02}:00Z,note {n},"
        f"{target(n)}\n"
        for n, native in enumerate(IDS)
    )


@pytest.mark.parametrize("spoil", [excel, seventeen, javascript])
def test_ids_that_are_rounded_behind_the_first_rows(
    crawl: Crawl, spoil: Callable[[str], str]
) -> None:
    content = table(lambda n, native: native if n < SOUND else spoil(native))
    report, posts = take(crawl, "tard.csv", content)
    assert report["fates"] == {"created": len(IDS)}
    assert damage(report) == {("id", "rounded"): len(IDS) - SOUND}
    assert posts["note 7"].id.endswith(f"/{IDS[7]}")
    assert posts[f"note {SOUND - 1}"].id.endswith(f"/{IDS[SOUND - 1]}")
    first = posts[f"note {SOUND}"]  # none of the damaged part went through before it was known
    assert first.extra["damaged"]["id"] == spoil(IDS[SOUND])
    assert any("rounded and end in zeros" in warning for warning in report["warnings"])


def test_pointers_that_are_rounded_behind_the_first_rows_are_dropped(crawl: Crawl) -> None:
    content = table(
        lambda n, native: native,
        lambda n: IDS[n - 1] if 0 < n < SOUND else excel(IDS[n - 1]) if n else "",
    )
    report, posts = take(crawl, "reponses.csv", content)
    assert report["fates"] == {"created": len(IDS)}
    assert damage(report) == {("reply_to", "rounded"): len(IDS) - SOUND}
    replies = {text for text, d in posts.items() if d.targets(LinkKind.REPLY)}
    assert len(replies) == SOUND - 1


def test_a_file_of_two_tools_one_of_which_rounds(crawl: Crawl) -> None:
    content = table(lambda n, native: excel(native) if n % 3 == 0 else native)
    report, posts = take(crawl, "deux.csv", content)
    assert report["fates"] == {"created": len(IDS)}
    assert damage(report)["id", "rounded"] == pytest.approx(len(IDS) / 3, rel=0.02)
    kept = sum("damaged" not in post.extra for post in posts.values())
    assert kept == pytest.approx(len(IDS) * 2 / 3, rel=0.02)


def test_sound_ids_wait_shortly_and_none_is_distrusted() -> None:
    chance = random.Random(5)
    late = LateDamage(DamagedIds([], found := DamageReport(), ids_repeat=False), None, found)
    viral = "1712092628029801500"
    most = 0
    for _ in range(200_000):
        native = str(1_600_000_000_000_000_000 + chance.randrange(10**17))
        row = {"id": native, "repost_of": viral if chance.random() < 0.5 else native[::-1]}
        if late.must_wait(row):
            late.waiting.append((0, row, row))
        else:
            late.waiting.clear()
            late.mend(row)
        most = max(most, len(late.waiting))
    assert found.found == {}
    assert most < 200 < MAX_WAITING


def test_ids_of_17_digits_kept_are_judged_by_their_zeros() -> None:
    verdict = judge_ids([seventeen(native) for native in IDS[:8]])
    assert verdict is not None
    assert verdict[0] == "rounded"
    assert judge_ids(IDS[:100]) is None


FRENCH = ["L'été à Nîmes", "Où sont les élèves ?", "Ça coûte cher", "Noël à Besançon", "Déjà vu"]


def spoiled(text: str, encoding: str) -> str:
    return text.encode().decode(encoding)


def lines(texts: Iterator[str]) -> str:
    return "".join(
        json.dumps({"id": n, "user": "a", "date": f"2024-03-05T07:{n % 60:02}:00Z", "text": text})
        + "\n"
        for n, text in enumerate(texts)
    )


@pytest.mark.parametrize("encoding", ["latin-1", "mac_roman"])
def test_texts_that_were_encoded_twice_behind_the_first_rows(crawl: Crawl, encoding: str) -> None:
    def texts() -> Iterator[str]:
        for n in range(1_300):
            text = f"{FRENCH[n % 5]} {n}"
            yield text if n < 1_200 else spoiled(text, encoding)

    report, posts = take(crawl, "tard.jsonl", lines(texts()))
    assert damage(report) == {("text", "double_encoding"): 100}
    assert set(posts) == {f"{FRENCH[n % 5]} {n}" for n in range(1_300)}


@pytest.mark.parametrize("meant", [
    "Pourquoi je vois Ã© partout ? Problème d'encodage", "mon clavier écrit Ã© et Ã¨",
    "SÃO PAULO, NÃO É?", "« Le café»… »", "Il écrit â€™ au lieu de ’",
])  # fmt: skip
def test_signs_that_are_meant_are_kept(crawl: Crawl, meant: str) -> None:
    assert not is_sure(meant)
    report, posts = take(crawl, "voulu.jsonl", lines(iter([meant, "Voilà, ça marche"])))
    assert meant in posts
    assert damage(report) == {}
    # and in a file that is damaged elsewhere
    damaged = [spoiled(text, "latin-1") for text in FRENCH]
    _, posts = take(crawl, "voulu2.jsonl", lines(iter([meant, *damaged])))
    assert {meant, *FRENCH} <= set(posts)


@pytest.mark.parametrize(
    "text", ["مرحبا بالعالم", "Ελλάδα", "שלום עולם", "Привет, мир", "नमस्ते दुनिया"]
)
def test_other_scripts_are_repaired_too(text: str) -> None:
    assert repair(spoiled(text, "latin-1")) == text
    assert is_sure(spoiled(text, "latin-1"))


def test_letters_that_are_lost_are_said(crawl: Crawl) -> None:
    report, _ = take(crawl, "perdu.jsonl", lines(iter(["L\ufffdt\ufffd arrive", "l'été"])))
    assert damage(report) == {("text", "lost"): 1}
    assert any("letters were lost" in warning for warning in report["warnings"])


@pytest.mark.parametrize("write", [
    '"=""{0}"""', "'{0}", "\u2019{0}", '"=""{0}"" "', '"{1}"',
])  # fmt: skip
def test_what_keeps_a_spreadsheet_from_rounding_an_id_is_no_part_of_it(
    crawl: Crawl, write: str
) -> None:
    rows = "".join(
        f"{write.format(native, f'{int(native):,}')},a{n},2024-03-05T07:00:0{n}Z,note {n},\n"
        for n, native in enumerate(IDS[:5])
    )
    report, posts = take(crawl, "garde.csv", HEADER + rows)
    assert report["fates"] == {"created": 5}
    assert posts["note 3"].id.endswith(f"/{IDS[3]}")


@pytest.mark.parametrize(
    ("native", "sound"),
    [
        ("0-1200", True),
        ("12e45f00", True),
        ("2024-03-01/100", True),
        ("1.7e+18", False),
        ("1600000000000000.0", False),
        ("1600000000000000000", False),
        ("1600000000000000123", True),
    ],
)
def test_ids_that_no_rounding_leaves_need_no_mending(native: str, sound: bool) -> None:
    found = DamageReport()
    late = LateDamage(DamagedIds([], found, ids_repeat=False), None, found)
    late.must_wait({"id": native, "text": "a note"})
    assert late.is_sound is sound
