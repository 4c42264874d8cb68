"""Evaluation sets found in a folder by their layout; nothing depends on what a set is called."""

from __future__ import annotations

import ast
import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of a set, as it becomes a file."""

    entry_id: str
    title: str
    text: str
    questions: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Whether the text parses as Python definitions."""
        if self.questions or not self.text.lstrip().startswith(("def ", "class ", "async ", "@")):
            return False
        try:
            return bool(ast.parse(self.text).body)
        except (SyntaxError, ValueError):
            return False


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Documents, questions, and which documents answer which question, with grades."""

    name: str
    entries: tuple[Entry, ...]
    questions: Mapping[str, str]
    grades: Mapping[str, Mapping[str, int]]
    is_past_answers: bool = False


def discover(folder: Path, only: Sequence[str] = ()) -> Iterator[EvaluationSet]:
    """Yield every set of a known layout in `folder`, in order of name."""
    for path in sorted(folder.iterdir()):
        if only and path.name not in only:
            continue
        if (path / "corpus.jsonl").exists() and (path / "qrels").is_dir():
            yield _retrieval_set(path)
        elif (path / "past_answers.jsonl").exists():
            yield _past_answers(path)


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _retrieval_set(path: Path) -> EvaluationSet:
    """Read the first split only: what is held out stays unseen."""
    split = min((path / "qrels").glob("*.tsv"))
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with split.open(encoding="utf-8") as lines:
        for row in csv.reader(lines, delimiter="\t"):
            if len(row) == 3 and row[2].lstrip("-").isdigit() and int(row[2]) > 0:
                grades[row[0]][row[1]] = int(row[2])
    questions = {row["_id"]: row["text"] for row in rows(path / "queries.jsonl")}
    return EvaluationSet(
        path.name,
        tuple(
            Entry(row["_id"], row.get("title") or "", row["text"])
            for row in rows(path / "corpus.jsonl")
        ),
        {key: questions[key] for key in grades if key in questions},
        grades,
    )


def _past_answers(path: Path) -> EvaluationSet:
    asked = rows(path / "questions.jsonl")
    return EvaluationSet(
        path.name,
        tuple(
            Entry(row["_id"], "", row["answer"], (row["question"],))
            for row in rows(path / "past_answers.jsonl")
        ),
        {row["_id"]: row["text"] for row in asked},
        {row["_id"]: {row["answered_by"]: 1} for row in asked},
        is_past_answers=True,
    )


def reduced(whole: EvaluationSet, limit: int) -> EvaluationSet:
    """Keep every n-th question so that at most `limit` stay; all documents stay."""
    if not limit or len(whole.questions) <= limit:
        return whole
    step = -(-len(whole.questions) // limit)
    kept = dict(list(whole.questions.items())[::step])
    return EvaluationSet(whole.name, whole.entries, kept, whole.grades, whole.is_past_answers)


def thinned(whole: EvaluationSet, documents: int) -> EvaluationSet:
    """Keep all answering documents of the questions and every n-th other, about `documents`."""
    needed = {entry for key in whole.questions for entry in whole.grades[key]}
    others = [entry for entry in whole.entries if entry.entry_id not in needed]
    room = max(0, documents - len(needed))
    step = max(1, -(-len(others) // room)) if room else len(others) + 1
    spare = {entry.entry_id for entry in others[::step]}
    entries = tuple(e for e in whole.entries if e.entry_id in needed or e.entry_id in spare)
    return EvaluationSet(whole.name, entries, whole.questions, whole.grades, whole.is_past_answers)
