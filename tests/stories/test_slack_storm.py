"""Everything goes wrong at once: one reply or one escalation each, all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack_office import new_workspace
from tests.stories.place import Place
from tests.stories.slack_storm import storm

if TYPE_CHECKING:
    from pathlib import Path


def test_faults_and_kills_at_random_cost_nobody_a_question_or_a_second_reply(
    tmp_path: Path,
) -> None:
    """More of them: `python -m tests.benchmarks.slack_speed --chunks 0 --faults 1000`."""
    with new_workspace() as slack:
        toll = storm(slack, Place(tmp_path), messages=50, kills=3, seed=7)
    assert toll.wrong == []
    assert 0 < toll.riddles < toll.messages
