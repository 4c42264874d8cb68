"""The owner's modals: edit a draft, answer, correct an answer, save one from a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from avatar.domain.audience import Audience
from avatar.errors import AvatarError
from connectors.slack import blocks, cards
from connectors.slack.intake import Heard
from connectors.slack.owner_texts import word
from connectors.slack.threads import thread_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.questions import Language
    from connectors.slack.office import Office

EDIT_MODAL: Final = "edit_draft"
CORRECT_MODAL: Final = "correct_answer"
SAVE_MODAL: Final = "save_answer"
SAVE_SHORTCUT: Final = "save_as_answer"
CORRECT: Final = "answer_correct"
OPENS_MODAL: Final = frozenset({cards.EDIT, cards.ANSWER, CORRECT})
"""Buttons that open a modal: Slack gives three seconds for that."""

TEXT: Final = "text"
QUESTION: Final = "question"
AUDIENCE: Final = "audience"


class Modals:
    """Opens modals at once and reads what was submitted."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def open_for(self, action: str, value: str, trigger_id: str) -> None:
        """Open the modal a button asks for."""
        language = self._office.language
        if action == CORRECT:
            view = text_modal(CORRECT_MODAL, word("correct_title", language), value, "", language)
        else:
            escalation = self._office.front_desk.escalation(value)
            draft = escalation.draft if escalation and action == cards.EDIT else ""
            title = word("edit_title" if draft else "answer_title", language)
            view = text_modal(EDIT_MODAL, title, value, draft, language)
        self._office.slack.call("views.open", trigger_id=trigger_id, view=view)

    def open_save(self, body: Mapping[str, Any]) -> None:
        """Open the modal that keeps a message as an answer; the thread is read afterwards."""
        office, language = self._office, self._office.language
        waiting = modal(SAVE_MODAL, word("save_title", language), "", language)
        waiting["blocks"] = [blocks.section(word("reading", language))]
        waiting.pop("submit")
        opened = office.slack.call("views.open", trigger_id=body["trigger_id"], view=waiting)
        message, channel = body["message"], body["channel"]["id"]
        question = self._question_before(channel, message)
        answer = blocks.unescaped(str(message.get("text") or ""))
        audiences = self._audiences(channel)
        view = save_modal(question, answer, audiences, language)
        office.slack.call("views.update", view_id=opened["view"]["id"], view=view)

    def _question_before(self, channel: str, message: Mapping[str, Any]) -> str:
        """Return what somebody else last wrote before the answer in its thread."""
        thread = str(message.get("thread_ts") or message["ts"])
        owner = self._office.identity.owner
        heard = Heard(
            channel=channel,
            user=owner,
            text="",
            ts=str(message["ts"]),
            thread=thread,
            is_direct=False,
            is_reply=True,
            is_mention=False,
            team="",
            is_shared=False,
        )
        earlier = [
            str(row.get("text") or "")
            for row in thread_rows(self._office, heard)
            if str(row.get("ts")) < heard.ts and row.get("user") not in {owner, None}
        ]
        return blocks.unescaped(earlier[-1]) if earlier else ""

    def _audiences(self, channel: str) -> Sequence[Audience]:
        """Return who the answer may be kept for: the place it was given in, or the owner."""
        office = self._office
        try:
            room = office.people.room(channel)
            if room.is_im:
                other = [u for u in room.members if u != office.identity.bot_user]
                place = office.audiences.direct(office.people.person(other[0]))
            else:
                place = office.audiences.channel(channel)
            found = [place.audience, Audience.owner_only()]
        except AvatarError:
            found = [Audience.owner_only()]
        return list(dict.fromkeys(found))


def values_of(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what was entered, by action id."""
    found: dict[str, str] = {}
    for block in view["state"]["values"].values():
        for action, state in block.items():
            chosen = (state.get("selected_option") or {}).get("value")
            found[action] = str(state.get("value") or chosen or "")
    return found


def problems(view: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Return what is missing, by block id, for Slack to show beside the field."""
    missing = {}
    for block_id, block in view["state"]["values"].items():
        for state in block.values():
            entered = state.get("value") or state.get("selected_option")
            if not entered or not str(entered).strip():
                missing[block_id] = word("empty", language)
    return missing


def modal(callback: str, title: str, about: str, language: Language) -> dict[str, Any]:
    """Return an empty modal."""
    is_save = callback == SAVE_MODAL
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": about,
        "title": blocks.plain(blocks.shortened(title, 24)),
        "submit": blocks.plain(word("save" if is_save else "submit", language)),
        "close": blocks.plain(word("close", language)),
        "blocks": [],
    }


def text_modal(
    callback: str, title: str, about: str, initial: str, language: Language
) -> dict[str, Any]:
    """Return a modal with one text field; a draft too long for Slack is cut, and it says so."""
    view = modal(callback, title, about, language)
    view["blocks"] = [text_input(TEXT, word("text", language), initial)]
    if len(initial) > blocks.MOST_INPUT:
        view["blocks"].append(blocks.context(word("cut", language)))
    return view


def save_modal(
    question: str, answer: str, audiences: Sequence[Audience], language: Language
) -> dict[str, Any]:
    """Return the modal that keeps an answer, with question, answer and audience to edit."""
    view = modal(SAVE_MODAL, word("save_title", language), "", language)
    options = [{"text": blocks.plain(str(one)[:75]), "value": str(one)[:150]} for one in audiences]
    view["blocks"] = [
        text_input(QUESTION, word("question", language), question),
        text_input(TEXT, word("text", language), answer),
        {
            "type": "input",
            "block_id": AUDIENCE,
            "label": blocks.plain(word("audience", language)),
            "element": {
                "type": "static_select",
                "action_id": AUDIENCE,
                "options": options,
                "initial_option": options[0],
            },
        },
    ]
    return view


def text_input(action: str, label: str, initial: str) -> blocks.Block:
    """Return a field for several lines."""
    element: blocks.Block = {
        "type": "plain_text_input",
        "action_id": action,
        "multiline": True,
        "max_length": blocks.MOST_INPUT,
    }
    if initial:
        element["initial_value"] = initial[: blocks.MOST_INPUT]
    return {
        "type": "input",
        "block_id": action,
        "label": blocks.plain(label),
        "element": element,
    }
