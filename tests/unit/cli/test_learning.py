from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.commands import MemoryCommands

if TYPE_CHECKING:
    from avatar.commands import Row
    from tests.unit.cli.desk import Desk


def test_gaps_are_shown_with_who_asked_and_what_would_help(desk: Desk) -> None:
    desk.run("ask", "Zxqv?", "--asker", "ana")
    desk.run("ask", "Zxqv near it?", "--asker", "ben")
    told = desk.run("gaps").stdout
    assert "asked once by ana, last " in told
    assert "it needs a note of its own" in told
    assert "a note would belong near notes/webhooks.md:1 › Keys" in told
    assert "avatar inbox show E0XYZ" in told
    assert [row["question"] for row in desk.rows("gaps", "--limit", "1")] == ["Zxqv?"]


def test_no_gap_is_good_news(desk: Desk) -> None:
    assert "Nothing was asked that is not known." in desk.run("gaps").stdout
    assert desk.rows("gaps") == []
    assert desk.run("gaps", "--limit", "0").exit_code == 2


def test_many_wordings_and_askers_are_summed_up(desk: Desk) -> None:
    class Busy(MemoryCommands):
        def gaps(self, *, since_days: float | None, limit: int) -> list[Row]:  # noqa: ARG002
            row = self._gap(self.escalations["E0XYZ"])
            known = {"kind": "known", "path": "answers/a.md", "section": None}
            return [
                row
                | {
                    "wordings": [f"way {number}" for number in range(6)],
                    "asked": 7,
                    "open": 0,
                    "askers": [{"asker": "ana", "asked": 6}, {"asker": "ben", "asked": 1}],
                    "help": known | {"start_line": 2, "end_line": 4},
                }
            ]

    desk.kept = Busy()
    desk.run("ask", "Zxqv?")
    told = desk.run("gaps", "--since", "30").stdout
    assert "asked 7 times by ana (6), ben" in told
    assert "answered since" in told
    assert "and in 2 other ways" in told
    assert "known by now: answers/a.md:2-4" in told
