"""What every `Inbox` must do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.domain.audience import Audience
from avatar.domain.chunks import Span
from avatar.domain.decisions import Reason
from avatar.domain.escalations import (
    Delivery,
    Escalation,
    EscalationState,
    Verdict,
    WaitingAsker,
)
from avatar.domain.questions import Language, ReplyAddress
from avatar.errors import InvalidInputError, TryAgainLaterError

if TYPE_CHECKING:
    from avatar.ports import Inbox


def an_asker(question_id: str = "q1", **changes: object) -> WaitingAsker:
    asker = WaitingAsker(
        question_id=question_id,
        asker=f"asker of {question_id}",
        text="How do I rotate the deploy key? 怎么换？",
        language=Language.ENGLISH,
        reply_to=ReplyAddress("memory", f"address of {question_id}"),
        place=Audience.everyone(),
        asked_at=1_700_000_000.25,
    )
    return replace(asker, **changes)  # type: ignore[arg-type]


def an_escalation(*askers: WaitingAsker, key: str = "key", **changes: object) -> Escalation:
    escalation = Escalation(
        escalation_id="",
        key=key,
        text="How do I rotate the deploy key?",
        waiting=askers or (an_asker(),),
        reasons=(Reason("unknown-term", "‘deploy key’ is nowhere", -1.5),),
        state=EscalationState.PENDING,
        opened_at=1_700_000_001.5,
        audience=Audience.everyone(),
        draft="Perhaps with `rotate`.",
        draft_spans=(Span("notes/a.md", 3, 4, "ab"),),
    )
    return replace(escalation, **changes)  # type: ignore[arg-type]


def deliveries_for(escalation: Escalation, text: str = "reply") -> list[Delivery]:
    return [
        Delivery(
            f"{escalation.escalation_id}/{asker.question_id}",
            escalation.escalation_id,
            asker.question_id,
            asker.reply_to,
            text,
            1_700_000_002.0,
        )
        for asker in escalation.waiting
    ]


def answer(inbox: Inbox, escalation: Escalation, reply: str = "Like this.") -> bool:
    return inbox.close(
        escalation.escalation_id,
        EscalationState.ANSWERED,
        reply=reply,
        verdict=Verdict.OWN_ANSWER,
        at=1_700_000_002.0,
        deliveries=deliveries_for(escalation, reply),
    )


class InboxContract:
    """Subclasses give a fixture `inbox`."""

    def test_an_opened_escalation_reads_back_as_it_was_given(self, inbox: Inbox) -> None:
        stored = inbox.open(an_escalation())
        assert replace(stored, escalation_id="") == an_escalation()
        assert len(stored.escalation_id) == 8
        assert inbox.get(stored.escalation_id) == stored
        assert inbox.list() == inbox.list(EscalationState.PENDING) == [stored]

    def test_an_escalation_without_draft_or_askers_reads_back_too(self, inbox: Inbox) -> None:
        bare = an_escalation(draft="", draft_spans=(), reasons=(), audience=Audience.owner_only())
        stored = inbox.open(replace(bare, waiting=()))
        assert inbox.get(stored.escalation_id) == stored
        assert answer(inbox, stored)

    def test_the_same_key_is_one_escalation_with_all_askers_waiting(self, inbox: Inbox) -> None:
        first = inbox.open(an_escalation(an_asker("q1")))
        second = inbox.open(an_escalation(an_asker("q2")))
        assert second.escalation_id == first.escalation_id
        assert [a.question_id for a in second.waiting] == ["q1", "q2"]
        assert inbox.list() == [second]

    def test_what_may_be_kept_narrows_to_what_suits_every_asker(self, inbox: Inbox) -> None:
        inbox.open(an_escalation(an_asker("q1"), audience=Audience.groups(["core", "web"])))
        joined = inbox.open(an_escalation(an_asker("q2"), audience=Audience.groups(["web"])))
        assert joined.audience == Audience.groups(["web"])
        assert inbox.add_waiting(
            joined.escalation_id, an_asker("q3", place=Audience.groups(["qa"]))
        )
        assert inbox.list()[0].audience == Audience.owner_only()

    def test_other_keys_stay_apart_in_the_order_they_came(self, inbox: Inbox) -> None:
        first = inbox.open(an_escalation(an_asker("q1"), key="one"))
        second = inbox.open(an_escalation(an_asker("q2"), key="two"))
        assert inbox.list() == [first, second]

    def test_the_same_question_twice_waits_once(self, inbox: Inbox) -> None:
        first = inbox.open(an_escalation())
        assert inbox.open(an_escalation()) == first
        assert inbox.add_waiting(first.escalation_id, first.waiting[0])
        assert inbox.list() == [first]

    def test_a_question_that_was_answered_is_not_opened_again(self, inbox: Inbox) -> None:
        first = inbox.open(an_escalation())
        assert answer(inbox, first)
        again = inbox.open(an_escalation())
        assert again.escalation_id == first.escalation_id
        assert again.state is EscalationState.ANSWERED
        assert len(inbox.list()) == 1

    def test_only_the_new_ones_of_several_askers_are_added(self, inbox: Inbox) -> None:
        inbox.open(an_escalation(an_asker("q1")))
        both = inbox.open(an_escalation(an_asker("q1"), an_asker("q2"), key="other"))
        assert [a.question_id for a in both.waiting] == ["q2"]

    def test_the_same_key_opens_anew_once_the_first_is_closed(self, inbox: Inbox) -> None:
        first = inbox.open(an_escalation(an_asker("q1")))
        answer(inbox, first)
        second = inbox.open(an_escalation(an_asker("q2")))
        assert second.escalation_id != first.escalation_id
        assert inbox.list(EscalationState.PENDING) == [second]

    def test_a_wanted_id_that_is_taken_is_replaced(self, inbox: Inbox) -> None:
        first = inbox.open(an_escalation(an_asker("q1"), escalation_id="wanted", key="1"))
        second = inbox.open(an_escalation(an_asker("q2"), escalation_id="wanted", key="2"))
        assert first.escalation_id == "wanted"
        assert second.escalation_id not in {"", "wanted"}

    def test_the_first_transition_wins(self, inbox: Inbox) -> None:
        stored = inbox.open(an_escalation())
        assert answer(inbox, stored, "first")
        assert not answer(inbox, stored, "second")
        closed = inbox.get(stored.escalation_id)
        assert closed is not None
        assert (closed.reply, closed.verdict, closed.closed_at) == (
            "first",
            Verdict.OWN_ANSWER,
            1_700_000_002.0,
        )
        assert [d.text for d in inbox.undelivered()] == ["first"]

    def test_an_unknown_escalation_is_neither_closed_nor_joined(self, inbox: Inbox) -> None:
        assert not answer(inbox, an_escalation(escalation_id="nowhere"))
        assert not inbox.add_waiting("nowhere", an_asker())
        assert inbox.get("nowhere") is None
        assert inbox.get("") is None

    def test_closing_past_somebody_who_just_joined_changes_nothing(self, inbox: Inbox) -> None:
        stored = inbox.open(an_escalation(an_asker("q1")))
        inbox.open(an_escalation(an_asker("q2")))
        with pytest.raises(TryAgainLaterError):
            answer(inbox, stored)
        assert inbox.list()[0].state is EscalationState.PENDING
        assert inbox.undelivered() == []

    def test_one_delivery_is_for_all_who_wait_at_its_address(self, inbox: Inbox) -> None:
        here = an_asker("q1").reply_to
        inbox.open(an_escalation(an_asker("q1")))
        stored = inbox.open(an_escalation(an_asker("q2", reply_to=here), an_asker("q3")))
        assert [asker.question_id for asker in stored.waiting] == ["q1", "q2", "q3"]
        assert [asker.question_id for asker in stored.told] == ["q1", "q3"]
        first, _, third = deliveries_for(stored, "Like this.")
        assert inbox.close(
            stored.escalation_id,
            EscalationState.ANSWERED,
            reply="Like this.",
            verdict=Verdict.OWN_ANSWER,
            at=5.0,
            deliveries=[first, third],
        )
        assert inbox.undelivered() == [first, third]

    def test_nobody_joins_a_closed_escalation(self, inbox: Inbox) -> None:
        stored = inbox.open(an_escalation())
        answer(inbox, stored)
        assert not inbox.add_waiting(stored.escalation_id, an_asker("q2"))

    def test_a_question_waits_in_one_escalation_only(self, inbox: Inbox) -> None:
        inbox.open(an_escalation(an_asker("q1"), key="one"))
        other = inbox.open(an_escalation(an_asker("q2"), key="two"))
        assert not inbox.add_waiting(other.escalation_id, an_asker("q1"))

    def test_an_expired_escalation_carries_no_verdict(self, inbox: Inbox) -> None:
        stored = inbox.open(an_escalation())
        assert inbox.close(
            stored.escalation_id,
            EscalationState.EXPIRED,
            reply="",
            verdict=None,
            at=5.0,
            deliveries=deliveries_for(stored),
        )
        assert [e.verdict for e in inbox.list(EscalationState.EXPIRED)] == [None]

    def test_a_delivery_waits_until_it_is_marked(self, inbox: Inbox) -> None:
        stored = inbox.open(an_escalation(an_asker("q1"), an_asker("q2")))
        answer(inbox, stored)
        assert inbox.undelivered() == deliveries_for(stored, "Like this.")
        inbox.mark_delivered(inbox.undelivered()[0].delivery_id, 7.0)
        inbox.mark_delivered("unknown", 7.0)
        assert [d.question_id for d in inbox.undelivered()] == ["q2"]

    def test_the_beginning_of_an_id_is_enough_when_only_one_has_it(self, inbox: Inbox) -> None:
        for name in ("abcd1111", "abcd2222", "xyz_3333"):
            inbox.open(an_escalation(an_asker(name), escalation_id=name, key=name))
        found = inbox.get("xyz_")
        assert found is not None
        assert found.escalation_id == "xyz_3333"
        assert inbox.get("%") is None
        with pytest.raises(InvalidInputError, match=r"abcd1111.*abcd2222"):
            inbox.get("abcd")
