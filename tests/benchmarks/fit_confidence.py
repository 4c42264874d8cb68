"""Fits the shipped confidence weights on evaluation sets, and says how well they carry over.

Run: `python -m tests.benchmarks.fit_confidence --data DIR [--write] [--cache DIR]`

Every set is cut into two half libraries and each question is asked of both, so the same question
is asked once where its answer is known and once where it is not; totals and rarities are those of
a library that never had it. Questions of other sets are added with half the weight. All rows of
one answer stay on one side of a fold. The judgement is by leaving each set out, and so is the
threshold for answering: the lowest from which a Clopper-Pearson bound still promises the precision,
with about half of the questions unknown; one for questions in the notes' language, one for others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from avatar.answering import features, weights
from avatar.learning.fitting import FALLING, RISING
from avatar.learning.measures import calibration_error
from tests.benchmarks.datasets import discover, reduced, thinned
from tests.benchmarks.library import READER, asked, library, models

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from avatar.domain.evidence import Evidence
    from avatar.domain.questions import Intent
    from tests.benchmarks.datasets import EvaluationSet
    from tests.benchmarks.library import CachedEmbedder, Library

    Floats = NDArray[np.float64]

FOREIGN_WEIGHT: Final = 0.5
FOREIGN: Final = 40
CLIP: Final = 4.0
STRENGTH: Final = 0.3
ANSWER_PRECISION: Final = 0.9
DOUBT: Final = 0.1
"""How often the promise may be broken by chance."""

DRAFT_PRECISION: Final = 0.75
OTHER_ENTITY: Final = "QX7_ORBAN"
SWAPPED: Final = 3
"""Every so many questions are asked again about an entity nobody wrote of."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question asked of one half library."""

    group: str
    kind: str
    features: Mapping[str, float]
    is_right: bool
    weight: float


def rows_of(
    data: EvaluationSet, foreign: Sequence[str], embedders: tuple[CachedEmbedder, ...]
) -> Iterator[Row]:
    """Ask every question of both halves, and foreign ones of the first."""
    fusion, _, _ = weights.load()
    for side in (0, 1):
        entries = [entry for entry in data.entries if half_of(entry.entry_id) == side]
        with (
            tempfile.TemporaryDirectory() as folder,
            library(entries, embedders, Path(folder)) as at,
        ):
            retriever = at.retriever()

            def find(text: str, retriever: Any = retriever) -> tuple[Intent, Evidence]:
                intent = asked(text)
                return intent, retriever.retrieve(intent, reader=READER, limit=10)

            for number, (key, text) in enumerate(data.questions.items()):
                group = f"{data.name}/{min(data.grades[key])}"
                intent, found = find(text)
                is_right = _is_right(found, data.grades[key], at)
                numbers = features.compute(intent, found, fusion)
                yield Row(group, data.name, numbers, is_right, 1.0)
                if is_right and number % SWAPPED == 0:
                    intent, found = find(other_entity(intent, found))
                    numbers = features.compute(intent, found, fusion)
                    yield Row(group, data.name, numbers, False, FOREIGN_WEIGHT)
            for text in foreign if side == 0 else ():
                intent, found = find(text)
                numbers = features.compute(intent, found, fusion)
                yield Row(f"foreign/{text[:40]}", data.name, numbers, False, FOREIGN_WEIGHT)


def other_entity(intent: Intent, found: Evidence) -> str:
    """Return the question with its rarest word replaced by a name that occurs nowhere."""
    ranked = sorted(intent.terms, key=lambda term: -features.rarity(term, found.statistics))
    for term in ranked:
        changed = re.sub(
            rf"{re.escape(term)}\w*", OTHER_ENTITY, intent.text, count=1, flags=re.IGNORECASE
        )
        if changed != intent.text:
            return changed
    return f"{intent.text} {OTHER_ENTITY}"


def half_of(entry_id: str) -> int:
    """Return which of the two half libraries a document stands in."""
    return hashlib.sha256(entry_id.encode()).digest()[0] % 2


def _is_right(found: Evidence, grades: Mapping[str, int], at: Library) -> bool:
    return found.top is not None and at.entry_of[found.top.chunk.document_id] in grades


def matrix(rows: Sequence[Row]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Return features, labels and weights; every set weighs the same."""
    sizes = Counter(row.kind for row in rows)
    return (
        np.array([[row.features[name] for name in features.NAMES] for row in rows]),
        np.array([row.is_right for row in rows]),
        np.array([row.weight * len(rows) / len(sizes) / sizes[row.kind] for row in rows]),
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A logistic model as the product reads it."""

    mean: Floats
    scale: Floats
    coefficient: Floats
    intercept: float

    def predict(self, values: Floats) -> Floats:
        """Return probabilities."""
        standard = np.clip((values - self.mean) / self.scale, -CLIP, CLIP)
        result: Floats = 1 / (1 + np.exp(-(standard @ self.coefficient + self.intercept)))
        return result


def fit(rows: Sequence[Row]) -> Fitted:
    """Fit an L2 logistic regression on standardised, clipped features, each in its direction."""
    from sklearn.linear_model import LogisticRegression

    values, right, weight = matrix(rows)
    mean = np.average(values, axis=0, weights=weight)
    scale = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))
    scale[scale < 1e-6] = 1.0
    standard = np.clip((values - mean) / scale, -CLIP, CLIP)
    direction = np.array([(name in RISING) - (name in FALLING) for name in features.NAMES])
    used = np.ones(len(features.NAMES), dtype=bool)
    while True:
        model = LogisticRegression(C=STRENGTH, max_iter=2000)
        model.fit(standard * used, right, sample_weight=weight)
        along = np.where(used, direction * model.coef_[0], 0.0)
        if along.min() >= 0:
            return Fitted(mean, scale, model.coef_[0] * used, float(model.intercept_[0]))
        used[int(along.argmin())] = False  # one at a time: it may be what turned the others round


def left_out(rows: Sequence[Row]) -> Floats:
    """Return each row's probability by a model that never saw its set."""
    result = np.zeros(len(rows))
    for name in {row.kind for row in rows}:
        inside = np.array([row.kind == name for row in rows])
        rest = fit([row for row in rows if row.kind != name])
        result[inside] = rest.predict(matrix(rows)[0][inside])
    return result


def folded(rows: Sequence[Row]) -> Floats:
    """Return each row's probability by a model that never saw its answer."""
    from sklearn.model_selection import GroupKFold

    result = np.zeros(len(rows))
    values = matrix(rows)[0]
    for train, test in GroupKFold(5).split(values, groups=[row.group for row in rows]):
        result[test] = fit([rows[i] for i in train]).predict(values[test])
    return result


def precision(rows: Sequence[Row], said: Floats, at: float) -> tuple[float, float]:
    """Return precision and coverage at a threshold; every set weighs the same."""
    _, right, weight = matrix(rows)
    kept = said >= at
    total = float(weight[kept].sum())
    return (float(weight[kept & right].sum()) / total if total else 1.0), total / weight.sum()


def threshold(rows: Sequence[Row], said: Floats, wanted: float) -> float:
    """Return the least threshold, in hundredths, from which precision stays as wanted."""
    grid = [step / 100 for step in range(5, 100)]
    return next(
        (t for t in grid if all(precision(rows, said, u)[0] >= wanted for u in grid if u >= t)),
        0.99,
    )


def promised(rows: Sequence[Row], said: Floats, wanted: float, *, is_crossing: bool) -> float:
    """Return the lowest threshold down to which precision is promised, tested from the top.

    The steps are wide, as each is one more occasion for a good threshold to fail by chance.

    Thresholds with too few rows for any promise are passed over; foreign and swapped questions
    are left out, as the rows already hold every question once without its answer.
    """
    from scipy.stats import beta

    own = np.array([r.weight == 1 and (r.features["cross"] > 0) is is_crossing for r in rows])
    right = np.array([row.is_right for row in rows])
    enough, lowest = math.log(DOUBT) / math.log(wanted), 0.99
    for step in range(19, 1, -1):
        kept = own & (said >= step / 20)
        count, good = int(kept.sum()), int((kept & right).sum())
        if count < enough:
            continue
        if not good or float(beta.ppf(DOUBT, good, count - good + 1)) < wanted:
            break
        lowest = step / 20
    return lowest


def chosen(rows: Sequence[Row], said: Floats) -> dict[str, float]:
    """Return where decisions change, chosen on what models said that never saw the set."""
    answer = promised(rows, said, ANSWER_PRECISION, is_crossing=False)
    draft = min(threshold(rows, said, DRAFT_PRECISION), answer)
    return {
        "answer": answer,
        "answer_crossing": max(answer, promised(rows, said, ANSWER_PRECISION, is_crossing=True)),
        "draft": draft,
        "ask_back": round(draft / 2, 2),
    }


def answered(rows: Sequence[Row], said: Floats, bars: Mapping[str, float]) -> NDArray[np.bool_]:
    """Return which rows are answered at these bars."""
    needed = [bars["answer_crossing" if row.features["cross"] else "answer"] for row in rows]
    result: NDArray[np.bool_] = said >= np.array(needed)
    return result


def languages(row: Row) -> str:
    """Name the languages and kind of a row's question and best passage."""
    if row.features["cross"]:
        return "crossing, asked in Chinese" if row.features["han"] else "crossing"
    if row.features["code"]:
        return "code"
    return "Chinese" if row.features["han"] else "English"


def table_line(
    name: str, rows: Sequence[Row], said: Floats, bars: Mapping[str, float], extra: str = ""
) -> str:
    """Return how often these rows are answered, and how often rightly, as a table line."""
    from sklearn.metrics import roc_auc_score

    plain = np.array([row.weight == 1 for row in rows])
    right = np.array([row.is_right for row in rows])
    is_answered = answered(rows, said, bars)
    foreign = is_answered[[row.group.startswith("foreign/") for row in rows]]
    kept = is_answered & plain
    return (
        f"| {name} | {plain.sum()} | {right[plain].mean():.2f} "
        f"| {roc_auc_score(right, said):.3f} {extra}"
        f"| {right[kept].mean() if kept.any() else 1.0:.3f} ({kept.sum()}) "
        f"| {is_answered[plain].mean():.2f} | {foreign.mean() if len(foreign) else 0.0:.3f} "
        f"({len(foreign)}) | {calibration_error(said[plain], right[plain].astype(bool)):.3f} |"
    )


def report(rows: Sequence[Row], said: Floats, folds: Floats, bars: Mapping[str, float]) -> None:
    """Print how well models fitted on the other sets do, for each set and pair of languages."""
    from sklearn.metrics import roc_auc_score

    heads = "precision | answered | foreign answered | ECE |"
    print(f"| set | asked | right | AUROC | AUROC folds | {heads}\n{'|---' * 9}|")
    for name in sorted({row.kind for row in rows}):
        inside = [i for i, row in enumerate(rows) if row.kind == name]
        own = [rows[i] for i in inside]
        within = roc_auc_score([row.is_right for row in own], folds[inside])
        print(table_line(name, own, said[inside], bars, f"| {within:.3f} "), flush=True)
    print(f"| languages | asked | right | AUROC | {heads}\n{'|---' * 8}|")
    for name in (*sorted({languages(row) for row in rows}), "all"):
        inside = [i for i, row in enumerate(rows) if name in {"all", languages(row)}]
        print(table_line(name, [rows[i] for i in inside], said[inside], bars), flush=True)


def gather(given: argparse.Namespace) -> list[Row]:
    """Collect the rows of every set, keeping each set's in the cache folder."""
    sets = [
        thinned(reduced(whole, given.limit), given.documents)
        for whole in discover(given.data, given.only)
    ]
    rows: list[Row] = []
    with models(given.cache) as embedders:
        for data in sets:
            kept = given.cache / f"rows-{data.name}.json"
            if given.reuse and kept.exists():
                own = [Row(**row) for row in json.loads(kept.read_text(encoding="utf-8"))]
            else:
                own = list(rows_of(data, _foreign(data, sets), embedders))
                plain = [{name: getattr(row, name) for name in Row.__slots__} for row in own]
                kept.write_text(json.dumps(plain), encoding="utf-8")
            rows.extend(own)
            print(f"{data.name}: {len(own)} rows", flush=True)
    return rows


def _foreign(data: EvaluationSet, sets: Sequence[EvaluationSet]) -> list[str]:
    """Return questions of sets that share no question with this one."""
    others = [other for other in sets if not {*other.questions} & {*data.questions}]
    share = FOREIGN // max(1, len(others)) + 1
    return [text for other in others for text in [*other.questions.values()][:share]]


def write(fitted: Fitted, rows: Sequence[Row], bars: Mapping[str, float]) -> None:
    """Put the fitted numbers into the shipped weights file."""
    data = json.loads(weights.SHIPPED.read_text(encoding="utf-8"))
    data["confidence"]["intercept"] = round(fitted.intercept, 4)
    data["confidence"]["features"] = {
        name: {
            "mean": round(float(fitted.mean[i]), 4),
            "scale": round(float(fitted.scale[i]), 4),
            "coefficient": round(float(fitted.coefficient[i]), 4),
        }
        for i, name in enumerate(features.NAMES)
    }
    data["confidence"]["fitted_on"] = {
        "sets": len({row.kind for row in rows}),
        "right": sum(row.is_right for row in rows),
        "wrong": sum(not row.is_right and row.weight == 1 for row in rows),
        "foreign": sum(row.weight < 1 for row in rows),
    }
    data["confidence"]["models"] = _fingerprints()
    data["thresholds"] = dict(bars)
    weights.SHIPPED.write_text(
        json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _fingerprints() -> dict[str, str]:
    from avatar.adapters.minilm_embedder import MiniLmEmbedder
    from avatar.adapters.use_embedder import UseEmbedder

    return {model.name: model.fingerprint for model in (UseEmbedder(), MiniLmEmbedder())}


def main() -> None:
    """Fit, report, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--limit", type=int, default=200, help="questions per set")
    parser.add_argument("--documents", type=int, default=800, help="documents per set, about")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "avatar-cache")
    parser.add_argument("--reuse", action="store_true", help="take the rows of the last run")
    parser.add_argument("--write", action="store_true", help="write the shipped weights")
    given = parser.parse_args()
    rows = gather(given)
    said, folds = left_out(rows), folded(rows)
    bars = chosen(rows, said)
    report(rows, said, folds, bars)
    print(bars)
    fitted = fit(rows)
    for name, value in sorted(
        zip(features.NAMES, fitted.coefficient, strict=True), key=lambda pair: -abs(pair[1])
    ):
        print(f"  {name:20} {value:+.2f}")
    if given.write:
        write(fitted, rows, bars)


if __name__ == "__main__":
    main()
