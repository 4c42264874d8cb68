"""How far the shipped confidence can be trusted: each set asked of two half libraries.

Run: `python -m tests.benchmarks.confidence_dev --data DIR [--only NAME ...] [--cache DIR]`

Half of the questions have no answer in the library they are asked of. AUROC is over right and
wrong best passages; precision and coverage are at the shipped thresholds; `foreign` is the share
of questions from other sets that would be answered; ECE has ten bins of equal size.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.answering import confidence, weights
from avatar.learning.measures import calibration_error
from tests.benchmarks.fit_confidence import gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.fit_confidence import Floats, Row


def probabilities(rows: Sequence[Row]) -> Floats:
    """Return what the product would say of each row."""
    _, model, _ = weights.load()
    return np.array(
        [
            confidence.logistic(
                model.intercept + sum(confidence.contributions(row.features, model).values())
            )
            for row in rows
        ]
    )


def line(name: str, rows: Sequence[Row]) -> str:
    """Return the table line of one set."""
    from sklearn.metrics import roc_auc_score

    _, _, thresholds = weights.load()
    own = [row for row in rows if row.weight == 1]
    said, right = probabilities(own), np.array([float(row.is_right) for row in own])
    answered, drafted = said >= thresholds.answer, said >= thresholds.draft
    foreign = probabilities([row for row in rows if row.group.startswith("foreign/")])
    wrong = float((foreign >= thresholds.answer).mean()) if len(foreign) else 0.0
    exact = right[answered].mean() if answered.any() else 1.0
    loose = right[drafted].mean() if drafted.any() else 1.0
    return (
        f"| {name} | {len(own)} | {right.mean():.2f} | {roc_auc_score(right, said):.3f} "
        f"| {exact:.3f} | {answered.mean():.2f} | {loose:.3f} | {drafted.mean():.2f} "
        f"| {wrong:.3f} | {calibration_error(said, right.astype(bool)):.3f} |"
    )


def main() -> None:
    """Print one line per set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=200, help="questions per set")
    parser.add_argument("--documents", type=int, default=800, help="documents per set, about")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    parser.add_argument("--reuse", action="store_true", help="take the rows of the last run")
    rows = gather(parser.parse_args())
    print(
        "| set | asked | right | AUROC | precision answered | answered | precision drafted "
        "| drafted | foreign | ECE |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    for name in sorted({row.kind for row in rows}):
        print(line(name, [row for row in rows if row.kind == name]), flush=True)


if __name__ == "__main__":
    main()
