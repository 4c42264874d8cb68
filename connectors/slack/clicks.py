"""Buttons and submitted modals: who may press them, and what each does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.audience import Audience
from avatar.domain.questions import Language
from avatar.errors import AvatarError, OwnerMustActError
from connectors.slack import blocks, cards, corrections, home, modals, owner_texts, replies, texts
from connectors.slack.gate import refusal
from connectors.slack.log import Job, Pool, Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.slack.corrections import Corrections
    from connectors.slack.doubts import Doubts
    from connectors.slack.home import Home
    from connectors.slack.office import Office
    from connectors.slack.owner import Owner
    from connectors.slack.thread_answers import ThreadAnswers

logger = logging.getLogger(__name__)


class Clicks:
    """Works on what people pressed; every act checks who pressed it."""

    def __init__(
        self,
        office: Office,
        owner: Owner,
        answers: ThreadAnswers,
        sent: Corrections,
        doubts: Doubts,
        tab: Home,
    ) -> None:
        self._office = office
        self._doubts = doubts
        self._owner = owner
        self._sent = sent
        self._home = tab
        self._acts: Final[Mapping[str, Callable[[Job, str], None]]] = {
            cards.SEND: owner.send_draft,
            cards.DISMISS: owner.dismiss,
            cards.SNOOZE: owner.snooze,
            cards.KEEP: owner.keep,
            cards.SHOW: owner.show,
            cards.IS_ANSWER: answers.accept,
            cards.NO_ANSWER: answers.decline,
            corrections.RIGHT: lambda job, value: sent.judge(job, value, good=True),
            corrections.KEEP: sent.keep,
            corrections.WRONG: lambda job, value: sent.judge(job, value, good=False),
        }

    def work(self, job: Job) -> None:
        """Do what one button says."""
        action, value = str(job.body["action"]), str(job.body["value"])
        if action == replies.FEEDBACK:
            self._feedback(job, value)
        elif action.startswith(f"{replies.CHOOSE}:"):
            self._choose(job, value)
        elif action not in self._acts:
            self._office.log.finish(job.key)
        elif not self._office.is_owner(job.body["user"]):
            self.refuse_stranger(job.body["user"], job.body["channel"], job.body["thread"])
            self._office.log.finish(job.key)
        else:
            self._acts[action](job, value)
            if not job.body["ts"]:
                home.refresh(self._home, job.body["user"])

    def submitted(self, job: Job) -> None:
        """Do what a submitted modal says."""
        if not self._office.is_owner(job.body["user"]):
            logger.warning("a modal was submitted by somebody who is not the owner; ignored")
            self._office.log.finish(job.key)
            return
        values, subject = job.body["values"], str(job.body["about"])
        if job.body["modal"] == modals.SAVE_MODAL:
            self._save(job, values)
        elif job.body["modal"] == modals.CORRECT_MODAL:
            self._sent.correct(job, subject, values[modals.TEXT])
        else:
            self._owner.answer_from_modal(job, subject, values[modals.TEXT])

    def refuse_stranger(self, user: str, channel: str, thread: str) -> None:
        """Tell somebody, alone, that a button is not theirs."""
        logger.warning("%s pressed a button that is the owner's", user)
        text = texts.only_owner(self._office.language, owner=self._office.identity.owner_name)
        self._whisper(user, channel, thread, text)

    def _whisper(self, user: str, channel: str, thread: str, text: str) -> None:
        if not channel:
            return
        try:
            self._office.slack.call(
                "chat.postEphemeral",
                channel=channel,
                user=user,
                **blocks.in_thread(blocks.plain_message(text), thread),
            )
        except AvatarError as error:
            logger.info("a whisper was not heard: %s", error)

    def _feedback(self, job: Job, value: str) -> None:
        verdict, _, question_id = value.partition(":")
        office, user = self._office, job.body["user"]
        sent = office.message_at(job.body["channel"], job.body["ts"])
        part = _part(sent.about, question_id) if sent else None
        if sent is None or part is None:
            office.log.finish(job.key)
            return
        is_good, told = verdict == "good", texts.thanks(Language(sent.about["language"]))
        if office.is_owner(user):
            self._sent.judge(job, sent.delivery_id, good=is_good)
        else:
            person = office.people.person(user)
            if refusal(person, team=office.identity.team) is not None:
                office.log.finish(job.key)
                return
            office.front_desk.feedback(question_id, good=is_good, by_owner=False)
            if is_good:
                office.log.finish(job.key)
            else:
                told = self._doubts.take(job, sent, part, person)
        if told:
            self._whisper(user, job.body["channel"], job.body["thread"], told)

    def _choose(self, job: Job, value: str) -> None:
        """Turn a chosen option into the next message of the one who asked."""
        office = self._office
        question_id, _, number = value.rpartition(":")
        sent = office.message_at(job.body["channel"], job.body["ts"])
        part = _part(sent.about, question_id) if sent else None
        if sent is None or part is None or not number.isdecimal():
            office.log.finish(job.key)
            return
        language = Language(sent.about["language"])
        if job.body["user"] != sent.about["user"]:
            text = texts.only_asker(language)
            self._whisper(job.body["user"], job.body["channel"], job.body["thread"], text)
            office.log.finish(job.key)
            return
        option = part["options"][int(number)]
        chosen = self._chosen(job, sent.about, part, option)
        text = texts.chosen(language, option=blocks.escaped(blocks.quiet(option)))
        done = [blocks.markdown(blocks.quiet(part["shown"])), blocks.context(text)]
        change = office.change(sent.delivery_id, blocks.message(text, done), subject=question_id)
        # the key is the question's: the first choice counts
        is_first = office.log.take_in(chosen)
        office.log.finish(job.key, messages=[change] if is_first else [])
        office.wake()

    def _chosen(
        self, job: Job, about: Mapping[str, Any], part: Mapping[str, Any], option: str
    ) -> Job:
        saved = about["job"]
        body = saved["body"]
        question_id = str(part["question_id"])
        turns = [
            *body.get("turns", ()),
            {"text": about["question"], "by_asker": True},
            {"text": part["shown"], "by_asker": False},
        ]
        is_direct_job = str(saved["key"]).startswith("direct:")
        return Job(
            key=f"choice:{question_id}",
            pool=Pool.QUESTIONS,
            lane=f"choice:{question_id}",
            kind="direct" if is_direct_job else "message",
            body={**body, "choice": option, "turns": turns},
            received_at=job.received_at,
        )

    def _save(self, job: Job, values: Mapping[str, str]) -> None:
        office, language = self._office, self._office.language
        audience = Audience.parse(values[modals.AUDIENCE])
        try:
            path = office.front_desk.save_answer(
                values[modals.QUESTION], values[modals.TEXT], audience
            )
            text = owner_texts.kept(language, audience=str(audience), path=blocks.escaped(path))
        except OwnerMustActError as error:
            text = blocks.escaped(blocks.quiet(str(error)))
        message = office.post(
            f"saved/{job.key}",
            office.owner_channel,
            blocks.message(text, [blocks.section(text)]),
            Purpose.NOTE,
        )
        office.log.finish(job.key, messages=[message])
        office.wake()


def _part(about: Mapping[str, Any], question_id: str) -> Mapping[str, Any] | None:
    return next(
        (part for part in about.get("parts", ()) if part["question_id"] == question_id), None
    )
