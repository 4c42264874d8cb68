"""The desk between askers and the owner: opens, merges, and takes what the owner decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from avatar.domain.audience import Audience
from avatar.domain.escalations import (
    KEPT,
    Delivery,
    Escalation,
    EscalationState,
    Verdict,
    WaitingAsker,
)
from avatar.domain.language import reply_language
from avatar.domain.questions import ReplyAddress
from avatar.domain.terms import terms
from avatar.errors import InvalidInputError, NotFoundError, TryAgainLaterError
from avatar.escalation.merging import merge_key
from avatar.escalation.messages import (
    closed_already,
    closing_text,
    reply_text,
    taken_back,
    with_sources,
)

if TYPE_CHECKING:
    from avatar.domain.chunks import Span
    from avatar.domain.decisions import Composed, Reason
    from avatar.domain.questions import Intent, Question
    from avatar.ports import Clock, Inbox

SIMILAR: Final = 0.6
"""Share of a draft's words from which a reply counts as the draft, edited."""

ATTEMPTS_AT_CLOSING: Final = 20
"""How often a reply is put together again because somebody joined meanwhile."""

SecretLines = Callable[[str], Sequence[tuple[int, str]]]
"""Finds secrets in a text: line numbers from 1, each with the label of what stands there."""

Telling = Callable[[Escalation, WaitingAsker], str]


@dataclass(frozen=True, slots=True)
class _Closing:
    """How an escalation ends; with `keep`, its reply is to be kept for this audience."""

    state: EscalationState
    reply: str
    verdict: Verdict | None
    tell: Telling
    keep: Audience | None = None


class Desk:
    """Everything that happens to an escalation; all of it is durable before it is told.

    What it has to tell lies in the inbox as deliveries; `Deliveries` brings them.
    """

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        *,
        owner: str,
        secret_lines: SecretLines,
    ) -> None:
        self._inbox = inbox
        self._clock = clock
        self._owner = owner
        self._secret_lines = secret_lines

    def open(
        self,
        question: Question,
        intent: Intent,
        reasons: Sequence[Reason],
        *,
        draft: Composed | None = None,
        draft_spans: Sequence[Span] = (),
    ) -> Escalation:
        """Hand a question over to the owner; it is on disk when this returns.

        It joins the pending escalation of the same question. The same question id again gives
        the escalation it is in.
        """
        # a follow-up means nothing without what came before it
        text = intent.text if question.history and intent.text else question.text
        sources = [citation.audience for citation in draft.citations] if draft else []
        # what only the owner may say was said to this asker, not to whoever asks next
        audience = Audience.owner_only() if intent.policy else question.place
        for source in sources:
            audience = audience.meet(source)
        asker = WaitingAsker(
            question_id=question.question_id,
            asker=question.asker,
            text=text,
            language=intent.language,
            reply_to=question.reply_to,
            place=question.place,
            asked_at=question.asked_at,
        )
        return self._inbox.open(
            Escalation(
                escalation_id="",
                key=merge_key(text, sources),
                text=text,
                waiting=(asker,),
                reasons=tuple(reasons),
                state=EscalationState.PENDING,
                opened_at=self._clock.now(),
                audience=audience,
                draft=draft.text if draft else "",
                draft_spans=tuple(draft_spans) if draft else (),
            )
        )

    def get(self, escalation_id: str) -> Escalation:
        """Return an escalation by its id or an unambiguous beginning of it."""
        found = self._inbox.get(escalation_id)
        if found is None:
            raise NotFoundError(
                f"There is no escalation {escalation_id!r}. `avatar inbox list` shows them."
            )
        return found

    def reply(
        self, escalation_id: str, text: str, *, force: bool = False, keep: Audience | None = None
    ) -> Escalation:
        """Give the owner's own words to everybody who waits; the first reply stands.

        With `keep`, a delivery on the channel `KEPT` remains until it was kept. Raises
        `InvalidInputError` for an empty reply, for one that holds a secret (unless forced), and
        when the escalation is closed already.
        """
        if not text.strip():
            raise InvalidInputError("The reply is empty; nothing was sent. Write what to answer.")
        if not force:
            self._refuse_secrets(text)
        pending = self._pending(escalation_id)
        verdict = verdict_on(pending.draft, text)
        return self._close(
            pending,
            _Closing(
                EscalationState.ANSWERED,
                reply=text,
                verdict=verdict,
                tell=lambda found, asker: self._framed(found, asker, text, verdict),
                keep=keep,
            ),
        )

    def approve(self, escalation_id: str, *, keep: Audience | None = None) -> Escalation:
        """Send the draft as it is to everybody who waits; `keep` is as in `reply`."""
        pending = self._pending(escalation_id)
        if not pending.draft:
            raise InvalidInputError(
                f"Escalation {pending.escalation_id} has no draft to approve; reply to it instead."
            )
        self._refuse_secrets(pending.draft)
        return self._close(
            pending,
            _Closing(
                EscalationState.ANSWERED,
                reply=pending.draft,
                verdict=Verdict.APPROVED,
                tell=lambda found, asker: self._framed(found, asker, found.draft, Verdict.APPROVED),
                keep=keep,
            ),
        )

    def dismiss(self, escalation_id: str, *, note: str = "") -> Escalation:
        """Close it without an answer and tell everybody who waits, with the note if any."""
        self._refuse_secrets(note)
        pending = self._pending(escalation_id)
        return self._close(
            pending,
            _Closing(
                EscalationState.DISMISSED,
                reply=note,
                verdict=Verdict.DISMISSED,
                tell=lambda _found, asker: self._closed(asker, EscalationState.DISMISSED, note),
            ),
        )

    def take_back(self, asked: Sequence[WaitingAsker]) -> int:
        """Tell who got an answer that it was wrong, once for all the times they `asked`.

        Returns how many were told by this: nobody of questions that were taken back before.
        """
        opened = self._inbox.open(
            Escalation(
                escalation_id="",
                key=f"taken back: {asked[0].question_id}",  # never merged with what waits
                text=asked[0].text,
                waiting=tuple(asked),
                reasons=(),
                state=EscalationState.PENDING,
                opened_at=self._clock.now(),
                audience=Audience.owner_only(),
            )
        )
        if opened.state is not EscalationState.PENDING:
            return 0
        self._close(
            opened,
            _Closing(
                EscalationState.DISMISSED,
                reply="",
                verdict=None,  # it is kept with the answer that it judges
                tell=lambda _found, told: taken_back(
                    told.language, owner=self._owner, question=told.text
                ),
            ),
        )
        return len(opened.told)

    def expire(self, older_than_s: float) -> Sequence[Escalation]:
        """Close what has waited longer than this, tell the askers, and return what was closed."""
        latest = self._clock.now() - older_than_s
        expired = []
        for pending in self._inbox.list(EscalationState.PENDING):
            if max((pending.opened_at, *(a.asked_at for a in pending.waiting))) >= latest:
                continue
            try:
                closed = self._close(
                    pending,
                    _Closing(
                        EscalationState.EXPIRED,
                        reply="",
                        verdict=None,
                        tell=lambda _found, asker: self._closed(asker, EscalationState.EXPIRED, ""),
                    ),
                )
            except InvalidInputError:
                continue  # the owner was first
            expired.append(closed)
        return expired

    def _pending(self, escalation_id: str) -> Escalation:
        found = self.get(escalation_id)
        if found.state is not EscalationState.PENDING:
            raise InvalidInputError(closed_already(found))
        return found

    def _close(self, pending: Escalation, closing: _Closing) -> Escalation:
        """Close it with a delivery to each address, also for those who join at this moment."""
        for _ in range(ATTEMPTS_AT_CLOSING):
            now = self._clock.now()
            deliveries = [
                Delivery(
                    delivery_id=f"{pending.escalation_id}/{asker.question_id}",
                    escalation_id=pending.escalation_id,
                    question_id=asker.question_id,
                    reply_to=asker.reply_to,
                    text=closing.tell(pending, asker),
                    created_at=now,
                )
                for asker in pending.told
            ]
            if closing.keep is not None:
                deliveries.append(_to_keep(pending, closing.reply, closing.keep, now))
            try:
                is_first = self._inbox.close(
                    pending.escalation_id,
                    closing.state,
                    reply=closing.reply,
                    verdict=closing.verdict,
                    at=now,
                    deliveries=deliveries,
                )
            except TryAgainLaterError:
                pending = self._pending(pending.escalation_id)
                continue
            current = self.get(pending.escalation_id)
            if not is_first:
                raise InvalidInputError(closed_already(current))
            return current
        raise TryAgainLaterError(
            f"Askers keep joining escalation {pending.escalation_id}; nothing was sent. Try again."
        )

    def _framed(self, found: Escalation, asker: WaitingAsker, reply: str, verdict: Verdict) -> str:
        text = reply_text(
            asker.language, owner=self._owner, question=asker.text, reply=reply, verdict=verdict
        )
        if verdict is Verdict.APPROVED:
            return with_sources(asker.language, text, found.draft_spans)
        return text

    def _closed(self, asker: WaitingAsker, state: EscalationState, note: str) -> str:
        return closing_text(
            asker.language, owner=self._owner, question=asker.text, state=state, note=note
        )

    def _refuse_secrets(self, text: str) -> None:
        found = self._secret_lines(text)
        if found:
            places = ", ".join(f"line {line} ({label})" for line, label in found)
            raise InvalidInputError(
                f"The text holds what looks like a secret: {places}; nothing was sent."
                " Take it out, or say where colleagues get it."
            )


def _to_keep(pending: Escalation, reply: str, audience: Audience, now: float) -> Delivery:
    """Return what remains to be kept, so that a crash after the reply was sent loses nothing."""
    return Delivery(
        delivery_id=f"{pending.escalation_id}/{KEPT}",
        escalation_id=pending.escalation_id,
        question_id="",
        reply_to=ReplyAddress(KEPT, str(audience)),
        text=reply,
        created_at=now,
    )


def verdict_on(draft: str, reply: str) -> Verdict:
    """Return what a reply says of the draft: sent as it was, edited, or thrown away.

    One in another language may say the same: it tells no more than if there had been no draft.
    """
    if not draft or reply_language(draft) is not reply_language(reply):
        return Verdict.OWN_ANSWER
    if " ".join(reply.split()) == " ".join(draft.split()):
        return Verdict.APPROVED
    matcher = SequenceMatcher(None, terms(draft), terms(reply), autojunk=False)
    return Verdict.EDITED if matcher.ratio() >= SIMILAR else Verdict.REJECTED
