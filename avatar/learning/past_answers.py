"""Keeping what the owner answered: a Markdown file in the profile, found like any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import Escalation, EscalationState, PastAnswer, Verdict
from avatar.errors import InvalidInputError
from avatar.learning.answer_file import render, slug

if TYPE_CHECKING:
    from avatar.domain.audience import Audience
    from avatar.domain.chunks import Span
    from avatar.ports import AnswersFolder, Clock

SOURCE_MARK: Final = re.compile(r" \[\d{1,2}\](?=\s|$)")
"""The marks of a draft's sources; in the file `rests_on` holds them."""

SecretLines = Callable[[str], Sequence[tuple[int, str]]]
"""Finds secrets in a text: line numbers from 1, each with the label of what stands there."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A past answer that was written, and where."""

    path: str
    answer: PastAnswer


class PastAnswers:
    """Writes past answers; never for more people than their question and its sources allow."""

    def __init__(self, folder: AnswersFolder, clock: Clock, *, secret_lines: SecretLines) -> None:
        self._folder = folder
        self._clock = clock
        self._secret_lines = secret_lines

    def keep(self, escalation: Escalation, *, audience: Audience | None = None) -> Kept:
        """Keep the reply to an answered escalation, for its whole audience unless narrowed.

        Keeping it again finds the file of the first time. Raises `InvalidInputError` when it has
        no reply, when `audience` is wider than the escalation allows, or when the text holds a
        secret.
        """
        if escalation.state is not EscalationState.ANSWERED or not escalation.reply.strip():
            raise InvalidInputError(
                f"Escalation {escalation.escalation_id} has no reply to keep; reply to it first."
            )
        chosen = self.allowed(escalation, audience)
        rests_on = escalation.verdict in {Verdict.APPROVED, Verdict.EDITED}
        reply = SOURCE_MARK.sub("", escalation.reply) if rests_on else escalation.reply
        return self._write(
            question_forms(escalation, chosen),
            reply,
            chosen,
            rests_on=escalation.draft_spans if rests_on else (),
            escalation=escalation,
        )

    def allowed(self, escalation: Escalation, audience: Audience | None) -> Audience:
        """Return the audience a kept reply gets; raises `InvalidInputError` when it is too wide.

        Call it before the reply is sent, so that nothing is sent that cannot be kept as asked.
        """
        if audience is None:
            return escalation.audience
        if not audience.within(escalation.audience):
            raise InvalidInputError(
                f"The answer to escalation {escalation.escalation_id} cannot be kept for"
                f" {audience}: the question and its sources allow {escalation.audience} at most."
                " Choose that or less, or teach the answer anew in words for everyone."
            )
        return audience

    def teach(self, questions: Sequence[str], answer: str, audience: Audience) -> Kept:
        """Keep an answer the owner gives unasked.

        Raises `InvalidInputError` without a question or an answer, or for a secret in either.
        """
        forms = _distinct(questions)
        if not forms or not answer.strip():
            raise InvalidInputError(
                "A past answer needs at least one question and an answer; nothing was kept."
            )
        return self._write(forms, answer, audience)

    def _write(
        self,
        questions: tuple[str, ...],
        answer: str,
        audience: Audience,
        *,
        rests_on: tuple[Span, ...] = (),
        escalation: Escalation | None = None,
    ) -> Kept:
        for text in (*questions, answer):
            self._refuse_secrets(text)
        closed_at = escalation.closed_at if escalation else None
        kept = PastAnswer(
            questions,
            answer,
            audience,
            self._clock.now() if closed_at is None else closed_at,
            rests_on,
            escalation.escalation_id if escalation else "",
        )
        path = self._folder.write(slug(questions[0]), render(kept), once=escalation is not None)
        return Kept(path, kept)

    def _refuse_secrets(self, text: str) -> None:
        found = self._secret_lines(text)
        if found:
            places = ", ".join(f"line {line} ({label})" for line, label in found)
            raise InvalidInputError(
                f"What is to be kept holds what looks like a secret: {places}; nothing was kept."
                " Take it out, or say where colleagues get it."
            )


def question_forms(escalation: Escalation, audience: Audience) -> tuple[str, ...]:
    """Return the wordings of askers whose place lets the audience see them, each once."""
    worded = [asker.text for asker in escalation.waiting if audience.within(asker.place)]
    return _distinct(worded) or _distinct([escalation.text])


def _distinct(questions: Sequence[str]) -> tuple[str, ...]:
    """Return questions on one line each, the first of those that differ in case or blanks."""
    found: dict[str, str] = {}
    for question in questions:
        line = " ".join(question.split())
        if line:
            found.setdefault(line.casefold(), line)
    return tuple(found.values())
