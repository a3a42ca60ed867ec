"""Slashed dates in the table of a profile are decided for the whole file, as in any other."""

from __future__ import annotations

import pytest

from crawlers.importing.formats.messaging.telegram import TelegramDesktop
from tests.crawlers.profiles.conftest import Exports
from tests.crawlers.profiles.test_x_api import HEADER, row


def test_a_day_above_twelve_anywhere_decides(exports: Exports) -> None:
    rows = [row(n, created_at=f"0{n}/03/2024 10:00") for n in range(1, 9)]
    made = exports.table("t.csv", HEADER, [*rows, row(9, created_at="13/03/2024 10:00")])
    assert {r["published_at"][:7] for r in made.rows.values()} == {"2024-03"}


@pytest.mark.parametrize(("asked", "month"), [("day-first", "04"), ("month-first", "03")])
def test_dates_are_read_as_asked(exports: Exports, asked: str, month: str) -> None:
    made = exports.table("t.csv", HEADER, [row(1, created_at="03/04/2024 10:00")], dates=asked)
    (only,) = made.rows.values()
    assert only["published_at"][5:7] == month


def test_a_record_that_a_profile_refuses_costs_itself_alone(
    exports: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tocsin.core.errors import Unreadable

    whole = TelegramDesktop.convert

    def refuse(self: TelegramDesktop, record: object, around: object) -> object:
        if record["id"] == 1:  # type: ignore[index]
            raise Unreadable("damaged")
        return whole(self, record, around)  # type: ignore[arg-type]

    monkeypatch.setattr(TelegramDesktop, "convert", refuse)
    messages = [{"id": n, "type": "message", "date": "2024-05-03T11:00:00", "text": "Oui"}
        for n in (1, 2)]  # fmt: skip
    made = exports.json("result.json", {"name": "C", "id": 5, "messages": messages})
    assert list(made.rows) == ["5/2"]
    assert [str(item.reason) for item in made.rejected] == ["damaged"]
