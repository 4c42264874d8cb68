"""What only the owner may say, whatever the evidence: promises, time off, people, permissions.

Looks for a person being asked to commit, judge or permit. Questions about how a thing works
("how do promises work") are left alone.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from avatar.answering import policy_patterns as patterns
from avatar.domain.questions import Language
from avatar.domain.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class PolicyCode(StrEnum):
    """Why a question is the owner's alone; stable, as it is journalled."""

    COMMITMENT = "commitment"
    TIME_OFF = "time-off"
    PERSONAL_DATA = "personal-data"
    OPINION = "opinion-on-people"
    SURVEILLANCE = "surveillance"
    APPROVAL = "approval"
    NEVER_ANSWER = "never-answer"


TEXTS: Final[Mapping[PolicyCode, tuple[str, str]]] = {
    PolicyCode.COMMITMENT: (
        "only the owner can make a promise or name a date",
        "承诺和交付时间只能由本人答复",
    ),
    PolicyCode.TIME_OFF: ("time off is the owner's to answer", "休假相关的问题由本人答复"),
    PolicyCode.PERSONAL_DATA: (
        "personal data and pay are not mine to tell",
        "个人信息和薪酬不由我来说",
    ),
    PolicyCode.OPINION: ("I give no opinions about people", "我不评价他人"),
    PolicyCode.SURVEILLANCE: (
        "I do not report on what colleagues do",
        "我不报告同事的行踪和工作情况",
    ),
    PolicyCode.APPROVAL: (
        "this asks for the owner's permission or decision",
        "这需要本人批准或决定",
    ),
    PolicyCode.NEVER_ANSWER: (
        "the owner answers questions on this topic in person",
        "这个话题由本人亲自答复",
    ),
}
RULES: Final[Mapping[PolicyCode, Sequence[str]]] = {
    PolicyCode.COMMITMENT: patterns.COMMITMENT,
    PolicyCode.TIME_OFF: patterns.TIME_OFF,
    PolicyCode.PERSONAL_DATA: patterns.PERSONAL_DATA,
    PolicyCode.OPINION: patterns.OPINION,
    PolicyCode.SURVEILLANCE: patterns.SURVEILLANCE,
    PolicyCode.APPROVAL: patterns.APPROVAL,
}
ASKED_AS_PROCEDURE: Final = frozenset(
    {PolicyCode.TIME_OFF, PolicyCode.APPROVAL, PolicyCode.PERSONAL_DATA}
)
"""These have a harmless form, "how do I …", that the owner's notes may answer."""

SPACES: Final = re.compile(r"\s+")


def explain(code: str, language: Language) -> str:
    """Say a policy code in words."""
    english, chinese = TEXTS[PolicyCode(code)]
    return chinese if language is Language.CHINESE else english


def reasons(
    text: str, *, owner_names: Sequence[str] = (), never_answer: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the codes of every policy the question touches, in a fixed order."""
    spoken = SPACES.sub(" ", text).strip()
    found = {
        code
        for code, rules in RULES.items()
        # the library keeps what it compiled, so only the first question waits for that
        if patterns.expand(rules, owner_names).search(spoken)
    }
    if patterns.HOW_TO.match(spoken):
        found -= ASKED_AS_PROCEDURE
    if any(_is_about(topic, spoken) for topic in never_answer):
        found.add(PolicyCode.NEVER_ANSWER)
    return tuple(code.value for code in PolicyCode if code in found)


def _is_about(topic: str, text: str) -> bool:
    """Whether every word of the topic stands in the text, or the topic itself does."""
    wanted = set(terms(topic))
    if wanted:
        return wanted <= set(terms(text))
    return bool(topic.strip()) and topic.strip().casefold() in text.casefold()
