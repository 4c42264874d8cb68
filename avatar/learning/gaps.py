"""What was asked and not known, in clusters: one gap in the owner's files each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.ports import Clusterer, Likeness

LIKE: Final = 1.0
"""Mean likeness from which questions are one gap: where `answering.likeness` puts the same."""

MOST_WORDINGS: Final = 2000
"""Different wordings that are compared; the newest ones, when there are more."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """One asker's question that was handed over and not known.

    `key` is equal for wordings of the same question. `names` are the numbers, identifiers and
    negations it holds: an answer to a question with others would not be an answer to it.
    `is_open` tells whether nobody has answered it since.
    """

    text: str
    key: str
    asker: str
    asked_at: float
    escalation_id: str
    names: frozenset[str] = frozenset()
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that one note would answer; `question` is the most typical wording.

    `asked` is the number of times, `askers` how often each asked, most often first.
    """

    question: str
    wordings: tuple[str, ...]
    asked: int
    askers: Mapping[str, int]
    first_at: float
    last_at: float
    open_count: int
    escalation_ids: tuple[str, ...]


def wordings(unknown: Sequence[Unknown]) -> list[list[Unknown]]:
    """Return questions grouped by wording, the newest groups first, not more than can be compared.

    What is asked in the same words, but for politeness, is one group.
    """
    groups: dict[str, list[Unknown]] = defaultdict(list)
    for one in sorted(unknown, key=lambda one: (-one.asked_at, one.text)):
        groups[one.key].append(one)
    return list(groups.values())[:MOST_WORDINGS]


def gaps(
    groups: Sequence[Sequence[Unknown]], likeness: Likeness, clusterer: Clusterer
) -> list[Gap]:
    """Return what is not known, gravest first: open before closed, then by how often and when.

    `likeness` has a row and a column for each group of `wordings`, as its first question has it.
    Groups that name different things are never joined.
    """
    near = likeness.astype(np.float64, copy=True)
    for row, one in enumerate(groups):
        for column in range(row):
            if _differ(one[0].names, groups[column][0].names):
                near[row, column] = near[column, row] = -np.inf
    found = [
        _gap([groups[row] for row in rows], near, rows) for rows in clusterer.clusters(near, LIKE)
    ]
    return sorted(
        found, key=lambda gap: (not gap.open_count, -gap.asked, -gap.last_at, gap.question)
    )


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether each names what the other does not: `E1234` here and `E5678` there."""
    return bool(one - other) and bool(other - one)


def _gap(groups: Sequence[Sequence[Unknown]], near: Likeness, rows: Sequence[int]) -> Gap:
    asked = [one for group in groups for one in group]
    own = np.clip(near[np.ix_(rows, rows)], 0.0, 1.0)
    np.fill_diagonal(own, 1.0)
    weight = np.array([len(group) for group in groups], dtype=np.float64)
    typical = int((own @ weight).argmax())
    texts = dict.fromkeys(one.text for one in (*groups[typical], *asked))
    times = Counter(one.asker for one in asked)
    return Gap(
        question=groups[typical][0].text,
        wordings=tuple(texts),
        asked=len(asked),
        askers=dict(sorted(times.items(), key=lambda item: (-item[1], item[0]))),
        first_at=min(one.asked_at for one in asked),
        last_at=max(one.asked_at for one in asked),
        open_count=sum(one.is_open for one in asked),
        escalation_ids=tuple(dict.fromkeys(one.escalation_id for one in asked)),
    )
