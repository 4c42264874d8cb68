"""A small stand-in behind a channel, with the real rules: the first reply stands, askers merge."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avatar.domain.audience import Audience, Reader
from avatar.domain.decisions import (
    Answer,
    Band,
    Citation,
    Clarify,
    Composed,
    Confidence,
    Escalate,
    Outcome,
    Reason,
)
from avatar.domain.escalations import (
    Delivery,
    Escalation,
    EscalationState,
    Verdict,
    WaitingAsker,
)
from avatar.domain.language import reply_language
from avatar.errors import AvatarError, InvalidInputError, NotFoundError
from connectors.slack.front_desk import Day, Demoted, Gap, PromiseBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from avatar.domain.questions import Language, Question
    from avatar.ports import Channel, Clock

NOTHING = Confidence(0.0, {})
DRAFTED_FROM = "notes/draft.md"


def drafted(text: str) -> Composed:
    """Return a draft that rests on one line."""
    citation = Citation("d", DRAFTED_FROM, 7, 7, "", text, Audience.everyone(), "sha")
    return Composed(text, (citation,), "extractive")


@dataclass(frozen=True)
class Fact:
    """Something known: answers every question that holds all its words."""

    words: tuple[str, ...]
    answer: str
    audience: Audience = field(default_factory=Audience.everyone)
    document_id: str = "notes/deploy.md"
    quote: str = ""
    options: tuple[str, ...] = ()


class FakeFrontDesk:
    """`FrontDesk` over a list of facts; escalations live in memory, or in what a test passes."""

    def __init__(self, clock: Clock, *, owner: str = "Dana") -> None:
        self.clock = clock
        self.owner = owner
        self.facts: list[Fact] = []
        self.groups: Mapping[str, Sequence[str]] = {}
        self.channel: Channel | None = None
        self.drafts: dict[str, str] = {}
        self.escalations: dict[str, Escalation] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.kept: list[tuple[str, str, Audience]] = []
        self.handled: list[Question] = []
        self.previewed: list[Question] = []
        self.outcomes: dict[str, Outcome] = {}
        self.judged: list[tuple[str, bool, bool]] = []
        self.changed_documents: set[str] = set()
        self.given: dict[str, float] = {}
        self.helps: dict[str, Sequence[str]] = {"en": ("a note about this",), "zh": ("一条笔记",)}
        self.taken: list[Demoted | PromiseBroken] = []
        self.before_handling: Callable[[Question], None] = lambda _question: None
        self._lock = threading.RLock()

    def reader_of(self, names: Sequence[str], groups: Sequence[str]) -> Reader:
        known = next((name for name in names if name in self.groups), names[-1])
        return Reader.colleague(known, [*self.groups.get(known, ()), *groups])

    def handle(self, question: Question, *, record: bool = True) -> Outcome:
        self.before_handling(question)
        with self._lock:
            (self.handled if record else self.previewed).append(question)
            known = self.outcomes.get(question.question_id)
            if record and known is not None and known.escalation_id:
                return known
            outcome = self._decide(question, record=record)
            if record:
                self.outcomes[question.question_id] = outcome
            return outcome

    def _decide(self, question: Question, *, record: bool) -> Outcome:
        is_short = len(question.text.split()) <= 4
        earlier = [turn.text for turn in question.history if turn.by_asker and is_short]
        for said in (question.text, " ".join([*earlier, question.text])):
            for fact in reversed(self.facts):
                held = all(word.lower() in said.lower() for word in fact.words)
                if held and question.reader.may_read(fact.audience):
                    return self._known(question.question_id, fact)
        return self._unknown(question, record=record)

    def _known(self, question_id: str, fact: Fact) -> Outcome:
        citation = Citation(
            "chunk",
            fact.document_id,
            3,
            5,
            "",
            fact.quote or fact.answer,
            fact.audience,
            "sha",
        )
        if fact.options:
            text = f"{fact.answer}\n" + "\n".join(fact.options)
            clarify = Clarify(fact.answer, fact.options, (citation,))
            return Outcome(question_id, clarify, Confidence(0.5, {}), text, 1.0)
        answer = Answer(fact.answer, (citation,), "extractive")
        sure = Confidence(0.95, {})
        return Outcome(
            question_id, answer, sure, fact.answer, 1.0, citations=(citation,), band=Band.HIGH
        )

    def _unknown(self, question: Question, *, record: bool) -> Outcome:
        reasons = (Reason("nothing", "Nothing I have mentions this."),)
        text = f"I have asked {self.owner}. You will hear back here."
        if reply_language(question.text) == "zh":
            text = f"已经转给 {self.owner}，有答复会在这里告诉你。"
        escalation_id = self._open(question, reasons) if record else ""
        draft = next((d for words, d in self.drafts.items() if words in question.text), "")
        decision = Escalate(text, reasons, drafted(draft) if draft else None)
        return Outcome(question.question_id, decision, NOTHING, text, 1.0, escalation_id)

    def dispute(self, question: Question, answer: Answer, why: str) -> str:
        with self._lock:
            escalation_id = self._open(question, (Reason("disputed", why),))
            opened = self.escalations[escalation_id]
            self.escalations[escalation_id] = replace(opened, draft=answer.text)
            return escalation_id

    def _open(self, question: Question, reasons: tuple[Reason, ...]) -> str:
        key = " ".join(re.findall(r"\w+", question.text.lower()))
        asker = WaitingAsker(
            question.question_id,
            question.asker,
            question.text,
            reply_language(question.text),
            question.reply_to,
            question.place,
            question.asked_at,
        )
        for known in self.escalations.values():
            if any(one.question_id == asker.question_id for one in known.waiting):
                return known.escalation_id
            if known.key == key and known.state is EscalationState.PENDING:
                audience = known.audience.meet(asker.place)
                merged = replace(known, waiting=(*known.waiting, asker), audience=audience)
                self.escalations[known.escalation_id] = merged
                return known.escalation_id
        escalation_id = f"e{len(self.escalations) + 1}"
        draft = next((d for words, d in self.drafts.items() if words in question.text), "")
        self.escalations[escalation_id] = Escalation(
            escalation_id,
            key,
            question.text,
            (asker,),
            reasons,
            EscalationState.PENDING,
            self.clock.now(),
            question.place,
            draft=draft,
        )
        return escalation_id

    def pending(self) -> Sequence[Escalation]:
        with self._lock:
            found = self.escalations.values()
            return [one for one in found if one.state is EscalationState.PENDING]

    def escalation(self, escalation_id: str) -> Escalation | None:
        return self.escalations.get(escalation_id)

    def reply(self, escalation_id: str, text: str) -> Escalation:
        if not text.strip():
            raise InvalidInputError("The reply is empty; nothing was sent.")
        frame = f"{self.owner}'s own words:\n\n{text}"
        return self._close(escalation_id, EscalationState.ANSWERED, text, frame, Verdict.OWN_ANSWER)

    def approve(self, escalation_id: str) -> Escalation:
        draft = self.escalations[escalation_id].draft
        if not draft:
            raise InvalidInputError("There is no draft.")
        frame = f"Approved by {self.owner}:\n\n{draft}"
        return self._close(escalation_id, EscalationState.ANSWERED, draft, frame, Verdict.APPROVED)

    def dismiss(self, escalation_id: str) -> Escalation:
        frame = f"{self.owner} closed your question."
        return self._close(escalation_id, EscalationState.DISMISSED, "", frame, Verdict.DISMISSED)

    def expire(self, older_than_s: float) -> Sequence[Escalation]:
        latest = self.clock.now() - older_than_s
        old = [one for one in self.pending() if one.opened_at < latest]
        text = f"{self.owner} did not get to it."
        return [
            self._close(one.escalation_id, EscalationState.EXPIRED, "", text, None) for one in old
        ]

    def _close(
        self,
        escalation_id: str,
        state: EscalationState,
        reply: str,
        text: str,
        verdict: Verdict | None,
    ) -> Escalation:
        with self._lock:
            found = self.escalations.get(escalation_id)
            if found is None:
                raise NotFoundError(f"There is no escalation {escalation_id}.")
            if found.state is not EscalationState.PENDING:
                raise InvalidInputError(f"Escalation {escalation_id} was {found.state} already.")
            now = self.clock.now()
            closed = replace(found, state=state, reply=reply, verdict=verdict, closed_at=now)
            self.escalations[escalation_id] = closed
            for asker in found.waiting:
                delivery_id = f"{escalation_id}/{asker.question_id}"
                self.deliveries[delivery_id] = Delivery(
                    delivery_id, escalation_id, asker.question_id, asker.reply_to, text, now
                )
            return closed

    def deliver_pending(self) -> None:
        for delivery in list(self.deliveries.values()):
            if delivery.delivered_at is None and self.channel is not None:
                try:
                    self.channel.deliver(
                        delivery.reply_to, delivery.text, delivery_id=delivery.delivery_id
                    )
                except AvatarError:
                    continue
                done = replace(delivery, delivered_at=self.clock.now())
                self.deliveries[delivery.delivery_id] = done

    def keep(self, escalation_id: str, audience: Audience) -> str:
        found = self.escalations[escalation_id]
        if not audience.within(found.audience):
            raise InvalidInputError("That audience is too wide.")
        return self.save_answer(found.text, found.reply, audience)

    def save_answer(self, question: str, answer: str, audience: Audience) -> str:
        with self._lock:
            self.kept.append((question, answer, audience))
            path = f"answers/{len(self.kept)}.md"
            self.given[path] = self.clock.now()
            words = tuple(re.findall(r"\w{4,}", question.lower()))
            self.facts.append(Fact(words, answer, audience, document_id=path))
            return path

    def feedback(self, question_id: str, *, good: bool, by_owner: bool) -> None:
        self.judged.append((question_id, good, by_owner))

    def still_holds(self, citation: Citation) -> bool:
        return citation.document_id not in self.changed_documents

    def given_at(self, citation: Citation) -> float | None:
        is_past = citation.document_id.startswith("answers/")
        return self.given.get(citation.document_id, 0.0) if is_past else None

    def would_have_raised(self, escalation_id: str, language: Language) -> Sequence[str]:
        return self.helps.get(language, ()) if escalation_id in self.escalations else ()

    def setbacks(self) -> Sequence[Demoted | PromiseBroken]:
        return self.taken

    def today(self) -> Day:
        gaps = tuple(one.text for one in self.pending())
        made = [type(outcome.decision) for outcome in self.outcomes.values()]
        return Day(made.count(Answer), made.count(Clarify), made.count(Escalate), gaps)

    def gaps(self) -> Sequence[Gap]:
        open_ones = sorted(self.pending(), key=lambda one: -len(one.waiting))
        return [Gap(one.text, len(one.waiting)) for one in open_ones]

    def sources_for(self, reader: Reader) -> Sequence[str]:
        return sorted({fact.document_id for fact in self.facts if reader.may_read(fact.audience)})
