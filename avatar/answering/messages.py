"""Every text the product itself says to colleagues, in English and Chinese.

Each function is one message. They are short and honest: who speaks (a machine), what it rests
on, what happens next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.domain.decisions import Band
from avatar.domain.questions import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.decisions import Citation

BANDS: Final = {
    Language.ENGLISH: {Band.HIGH: "high", Band.MEDIUM: "medium", Band.LOW: "low"},
    Language.CHINESE: {Band.HIGH: "高", Band.MEDIUM: "中", Band.LOW: "低"},
}


REASONS: Final = {
    "no-evidence": ("I found nothing about this", "我没有找到相关内容"),
    "contradiction": (
        "earlier answers to this question do not agree with each other",
        "以前对这个问题的几次回答说法不一致",
    ),
    "not-readable": (
        "what I found is not meant for everyone here, so the owner should decide",
        "我找到的内容不是对所有人开放的，需要由本人决定",
    ),
    "secret": (
        "the answer held something that looks like a password or a key",
        "回答里有像密码或密钥的内容",
    ),
    "uncited": ("I could not name a source for my answer", "我的回答找不到出处"),
    "index-unavailable": (
        "I cannot look into the notes at the moment",
        "我现在无法查阅资料",
    ),
    "model-sufficient": (
        "the language model finds the answer in these passages",
        "语言模型认为这些段落里有答案",
    ),
    "model-insufficient": (
        "the language model does not find the answer in these passages",
        "语言模型认为这些段落里没有答案",
    ),
    "model-refused": (
        "the language model would not answer from these passages",
        "语言模型没有根据这些段落作答",
    ),
    "model-disagrees": (
        "asked several times, the language model said different things",
        "多次询问语言模型，得到的说法不一致",
    ),
    "model-unsupported": (
        "what the language model wrote does not stand in these passages",
        "语言模型写的内容在这些段落里没有依据",
    ),
    "model-silent": (
        "the language model that my confidence was calibrated with gave no opinion",
        "我的把握程度是配合一个语言模型校准的，而它没有给出意见",
    ),
}
"""Why a question was handed over, and what a model thinks, as `Reason.code`, in both languages."""


def reason(code: str, *, language: Language) -> str:
    """Return a reason of `REASONS` in words."""
    english, chinese = REASONS[code]
    return _in(language, en=english, zh=chinese)


def not_sure_enough(probability: float, needed: float, *, language: Language) -> str:
    """Return how sure the stand-in is, and how sure it would have to be."""
    return _in(
        language,
        en=f"I am {probability:.0%} sure, and answer by myself from {needed:.0%}",
        zh=f"我的把握是 {probability:.0%}，达到 {needed:.0%} 才会自己回答",
    )


def waits_for_approval(topic: str, *, language: Language) -> str:
    """Return that a sure answer is not sent by itself, because of where it is from."""
    return _in(
        language,
        en=f"answers from `{topic}` wait for the owner's approval",
        zh=f"来自 `{topic}` 的回答要先经本人确认才会发出",
    )


def rejected_before(*, owner: str, language: Language) -> str:
    """Return that what was found is not sent because the owner has rejected it."""
    return _in(
        language,
        en=f"{owner} has said that what I found is no answer to this",
        zh=f"{owner} 说过，我找到的内容不能回答这个问题",
    )


def ground_moved(place: str, grounds: Sequence[str], *, language: Language) -> str:
    """Return that the past answer at `place` rests on lines that have changed.

    `grounds` are those of its places that may be named, as they were when it was given.
    """
    listed = ", ".join(f"`{ground}`" for ground in grounds)
    based_en, based_zh = (f" ({listed})", f"（{listed}）") if listed else ("", "")
    return _in(
        language,
        en=f"there is an earlier answer (`{place}`), but what it was based on{based_en} "
        "has changed since",
        zh=f"以前回答过（`{place}`），但当时依据的内容{based_zh}后来有改动",
    )


def _in(language: Language, *, en: str, zh: str) -> str:
    return zh if language is Language.CHINESE else en


def answered(text: str, *, owner: str, band: Band, language: Language) -> str:
    """Return an answer under the label that says a machine wrote it, and how sure it is."""
    level = BANDS[language][band]
    label = _in(
        language,
        en=f"_Answered by {owner}'s stand-in, from {owner}'s notes · confidence {level}_",
        zh=f"_由 {owner} 的自动替身根据 {owner} 的资料回答 · 把握：{level}_",
    )
    return f"{text}\n\n{label}"


def escalated(*, owner: str, language: Language, asked_at: str = "") -> str:
    """Return that the owner was asked instead; `asked_at` is the local time, like `14:05`."""
    when_en = f" (at {asked_at})" if asked_at else ""
    when_zh = f"（{asked_at}）" if asked_at else ""
    return _in(
        language,
        en=f"I am not sure enough, so I have asked {owner}{when_en}. You will hear back here.",
        zh=f"我不够有把握，已经转给 {owner} 本人{when_zh}。有答复会在这里告诉你。",
    )


def looked_at_first(*, owner: str, language: Language) -> str:
    """Return that there is an answer, which the owner looks at before it is sent."""
    return _in(
        language,
        en=f"{owner} looks at answers like this one before they are sent, so I have asked. "
        "You will hear back here.",
        zh=f"这类回答要先经 {owner} 本人确认，我已经转达。有答复会在这里告诉你。",
    )


def left_to_owner(*, owner: str, language: Language, asked_at: str = "") -> str:
    """Return that this is a matter only the owner can speak on, and that they were asked."""
    when_en = f" (at {asked_at})" if asked_at else ""
    when_zh = f"（{asked_at}）" if asked_at else ""
    return _in(
        language,
        en=f"That is for {owner} to say, not for me, so I have asked{when_en}. "
        "You will hear back here.",
        zh=f"这件事应由 {owner} 本人答复，我已经转达{when_zh}。有答复会在这里告诉你。",
    )


def disagreeing(texts: Sequence[str], *, language: Language) -> str:
    """Return, for the owner's eyes, past answers that say different things."""
    head = _in(
        language,
        en="Past answers say different things about this. Which one holds?",
        zh="以前的回答互相矛盾，哪一个是对的？",
    )
    return "\n\n".join([head, *(f"{n}) {text}" for n, text in enumerate(texts, start=1))])


def ask_back(options: Sequence[str], *, language: Language) -> str:
    """Return the one question back, with the options the evidence holds."""
    head = _in(
        language,
        en="I know about more than one of these. Which do you mean?",
        zh="我的资料里有几种情况，你指的是哪一个？",
    )
    return "\n".join([head, *(f"{n}. {option}" for n, option in enumerate(options, start=1))])


def small_talk(*, owner: str, language: Language) -> str:
    """Return a friendly line that says what this is and what to do with it."""
    return _in(
        language,
        en=f"Hello! I am {owner}'s stand-in: a program that answers from {owner}'s notes and "
        f"code, and asks {owner} when it is not sure. What would you like to know?",
        zh=f"你好！我是 {owner} 的自动替身：根据 {owner} 的笔记和代码回答问题，没有把握时会去问 "
        f"{owner}。你想了解什么？",
    )


def thanked(*, language: Language) -> str:
    """Return the reply to thanks, or to a word that closes the matter, such as "great"."""
    return _in(
        language,
        en="You are welcome! I am here when you have another question.",
        zh="不客气！有别的问题随时问我。",
    )


def farewell(*, language: Language) -> str:
    """Return the reply to a goodbye."""
    return _in(
        language,
        en="Goodbye! I am here when you have another question.",
        zh="再见！有问题随时来问我。",
    )


def empty_question(*, owner: str, language: Language) -> str:
    """Return that no question could be read in the message."""
    return _in(
        language,
        en="I could not find a question in that. Ask me in a sentence what you would have asked "
        f"{owner}.",
        zh=f"我没有看到问题。请用一句话写出你想问 {owner} 的内容。",
    )


def location(citation: Citation) -> str:
    """Return `path:line` or `path:start-end`, with the symbol when there is one."""
    symbol = f" ({citation.symbol})" if citation.symbol else ""
    return citation.location + symbol


def with_sources(text: str, citations: Sequence[Citation]) -> str:
    """Return an answer followed by its numbered sources, one a line."""
    sources = [f"[{n}] {location(citation)}" for n, citation in enumerate(citations, start=1)]
    return "\n\n".join(part for part in (text, "\n".join(sources)) if part)
