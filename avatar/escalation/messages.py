"""What is said of escalated questions, to askers and to an owner who comes second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import EscalationState, Verdict
from avatar.domain.questions import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Span
    from avatar.domain.escalations import Escalation

LONGEST_QUOTE: Final = 200

OWN_WORDS: Final = {
    Language.ENGLISH: (
        "{owner} replied to your question “{question}”:\n\n{reply}\n\n"
        "— {owner}'s own words, passed on unchanged."
    ),
    Language.CHINESE: (
        "{owner} 回复了您的问题“{question}”：\n\n{reply}\n\n——以上为 {owner} 本人的原话，未作改动。"
    ),
}
APPROVED: Final = {
    Language.ENGLISH: (
        "To your question “{question}”:\n\n{reply}\n\n"
        "— Drafted by {owner}'s stand-in, read and approved by {owner}."
    ),
    Language.CHINESE: (
        "关于您的问题“{question}”：\n\n{reply}\n\n"
        "——由 {owner} 的替身起草，{owner} 本人已审阅并同意。"
    ),
}
DISMISSED: Final = {
    Language.ENGLISH: "{owner} closed your question “{question}” without an answer.",
    Language.CHINESE: "{owner} 关闭了您的问题“{question}”，没有给出答复。",
}
NOTE: Final = {
    Language.ENGLISH: "{owner}'s note: {note}",
    Language.CHINESE: "{owner} 的说明：{note}",
}
EXPIRED: Final = {
    Language.ENGLISH: (
        "{owner} did not get to your question “{question}”, and it is closed now."
        " If you still need the answer, please ask again or ask {owner} directly."
    ),
    Language.CHINESE: (
        "{owner} 未能及时回复您的问题“{question}”，该问题现已关闭。"
        "如仍需要答复，请重新提问或直接联系 {owner}。"
    ),
}
TAKEN_BACK: Final = {
    Language.ENGLISH: (
        "{owner} says that the answer you got to “{question}” was wrong. Please do not rely on it;"
        " ask {owner} if you need the right one."
    ),
    Language.CHINESE: (
        "{owner} 指出，您之前得到的关于“{question}”的回答有误，请不要采用。"
        "如需正确答案，请联系 {owner}。"
    ),
}
SOURCES: Final = {Language.ENGLISH: "Sources:", Language.CHINESE: "来源："}


def reply_text(
    language: Language, *, owner: str, question: str, reply: str, verdict: Verdict
) -> str:
    """Frame the owner's reply, word for word, and say whose words they are."""
    frame = (APPROVED if verdict is Verdict.APPROVED else OWN_WORDS)[language]
    return frame.format(owner=owner, question=short_quote(question), reply=reply)


def closing_text(
    language: Language, *, owner: str, question: str, state: EscalationState, note: str
) -> str:
    """Say that a question was closed without an answer, with the owner's note if there is one."""
    frame = (EXPIRED if state is EscalationState.EXPIRED else DISMISSED)[language]
    text = frame.format(owner=owner, question=short_quote(question))
    return f"{text}\n\n{NOTE[language].format(owner=owner, note=note)}" if note else text


def taken_back(language: Language, *, owner: str, question: str) -> str:
    """Say that an answer that was sent was wrong."""
    return TAKEN_BACK[language].format(owner=owner, question=short_quote(question))


def with_sources(language: Language, text: str, spans: Sequence[Span]) -> str:
    """Append the lines a draft rests on, numbered as the marks in its text are."""
    if not spans:
        return text
    places = [f"[{number}] {span.location}" for number, span in enumerate(spans, start=1)]
    return "\n".join([f"{text}\n", SOURCES[language], *places])


def short_quote(question: str) -> str:
    """Return a question on one line, cut when it is long."""
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1].rstrip()}…"


def closed_already(escalation: Escalation) -> str:
    """Say how and when an escalation was closed, for whoever came second."""
    when = ""
    if escalation.closed_at is not None:
        moment = datetime.fromtimestamp(escalation.closed_at, tz=UTC)
        when = f" on {moment:%Y-%m-%d at %H:%M} UTC"
    what = {
        Verdict.APPROVED: "answered with the draft",
        Verdict.DISMISSED: "dismissed",
        None: escalation.state.value,
    }.get(escalation.verdict, "answered")
    return (
        f"Escalation {escalation.escalation_id} was {what} already{when}; that stands, and nothing"
        " was sent now. `avatar inbox show` has the reply."
    )
