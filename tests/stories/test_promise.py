"""Of what is sent by itself at most one in ten is wrong, also when the questions change.

A simulated owner who knows the truth judges 500 questions, twenty times over. What happens with
parts of the product switched off is recorded by `python -m tests.benchmarks.promise`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stories.place import Place
from tests.stories.stream import (
    LENGTH,
    SHIFTED,
    STEADY,
    Mix,
    World,
    build,
    calibrated,
    run,
)

if TYPE_CHECKING:
    from avatar.domain.calibration import Calibration

SEEDS = range(20)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build(Place(tmp_path_factory.mktemp("promise")))


@pytest.fixture(scope="module")
def owners(world: World) -> dict[int, Calibration]:
    return {seed: calibrated(world, seed) for seed in SEEDS}


@pytest.mark.parametrize("mix", [STEADY, SHIFTED], ids=["steady", "shifted"])
def test_the_promise_is_kept(world: World, owners: dict[int, Calibration], mix: Mix) -> None:
    runs = [run(world, mix, seed, owners[seed]) for seed in SEEDS]
    assert {one.asked for one in runs} == {LENGTH}
    assert sum(one.is_kept for one in runs) >= 0.9 * len(runs), [one.error for one in runs]
    # a promise kept by silence would be worth nothing
    assert min(one.sent for one in runs) >= 50
    if mix is SHIFTED:
        assert any(one.told for one in runs)
