"""What every way of keeping the `Commands` contract must do; two documents are known.

The known documents are `notes/webhooks.md` (English, about rotating the webhook key) and one in
Chinese. A subclass gives `commands`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.errors import AvatarError, InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from avatar.commands import Commands, Row

KNOWN: Row = {"id": "a", "text": "How do we rotate the webhook key?"}
UNKNOWN: Row = {"id": "b", "text": "Zxqvytonium flurbs?"}
STATUS_KEYS = {
    "profile",
    "owner",
    "documents",
    "chunks",
    "faults",
    "skipped",
    "redactions",
    "queue",
    "waiting_for_vectors",
    "last_change",
    "engine",
    "models",
    "inbox_pending",
    "memory_mb",
    "confidence",
    "daemon",
    "slack",
}


class CommandsContract:
    """Subclass with a fixture `commands` that yields commands over the two known documents."""

    @pytest.fixture
    def commands(self) -> Commands:
        raise NotImplementedError

    def test_status_tells_everything_the_contract_names(self, commands: Commands) -> None:
        assert commands.status().keys() >= STATUS_KEYS

    def test_a_second_pass_over_unchanged_files_adds_nothing(self, commands: Commands) -> None:
        steps: list[tuple[int, int, str]] = []
        commands.index(lambda *step: steps.append(step), rebuild=True)
        assert steps
        assert all(done <= total for done, total, _ in steps)
        again = commands.index(lambda *_: None, rebuild=False)
        assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0)
        assert again["unchanged"] >= 2

    def test_search_yields_a_row_for_every_row_in_order(self, commands: Commands) -> None:
        rows = [KNOWN, UNKNOWN, KNOWN | {"id": 3}]
        found = list(commands.search(iter(rows), reader="owner", limit=5))
        assert [row["id"] for row in found] == ["a", "b", 3]
        assert found[0]["results"][0]["path"] == "notes/webhooks.md"
        assert found[0]["results"][0]["start_line"] >= 1

    def test_search_keeps_to_its_limit(self, commands: Commands) -> None:
        (found,) = commands.search([KNOWN], reader="owner", limit=1)
        assert len(found["results"]) == 1

    def test_no_rows_give_no_rows(self, commands: Commands) -> None:
        assert list(commands.search([], reader="owner", limit=5)) == []
        assert list(commands.ask([], asker="ana", dry_run=True)) == []

    def test_many_rows_all_come_back(self, commands: Commands) -> None:
        rows = [KNOWN | {"id": number} for number in range(70)]
        found = commands.search(rows, reader="owner", limit=1)
        assert [row["id"] for row in found] == list(range(70))

    def test_a_known_thing_is_answered_with_its_lines(self, commands: Commands) -> None:
        (decision,) = commands.ask([KNOWN], asker="owner", dry_run=False)
        assert decision["decision"] == "answer"
        assert decision["citations"][0]["path"] == "notes/webhooks.md"
        assert 0 <= decision["confidence"] <= 1
        assert decision["escalation_id"] is None

    def test_a_dry_run_records_nothing(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=True)
        assert decision["decision"] == "escalate"
        assert decision["escalation_id"] is None
        assert commands.inbox(state=None) == []

    def test_a_reply_reaches_the_asker_once(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        (waiting,) = commands.inbox(state="pending")
        assert waiting["escalation_id"] == decision["escalation_id"]
        row = commands.reply(
            decision["escalation_id"], "Zxqvytonium 从不 flurbs.", keep=False, audience=None
        )
        assert row["state"] == "answered"
        assert row["kept_as"] is None
        (told,) = commands.replies(asker="ana")
        assert "从不" in told["text"]
        commands.received([told["delivery_id"]], asker="ben")
        assert commands.replies(asker="ana") == [told]
        commands.received([told["delivery_id"]], asker="ana")
        assert commands.replies(asker="ana") == []
        assert commands.inbox(state="pending") == []

    def test_a_kept_reply_names_its_file(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        row = commands.reply(decision["escalation_id"], "Never.", keep=True, audience="owner")
        assert row["kept_as"]

    def test_a_dismissed_question_is_closed(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        row = commands.dismiss(decision["escalation_id"], note="Ask Ben.")
        assert row["state"] == "dismissed"
        assert commands.escalation(decision["escalation_id"][:4])["state"] == "dismissed"

    def test_approving_without_a_draft_is_refused(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        with pytest.raises(AvatarError):
            commands.approve(decision["escalation_id"], keep=False, audience=None)

    def test_what_was_taught_is_kept_for_its_audience(self, commands: Commands) -> None:
        kept = commands.teach(["Who owns billing?"], "Team Kestrel.", audience="owner")
        assert kept["audience"] == "owner"
        assert kept["path"].endswith(".md")

    def test_an_empty_answer_cannot_be_taught(self, commands: Commands) -> None:
        with pytest.raises(InvalidInputError):
            commands.teach(["Who owns billing?"], "  ", audience=None)

    def test_what_is_forgotten_is_not_found(self, commands: Commands) -> None:
        gone = commands.forget("notes/webhooks.md")
        assert "notes/webhooks.md" in gone["forgotten"]
        (found,) = commands.search([KNOWN], reader="owner", limit=5)
        assert "notes/webhooks.md" not in {result["path"] for result in found["results"]}

    def test_what_is_forgotten_is_listed_until_it_is_readmitted(self, commands: Commands) -> None:
        commands.forget("notes/webhooks.md")
        listed = [row for row in commands.faults() if row["path"] == "notes/webhooks.md"]
        assert [row["reason"] for row in listed] == ["forgotten by the owner"]
        assert commands.readmit("notes/webhooks.md")["chunks"] >= 1
        (found,) = commands.search([KNOWN], reader="owner", limit=5)
        assert "notes/webhooks.md" in {result["path"] for result in found["results"]}
        assert "forgotten by the owner" not in {row["reason"] for row in commands.faults()}
        with pytest.raises(NotFoundError, match=r"notes/webhooks\.md"):
            commands.readmit("notes/webhooks.md")

    def test_what_lies_in_a_forgotten_folder_is_not_said_to_be_readmitted(
        self, commands: Commands
    ) -> None:
        commands.forget("notes/webhooks.md")
        commands.forget("notes")
        with pytest.raises(InvalidInputError, match="notes"):
            commands.readmit("notes/webhooks.md")
        commands.readmit("notes")
        commands.readmit("notes/webhooks.md")
        (found,) = commands.search([KNOWN], reader="owner", limit=5)
        assert "notes/webhooks.md" in {result["path"] for result in found["results"]}

    def test_unknown_names_are_said_to_be_unknown(self, commands: Commands) -> None:
        with pytest.raises(NotFoundError, match="nothing-like-it"):
            commands.forget("nothing-like-it")
        with pytest.raises(NotFoundError, match="nothing-like-it"):
            commands.explain("nothing-like-it")
        with pytest.raises(NotFoundError, match="nothing-like-it"):
            commands.escalation("nothing-like-it")

    def test_a_decision_can_be_explained(self, commands: Commands) -> None:
        (decision,) = commands.ask([KNOWN], asker="owner", dry_run=False)
        entry = commands.explain(decision["question_id"])
        assert entry["question"] == KNOWN["text"]
        assert entry["decision"] == "answer"
        assert 1 <= len(entry["strongest"]) <= 3
        assert all(reason["text"] for reason in entry["strongest"])

    def test_what_was_handed_over_says_what_would_have_raised_it(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        shown = commands.escalation(decision["escalation_id"])
        assert "a past answer to this very question" in shown["would_have_raised"]
        explained = commands.explain(decision["question_id"])
        assert explained["would_have_raised"] == shown["would_have_raised"]

    def test_faults_say_why(self, commands: Commands) -> None:
        for fault in commands.faults():
            assert fault["reason"] or fault["redactions"]

    def test_what_was_not_known_is_listed_with_who_asked(self, commands: Commands) -> None:
        assert commands.gaps(since_days=None, limit=5) == []
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        (gap,) = commands.gaps(since_days=1000, limit=5)
        assert gap["question"] == UNKNOWN["text"]
        assert gap["askers"] == [{"asker": "ana", "asked": 1}]
        assert (gap["asked"], gap["open"]) == (1, 1)
        assert gap["escalation_ids"] == [decision["escalation_id"]]
        assert gap["help"].keys() == {"kind", "path", "section", "start_line", "end_line"}
        assert gap["help"]["kind"] in {"known", "near", "none"}

    @pytest.mark.parametrize(("days", "limit"), [(None, 0), (0.0, 5), (-1.0, 5)])
    def test_no_days_or_no_rows_make_no_sense(
        self, commands: Commands, days: float | None, limit: int
    ) -> None:
        with pytest.raises(InvalidInputError):
            commands.gaps(since_days=days, limit=limit)

    def test_status_tells_how_sure_is_sure_enough(self, commands: Commands) -> None:
        found = commands.status()["confidence"]
        assert found["promise"] == 0.9
        assert found["is_promised"] is False
        assert "not calibrated" in found["shortfall"]
        assert 0 < found["thresholds"]["draft"] <= found["thresholds"]["answer"] <= 1
        assert found["calibrated_at"] is None
        assert found["drift"].keys() == {"judged", "recent", "precision", "raised", "alarm"}

    def test_test_questions_are_held_against_what_is_expected(self, commands: Commands) -> None:
        known, unknown = KNOWN["text"], UNKNOWN["text"]
        rows: list[Row] = [
            {"id": 1, "question": known, "expect": "notes/webhooks.md"},
            {"id": 2, "question": known, "expect": ["notes/other.md", "notes/none.md"]},
            {"id": 3, "question": unknown, "unknown": True},
            {"id": 4, "question": unknown, "expect": "notes/webhooks.md", "asker": "ana"},
            {"id": 5, "question": known, "unknown": True},
        ]
        found = list(commands.evaluate(iter(rows)))
        assert [row["id"] for row in found] == [1, 2, 3, 4, 5]
        results = [row["result"] for row in found]
        assert results == ["right", "wrong", "handed-over", "missed", "wrong"]
        assert found[0]["would_be_right"] is True
        assert found[0]["served"].startswith("notes/webhooks.md:")
        assert commands.inbox(state=None) == []

    @pytest.mark.parametrize(
        "row",
        [
            {"question": "Who?"},
            {"question": " ", "unknown": True},
            {"question": "Who?", "unknown": True, "expect": "a.md"},
        ],
    )
    def test_a_test_question_must_say_one_thing(self, commands: Commands, row: Row) -> None:
        with pytest.raises(InvalidInputError):
            list(commands.evaluate([row]))

    def test_calibrating_tells_how_far_it_is_and_what_it_found(self, commands: Commands) -> None:
        steps: list[tuple[int, int, str]] = []
        rows: list[Row] = [{"question": KNOWN["text"], "expect": "notes/webhooks.md"}]
        found = commands.calibrate(
            lambda *step: steps.append(step), promise=0.8, questions=rows, report=True
        )
        assert steps[-1][0] == steps[-1][1]
        assert found["promise"] == 0.8
        assert found["is_promised"] is False
        assert "of about 60 answers" in found["shortfall"]
        assert found["labels"]["test"] == 1
        assert found["held_at"] is None
        assert {"auroc", "error", "precision", "coverage"} <= found["before"].keys()
        assert found["report"].startswith("<!doctype html>")
        again = commands.calibrate(lambda *_: None, promise=None, questions=[], report=False)
        assert (again["promise"], again["report"]) == (0.9, None)

    @pytest.mark.parametrize("promise", [0.0, 1.0])
    def test_a_promise_nothing_can_prove_is_refused(
        self, commands: Commands, promise: float
    ) -> None:
        with pytest.raises(InvalidInputError, match="Nothing was calibrated"):
            commands.calibrate(lambda *_: None, promise=promise, questions=[], report=False)

    def test_a_topic_is_sent_by_whom_the_owner_says(self, commands: Commands) -> None:
        (notes,) = [row for row in commands.modes() if row["topic"] == "notes"]
        assert (notes["mode"], notes["why"]) == ("auto", "profile")
        chosen = commands.set_mode("notes", "draft")
        assert (chosen["topic"], chosen["mode"], chosen["why"]) == ("notes", "draft", "chosen")
        (notes,) = [row for row in commands.modes() if row["topic"] == "notes"]
        assert notes["mode"] == "draft"
        assert notes["since"] is not None
        assert commands.set_mode("notes", "auto")["mode"] == "auto"

    @pytest.mark.parametrize(("topic", "mode"), [("nothing-like-it", "auto"), ("notes", "send")])
    def test_an_unknown_topic_or_mode_is_refused_with_those_there_are(
        self, commands: Commands, topic: str, mode: str
    ) -> None:
        with pytest.raises(InvalidInputError, match=r"notes|auto"):
            commands.set_mode(topic, mode)

    def test_who_got_a_wrong_answer_is_told_once(self, commands: Commands) -> None:
        (decision,) = commands.ask([KNOWN], asker="ana", dry_run=False)
        judged = commands.judge(decision["question_id"], right=False)
        assert (judged["verdict"], judged["told"]) == ("rejected", 1)
        assert judged["question"] == KNOWN["text"]
        assert commands.judge(decision["question_id"], right=False)["told"] == 0
        with pytest.raises(InvalidInputError):
            commands.judge(decision["question_id"], right=True)

    def test_a_right_answer_is_noted_and_nobody_disturbed(self, commands: Commands) -> None:
        (decision,) = commands.ask([KNOWN], asker="ana", dry_run=False)
        judged = commands.judge(decision["question_id"], right=True)
        assert (judged["verdict"], judged["told"]) == ("approved", 0)

    def test_only_an_answer_that_was_sent_can_be_judged(self, commands: Commands) -> None:
        (decision,) = commands.ask([UNKNOWN], asker="ana", dry_run=False)
        with pytest.raises(InvalidInputError):
            commands.judge(decision["question_id"], right=True)
        with pytest.raises(NotFoundError):
            commands.judge("nothing-like-it", right=True)

    def test_closing_twice_is_fine(self, commands: Commands) -> None:
        commands.close()
        commands.close()
