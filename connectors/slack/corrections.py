"""Answers already given: who got one is told when it was wrong, or what it rests on changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from avatar.domain.audience import Audience
from avatar.domain.escalations import Verdict
from avatar.domain.questions import Language
from avatar.errors import OwnerMustActError
from connectors.slack import blocks, owner_texts, texts
from connectors.slack.log import Purpose, SendState
from connectors.slack.owner_texts import word
from connectors.slack.records import citation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar.domain.decisions import Citation
    from connectors.slack.log import Job, Outgoing
    from connectors.slack.office import Office

RIGHT: Final = "answer_right"
WRONG: Final = "answer_wrong"
KEEP: Final = "correction_keep"
JUDGED: Final = "judged/"
OUTDATED: Final = "outdated/"
CORRECTION: Final = "correction/"
"""By delivery: the owner's words, while they can be kept."""
WORD: Final = re.compile(r"\w+")
A_DAY_S: Final = 86_400.0


class Corrections:
    """Keeps sent answers true, or says that they no longer are."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def judge(self, job: Job, delivery_id: str, *, good: bool) -> None:
        """Take the owner's word on a sent answer; a rejected one is taken back."""
        self._decide(job, delivery_id, "marked_right" if good else "marked_wrong", "")

    def correct(self, job: Job, delivery_id: str, text: str) -> None:
        """Send the owner's correction to who got the answer."""
        self._decide(job, delivery_id, "marked_corrected", text)

    def settle(self, delivery_id: str, correction: str) -> None:
        """Take the owner's reply on a doubted answer; an empty one says that it was right.

        Who doubted it reads the reply itself; everybody else who got the answer is told.
        """
        verdict = "marked_corrected" if correction else "marked_right"
        sent = self._office.log.message(delivery_id)
        if sent is None or not self._judges(delivery_id, verdict):
            return
        if correction:
            self._office.log.enqueue(self._tell_others(sent, verdict, correction))
            self._office.wake()

    def take_back(self, question_id: str) -> int:
        """Tell all who got the answer to this question that it was wrong; return how many now."""
        office = self._office
        since = office.clock.now() - office.config.recall_days * A_DAY_S
        for sent in office.log.messages(Purpose.REPLY, since=since):
            answered = {p["question_id"] for p in sent.about.get("parts", ()) if p["is_answer"]}
            if question_id in answered:
                break
        else:
            return 0
        if office.log.note(JUDGED + sent.delivery_id) is not None:
            return 0
        messages = [self._notice(sent, self._wording(sent, ""), "correction")]
        messages += self._tell_others(sent, "marked_wrong", "")
        office.log.enqueue(messages)
        office.log.note_once(JUDGED + sent.delivery_id, "marked_wrong")
        office.wake()
        return len(messages)

    def _judges(self, delivery_id: str, verdict: str) -> bool:
        """Whether this verdict is the first on an answer; so it is again after a crash.

        What follows from it may come twice, because every notice has an id of its own.
        """
        name = JUDGED + delivery_id
        return self._office.log.note_once(name, verdict) or self._office.log.note(name) == verdict

    def _decide(self, job: Job, delivery_id: str, verdict: str, text: str) -> None:
        office = self._office
        sent = office.log.message(delivery_id)
        if sent is None or not self._judges(delivery_id, verdict):
            office.log.finish(job.key)
            return
        for part in sent.about["parts"]:
            if part["is_answer"]:
                office.front_desk.feedback(
                    part["question_id"], good=verdict == "marked_right", by_owner=True
                )
        messages = []
        if verdict != "marked_right":
            messages = [self._notice(sent, self._wording(sent, text), "correction")]
            messages += self._tell_others(sent, verdict, text)
        if text:
            office.log.note_once(CORRECTION + delivery_id, text)
            messages.append(self._offer(sent))
        office.log.finish(job.key, messages=messages)
        office.wake()

    def _tell_others(self, sent: Outgoing, verdict: str, text: str) -> list[Outgoing]:
        """Return notices to all who got the same answer to the same question.

        The owner's words were meant for who could read along where they were asked for; whoever
        is not among those hears only that the answer was wrong.
        """
        office, meant_for = self._office, Audience.parse(str(sent.about["place"]))
        since = office.clock.now() - office.config.recall_days * A_DAY_S
        same = _sameness(sent)
        notices = []
        for other in office.log.messages(Purpose.REPLY, since=since):
            is_same = other.delivery_id != sent.delivery_id and _sameness(other) & same
            if is_same and self._judges(other.delivery_id, verdict):
                may_read = Audience.parse(str(other.about["place"])).within(meant_for)
                wording = self._wording(other, text if may_read else "")
                notices.append(self._notice(other, wording, "correction"))
        return notices

    def _offer(self, sent: Outgoing) -> Outgoing:
        """Return the note that offers to keep a correction, for who could read the answer."""
        language = self._office.language
        text = owner_texts.corrected(language, audience=str(sent.about["place"]))
        keep = blocks.button(word("keep", language), KEEP, sent.delivery_id, style="primary")
        made = blocks.message(text, [blocks.section(text), blocks.actions([keep])])
        return self._office.note_to_owner(f"{sent.delivery_id}/offer", made)

    def keep(self, job: Job, delivery_id: str) -> None:
        """Keep a correction as a past answer, once, for the audience that was shown."""
        office, language = self._office, self._office.language
        sent, text = office.log.message(delivery_id), office.log.note(CORRECTION + delivery_id)
        if sent is None or text is None:
            office.log.finish(job.key)
            return
        audience = Audience.parse(str(sent.about["place"]))
        asked = next(part["asked"] for part in sent.about["parts"] if part["is_answer"])
        try:
            path = office.front_desk.save_answer(asked, text, audience)
            told = owner_texts.kept(language, audience=str(audience), path=blocks.escaped(path))
        except OwnerMustActError as error:
            told = blocks.escaped(blocks.quiet(str(error)))
        office.log.set_note(CORRECTION + delivery_id, None)
        done = blocks.message(told, [blocks.section(told)])
        change = office.change(f"{delivery_id}/offer", done, subject=sent.subject)
        office.log.finish(job.key, messages=[change])
        office.wake()

    def _wording(self, sent: Outgoing, text: str) -> str:
        language = Language(sent.about["language"])
        owner, question = self._office.identity.owner_name, _question(sent)
        if not text:
            return texts.taken_back(language, owner=owner, question=question)
        shown = blocks.quiet(text)
        return texts.corrected(language, owner=owner, question=question, text=shown)

    def _notice(self, sent: Outgoing, text: str, why: str) -> Outgoing:
        delivery_id = f"{sent.delivery_id}/{why}"
        body = blocks.cut_at_heading(text, blocks.MOST_MARKDOWN, "…")
        arguments = blocks.message(body, [blocks.markdown(body, block_id=delivery_id)])
        thread = str(sent.arguments.get("thread_ts") or sent.ts)
        return self._office.post(
            delivery_id,
            sent.channel,
            blocks.in_thread(arguments, thread),
            Purpose.CORRECTION,
            subject=sent.subject,
            about={"user": sent.about["user"]},
        )

    def sweep(self) -> int:
        """Tell everybody whose answer rests on lines that have changed; returns how many."""
        office = self._office
        since = office.clock.now() - office.config.recall_days * A_DAY_S
        told = 0
        for sent in office.log.messages(Purpose.REPLY, Purpose.RELAY, since=since):
            asked = self._asked(sent)
            if asked is None or sent.state is not SendState.SENT or self._is_taken_back(sent):
                continue
            changed = [
                citation.location
                for citation in self._rests_on(sent, asked)
                if not office.front_desk.still_holds(citation)
            ]
            if changed:
                language = Language(asked.about["language"])
                text = texts.outdated(language, question=_question(asked), places=changed[:3])
                office.log.enqueue([self._notice(sent, text, "outdated")])
                office.log.set_note(OUTDATED + sent.delivery_id, "outdated")
                told += 1
        return told

    def _asked(self, sent: Outgoing) -> Outgoing | None:
        """Return the reply that holds the question: an answer is one itself."""
        if sent.purpose is Purpose.REPLY:
            return sent
        return self._office.log.message(str(sent.about.get("reply", "")))

    def _is_taken_back(self, sent: Outgoing) -> bool:
        judged = self._office.log.note(JUDGED + sent.delivery_id)
        is_wrong = judged is not None and judged != "marked_right"
        return is_wrong or self._office.log.note(OUTDATED + sent.delivery_id) is not None

    def _rests_on(self, sent: Outgoing, asked: Outgoing) -> list[Citation]:
        """Return what an answer, or a draft that the owner let go out, rests on."""
        if sent.purpose is Purpose.REPLY:
            return cited(sent)
        escalation = self._office.front_desk.escalation(str(sent.about["escalation"]))
        if escalation is None or escalation.verdict is not Verdict.APPROVED:
            return []  # the owner's own words rest on the owner
        return [
            citation_of(row)
            for part in asked.about["parts"]
            if part["escalation_id"] == escalation.escalation_id
            for row in part["draft_citations"]
        ]

    def recent(self) -> Iterator[Outgoing]:
        """Yield answers of the last days, newest first."""
        since = self._office.clock.now() - 7 * A_DAY_S
        for sent in reversed(self._office.log.messages(Purpose.REPLY, since=since)):
            if any(part["is_answer"] for part in sent.about.get("parts", ())):
                yield sent

    def verdict(self, delivery_id: str) -> str:
        """Return what was decided about an answer, in words; empty when nothing was."""
        log = self._office.log
        known = log.note(OUTDATED + delivery_id) or log.note(JUDGED + delivery_id)
        if known in owner_texts.WORDS:
            return owner_texts.word(known, self._office.language)
        return known or ""


def cited(sent: Outgoing) -> list[Citation]:
    """Return what a sent answer rests on."""
    return [citation_of(row) for part in sent.about["parts"] for row in part["citations"]]


def _sameness(sent: Outgoing) -> set[tuple[str, str]]:
    """Return each answer of a message with its question, as far as two of them are the same."""
    return {
        (" ".join(WORD.findall(part["asked"].casefold())), part["text"])
        for part in sent.about.get("parts", ())
        if part["is_answer"]
    }


def _question(sent: Outgoing) -> str:
    return blocks.quiet(blocks.shortened(str(sent.about["question"]), 200))
