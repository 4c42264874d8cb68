"""Calibration, verdicts and the owner's choices make one judgement, and outlive a restart."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from avatar.domain.decisions import Thresholds
from avatar.domain.escalations import Verdict
from avatar.domain.judgement import Mode
from avatar.errors import InvalidInputError, StateUnwritableError
from avatar.learning.calibration import Shipped
from avatar.learning.certainty import Certainty, Sources, Wishes
from avatar.learning.modes import Why
from tests.fakes.clock import FakeClock
from tests.fakes.journal import MemoryJournal, MemoryVerdicts
from tests.fakes.notebook import MemoryNotebook
from tests.unit.adapters.test_calibration_file import CONFIDENCE, FUSION, MADE, THRESHOLDS
from tests.unit.learning.giving import given

SHIPPED = Shipped(FUSION, CONFIDENCE, THRESHOLDS)
CALIBRATED = replace(MADE, thresholds=Thresholds(0.6, 0.5, 0.2, 0.7), judged=MADE.judged)


class FullNotebook(MemoryNotebook):
    def hear(self, text: str) -> None:
        raise StateUnwritableError(f"The disk is full; {text:.9} was not kept.")


@dataclass
class Desk:
    """Certainty over fakes; `restarted` gives another one over the same state."""

    wishes: Wishes = field(
        default_factory=lambda: Wishes(0.9, modes={"notes": Mode.AUTO, "code": Mode.DRAFT})
    )
    notebook: MemoryNotebook = field(default_factory=MemoryNotebook)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    clock: FakeClock = field(default_factory=FakeClock)
    told: list[str] = field(default_factory=list)
    answers: int = 7
    numbers: int = 0

    def __post_init__(self) -> None:
        self.verdicts = MemoryVerdicts(self.journal)

    def restarted(self) -> Certainty:
        sources = Sources(
            self.verdicts, self.notebook, self.clock, lambda: self.answers, self.told.append
        )
        return Certainty(self.wishes, SHIPPED, sources)

    def judges(self, verdict: Verdict | bool, **served: object) -> None:
        self.numbers += 1
        one = given(verdict, self.numbers, **served)  # type: ignore[arg-type]
        assert one.entry is not None
        self.journal.record(replace(one.entry, question_id=one.question_id))
        self.verdicts.record(replace(one, at=self.clock.now(), entry=None))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_without_a_calibration_the_shipped_numbers_are_in_force(desk: Desk) -> None:
    certainty = desk.restarted()
    judgement, stands = certainty.judgement(), certainty.sureness()
    assert (judgement.thresholds, judgement.confidence) == (THRESHOLDS, CONFIDENCE)
    assert judgement.origin == "shipped"
    assert judgement.modes == desk.wishes.modes
    assert stands.shortfall == "not calibrated: 7 of about 60 answers"
    assert not stands.is_promised
    assert desk.told == []


def test_a_calibration_is_in_force_at_once_without_the_questions_in_it(desk: Desk) -> None:
    certainty = desk.restarted()
    certainty.adopt(CALIBRATED)
    judgement, stands = certainty.judgement(), certainty.sureness()
    assert judgement.thresholds == CALIBRATED.thresholds
    assert judgement.confidence.is_calibrated
    assert judgement.origin == "calibrated at 1700000000"
    assert (stands.is_promised, stands.shortfall) == (True, "")
    assert stands.calibration == replace(CALIBRATED, judged=())
    certainty.adopt(None, "It is cut off.")
    assert certainty.judgement().thresholds == THRESHOLDS
    assert certainty.sureness().refused == "It is cut off."


def test_the_owners_own_bars_are_used_instead(desk: Desk) -> None:
    desk.wishes = replace(desk.wishes, answer=0.65, draft=0.1)
    certainty = desk.restarted()
    certainty.adopt(CALIBRATED)
    thresholds = certainty.judgement().thresholds
    assert (thresholds.answer, thresholds.draft) == (0.65, 0.1)


def test_a_wrong_answer_raises_the_bar_of_the_next_question_also_after_a_restart(
    desk: Desk,
) -> None:
    certainty = desk.restarted()
    desk.judges(False)
    raised = certainty.judgement().thresholds
    assert raised.answer > THRESHOLDS.answer
    assert raised.answer_crossing > THRESHOLDS.answer_crossing
    assert certainty.sureness().calibrated == THRESHOLDS.answer
    assert desk.restarted().judgement().thresholds == raised


def test_what_verdicts_raised_is_not_lowered_by_calibrating(desk: Desk) -> None:
    certainty = desk.restarted()
    desk.judges(False)
    bar = certainty.judgement().thresholds.answer
    certainty.adopt(CALIBRATED)
    assert certainty.judgement().thresholds.answer == pytest.approx(bar)
    assert certainty.sureness().calibrated == 0.6
    restarted = desk.restarted()
    restarted.adopt(CALIBRATED)
    assert restarted.judgement().thresholds.answer == pytest.approx(bar)


def test_a_clock_that_is_set_back_lowers_nothing(desk: Desk) -> None:
    certainty = desk.restarted()
    for _ in range(2):
        desk.judges(False, probability=1.0)
    for _ in range(99):
        desk.judges(True, probability=1.0)
    raised = certainty.judgement().thresholds.answer
    assert raised > THRESHOLDS.answer
    desk.clock.jump(desk.clock.now() - 99 * 86_400)
    for _ in range(99):
        desk.clock.advance(3600.0)
        desk.judges(True, probability=1.0)
        assert certainty.judgement().thresholds.answer == raised


def test_a_run_of_rejections_demotes_at_once_and_is_told_once(desk: Desk) -> None:
    certainty = desk.restarted()
    for _ in range(3):
        assert certainty.judgement().waiting(["notes"]) == ""
        desk.judges(False, probability=1.0)
    assert certainty.judgement().waiting(["notes"]) == "notes"
    (told,) = desk.told
    assert "3 answers from `notes` in a row" in told
    assert "`avatar mode notes auto`" in told
    restarted = desk.restarted()
    assert restarted.judgement().waiting(["notes"]) == "notes"
    assert [one.why for one in restarted.sureness().modes] == [Why.DEMOTED, Why.PROFILE]
    assert desk.told == [told]


def test_the_owner_gives_a_topic_back_and_that_is_kept(desk: Desk) -> None:
    certainty = desk.restarted()
    for _ in range(3):
        desk.judges(False, probability=1.0)
    found = certainty.set_mode("notes", Mode.AUTO)
    assert (found.mode, found.why) == (Mode.AUTO, Why.CHOSEN)
    assert certainty.judgement().waiting(["notes"]) == ""
    assert desk.restarted().judgement().waiting(["notes"]) == ""
    certainty.set_mode("code", Mode.AUTO)
    assert certainty.judgement().waiting(["code"]) == ""
    with pytest.raises(InvalidInputError, match="no source 'ntoes'; there are notes, code"):
        certainty.set_mode("ntoes", Mode.AUTO)


def test_a_promise_broken_beyond_chance_is_told_once_with_the_new_bar(desk: Desk) -> None:
    certainty = desk.restarted()
    for number in range(25):
        desk.clock.advance(60.0)
        desk.judges(number % 3 > 0, probability=1.0)
        certainty.judgement()
    (told,) = desk.told
    assert "promise of 90% was broken: 7 of the last 20" in told
    assert f"at {certainty.judgement().thresholds.answer:.0%} now" in told
    assert certainty.sureness().drift.alarm is not None


def test_after_a_stretch_of_wrong_answers_nothing_is_sent_however_sure(desk: Desk) -> None:
    certainty = desk.restarted()
    for _ in range(7):
        desk.judges(False, probability=1.0, topic="gone")
    assert certainty.judgement().waiting(["notes"]) == "notes"
    assert desk.restarted().judgement().waiting(["notes"]) == "notes"


def test_promises_that_say_nothing_send_everything_to_the_owner(desk: Desk) -> None:
    for promise in (0.0, 1.0):
        desk.wishes = replace(desk.wishes, promise=promise)
        certainty = desk.restarted()
        certainty.adopt(CALIBRATED)
        assert certainty.judgement().waiting(["notes"]) == "notes"
        assert "goes to you as a draft" in certainty.sureness().shortfall
        desk.judges(False)
        assert certainty.judgement().waiting(["anything"]) == "anything"


def test_a_full_disk_does_not_keep_a_question_from_being_decided(desk: Desk) -> None:
    desk.notebook = FullNotebook()
    certainty = desk.restarted()
    desk.judges(False)
    raised = certainty.judgement().thresholds.answer
    assert raised > THRESHOLDS.answer
    assert certainty.judgement().thresholds.answer == raised
    desk.notebook = MemoryNotebook()
    assert desk.restarted().judgement().thresholds.answer == raised


def test_a_colleague_who_changes_their_mind_is_heard_once(desk: Desk) -> None:
    certainty = desk.restarted()
    desk.judges(Verdict.NOT_HELPFUL, question="same")
    once = certainty.judgement().thresholds.answer
    desk.numbers = 0
    desk.judges(Verdict.HELPFUL, question="same")
    assert certainty.judgement().thresholds.answer == once


def test_the_promise_of_the_calibration_counts(desk: Desk) -> None:
    certainty = desk.restarted()
    certainty.adopt(replace(CALIBRATED, promise=0.8))
    assert certainty.sureness().promise == 0.8
    for _ in range(3):
        desk.judges(False, probability=1.0)
    assert certainty.judgement().waiting(["notes"]) == ""


def test_enough_answers_wait_for_calibration(desk: Desk) -> None:
    desk.answers = 60
    assert desk.restarted().sureness().shortfall == (
        "not calibrated: 60 past answers wait for `avatar calibrate`"
    )
