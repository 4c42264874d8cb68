"""Whether the promise is kept in a stream of questions, and what happens without its guards.

`python -m tests.benchmarks.promise [--runs 20]` prints, for a steady mix of questions and for one
that shifts half-way, in how many runs at most one in ten of the answers sent was wrong: with the
whole product, without verdicts having consequences, and without calibration either.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from statistics import fmean

from tests.stories.place import Place
from tests.stories.stream import SHIFTED, STEADY, build, calibrated, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    seeds = range(parser.parse_args().runs)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AVATAR_HOME"] = folder
        world = build(Place(Path(folder)))
    owners = {seed: calibrated(world, seed) for seed in seeds}
    print("| questions | what is on | runs kept | wrong of what was sent, mean / worst | sent |")
    print("|---|---|---|---|---|")
    for mix, name in ((STEADY, "steady"), (SHIFTED, "shifted half-way")):
        for on, is_calibrated, verdicts in (
            ("calibration and verdicts", True, True),
            ("calibration", True, False),
            ("neither", False, False),
        ):
            runs = [
                run(world, mix, seed, owners[seed] if is_calibrated else None, verdicts=verdicts)
                for seed in seeds
            ]
            errors = [one.error for one in runs]
            kept = sum(one.is_kept for one in runs)
            print(
                f"| {name} | {on} | {kept} of {len(runs)}"
                f" | {fmean(errors):.1%} / {max(errors):.1%}"
                f" | {fmean(one.sent / one.asked for one in runs):.0%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
