"""What the owner wrote where a question was asked, and whether it is worth asking about. Pure.

Words of the owner in the asker's thread may be the answer, or about something else: only the
owner knows. So they never close a question by themselves; they are shown on its card.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from itertools import dropwhile
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.escalations import EscalationState
from avatar.domain.language import HAN
from connectors.slack.blocks import unescaped
from connectors.slack.office import CHANNEL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.escalations import Escalation, WaitingAsker

SAID_THERE: Final = "said-there/"
"""By escalation: what the owner wrote in the threads it was asked in."""

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
class Words:
    """The owner's words in a thread, up to `ts`; `is_answer` once the owner said that they are."""

    channel: str
    thread: str
    ts: str
    text: str
    is_answer: bool = field(default=False, compare=False)

    @property
    def place(self) -> str:
        """The thread they stand in."""
        return place_of(self.channel, self.thread)

    def mark(self, escalation_id: str) -> str:
        """Return what a button about these very words carries; later or other words differ."""
        seal = hashlib.sha256(self.text.encode()).hexdigest()[:12]
        return f"{escalation_id}|{self.channel}|{self.thread}|{self.ts}|{seal}"

    def reaches(self, asker: WaitingAsker) -> bool:
        """Whether this asker reads the words where they stand: the reply was to come there."""
        is_slack = asker.reply_to.channel == CHANNEL
        return is_slack and asker.reply_to.address.startswith(f"{self.place}|")

    def is_answer_to(self, escalation: Escalation) -> bool:
        """Whether the escalation was answered with these words, because the owner said so."""
        is_answered = escalation.state is EscalationState.ANSWERED
        return is_answered and self.is_answer and escalation.reply == self.text


@dataclass(frozen=True, slots=True)
class SaidThere:
    """What is known of one escalation: the words its card shows, and which are no answer.

    `declined` is by thread until when (a stamp of Slack's) the owner said that it is none.
    """

    words: Words | None = None
    declined: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, note: str | None) -> SaidThere:
        """Return what `as_text` wrote; nothing known when nothing was."""
        known = json.loads(note) if note else {}
        words = known.get("words")
        return cls(Words(**words) if words else None, known.get("declined") or {})

    def as_text(self) -> str:
        """Write it down; `read` reads back the same."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def declined_until(self, place: str) -> float:
        """Return until when what was said in a thread is no answer."""
        return float(self.declined.get(place, 0.0))

    def without(self, place: str, ts: str) -> SaidThere:
        """Return the same after the owner declined what stands in a thread up to `ts`."""
        until = max(ts, self.declined.get(place, "0"), key=float)
        return replace(self, declined={**self.declined, place: until}).showing(self.words)

    def showing(self, words: Words | None) -> SaidThere:
        """Return the same with other words on the card; declined ones are not shown."""
        is_declined = words is not None and float(words.ts) <= self.declined_until(words.place)
        return replace(self, words=None if is_declined else words)


def place_of(channel: str, thread: str) -> str:
    """Return the name of a thread, as addresses of replies begin."""
    return f"{channel}|{thread}"


def marked(mark: str) -> tuple[str, str, str]:
    """Return escalation, thread and stamp from a button; an older one carries only the first."""
    name, channel, thread, ts, *_ = [*mark.split("|"), "", "", ""]
    return name, place_of(channel, thread), ts


def said_in(rows: Sequence[Mapping[str, Any]], *, owner: str, after: float) -> tuple[str, str]:
    """Return what the owner wrote after a moment, as Slack writes it, and its last stamp.

    It begins with the first statement; what follows may take that back, so all of it is kept.
    Both are empty when nothing they wrote could be an answer.
    """
    own = sorted((row for row in rows if _is_later_word(row, owner, after)), key=_ts)
    texts = [str(row["text"]).strip() for row in own]
    kept = list(dropwhile(_says_nothing, texts))
    return ("\n\n".join(kept), str(own[-1]["ts"])) if kept else ("", "")


def _ts(row: Mapping[str, Any]) -> float:
    return float(row["ts"])


def _is_later_word(row: Mapping[str, Any], owner: str, after: float) -> bool:
    is_own = row.get("user") == owner and bool(row.get("text")) and not row.get("bot_id")
    is_word = row.get("subtype") in {None, "thread_broadcast", "file_share"}
    return is_own and is_word and _ts(row) > after


def _says_nothing(raw: str) -> bool:
    """Whether a message only asks, only puts off, or has no words at all."""
    text = unescaped(raw)
    words, han = len(text.split()), len(HAN.findall(text))
    if not any(letter.isalnum() for letter in text):
        return True
    is_short = han <= SHORT_HAN if han else words <= SHORT
    return bool(ASKS.search(text.rstrip()[-2:]) or (is_short and PUTS_OFF.search(text)))
