"""Commands over a handful of documents in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from avatar.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from avatar.commands import Row

DOCUMENTS = {
    "notes/webhooks.md": "Rotate the webhook key with make rotate-key.",
    "notes/值班.md": "值班电话写在手册第一页。",
}


class MemoryCommands:
    """The `Commands` contract: a question is answered by the document that shares a word."""

    def __init__(self, documents: dict[str, str] | None = None) -> None:
        self.documents = dict(DOCUMENTS if documents is None else documents)
        self.escalations: dict[str, Row] = {}
        self.waiting: dict[str, list[Row]] = {}
        self.journal: dict[str, Row] = {}
        self.indexed: set[str] = set()
        self.closed = 0
        self.judged: dict[str, str] = {}
        self.is_calibrated = False
        self.held_at: float | None = None
        self.mode = "auto"
        self.forgotten: dict[str, dict[str, str]] = {}

    def status(self) -> Row:
        return {
            "profile": "/profiles/dana",
            "owner": "Dana",
            "documents": len(self.documents),
            "chunks": len(self.documents),
            "faults": 0,
            "skipped": 1,
            "redactions": 0,
            "queue": 0,
            "waiting_for_vectors": 0,
            "last_change": None,
            "engine": {"name": "memory"},
            "models": ["words"],
            "inbox_pending": len(self.inbox(state="pending")),
            "memory_mb": 12.5,
            "confidence": {
                "promise": 0.9,
                "is_promised": self.is_calibrated,
                "shortfall": None
                if self.is_calibrated
                else "not calibrated: 7 of about 60 answers",
                "refused": None,
                "thresholds": {
                    "answer": 0.8,
                    "answer_crossing": 0.9,
                    "draft": 0.4,
                    "ask_back": 0.2,
                },
                "calibrated_at": 1_700_000_000.0 if self.is_calibrated else None,
                "drift": {
                    "judged": 12,
                    "recent": 10,
                    "precision": 0.9,
                    "raised": 0.05,
                    "alarm": None,
                },
                "modes": {"notes": "draft"},
                "proposed": ["notes"] if self.is_calibrated else [],
            },
            "daemon": None,
            "slack": None,
        }

    def faults(self) -> list[Row]:
        marks = [{"line": 3, "label": "password"}]
        forgotten: list[Row] = [
            {"path": name, "reason": "forgotten by the owner", "fault": False, "redactions": []}
            for name in self.forgotten
        ]
        return [
            *forgotten,
            {"path": "notes/a.bin", "reason": "is binary", "fault": False, "redactions": []},
            {"path": "notes/b.md", "reason": "", "fault": False, "redactions": marks},
        ]

    def index(self, on_progress: Callable[[int, int, str], None], *, rebuild: bool) -> Row:
        if rebuild:
            self.indexed.clear()
        fresh = self.documents.keys() - self.indexed
        for done, path in enumerate(sorted(fresh), start=1):
            on_progress(done, len(fresh), path)
        self.indexed |= fresh
        return {
            "added": len(fresh),
            "changed": 0,
            "unchanged": len(self.documents) - len(fresh),
            "removed": 0,
            "skipped": [{"reason": "is binary", "count": 1}],
            "faults": [{"path": "notes/b.md", "reason": "permission denied"}],
            "redacted": 1,
            "chunks": len(self.documents),
            "embedded": len(fresh),
            "problem": None,
            "elapsed_s": 0.1,
        }

    def search(self, rows: Iterable[Row], *, reader: str, limit: int) -> Iterator[Row]:
        for row in rows:
            if not reader:
                raise InvalidInputError("A reader must be named.")
            found = [self._passage(path) for path in self._matching(row["text"])]
            yield {"id": row["id"], "results": found[:limit]}

    def ask(self, rows: Iterable[Row], *, asker: str, dry_run: bool) -> Iterator[Row]:
        for number, row in enumerate(rows):
            paths = self._matching(row["text"])
            decision: Row = {
                "id": row["id"],
                "decision": "answer" if paths else "escalate",
                "confidence": 0.92 if paths else 0.1,
                "text": self.documents[paths[0]] if paths else "I have asked Dana.",
                "citations": [self._citation(path) for path in paths[:1]],
                "reasons": ["a document shares a word"] if paths else ["nothing was found"],
                "escalation_id": None,
                "elapsed_ms": 1.5,
                "question_id": f"q{len(self.journal)}{number}",
            }
            if not paths and not dry_run:
                decision["escalation_id"] = self._open(row["text"], asker)
            if not dry_run:
                self.journal[str(decision["question_id"])] = self._entry(row, decision, asker)
            yield decision

    def replies(self, *, asker: str) -> list[Row]:
        return list(self.waiting.get(asker, []))

    def received(self, delivery_ids: Sequence[str], *, asker: str) -> None:
        self.waiting[asker] = [
            row for row in self.waiting.get(asker, []) if row["delivery_id"] not in delivery_ids
        ]

    def teach(self, questions: Sequence[str], answer: str, *, audience: str | None) -> Row:
        if not questions or not answer.strip():
            raise InvalidInputError("A past answer needs a question and an answer.")
        path = f"answers/{len(self.documents)}.md"
        self.documents[path] = f"{' '.join(questions)} {answer}"
        return {"path": path, "audience": audience or "everyone"}

    def inbox(self, *, state: str | None) -> list[Row]:
        return [row for row in self.escalations.values() if state in {None, row["state"]}]

    def escalation(self, escalation_id: str) -> Row:
        return self._escalation(escalation_id) | {
            "draft_sources": self._sources(escalation_id),
            "strongest": [],
            "would_have_raised": ["a past answer to this very question"],
        }

    def _sources(self, escalation_id: str) -> list[Row]:
        if not self._escalation(escalation_id)["draft"]:
            return []
        kept, gone = self._citation("notes/webhooks.md"), self._citation("notes/webhooks.md")
        return [kept | {"quote": "one\n" * 8}, gone | {"path": "notes/gone.md", "quote": None}]

    def reply(self, escalation_id: str, text: str, *, keep: bool, audience: str | None) -> Row:
        row = self._closed(escalation_id, "answered", text, "own-answer")
        kept = self.teach([row["question"]], text, audience=audience)["path"] if keep else None
        return row | {"kept_as": kept}

    def approve(self, escalation_id: str, *, keep: bool, audience: str | None) -> Row:
        if not self.escalation(escalation_id)["draft"]:
            raise InvalidInputError("There is no draft to approve; write a reply.")
        draft = self.escalation(escalation_id)["draft"]
        row = self._closed(escalation_id, "answered", draft, "approved")
        kept = self.teach([row["question"]], draft, audience=audience)["path"] if keep else None
        return row | {"kept_as": kept}

    def dismiss(self, escalation_id: str, *, note: str) -> Row:
        return self._closed(escalation_id, "dismissed", note, "dismissed")

    def forget(self, target: str) -> Row:
        gone = [path for path in self.documents if path.startswith(target)]
        if not gone:
            raise NotFoundError(f"Nothing known is called {target}.")
        self.forgotten[target] = {path: self.documents.pop(path) for path in gone}
        return {"forgotten": gone, "chunks": len(gone)}

    def readmit(self, target: str) -> Row:
        if target not in self.forgotten:
            raise NotFoundError(f"{target} is not forgotten.")
        for outer in self.forgotten:
            if target.startswith(f"{outer}/"):
                raise InvalidInputError(f"{target} lies in {outer}.")
        back = self.forgotten.pop(target)
        self.documents |= back
        return {"readmitted": [target], "chunks": len(back)}

    def explain(self, record_id: str) -> Row:
        if record_id not in self.journal:
            raise NotFoundError(f"No decision is called {record_id}.")
        return self.journal[record_id]

    def gaps(self, *, since_days: float | None, limit: int) -> list[Row]:
        if limit < 1 or (since_days is not None and not since_days > 0):
            raise InvalidInputError("Days and limit must be above 0.")
        rows = [self._gap(row) for row in self.escalations.values() if row["reply"] is None]
        return rows[:limit]

    def evaluate(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if not str(row.get("question", "")).strip() or ("expect" in row) is ("unknown" in row):
                raise InvalidInputError("Say what is expected.")
            expect = row.get("expect", [])
            wanted = [expect] if isinstance(expect, str) else expect
            paths = self._matching(row["question"])
            is_right = bool(paths) and paths[0] in wanted
            answered = "right" if is_right else "wrong"
            yield {
                "id": row.get("id"),
                "question": row["question"],
                "expect": wanted,
                "decision": "answer" if paths else "escalate",
                "held": False,
                "result": answered if paths else "missed" if wanted else "handed-over",
                "confidence": 0.92 if paths else 0.1,
                "would_be_right": is_right,
                "served": f"{paths[0]}:1" if paths else None,
                "reasons": ["a document shares a word"] if paths else ["nothing was found"],
            }

    def calibrate(
        self,
        on_progress: Callable[[int, int, str], None],
        *,
        promise: float | None,
        questions: Sequence[Row],
        report: bool,
    ) -> Row:
        wanted = 0.9 if promise is None else promise
        if not 0 < wanted < 1:
            raise InvalidInputError(f"Nothing was calibrated: {wanted:.0%} promises nothing.")
        list(self.evaluate(questions))
        on_progress(1, 1, "fits")
        before = {"asked": 14, "auroc": 0.9, "error": 0.1}
        before |= {"precision": 0.8, "coverage": 0.4, "possible": 0.55}
        count = 60 if self.is_calibrated else 7
        topic = {"topic": "notes", "mode": "draft", "asked": 60, "answered": 40, "right": 40}
        return {
            "made_at": 1_700_000_000.0,
            "promise": wanted,
            "is_promised": self.is_calibrated,
            "shortfall": None if self.is_calibrated else "not calibrated: 7 of about 60 answers",
            "threads": count,
            "labels": {"replayed": count, "test": len(questions)},
            "answerable_share": 0.6,
            "thresholds": {"answer": 0.8, "answer_crossing": 0.9, "draft": 0.4, "ask_back": 0.2},
            "held_at": self.held_at,
            "before": before,
            "after": before | {"precision": 0.93} if self.is_calibrated else before,
            "topics": [topic | {"lower_bound": 0.94, "may_promise": self.is_calibrated}],
            "proposed": ["notes"] if self.is_calibrated else [],
            "notes": ["questions crossing languages are held to a higher bar"],
            "report": "<!doctype html><p>是" if report else None,
        }

    def modes(self) -> list[Row]:
        evidence = {"topic": "notes", "asked": 60, "answered": 40, "right": 40}
        evidence |= {"lower_bound": 0.94, "may_promise": True}
        return [
            {
                "topic": "notes",
                "mode": self.mode,
                "why": "profile" if self.mode == "auto" else "chosen",
                "since": None if self.mode == "auto" else 1_700_000_000.0,
                "proposal": evidence if self.is_calibrated and self.mode == "draft" else None,
            }
        ]

    def set_mode(self, topic: str, mode: str) -> Row:
        if topic != "notes" or mode not in {"auto", "draft"}:
            raise InvalidInputError(f"{topic} cannot be {mode}; there are notes; auto, draft.")
        self.mode = mode
        return self.modes()[0] | {"why": "chosen", "since": 1_700_000_000.0, "proposal": None}

    def judge(self, record_id: str, *, right: bool) -> Row:
        entry = self.explain(record_id)
        said = "approved" if right else "rejected"
        if entry["decision"] != "answer" or self.judged.get(record_id, said) != said:
            raise InvalidInputError(f"{record_id} cannot be judged {said}.")
        told = int(not right and record_id not in self.judged)
        self.judged[record_id] = said
        return {
            "question_id": entry["question_id"],
            "question": entry["question"],
            "verdict": said,
            "told": told,
        }

    def close(self) -> None:
        self.closed += 1

    def _matching(self, text: str) -> list[str]:
        words = {word.strip("?.,").lower() for word in text.split()}
        return [
            path
            for path, content in self.documents.items()
            if any(len(word) > 3 and word in content.lower() for word in words)
        ]

    def _passage(self, path: str) -> Row:
        return self._citation(path) | {"kind": "notes", "score": 0.5}

    def _citation(self, path: str) -> Row:
        quote = self.documents[path]
        return {"path": path, "start_line": 1, "end_line": 1, "symbol": None, "quote": quote}

    def _open(self, text: str, asker: str) -> str:
        escalation_id = f"E{len(self.escalations)}XYZ"
        self.escalations[escalation_id] = {
            "escalation_id": escalation_id,
            "state": "pending",
            "question": text,
            "askers": [{"asker": asker, "question": text, "asked_at": 1_700_000_000.0}],
            "opened_at": 1_700_000_000.0,
            "reasons": ["nothing was found"],
            "draft": "Perhaps ask Ana." if "draft" in text else None,
            "audience": "everyone",
            "reply": None,
            "verdict": None,
            "closed_at": None,
        }
        return escalation_id

    def _escalation(self, escalation_id: str) -> Row:
        found = [row for key, row in self.escalations.items() if key.startswith(escalation_id)]
        if len(found) != 1:
            raise NotFoundError(f"No escalation is called {escalation_id}; see `avatar inbox`.")
        return found[0]

    def _closed(self, escalation_id: str, state: str, text: str, verdict: str) -> Row:
        row = self._escalation(escalation_id)
        if row["state"] != "pending":
            raise InvalidInputError(f"{row['escalation_id']} is {row['state']} already.")
        row |= {"state": state, "reply": text, "verdict": verdict, "closed_at": 1_700_000_100.0}
        for asker in row["askers"]:
            self.waiting.setdefault(asker["asker"], []).append(
                {
                    "delivery_id": f"{row['escalation_id']}-{asker['asker']}",
                    "escalation_id": row["escalation_id"],
                    "question": row["question"],
                    "text": text,
                    "answered_at": 1_700_000_100.0,
                }
            )
        return row

    def _gap(self, row: Row) -> Row:
        near = "near" if "near" in row["question"] else "none"
        path = "notes/webhooks.md" if near == "near" else None
        at = row["opened_at"]
        return {
            "question": row["question"],
            "wordings": [row["question"]],
            "asked": len(row["askers"]),
            "open": len(row["askers"]),
            "askers": [{"asker": each["asker"], "asked": 1} for each in row["askers"]],
            "first_at": at,
            "last_at": at,
            "escalation_ids": [row["escalation_id"]],
            "help": {
                "kind": near,
                "path": path,
                "section": "Keys" if path else None,
                "start_line": 1 if path else None,
                "end_line": 1 if path else None,
            },
        }

    def _entry(self, row: Row, decision: Row, asker: str) -> dict[str, Any]:
        return {
            "entry_id": f"j-{decision['question_id']}",
            "question_id": decision["question_id"],
            "question": row["text"],
            "asker": asker,
            "decision": decision["decision"],
            "text": decision["text"],
            "confidence": decision["confidence"],
            "thresholds": {"answer": 0.8, "draft": 0.4, "ask_back": 0.2},
            "reasons": [
                {"code": "low-confidence", "text": "it is not sure enough", "weight": 0.0},
                {"code": "word", "text": "a word is shared", "weight": 1.2},
            ],
            "strongest": [{"code": "word", "text": "a word is shared", "weight": 1.2}],
            "would_have_raised": ["a past answer to this very question"],
            "passages": [
                {**self._passage(cited["path"]), "scores": {"lexical": 3.2}}
                for cited in decision["citations"]
            ],
            "decided_at": 1_700_000_000.0,
        }
