"""The Home tab: the owner's inbox and answers; for others, what can be asked and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.domain.language import reply_language
from avatar.errors import AvatarError
from connectors.slack import blocks, corrections, modals, owner_texts
from connectors.slack.cards import SHOW
from connectors.slack.gate import refusal
from connectors.slack.owner_texts import word

if TYPE_CHECKING:
    from avatar.domain.questions import Language
    from connectors.slack.corrections import Corrections
    from connectors.slack.log import Job
    from connectors.slack.office import Office

MOST_PENDING: Final = 15
MOST_RECENT: Final = 8
MOST_GAPS: Final = 8


class Home:
    """Publishes the Home tab of whoever opens it."""

    def __init__(self, office: Office, sent: Corrections) -> None:
        self._office = office
        self._sent = sent

    def work(self, job: Job) -> None:
        """Publish one person's Home tab."""
        user = str(job.body["user"])
        self.publish(user)
        self._office.log.finish(job.key)

    def publish(self, user: str) -> None:
        """Publish a Home tab as things stand now."""
        made = self._for_owner() if self._office.is_owner(user) else self._for_others(user)
        view = {"type": "home", "blocks": made[:100]}
        self._office.slack.call("views.publish", user_id=user, view=view)

    def _for_owner(self) -> list[blocks.Block]:
        language = self._office.language
        made = [blocks.header(word("inbox", language))]
        pending = self._office.front_desk.pending()
        for escalation in pending[:MOST_PENDING]:
            show = blocks.button(word("show", language), SHOW, escalation.escalation_id)
            made.append(blocks.section(_line(escalation.text), button=show))
        if not pending:
            made.append(blocks.section(word("nothing", language)))
        gaps = self._office.front_desk.gaps()[:MOST_GAPS]
        if gaps:
            made.append(blocks.header(word("gaps", language)))
            lines = [
                owner_texts.gap(language, _line(gap.question), gap.asked, blocks.escaped(gap.place))
                for gap in gaps
            ]
            made.append(blocks.section("\n".join(f"• {line}" for line in lines)))
        return made + self._recent(language)

    def _recent(self, language: Language) -> list[blocks.Block]:
        made: list[blocks.Block] = []
        for sent in self._sent.recent():
            if len(made) >= 2 * MOST_RECENT:
                break
            answers = [part["text"] for part in sent.about["parts"] if part["is_answer"]]
            question = blocks.escaped(blocks.quiet(blocks.shortened(sent.about["question"], 150)))
            answer = blocks.escaped(blocks.quiet(blocks.shortened(" · ".join(answers), 300)))
            made.append(blocks.section(f"*{question}*\n{answer}"))
            verdict = self._sent.verdict(sent.delivery_id)
            made.append(
                blocks.context(verdict) if verdict else _judge_buttons(sent.delivery_id, language)
            )
        return [blocks.header(word("recent", language)), *made] if made else []

    def _for_others(self, user: str) -> list[blocks.Block]:
        office = self._office
        person = office.people.person(user)
        language = reply_language(person.name)
        owner = blocks.escaped(office.identity.owner_name)
        if refusal(person, team=office.identity.team) is None:
            names = office.front_desk.sources_for(office.audiences.reader(person))
        else:
            names = ()
        listed = "\n".join(f"• {_line(name)}" for name in names) or word("home_none", language)
        return [
            blocks.header(word("home_title", language)),
            blocks.section(listed),
            blocks.section(word("home_rules", language).format(owner=owner)),
        ]


def _judge_buttons(delivery_id: str, language: Language) -> blocks.Block:
    return blocks.actions(
        [
            blocks.button(word("right", language), corrections.RIGHT, delivery_id),
            blocks.button(word("wrong", language), corrections.WRONG, delivery_id),
            blocks.button(word("correct", language), modals.CORRECT, delivery_id),
        ]
    )


def _line(text: str) -> str:
    return blocks.escaped(blocks.quiet(blocks.shortened(text, 200)))


def refresh(home: Home, user: str) -> None:
    """Publish a Home tab again after a click in it; not worth failing for."""
    try:
        home.publish(user)
    except AvatarError:
        return
