from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avatar.cli.learning import write_private
from avatar.errors import InvalidInputError
from tests.fakes.commands import MemoryCommands

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

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


QUESTIONS = """\
{"question": "How do we rotate the webhook key?", "expect": "notes/webhooks.md"}
{"question": "Which webhook?", "expect": ["notes/other.md"], "id": "w"}
{"question": "Zxqv?", "unknown": true, "asker": "ana"}
{"question": "Flurb?", "expect": "notes/flurb.md"}
"""


def test_test_questions_are_summed_up_and_a_broken_promise_has_its_exit_code(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(QUESTIONS, encoding="utf-8")
    result = desk.run("evaluate", "--questions", str(file))
    assert result.exit_code == 9
    assert "wrong, sure (92%): served notes/webhooks.md:1" in result.stdout
    assert "expected notes/other.md" in result.stdout
    assert "handed over, found something else, not sure (10%): Flurb?" in result.stdout
    assert "2 (50%), 1 right, 1 wrong" in result.stdout
    assert "too few questions to tell" in result.stdout
    assert "It breaks the promise that 90% of what is answered is right" in result.stdout

    kept = desk.run("evaluate", "--questions", str(file), "--promise", "0.5")
    assert kept.exit_code == 0
    assert "It keeps the promise that 50%" in kept.stdout
    assert desk.rows("ask", "--batch", "-", given="") == []


def test_the_last_json_line_is_the_summary(desk: Desk) -> None:
    *rows, last = desk.rows("evaluate", "--questions", "-", given=QUESTIONS, code=9)
    assert [row["id"] for row in rows] == [1, "w", 3, 4]
    assert last["summary"]["results"]["handed-over"] == 1
    assert last["summary"]["is_broken"] is True
    assert last["summary"]["precision"] == 0.5


def test_where_nothing_is_answered_nothing_was_tested(desk: Desk) -> None:
    given = '{"question": "Zxqv?", "unknown": true}'
    result = desk.run("evaluate", "--questions", "-", given=given)
    assert result.exit_code == 0
    assert "was not put to the test" in result.stdout


def test_with_enough_questions_it_says_how_well_right_and_wrong_are_told_apart(
    desk: Desk,
) -> None:
    given = QUESTIONS.splitlines()[0] + "\n" + QUESTIONS.splitlines()[2] + "\n"
    told = desk.run("evaluate", "--questions", "-", given=given * 20).stdout
    assert "1.000" in told
    assert "0.090" in told


def test_an_answer_that_only_a_mode_holds_counts_and_is_told(desk: Desk) -> None:
    class Held(MemoryCommands):
        def evaluate(self, rows: Iterable[Row]) -> Iterator[Row]:
            for row in super().evaluate(rows):
                yield row | {"held": True}

    desk.kept = Held()
    told = desk.run("evaluate", "--questions", "-", given=QUESTIONS.splitlines()[0]).stdout
    assert "1 answer counted that only a draft mode keeps for you." in told


BAD = [
    "[1]",
    '{"question": ""}',
    '{"question": "Who?"}',
    '{"question": "Who?", "expect": []}',
    '{"question": "Who?", "expect": [1]}',
    '{"question": "Who?", "expect": 5, "unknown": true}',
    '{"question": "Who?", "expect": "a.md", "unknown": true}',
    '{"question": "Who?", "unknown": true, "asker": 5}',
]


@pytest.mark.parametrize("line", BAD)
def test_a_bad_test_question_is_named_and_the_rest_goes_on(desk: Desk, line: str) -> None:
    given = f"{line}\n{QUESTIONS.splitlines()[0]}"
    bad, good, summary = desk.rows("evaluate", "--questions", "-", given=given, code=2)
    assert bad["error"].startswith("line 1 ")
    assert good["result"] == "right"
    assert summary["summary"]["asked"] == 1


def test_a_file_without_questions_is_refused(desk: Desk) -> None:
    (row,) = desk.rows("evaluate", "--questions", "-", given="\n", code=2)
    assert "holds no question" in row["message"]


def test_calibrating_says_where_verdicts_hold_the_bar(desk: Desk) -> None:
    assert "Verdicts hold" not in desk.run("calibrate").stdout
    assert isinstance(desk.kept, MemoryCommands)
    desk.kept.held_at = 0.93
    assert "Verdicts hold the bar at 93% for now" in desk.run("calibrate").stdout


def test_calibrating_says_what_is_not_promised_yet(desk: Desk) -> None:
    result = desk.run("calibrate")
    assert result.exit_code == 0
    assert "Not calibrated: 7 of about 60 answers. Nothing is promised yet." in result.stdout
    assert "Answers by itself from 80% (90% across languages), drafts from 40%." in result.stdout
    assert "Learned from 7 threads: 7 replayed, 0 test." in result.stdout
    assert "higher bar" in result.stderr
    status = " ".join(desk.run("status").stdout.split())
    assert "not calibrated: 7 of about 60 answers; answers from 80%;" in status
    assert "drafts only: notes" in status


def test_calibrating_says_what_is_promised_and_what_is_proposed(desk: Desk) -> None:
    assert isinstance(desk.kept, MemoryCommands)
    desk.kept.is_calibrated = True
    told = desk.run("calibrate", "--promise", "0.95").stdout
    assert "Of the answers sent by themselves at least 95% will be right." in told
    assert "80.0%" in told
    assert "93.0%" in told
    assert "notes may answer by itself: avatar mode notes auto" in told
    status = " ".join(desk.run("status").stdout.split())
    assert "promised: 90% of what it sends is right" in status
    assert "may answer by themselves: notes" in status


def test_the_report_is_for_the_owner_alone(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "sure.html"
    page.write_text("old")
    page.chmod(0o644)
    result = desk.run("calibrate", "--report", str(page))
    assert f"Report: {page}" in "".join(result.stdout.splitlines())
    assert page.read_text(encoding="utf-8").endswith("是")
    assert page.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.glob("*sure*")] == ["sure.html"]
    (row,) = desk.rows("calibrate", "--report", str(page))
    assert row["report"] == str(page)
    assert desk.rows("calibrate")[0]["report"] is None


def test_where_no_report_can_be_written_nothing_is_calibrated(desk: Desk, tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "none" / "sure.html"):
        (row,) = desk.rows("calibrate", "--report", str(wrong), code=2)
        assert "cannot be written" in row["message"]
    assert desk.opened == []


def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="in force"):
        write_private(tmp_path / ("x" * 300), "page")
    assert list(tmp_path.iterdir()) == []


def test_test_questions_can_be_learned_from(desk: Desk) -> None:
    (row,) = desk.rows("calibrate", "--questions", "-", given=QUESTIONS)
    assert row["labels"]["test"] == 4
    _bad, error = desk.rows("calibrate", "--questions", "-", given="[1]", code=2)
    assert "nothing was changed" in error["message"]


def test_a_promise_of_everything_is_refused(desk: Desk) -> None:
    (row,) = desk.rows("calibrate", "--promise", "1.0", code=2)
    assert "Nothing was calibrated" in row["message"]


def test_doctor_tells_how_sure_is_sure_enough(desk: Desk) -> None:
    def confidence() -> Row:
        rows = [json.loads(line) for line in desk.run("doctor", "--json").stdout.splitlines()]
        return next(row for row in rows if row["name"] == "confidence")

    assert confidence()["level"] == "ok"

    class Refused(MemoryCommands):
        def status(self) -> Row:
            row = super().status()
            return row | {"confidence": row["confidence"] | {"refused": "It was cut in half."}}

    desk.kept = Refused()
    assert confidence()["level"] == "warn"


def test_modes_are_listed_with_why_and_what_is_proposed(desk: Desk) -> None:
    assert isinstance(desk.kept, MemoryCommands)
    assert "as the profile says" in desk.run("mode").stdout
    desk.kept.is_calibrated = True
    told = desk.run("mode", "notes", "draft").stdout
    assert told == "Answers from notes wait for your approval, from now on.\n"
    told = " ".join(desk.run("mode").stdout.split())
    assert "40 of 40 replayed answers were right, at least 94%" in told
    assert "Accept with: avatar mode notes auto" in told
    assert "sent when it is sure enough" in desk.run("mode", "notes", "auto").stdout
    assert desk.rows("mode")[0]["mode"] == "auto"


def test_a_mode_needs_a_topic_and_a_mode(desk: Desk) -> None:
    (row,) = desk.rows("mode", "notes", code=2)
    assert "avatar mode notes auto" in row["message"]
    (row,) = desk.rows("mode", "nowhere", "auto", code=2)
    assert "notes" in row["message"]


def test_status_tells_of_verdicts_and_a_raised_bar(desk: Desk) -> None:
    status = " ".join(desk.run("status").stdout.split())
    assert "90% of the last 10 judged were right" in status
    assert "bar raised by 0.05 after wrong ones" in status


def test_the_owners_word_is_noted_and_a_wrong_answer_taken_back(desk: Desk) -> None:
    name = desk.rows("ask", "webhook")[0]["question_id"]
    told = desk.run("judge", name, "wrong")
    assert "Noted as rejected: webhook" in told.stdout
    assert "1 person is told that the answer was wrong." in told.stdout
    assert "avatar teach" in told.stderr
    assert "Nobody else had to be told" in desk.run("judge", name, "wrong").stdout
    (row,) = desk.rows("judge", name, "right", code=2)
    assert row["error"] == "InvalidInputError"
    other = desk.rows("ask", "webhook")[0]["question_id"]
    assert desk.rows("judge", other, "right")[0]["verdict"] == "approved"
    assert desk.run("judge", other, "perhaps").exit_code == 2


def test_many_people_are_counted(desk: Desk) -> None:
    class Popular(MemoryCommands):
        def judge(self, record_id: str, *, right: bool) -> Row:
            return super().judge(record_id, right=right) | {"told": 1200}

    desk.kept = Popular()
    name = desk.rows("ask", "webhook")[0]["question_id"]
    assert "1,200 people are told" in desk.run("judge", name, "wrong").stdout


@pytest.mark.parametrize("command", ["calibrate", "evaluate"])
@pytest.mark.parametrize("promise", ["nan", "inf", "-1", "1.5", "90%"])
def test_a_promise_is_a_share(desk: Desk, tmp_path: Path, command: str, promise: str) -> None:
    file = tmp_path / "my.jsonl"
    file.write_text('{"question": "x?", "unknown": true}\n', encoding="utf-8")
    result = desk.run(command, "--questions", str(file), "--promise", promise)
    assert result.exit_code == 2
    assert "--promise" in result.stderr
