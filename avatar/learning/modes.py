"""Who sends the answers of a topic: the profile says it, the owner chooses, rejections take it.

Nothing is promoted silently: evidence makes a proposal, and the owner accepts it. A run of
rejected answers demotes at once, because it would be so improbable if the promise held; only the
owner gives the topic back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import Verdict
from avatar.domain.judgement import Mode
from avatar.learning.drift import was_at_stake

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from avatar.domain.calibration import Calibration, TopicEvidence
    from avatar.learning.verdicts import GivenVerdict

IMPROBABLE: Final = 0.001
"""A run of rejections this improbable under the promise demotes: three in a row at 90 %."""

LEAST_RUN: Final = 2
"""One rejection is never a run, whatever is promised."""


class Why(StrEnum):
    """What a topic's mode comes from."""

    PROFILE = "profile"
    CHOSEN = "chosen"
    DEMOTED = "demoted"


@dataclass(frozen=True, slots=True)
class Choice:
    """The owner chose a topic's mode.

    It holds while the profile says what it said then (`over`), so that a later edit of the
    profile is never ignored. `after` is the number of the newest verdict at that time.
    """

    topic: str
    mode: Mode
    over: Mode
    at: float
    after: int


@dataclass(frozen=True, slots=True)
class Demotion:
    """A run of so many rejections put a topic into draft; `number` is that of the last one."""

    number: int
    at: float
    run: int


@dataclass(frozen=True, slots=True)
class Runs:
    """Rejections in a row by topic, and which topics they have demoted."""

    wrong: Mapping[str, int] = field(default_factory=dict)
    demoted: Mapping[str, Demotion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicMode:
    """The mode of a topic that is in force; `since` is when it was chosen or taken."""

    topic: str
    mode: Mode
    why: Why = Why.PROFILE
    since: float | None = None


def longest_run(promise: float) -> int:
    """Return how many rejections in a row demote a topic under this promise."""
    if not 0 < promise < 1:
        return LEAST_RUN
    return max(LEAST_RUN, math.ceil(math.log(IMPROBABLE) / math.log(1 - promise) - 1e-9))


def heard(runs: Runs, given: GivenVerdict, *, promise: float) -> Runs:
    """Return the runs after one more verdict; only the owner's on what was at stake count."""
    topic = given.topic
    if not topic or not was_at_stake(given):
        return runs
    if given.verdict is Verdict.APPROVED:
        return replace(runs, wrong={**runs.wrong, topic: 0})
    if given.verdict is not Verdict.REJECTED:
        return runs
    run = runs.wrong.get(topic, 0) + 1
    if run < longest_run(promise):
        return replace(runs, wrong={**runs.wrong, topic: run})
    demotion = Demotion(given.number, given.at, run)
    return Runs({**runs.wrong, topic: 0}, {**runs.demoted, topic: demotion})


def in_force(
    profile: Mapping[str, Mode], choices: Iterable[Choice], demoted: Mapping[str, Demotion]
) -> Sequence[TopicMode]:
    """Return the mode of every topic of the profile; the owner's last word stands."""
    chosen = {choice.topic: choice for choice in choices}
    found = []
    for topic, mode in profile.items():
        current = TopicMode(topic, mode)
        choice = chosen.get(topic)
        if choice is not None and choice.over is mode:
            current = TopicMode(topic, choice.mode, Why.CHOSEN, choice.at)
        demotion = demoted.get(topic)
        settled = choice.after if choice is not None else 0
        if demotion is not None and demotion.number > settled and current.mode is Mode.AUTO:
            current = TopicMode(topic, Mode.DRAFT, Why.DEMOTED, demotion.at)
        found.append(current)
    return found


def proposals(
    topics: Iterable[TopicMode], calibration: Calibration | None
) -> Sequence[TopicEvidence]:
    """Return the evidence for topics that wait for the owner and could keep the promise alone.

    Evidence from before a topic was demoted says nothing of what went wrong since.
    """
    if calibration is None or not calibration.is_promised:
        return []
    waiting = {one.topic: one for one in topics if one.mode is Mode.DRAFT}
    return [
        evidence
        for evidence in calibration.topics
        if evidence.may_promise
        and (one := waiting.get(evidence.topic)) is not None
        and (one.why is not Why.DEMOTED or calibration.made_at > (one.since or 0.0))
    ]
