"""A profile is calibrated on its own past answers, and says honestly what that is worth."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from avatar import calibrating, furnishing, profile, wiring
from avatar.commands.local import LocalCommands
from avatar.domain.judgement import Mode
from avatar.errors import InvalidInputError
from tests.fakes.embedder import FakeEmbedder
from tests.stories.place import ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.commands.rooms import Rooms
    from avatar.learning.certainty import Sureness
    from tests.stories.place import Place

THINGS = ("billing", "search", "gateway", "export", "mailer", "ledger", "cache", "queue")
ASKED = "Which team runs {} and where?"
NOTE = "# Deploying\n\nWe deploy from main with `make ship`. The canary runs for 20 minutes.\n"
CANARY = "For how many minutes does the canary run?"


def teach(place: Place, count: int) -> None:
    """Write so many past answers, each about something else."""
    for number in range(count):
        thing = f"{THINGS[number % len(THINGS)]}{number // len(THINGS)}"
        place.write(
            f"answers/a{number:03}.md",
            f"---\nquestions:\n  - {ASKED.format(thing)}\naudience: everyone\n---\n\n"
            f"The service {thing} is run by team t{number}x on node{number}y.\n",
        )


@contextmanager
def opened(place: Place) -> Iterator[Rooms]:
    wired = wiring.wire(
        profile.load(place.folder), place.state, place.notes_heard.append, place.embedders
    )
    try:
        yield furnishing.rooms_of(wired, place.notes_heard.append, worker=None)
    finally:
        wired.close()


def sureness(place: Place) -> Sureness:
    with opened(place) as rooms:
        return rooms.certainty.sureness()


def calibration_of(place: Place) -> Path:
    return place.state / calibrating.FILE


def test_without_past_answers_nothing_is_promised_and_the_shipped_bar_holds(plain: Place) -> None:
    plain.write("notes/deploy.md", NOTE)
    with opened(plain) as rooms:
        rooms.library.refresh(lambda *_: None)
        before = rooms.certainty.sureness()
        found = rooms.calibrator.run()
        after = rooms.certainty.sureness()
    assert before.shortfall == found.shortfall == after.shortfall
    assert after.shortfall == "not calibrated: 0 of about 60 answers"
    assert not after.is_promised
    assert after.thresholds == before.thresholds == calibrating.shipped_numbers().thresholds


def test_what_was_learned_holds_from_the_next_question_on_and_after_a_restart(
    plain: Place,
) -> None:
    plain.write("notes/deploy.md", NOTE)
    teach(plain, 70)
    with opened(plain) as rooms:
        commands = LocalCommands(rooms)
        first = commands.explain(ask(commands, CANARY)["question_id"])
        steps: list[tuple[int, int, str]] = []
        found = rooms.calibrator.run(on_progress=lambda *step: steps.append(step))
        second = commands.explain(ask(commands, CANARY)["question_id"])
    assert (found.threads, found.shortfall, found.is_promised) == (70, "", True)
    assert first["engine"]["confidence"] == "shipped"
    assert second["engine"]["confidence"].startswith("calibrated at ")
    assert second["thresholds"]["answer"] == found.thresholds.answer
    assert {what for _, _, what in steps} >= {"documents copied", "threads asked again", "fits"}
    kept = sureness(plain)
    assert (kept.is_promised, kept.shortfall) == (True, "")
    assert kept.thresholds == found.thresholds


def test_a_few_answers_are_said_to_be_too_few(plain: Place) -> None:
    teach(plain, 7)
    with opened(plain) as rooms:
        found = rooms.calibrator.run()
    assert found.shortfall == "not calibrated: 7 of about 60 answers"
    assert found.thresholds == calibrating.shipped_numbers().thresholds
    assert sureness(plain).shortfall == "not calibrated: 7 of about 60 answers"


def test_enough_answers_that_wait_for_calibration_are_told(plain: Place) -> None:
    teach(plain, 61)
    with opened(plain) as rooms:
        rooms.library.refresh(lambda *_: None)
        told = rooms.certainty.sureness().shortfall
    assert told == "not calibrated: 61 past answers wait for `avatar calibrate`"


def test_answers_that_are_never_found_again_are_said_to_prove_nothing(plain: Place) -> None:
    for number in range(61):
        plain.write(
            f"answers/a{number:03}.md",
            f"---\nquestions:\n  - What about zq{number}x?\naudience: everyone\n---\n\n"
            f"Kim knows, extension v{number}w.\n",
        )
    with opened(plain) as rooms:
        found = rooms.calibrator.run()
    assert found.shortfall == (
        "not calibrated: every answer replayed was wrong, so nothing tells them apart"
    )
    assert found.thresholds == calibrating.shipped_numbers().thresholds
    assert not found.is_promised


def test_identical_past_answers_are_one(plain: Place) -> None:
    for number in range(10):
        plain.write(
            f"answers/same{number}.md",
            "---\nquestions:\n  - When is the office closed?\naudience: everyone\n---\n\n"
            "It is closed on Sundays.\n",
        )
    with opened(plain) as rooms:
        found = rooms.calibrator.run()
        commands = LocalCommands(rooms)
        assert ask(commands, "When is the office closed?")["decision"] != "clarify"
    assert found.threads == 1
    assert found.shortfall == "not calibrated: 1 of about 60 answers"


def test_the_live_index_is_not_touched_and_no_copy_of_it_stays(plain: Place) -> None:
    teach(plain, 12)
    left = plain.state / "scratch-0-killed"
    left.mkdir(parents=True)
    (left / "private").write_text("a copy")
    with opened(plain) as rooms:
        assert not left.exists()
        rooms.library.refresh(lambda *_: None)
        before = dict(rooms.store.document_ids())
        rooms.calibrator.run()
        assert dict(rooms.store.document_ids()) == before
    assert not list(plain.state.glob(f"{calibrating.SCRATCH}*"))


def test_half_a_calibration_is_refused_told_once_and_replaced_by_the_shipped_numbers(
    plain: Place,
) -> None:
    teach(plain, 12)
    with opened(plain) as rooms:
        rooms.calibrator.run()
    file = calibration_of(plain)
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    for _ in range(2):
        stands = sureness(plain)
        assert "cut off" in stands.refused
        assert stands.calibration is None
        assert stands.thresholds == calibrating.shipped_numbers().thresholds
    assert [note for note in plain.notes_heard if "cut off" in note] == [stands.refused]
    file.write_text(whole)
    assert sureness(plain).refused == ""


def test_a_calibration_is_refused_when_the_models_changed(plain: Place) -> None:
    teach(plain, 12)
    with opened(plain) as rooms:
        rooms.calibrator.run()
    plain.embedders = (FakeEmbedder("use", fingerprint="fake-2"),)
    stands = sureness(plain)
    assert "before these changed: the model use" in stands.refused
    assert stands.shortfall == "not calibrated: 12 of about 60 answers"


@pytest.mark.parametrize(("promise", "why"), [(1.0, "cannot be proved"), (0.0, "promises nothing")])
def test_a_promise_nobody_can_keep_is_said_and_sends_everything_to_the_owner(
    plain: Place, promise: float, why: str
) -> None:
    plain.write("notes/deploy.md", NOTE)
    plain.describe(plain.sources, f"[answering]\npromise = {promise}\n")
    with opened(plain) as rooms:
        commands = LocalCommands(rooms)
        row = ask(commands, CANARY)
        assert row["decision"] == "escalate"
        (waiting,) = commands.inbox(state="pending")
        assert "20 minutes" in waiting["draft"]
        assert why in rooms.certainty.sureness().shortfall
        assert rooms.certainty.judgement().otherwise is Mode.DRAFT
        with pytest.raises(InvalidInputError, match=why):
            rooms.calibrator.run()
    (finding,) = [f for f in profile.check(plain.folder) if f.key == "answering.promise"]
    assert why in finding.message


def test_an_answer_judged_wrong_is_taken_back_and_raises_the_bar(plain: Place) -> None:
    plain.write("notes/deploy.md", NOTE)
    with opened(plain) as rooms:
        commands = LocalCommands(rooms)
        row = ask(commands, CANARY)
        assert row["decision"] == "answer"
        before = rooms.certainty.judgement().thresholds.answer
        assert rooms.judging.judge(row["question_id"], right=False).told == 1
        (told,) = commands.replies(asker="ana")
        assert "was wrong" in told["text"]
        assert rooms.certainty.judgement().thresholds.answer > before
        assert commands.inbox(state="pending") == []


@pytest.mark.parametrize(
    ("asked", "one", "other"),
    [
        (
            "For how long is an access token valid?",
            "An access token is valid for 15 minutes.",
            "An access token is valid for 60 minutes.",
        ),
        (
            "Who approves a change of the billing schema?",
            "A change of the billing schema is approved by Kim in the data team.",
            "A change of the billing schema is approved by Lee in the data team.",
        ),
        ("访问令牌存放在哪里？", "访问令牌存放在配置中心里。", "访问令牌存放在密钥仓库里。"),
    ],
)
def test_past_answers_that_disagree_are_both_shown_to_the_owner_until_they_agree(
    place: Place, asked: str, one: str, other: str
) -> None:
    with place.open() as commands:
        commands.teach([asked], one, audience=None)
        assert ask(commands, asked)["decision"] == "answer"
        commands.teach([asked], other, audience=None)
        row = ask(commands, asked, "ben")
        assert row["decision"] == "escalate"
        (waiting,) = commands.inbox(state="pending")
        assert one in waiting["draft"]
        assert other in waiting["draft"]
        for answer in (place.folder / "answers").glob("*.md"):
            answer.write_text(answer.read_text().replace(one, other))
        commands.index(lambda *_: None, rebuild=False)
        assert ask(commands, asked, "cy")["decision"] == "answer"
