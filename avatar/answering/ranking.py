"""One evidence, two uses: what confidence holds a passage in another language to ranks it, too.

Ranking the first ten passages by their confidence helps where languages are crossed and hardly
anywhere else, and there nearly all of it is one feature, `coverage_cross`: names and numbers are
the only words that a question and a passage of another language share, too few for the word
channel to see them among all the others (`python -m tests.benchmarks.one_evidence`).

Translations are closer to a question than anything in its own language can be, on a scale that
was made for paragraphs; so closeness beyond `CLOSE` counts for less across languages, and who asks
in a language is answered in it when both have the answer. Their own order stays.
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

CLOSE: Final = 0.8
BEYOND: Final = 0.7
"""What a point of score above `CLOSE` counts for. With translated documentation and paragraphs in
one library the served passage is right more often by up to .07, by at most .02 less often where
only the other language has the answer; half a point costs .05 there."""


def across_languages(
    passages: Sequence[Passage], intent: Intent, statistics: TermStatistics
) -> list[Passage]:
    """Return the passages best first, those in another language by the names they lack, too.

    Passages in the question's language keep their scores.
    """
    rare = {term: rarity(term, statistics) for term in meant(intent, statistics, CROSSING)}
    total = sum(rare.values())

    def weighed(found: Passage) -> Passage:
        if pair_of(intent, found.chunk) != CROSSING:
            return found
        held = words_of(found) if rare else frozenset()
        lacking = sum(value for term, value in rare.items() if term not in held)
        score = found.score - (LACKING * lacking / total if total else 0.0)
        return replace(found, score=min(score, CLOSE + BEYOND * (score - CLOSE)))

    return sorted(map(weighed, passages), key=lambda found: -found.score)
