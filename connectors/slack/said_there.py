"""What the owner wrote where a question was asked, and whether that is plainly the answer. Pure.

A word of the owner in the asker's thread may be the answer, or only "ok, looking". Taking the
wrong one for an answer would close a question nobody answered, so only what leaves no doubt is
taken by itself; of the rest the owner is asked on the card, and what only acknowledges is left.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.escalations import EscalationState
from avatar.domain.language import HAN
from avatar.domain.terms import terms
from connectors.slack.blocks import MENTION, unescaped
from connectors.slack.office import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.escalations import Escalation, WaitingAsker

SAID_THERE: Final = "said-there/"
"""By escalation: what the owner wrote in a thread it was asked in."""

SHORT: Final = 8
"""Words up to which a message that puts off says nothing else."""
SHORT_HAN: Final = 12

PUTS_OFF: Final = re.compile(
    r"\b(?:look(?:ing)?|check(?:ing)?|let me|later|tomorrow|tonight|soon|moment|minutes?|sec"
    r"|i'?ll|we'?ll|will (?:be|get|come|look|check|ask|find|let)|get back|on it|not sure|unsure"
    r"|don'?t know|dunno|no idea|maybe|perhaps|probably|ask(?:ing)?|hold on|wait|brb|ok(?:ay)?"
    r"|thanks?|thx|hi|hey|hello|sorry|seen|noted|sure|np)\b"
    r"|看看|看一下|看下|查一下|查下|稍等|等一下|等等|等会|晚点|待会|回头|明天|不清楚|不知道"
    r"|不确定|可能|也许|问一下|问下|好的|收到|谢谢|抱歉|你好",
    re.IGNORECASE,
)
"""What is said when the answer is not there yet, or not certain."""
ASKS: Final = re.compile(r"[?？]|[吗呢]\s*[。.!！]?\s*$")


@dataclass(frozen=True, slots=True)
class SaidThere:
    """The owner's words in a thread, up to `ts`; `is_plain` when they are plainly the answer.

    `is_declined` once the owner said that they are not.
    """

    channel: str
    thread: str
    ts: str
    text: str
    is_plain: bool
    is_declined: bool = False

    def declined(self) -> SaidThere:
        """Return the same after the owner said that it is no answer."""
        return replace(self, is_declined=True)

    def reaches(self, asker: WaitingAsker) -> bool:
        """Whether this asker reads the words where they stand: the reply was to come there."""
        is_slack = asker.reply_to.channel == CHANNEL
        return is_slack and asker.reply_to.address.startswith(f"{self.channel}|{self.thread}|")

    def is_answer_to(self, escalation: Escalation) -> bool:
        """Whether the escalation was answered with these words."""
        is_answered = escalation.state is EscalationState.ANSWERED
        return is_answered and not self.is_declined and escalation.reply == self.text

    def as_text(self) -> str:
        """Write it down; `read` reads back the same."""
        return json.dumps(asdict(self), ensure_ascii=False)


def read(text: str | None) -> SaidThere | None:
    """Return what `as_text` wrote; None when nothing was."""
    return None if text is None else SaidThere(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread in which a question waits: whose it is, and the owner and asker in it."""

    channel: str
    thread: str
    question: str
    owner: str
    asker: str


def said_there(
    rows: Sequence[Mapping[str, Any]], thread: Thread, *, after: float
) -> SaidThere | None:
    """Return what the owner answered after a moment; None when nothing they wrote could be it.

    Plain is what states something about the question's own matter, with nobody else between
    and no further question of the asker behind it.
    """
    spoken = sorted((row for row in rows if _is_later_word(row, after)), key=_ts)
    own = [row for row in spoken if row["user"] == thread.owner]
    texts = [text for row in own if (text := unescaped(str(row["text"])).strip())]
    kept = [text for text in texts if not _says_nothing(text)]
    if not kept:
        return None
    text, last = "\n\n".join(kept), _ts(own[-1])
    others = {row["user"] for row in spoken if _ts(row) < last} - {thread.owner, thread.asker}
    asked_on = any(_ts(row) > last and ASKS.search(str(row["text"])) for row in spoken)
    is_plain = (
        not others
        and not asked_on
        and not any(ASKS.search(one) or PUTS_OFF.search(one) for one in texts)
        and not MENTION.search(text.replace(f"<@{thread.asker}>", ""))
        and bool(set(terms(text)) & set(terms(thread.question)))
    )
    return SaidThere(thread.channel, thread.thread, str(own[-1]["ts"]), text, is_plain)


def _ts(row: Mapping[str, Any]) -> float:
    return float(row["ts"])


def _is_later_word(row: Mapping[str, Any], after: float) -> bool:
    is_word = bool(row.get("user") and row.get("text")) and not row.get("bot_id")
    return (
        is_word
        and row.get("subtype") in {None, "thread_broadcast", "file_share"}
        and (_ts(row) > after)
    )


def _says_nothing(text: str) -> bool:
    """Whether a message only asks, only puts off, or has no words at all."""
    words, han = len(text.split()), len(HAN.findall(text))
    if not any(letter.isalnum() for letter in text):
        return True
    is_short = han <= SHORT_HAN if han else words <= SHORT
    return bool(ASKS.search(text.rstrip()[-2:]) or (is_short and PUTS_OFF.search(text)))
