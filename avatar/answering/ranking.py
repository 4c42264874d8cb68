"""One evidence, two uses: what confidence holds a passage in another language to ranks it, too.

Ranking the first ten passages by their confidence helps where languages are crossed and hardly
anywhere else, and there nearly all of it is one feature, `coverage_cross`: names and numbers are
the only words that a question and a passage of another language share, too few for the word
channel to see them among all the others (`python -m tests.benchmarks.one_evidence`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from avatar.answering.features import meant, rarity, words_of
from avatar.answering.fusion import CROSSING, pair_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.evidence import Passage, TermStatistics
    from avatar.domain.questions import Intent

LACKING: Final = 0.2
"""What lacking every name of the question costs a passage, whose dense evidence counts about 1.

Between .1 and .3 all is as well on documentation and paragraphs, asked in either language."""


def by_shared_names(
    passages: Sequence[Passage], intent: Intent, statistics: TermStatistics
) -> list[Passage]:
    """Return the passages with those in another language lowered by what names they lack.

    Passages in the question's language keep their scores, and so do all when it has no names.
    """
    rare = {term: rarity(term, statistics) for term in meant(intent, statistics, CROSSING)}
    if not rare:
        return [*passages]

    def lowered(found: Passage) -> Passage:
        if pair_of(intent, found.chunk) != CROSSING:
            return found
        held = words_of(found)
        lacking = sum(value for term, value in rare.items() if term not in held)
        return replace(found, score=found.score - LACKING * lacking / sum(rare.values()))

    return sorted(map(lowered, passages), key=lambda found: -found.score)
