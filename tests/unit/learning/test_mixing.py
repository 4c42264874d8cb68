"""The weight of words is changed only where the owner's own questions show that it helps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.answering import weights
from avatar.domain.calibration import Origin
from avatar.learning.mixing import FACTORS, candidates, choice, fitted_fusion
from avatar.learning.replay import Asked, Replayed, Served, Thread
from tests.unit.learning.libraries import past_answer

if TYPE_CHECKING:
    from avatar.domain.weights import FusionWeights

SHIPPED = weights.load()[0]


@dataclass
class Picky:
    """Finds the right answer only where words count as much as it wants; remembers what it saw."""

    name: str
    at_least: float
    seen: list[FusionWeights] = field(default_factory=list)

    def look(self, text: str) -> str | None:
        return text

    def serve(self, looked: str, fusion: FusionWeights | None = None) -> Served:
        assert fusion is not None
        self.seen.append(fusion)
        finds = fusion.lexical[self.name] >= self.at_least
        return Served({}, past_answer(int(looked) if finds else 999, looked, f"answer {looked}"))

    def about_nobody(self, looked: str) -> str:
        return looked

    def opinion(self, looked: str) -> dict[str, float]:
        assert looked
        return {}


def replayed(threads: int, origin: Origin = Origin.REPLAYED) -> list[Replayed[str]]:
    made = []
    for number in range(threads):
        answer = past_answer(number, str(number), f"the answer {number}")
        thread = Thread(answer.document_id, (Asked(str(number)),), (answer,))
        made.append(Replayed(str(number), origin, thread, str(number)))
    return made


@pytest.mark.parametrize("name", sorted(SHIPPED.lexical))
def test_a_weight_that_helps_most_threads_is_taken_and_no_other_is_changed(name: str) -> None:
    picky = Picky(name, 1.5 * SHIPPED.lexical[name])
    found = fitted_fusion(replayed(20), picky, SHIPPED)
    assert found.lexical == {**SHIPPED.lexical, name: 2 * SHIPPED.lexical[name]}
    assert (found.scales, found.dense, found.identifier) == (
        SHIPPED.scales,
        SHIPPED.dense,
        SHIPPED.identifier,
    )


def test_four_threads_are_too_few_to_change_anything() -> None:
    picky = Picky("latin", 1.5 * SHIPPED.lexical["latin"])
    assert fitted_fusion(replayed(4), picky, SHIPPED) is SHIPPED


def test_without_a_question_that_can_be_answered_nothing_is_tried() -> None:
    picky = Picky("latin", 0.0)
    assert fitted_fusion(replayed(20, Origin.ABLATED), picky, SHIPPED) is SHIPPED
    assert not picky.seen


def test_what_helps_nobody_changes_nothing_and_progress_is_told() -> None:
    steps: list[tuple[int, int, str]] = []
    picky = Picky("latin", 0.0)
    found = fitted_fusion(replayed(20), picky, SHIPPED, lambda *step: steps.append(step))
    assert found is SHIPPED
    assert [step[0] for step in steps] == [*range(1, 2 + len(FACTORS) * len(SHIPPED.lexical))]


def test_a_win_on_one_thread_of_many_questions_is_no_win() -> None:
    groups = np.array(["long"] * 50 + [f"t{number}" for number in range(10)])
    right = np.zeros((2, 60), dtype=bool)
    right[1, :50] = True
    assert choice(right, groups) is None


def test_what_helps_some_threads_and_hurts_as_many_is_left() -> None:
    groups = np.array([f"t{number:02}" for number in range(40)])
    right = np.zeros((2, 40), dtype=bool)
    right[0, ::2], right[1, 1::2] = True, True
    assert choice(right, groups) is None


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 6))
def test_no_change_is_chosen_that_serves_fewer_threads_than_before(
    seed: int, threads: int, tried: int
) -> None:
    order = np.random.default_rng(seed)
    right = order.random((1 + tried, threads)) < 0.7
    found = choice(right, np.array([f"t{number}" for number in range(threads)]))
    if found is not None:
        assert right[1 + found].sum() > right[0].sum()


def test_each_candidate_changes_one_weight() -> None:
    for made in candidates(SHIPPED):
        changed = [n for n in made.lexical if made.lexical[n] != SHIPPED.lexical[n]]
        assert len(changed) == 1
