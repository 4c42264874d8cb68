"""What is being asked: rules first, in English and Chinese, no model needed."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from avatar.answering import policy
from avatar.domain.language import reply_language, text_language
from avatar.domain.questions import Intent, IntentKind
from avatar.domain.terms import asked_terms, identifiers, normalise, quoted, terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.questions import Question, Turn


class Courtesy(StrEnum):
    """What small talk is: a word at the beginning, one of thanks, or one at the end."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"


SEARCHED_AT_MOST: Final = 2000
"""Characters of a question that are searched; the rest of a pasted log says little more."""

READ_AT_MOST: Final = 20_000
CARRIED_TERMS: Final = 8
SHORT_TERMS: Final = 3
SPACES: Final = re.compile(r"[ \t\u3000]+")
MENTION: Final = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
SAYS_SOMETHING: Final = re.compile(r"[^\W_]")

SMALL_TALK: Final = re.compile(
    r"(?:(?:hi|hello|hey|yo|morning|good (?:morning|afternoon|evening|night)|thanks?|thank you|thx|"
    r"ty|cheers|great|nice|cool|perfect|awesome|ok|okay|got it|bye|goodbye|see you|no problem|np|"
    r"how are you|what'?s up|there|so much|a lot|very much|all|team|everyone|again|for your help|"
    r"that helps|works now|"
    r"你好|您好|嗨|哈喽|在吗|早|早安|早上好|上午好|下午好|晚上好|晚安|谢谢|多谢|感谢|谢了|辛苦了?|好的|"
    r"收到|明白|知道了|懂了|再见|拜拜|大家|啊|啦|呀|哦|了|你|您)[\s,.!~，。！～、]*)+",
    re.IGNORECASE,
)

THANKS: Final = re.compile(r"\b(?:thanks?|thx|ty|cheers|helps|works now)\b|谢|辛苦", re.IGNORECASE)
FAREWELL: Final = re.compile(
    r"\b(?:bye|goodbye|see you|good night)\b|再见|拜拜|晚安", re.IGNORECASE
)
GREETING: Final = re.compile(
    r"\b(?:hi|hello|hey|yo|morning|good (?:afternoon|evening)|how are you|what'?s up)\b|"
    r"你好|您好|嗨|哈喽|在吗|早|上午好|下午好|晚上好",
    re.IGNORECASE,
)
CLOSING: Final = re.compile(
    r"\b(?:great|nice|cool|perfect|awesome|ok|okay|got it|no problem|np)\b|"
    r"好的|收到|明白|知道了|懂了",
    re.IGNORECASE,
)

KINDS: Final[Mapping[IntentKind, re.Pattern[str]]] = {
    IntentKind.HOW_TO: re.compile(
        r"\bhow (?:do|can|could|should|would|to|did)\b|\bsteps? (?:to|for)\b|\bway to\b|"
        r"怎么(?!样|回事)|如何|怎样(?!了)|步骤|方法",
        re.IGNORECASE,
    ),
    IntentKind.WHY: re.compile(
        r"\bwhy\b|\bhow come\b|\breason\b|为什么|为何|为啥|原因|怎么回事", re.IGNORECASE
    ),
    IntentKind.WHERE: re.compile(
        r"\bwhere\b|\bwhich (?:file|folder|directory|repo|module|page|table)\b|在哪|哪里|哪个文件|"
        r"哪个目录|什么地方|位置",
        re.IGNORECASE,
    ),
    IntentKind.WHO: re.compile(r"\bwho(?:se|m)?\b|谁|哪位|负责人", re.IGNORECASE),
    IntentKind.DECISION: re.compile(
        r"\bshould (?:we|i)\b|\bdid (?:we|you) decide\b|\bdecision\b|\bdecided\b|"
        r"\b(?:better|prefer)\b|决定|该不该|应该|选哪|还是",
        re.IGNORECASE,
    ),
    IntentKind.STATUS: re.compile(
        r"\bstatus\b|\bprogress\b|\bstill (?:broken|open|down)\b|"
        r"\bis .{1,40} (?:done|fixed|ready|down|merged|released)\b|"
        r"进展|进度|状态|修好了|好了吗|完成了|上线了",
        re.IGNORECASE,
    ),
    IntentKind.DEFINITION: re.compile(
        r"\bwhat(?:'s| is| are| does)\b(?!.{0,40}\b(?:wrong|error)\b).{0,60}(?:mean|\?|$)|"
        r"\bmeaning of\b|\bdefin(?:e|ition)\b|\bexplain\b|是什么|什么是|什么意思|指的是|定义",
        re.IGNORECASE,
    ),
}
"""First match wins, in this order."""

FOLLOW_UP: Final = re.compile(
    r"\s*(?:and|but|also|what about|how about|same (?:for|with)|then)\b|"
    r"\b(?:it|its|that one|this one|that|those|these|they|them|there|"
    r"the (?:other|second|first|former|latter) one)\b|"
    r"^(?:那|那么|然后|还有|另外|换成)|(?:呢[？?。]?$)|它|这个|那个|那边|上面|刚才",
    re.IGNORECASE,
)
ENDS_QUESTION: Final = re.compile(r"(?<=[?？])\s*(?=\S)|\n\s*(?:[-*•]|\d+[.)、])\s+")
OPENS_QUESTION: Final = re.compile(
    r"(?:how|what|why|where|who|when|which|can|could|do|does|is|are|should|and)\b|"
    r"怎么|如何|为什么|什么|哪|谁|是否|能|可以|那|请问",
    re.IGNORECASE,
)


def parse(
    question: Question, *, owner_names: Sequence[str] = (), never_answer: Sequence[str] = ()
) -> Intent:
    """Return what was understood of a question; odd input gives an empty or plain intent."""
    own = clean(question.text)
    language = reply_language(own)
    if not SAYS_SOMETHING.search(own):
        return Intent("", IntentKind.EMPTY, language, "other")
    if SMALL_TALK.fullmatch(own):
        return Intent(own, IntentKind.SMALL_TALK, language, text_language(own))
    text = stand_alone(own, question.history)[:SEARCHED_AT_MOST]
    return Intent(
        text=text,
        kind=kind_of(own),
        language=language,
        text_language=text_language(text),
        terms=asked_terms(text),
        identifiers=identifiers(text),
        quoted=quoted(text),
        policy=policy.reasons(own, owner_names=owner_names, never_answer=never_answer),
    )


def courtesy(text: str) -> Courtesy:
    """Return what kind of small talk a message is; thanks weigh more than what stands beside."""
    if THANKS.search(text):
        return Courtesy.THANKS
    if FAREWELL.search(text):
        return Courtesy.FAREWELL
    if CLOSING.search(text) and not GREETING.search(text):
        return Courtesy.THANKS
    return Courtesy.GREETING


def clean(text: str) -> str:
    """Return the text without invisible characters, mentions and needless space, capped."""
    plain = MENTION.sub(" ", normalise(text[:READ_AT_MOST]))
    lines = (SPACES.sub(" ", line).strip() for line in plain.split("\n"))
    return "\n".join(line for line in lines if line)[:SEARCHED_AT_MOST]


def kind_of(text: str) -> IntentKind:
    """Return what kind of thing is wanted; a plain fact when no rule says otherwise."""
    return next((kind for kind, rule in KINDS.items() if rule.search(text)), IntentKind.FACT)


def stand_alone(text: str, history: Sequence[Turn]) -> str:
    """Put the previous question's content before a follow-up that cannot stand alone."""
    own = terms(text)
    if len(own) > SHORT_TERMS + 2 or not (FOLLOW_UP.search(text) or len(own) <= 1):
        return text
    earlier = next((clean(turn.text) for turn in reversed(history) if turn.by_asker), "")
    if not earlier or SMALL_TALK.fullmatch(earlier):
        return text
    if text_language(earlier) == "zh":
        return f"{earlier}\n{text}"
    missing = [word for word in _content_words(earlier) if word.lower() not in text.lower()]
    return f"{' '.join(missing[:CARRIED_TERMS])} {text}" if missing else text


def _content_words(text: str) -> list[str]:
    words = (word.strip("?!.,;:()\"'") for word in text.split())
    return [word for word in words if terms(word)]


def split_questions(text: str) -> list[str]:
    """Return the questions of a message that holds several; a list of one when it holds one.

    A lead-in without a question mark stays with the question after it.
    """
    parts = [part.strip() for part in ENDS_QUESTION.split(normalise(text)) if part.strip()]
    asked = [part for part in parts if _is_question(part)]
    if len(asked) < 2:
        return [text.strip()] if text.strip() else []
    found: list[str] = []
    lead = ""
    for part in parts:
        if _is_question(part):
            found.append(f"{lead} {part}".strip())
            lead = ""
        else:
            lead = f"{lead} {part}".strip()
    if lead:
        found[-1] = f"{found[-1]} {lead}"
    return found


def _is_question(part: str) -> bool:
    return part.endswith(("?", "？")) or bool(OPENS_QUESTION.match(part))
