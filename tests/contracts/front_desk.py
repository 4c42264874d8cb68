"""What every `FrontDesk` must do for its connector.

A subclass gives a fixture `office`: everyone may know how the webhook key is rotated, the group
`sre` where the pager rota is kept, and `ana` is in that group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from avatar.domain.audience import Audience, Reader
from avatar.domain.decisions import Answer, Band, Escalate
from avatar.domain.escalations import EscalationState
from avatar.domain.questions import Language, Question, ReplyAddress
from avatar.errors import InvalidInputError, OwnerMustActError

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar.domain.decisions import Outcome
    from connectors.slack.front_desk import FrontDesk
    from tests.fakes.channel import MemoryChannel
    from tests.fakes.clock import FakeClock

KNOWN = "How do we rotate the webhook key?"
PRIVATE = "Where is the pager rota kept?"
UNKNOWN = "Who feeds the zebrafish colony?"
WORDS = "The aquarium team feeds it at noon."


@dataclass
class Office:
    """A desk with what a test does around it; `edit` changes the note on the webhook key.

    `recorded` tells the questions decided on, oldest first.
    """

    desk: FrontDesk
    channel: MemoryChannel
    clock: FakeClock
    edit: Callable[[], None]

    recorded: Callable[[], list[str]]

    def asks(self, text: str, *names: str, question_id: str = "q1", record: bool = True) -> Outcome:
        return self.desk.handle(self.question(text, question_id, *names), record=record)

    def question(self, text: str, question_id: str, *names: str) -> Question:
        reader = self.desk.reader_of(names or ("U3BEN", "ben@example.com", "ben"), [])
        return Question(
            question_id=question_id,
            text=text,
            asker=reader.identity,
            reader=reader,
            place=reader.widest_audience(),
            reply_to=ReplyAddress("slack", f"D1|{question_id}|U1"),
            asked_at=self.clock.now(),
        )

    def escalated(self, text: str = UNKNOWN, question_id: str = "q1") -> str:
        outcome = self.asks(text, question_id=question_id)
        assert isinstance(outcome.decision, Escalate)
        assert outcome.escalation_id
        return outcome.escalation_id


class FrontDeskContract:
    """Subclass with a fixture `office`."""

    @pytest.fixture
    def office(self) -> Office:
        raise NotImplementedError

    def test_an_answer_carries_its_words_and_its_lines_and_nothing_else(
        self, office: Office
    ) -> None:
        outcome = office.asks(KNOWN)
        decision = outcome.decision
        assert isinstance(decision, Answer)
        assert outcome.band in {Band.MEDIUM, Band.HIGH}
        assert "make rotate-key" in decision.text
        assert decision.citations[0].document_id == "notes/webhooks.md"
        assert "notes/webhooks.md" not in decision.text
        assert "stand-in" not in decision.text

    def test_a_colleague_is_known_by_any_of_their_names(self, office: Office) -> None:
        for names in (("ana",), ("U2ANA", "ana@example.com", "ana")):
            reader = office.desk.reader_of(names, [])
            assert reader == Reader.colleague("ana", ["sre"])
        assert office.desk.reader_of(("U3BEN", "ben"), []) == Reader.colleague("ben")
        assert office.desk.reader_of(("U3BEN", "ben"), ["sre"]) == Reader.colleague("ben", ["sre"])

    def test_no_name_makes_a_colleague_the_owner(self, office: Office) -> None:
        assert not office.desk.reader_of(("U9", "owner@example.com", "owner"), []).is_owner

    def test_what_is_for_a_group_reaches_nobody_else(self, office: Office) -> None:
        assert isinstance(office.asks(PRIVATE, "ana").decision, Answer)
        outcome = office.asks(PRIVATE, question_id="q2")
        assert isinstance(outcome.decision, Escalate)
        assert "oncall-rota" not in outcome.text

    def test_one_question_is_one_escalation_however_often_it_is_handled(
        self, office: Office
    ) -> None:
        assert office.escalated() == office.escalated()
        (pending,) = office.desk.pending()
        assert [asker.question_id for asker in pending.waiting] == ["q1"]
        assert office.desk.escalation(pending.escalation_id) == pending
        assert office.desk.escalation("nothing-like-it") is None

    def test_a_question_handled_twice_is_told_the_same_and_counted_once(
        self, office: Office
    ) -> None:
        for text, question_id in ((KNOWN, "q1"), (UNKNOWN, "q2")):
            first, again = (office.asks(text, question_id=question_id) for _ in range(2))
            assert (again.text, again.escalation_id) == (first.text, first.escalation_id)
            assert again.decision.text == first.decision.text
        assert office.recorded() == ["q1", "q2"]

    def test_what_was_handed_over_stays_so_when_an_answer_turns_up(self, office: Office) -> None:
        escalation_id = office.escalated()
        office.desk.save_answer(UNKNOWN, WORDS, Audience.everyone())
        assert office.escalated() == escalation_id

    def test_an_answer_that_did_not_help_goes_to_the_owner_as_a_draft_once(
        self, office: Office
    ) -> None:
        outcome = office.asks(KNOWN)
        assert isinstance(outcome.decision, Answer)
        asked = office.question(KNOWN, "q1")
        first = office.desk.dispute(asked, outcome.decision, "It did not help.")
        assert office.desk.dispute(asked, outcome.decision, "It did not help.") == first
        (pending,) = office.desk.pending()
        assert (pending.escalation_id, pending.text) == (first, KNOWN)
        assert pending.draft == outcome.decision.text
        assert [reason.text for reason in pending.reasons] == ["It did not help."]
        office.desk.reply(first, WORDS)
        office.desk.deliver_pending()
        assert WORDS in office.channel.shown[0].text

    def test_two_askers_of_one_question_share_its_escalation(self, office: Office) -> None:
        assert office.escalated() == office.escalated(question_id="q2")
        (pending,) = office.desk.pending()
        assert [asker.question_id for asker in pending.waiting] == ["q1", "q2"]

    def test_what_is_only_tried_leaves_nothing_behind(self, office: Office) -> None:
        outcome = office.asks(UNKNOWN, record=False)
        assert isinstance(outcome.decision, Escalate)
        assert not outcome.escalation_id
        assert not office.desk.pending()
        assert office.desk.today().escalated == 0

    def test_the_first_reply_stands_and_is_delivered_once_word_for_word(
        self, office: Office
    ) -> None:
        escalation_id = office.escalated()
        assert office.desk.reply(escalation_id, WORDS).reply == WORDS
        with pytest.raises(OwnerMustActError):
            office.desk.reply(escalation_id, "Other words.")
        for act in (office.desk.approve, office.desk.dismiss):
            with pytest.raises(OwnerMustActError):
                act(escalation_id)
        office.desk.deliver_pending()
        office.desk.deliver_pending()
        (shown,) = office.channel.shown
        assert (shown.reply_to.address, WORDS in shown.text) == ("D1|q1|U1", True)
        assert not office.desk.pending()

    def test_a_reply_that_could_not_be_delivered_is_delivered_later(self, office: Office) -> None:
        office.desk.reply(office.escalated(), WORDS)
        office.channel.is_down = True
        office.desk.deliver_pending()
        assert not office.channel.shown
        office.channel.is_down = False
        office.desk.deliver_pending()
        assert len(office.channel.shown) == 1

    def test_what_cannot_be_sent_is_refused(self, office: Office) -> None:
        escalation_id = office.escalated()
        with pytest.raises(InvalidInputError):
            office.desk.reply(escalation_id, "  ")
        with pytest.raises(InvalidInputError):
            office.desk.approve(escalation_id)
        found = office.desk.escalation(escalation_id)
        assert found is not None
        assert found.state is EscalationState.PENDING

    def test_who_waits_too_long_is_told(self, office: Office) -> None:
        escalation_id = office.escalated()
        assert office.desk.expire(100.0) == []
        office.clock.advance(101.0)
        (expired,) = office.desk.expire(100.0)
        assert (expired.escalation_id, expired.state) == (escalation_id, EscalationState.EXPIRED)
        assert office.desk.expire(100.0) == []
        office.desk.deliver_pending()
        assert len(office.channel.shown) == 1

    def test_a_kept_reply_answers_the_next_one_who_asks(self, office: Office) -> None:
        escalation_id = office.escalated()
        office.desk.reply(escalation_id, WORDS)
        path = office.desk.keep(escalation_id, Audience.everyone())
        assert path.startswith("answers/")
        decision = office.asks(UNKNOWN, "U4", "kim", question_id="q2").decision
        assert isinstance(decision, Answer)
        assert WORDS in decision.text
        assert {citation.document_id for citation in decision.citations} == {path}

    def test_nothing_is_kept_for_more_people_than_the_question_was(self, office: Office) -> None:
        asked = office.asks(UNKNOWN, "ana")
        office.desk.reply(asked.escalation_id, WORDS)
        with pytest.raises(InvalidInputError):
            office.desk.keep(asked.escalation_id, Audience.everyone())

    def test_an_answer_given_unasked_is_found(self, office: Office) -> None:
        path = office.desk.save_answer(UNKNOWN, WORDS, Audience.groups(["sre"]))
        assert path.startswith("answers/")
        assert isinstance(office.asks(UNKNOWN, "ana").decision, Answer)
        assert isinstance(office.asks(UNKNOWN, question_id="q2").decision, Escalate)

    def test_an_answer_of_the_owners_own_is_known_with_its_day(self, office: Office) -> None:
        office.clock.advance(5.0)
        office.desk.save_answer(UNKNOWN, WORDS, Audience.everyone())
        (own,) = office.asks(UNKNOWN).citations
        assert office.desk.given_at(own) == pytest.approx(office.clock.now(), abs=1.0)
        (note,) = office.asks(KNOWN, question_id="q2").citations
        assert office.desk.given_at(note) is None

    def test_what_would_have_helped_is_named_in_the_language_of_who_reads_it(
        self, office: Office
    ) -> None:
        escalation_id = office.escalated()
        english = office.desk.would_have_raised(escalation_id, Language.ENGLISH)
        chinese = office.desk.would_have_raised(escalation_id, Language.CHINESE)
        assert english
        assert all(text.isascii() for text in english)
        assert len(chinese) == len(english)
        assert not any(text.isascii() for text in chinese)
        assert list(office.desk.would_have_raised("nothing-like-it", Language.ENGLISH)) == []

    def test_nothing_is_taken_from_a_stand_in_that_nobody_judged(self, office: Office) -> None:
        office.asks(KNOWN)
        assert list(office.desk.setbacks()) == []

    def test_lines_hold_until_they_change(self, office: Office) -> None:
        (citation,) = office.asks(KNOWN).citations
        assert office.desk.still_holds(citation)
        office.edit()
        assert not office.desk.still_holds(citation)

    def test_the_day_counts_what_happened_and_names_the_gaps(self, office: Office) -> None:
        office.asks(KNOWN)
        for number in range(2):
            office.asks(UNKNOWN, question_id=f"u{number}")
        day = office.desk.today()
        assert (day.answered, day.asked_back, day.escalated) == (1, 0, 2)
        assert day.gaps == (UNKNOWN,)

    def test_what_is_not_known_is_named_with_how_often_it_was_asked(self, office: Office) -> None:
        assert office.desk.gaps() == []
        office.asks(KNOWN)
        for number in range(2):
            office.asks(UNKNOWN, question_id=f"u{number}")
        (gap,) = office.desk.gaps()
        assert (gap.question, gap.asked) == (UNKNOWN, 2)
        office.desk.reply(office.desk.pending()[0].escalation_id, WORDS)
        assert office.desk.gaps() == []

    def test_sources_are_named_to_who_may_read_them(self, office: Office) -> None:
        ana = office.desk.sources_for(Reader.colleague("ana", ["sre"]))
        ben = office.desk.sources_for(Reader.colleague("ben"))
        assert set(ben) < set(ana)
        assert list(office.desk.sources_for(Reader("guest", frozenset()))) == []

    def test_what_readers_think_is_taken(self, office: Office) -> None:
        office.asks(KNOWN)
        office.desk.feedback("q1", good=False, by_owner=False)
        office.desk.feedback("q1", good=True, by_owner=True)
        office.desk.feedback("never-asked", good=True, by_owner=True)
