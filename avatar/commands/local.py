"""The commands kept in this process, over the stand-in, its library and its inbox."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from avatar.commands.confidence import calibration_row, confidence_row, mode_row, mode_rows
from avatar.commands.evaluating import evaluated_row, example_of
from avatar.commands.explaining import explained_row, source_rows
from avatar.commands.gaps import gap_rows
from avatar.commands.rows import escalation_row, journal_row, outcome_row, passage_row
from avatar.domain.audience import Audience
from avatar.domain.escalations import EscalationState
from avatar.domain.judgement import Mode
from avatar.domain.questions import Question, ReplyAddress
from avatar.errors import InvalidInputError, NotFoundError
from avatar.indexing.indexer import FORGOTTEN
from avatar.indexing.report import covers_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from avatar.commands.contract import Row
    from avatar.commands.rooms import Rooms
    from avatar.domain.escalations import Escalation

CHANNEL: Final = "cli"
MOST_RESULTS: Final = 1000
DAY_S: Final = 86_400


class LocalCommands:
    """Keeps the `Commands` contract in this process."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._is_current = False

    def status(self) -> Row:
        """Return how the profile stands."""
        rooms = self._rooms
        recorded, worker = rooms.registry.totals(), rooms.worker()
        return {
            **rooms.facts,
            "documents": recorded.documents,
            "chunks": rooms.store.count(),
            "faults": recorded.faults,
            "skipped": recorded.skipped,
            "redactions": recorded.redactions,
            "queue": worker.depth if worker else 0,
            "fault": (worker.fault if worker else "") or None,
            "waiting_for_vectors": self._waiting(),
            "last_change": (worker.last_change_at if worker else 0.0)
            or recorded.indexed_at
            or None,
            "engine": dict(rooms.store.describe()),
            "inbox_pending": len(rooms.inbox.list(EscalationState.PENDING)),
            "memory_mb": round(rooms.memory_mb(), 1),
            "confidence": confidence_row(rooms.certainty.sureness()),
            "daemon": None,
            "slack": rooms.slack(),
        }

    def faults(self) -> list[Row]:
        """Return what was left out or cleaned."""
        forgotten = [
            {"path": prefix, "reason": FORGOTTEN, "fault": False, "redactions": []}
            for prefix in self._rooms.forgotten.all()
        ]
        return forgotten + [
            {
                "path": entry.document_id,
                "reason": entry.skipped_reason or None,
                "fault": entry.is_fault,
                "redactions": [
                    {"line": redaction.line, "label": redaction.label}
                    for redaction in entry.redactions
                ],
            }
            for entry in sorted(self._rooms.registry.all().values(), key=lambda e: e.document_id)
            if entry.skipped_reason or entry.redactions
        ]

    def index(self, on_progress: Callable[[int, int, str], None], *, rebuild: bool) -> Row:
        """Bring the index up to date with the files, slower vectors included."""
        done = self._rooms.library.refresh(on_progress, rebuild=rebuild)
        report = done.report
        return {
            "added": report.added,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "removed": report.removed,
            "skipped": [
                {"reason": reason, "count": count}
                for reason, count in sorted(report.skipped.items())
            ],
            "faults": [
                {"path": fault.document_id, "reason": fault.reason} for fault in report.faults
            ],
            "redacted": report.redacted,
            "chunks": self._rooms.store.count(),
            "embedded": report.embedded,
            "problem": done.problem or None,
            "elapsed_s": round(done.elapsed_s, 3),
        }

    def search(self, rows: Iterable[Row], *, reader: str, limit: int) -> Iterator[Row]:
        """Yield results per row, best first."""
        if not 1 <= limit <= MOST_RESULTS:
            raise InvalidInputError(f"--limit is {limit}; give a number from 1 to {MOST_RESULTS}.")
        who = self._rooms.reader(reader)
        self._catch_up()
        for row in rows:
            found = self._rooms.standin.search(_text(row), reader=who, limit=limit)
            yield {"id": row.get("id"), "results": [passage_row(passage) for passage in found]}

    def ask(self, rows: Iterable[Row], *, asker: str, dry_run: bool) -> Iterator[Row]:
        """Yield a decision per row."""
        reader = self._rooms.reader(asker)
        self._catch_up()
        for row in rows:
            question = Question(
                question_id=uuid.uuid4().hex[:16],
                text=_text(row),
                asker=asker,
                reader=reader,
                place=reader.widest_audience(),
                reply_to=ReplyAddress(CHANNEL, asker),
                asked_at=self._rooms.clock.now(),
            )
            outcome = self._rooms.standin.handle(question, record=not dry_run)
            yield outcome_row(row.get("id"), outcome)

    def replies(self, *, asker: str) -> list[Row]:
        """Return the owner's replies that wait for this asker, until they are `received`."""
        self._rooms.desk.expire(self._rooms.expire_after_s)
        waiting = self._rooms.deliveries.replies_for(asker, {CHANNEL})
        return [
            {
                "delivery_id": reply.delivery_id,
                "escalation_id": reply.escalation_id,
                "question": reply.question,
                "text": reply.text,
                "answered_at": reply.answered_at,
            }
            for reply in waiting
        ]

    def received(self, delivery_ids: Sequence[str], *, asker: str) -> None:
        """Note that these replies were shown to their asker."""
        waiting = self._rooms.deliveries.replies_for(asker, {CHANNEL})
        shown = frozenset(delivery_ids)
        self._rooms.deliveries.fetched(
            [reply.delivery_id for reply in waiting if reply.delivery_id in shown]
        )

    def teach(self, questions: Sequence[str], answer: str, *, audience: str | None) -> Row:
        """Keep a past answer, and index it at once."""
        chosen = Audience.parse(audience) if audience else self._rooms.answers_audience
        kept = self._rooms.past_answers.teach(questions, answer, chosen)
        self._rooms.library.look_at(self._rooms.locate(kept.path))
        return {"path": kept.path, "audience": str(kept.answer.audience)}

    def inbox(self, *, state: str | None) -> list[Row]:
        """Return escalations, oldest first; what waited too long is expired before."""
        self._rooms.desk.expire(self._rooms.expire_after_s)
        wanted = _state(state) if state else None
        return [escalation_row(found) for found in self._rooms.inbox.list(wanted)]

    def escalation(self, escalation_id: str) -> Row:
        """Return one escalation by its id or an unambiguous beginning of it."""
        found = self._rooms.desk.get(escalation_id)
        entry = self._rooms.journal.get(found.escalation_id)
        sources = {"draft_sources": source_rows(self._rooms, found)}
        return escalation_row(found) | sources | explained_row(self._rooms, entry)

    def reply(self, escalation_id: str, text: str, *, keep: bool, audience: str | None) -> Row:
        """Answer in the owner's own words."""
        chosen = self._allowed(escalation_id, keep=keep, audience=audience)
        return self._closed(self._rooms.desk.reply(escalation_id, text, keep=chosen), chosen)

    def approve(self, escalation_id: str, *, keep: bool, audience: str | None) -> Row:
        """Send the draft as it is."""
        chosen = self._allowed(escalation_id, keep=keep, audience=audience)
        return self._closed(self._rooms.desk.approve(escalation_id, keep=chosen), chosen)

    def dismiss(self, escalation_id: str, *, note: str) -> Row:
        """Close it without an answer; the askers are told."""
        dismissed = self._rooms.desk.dismiss(escalation_id, note=note)
        self._rooms.deliveries.bring()
        return escalation_row(dismissed) | {"kept_as": None}

    def forget(self, target: str) -> Row:
        """Take a document, folder or past answer out of the index and keep it out."""
        prefixes = self._rooms.locate(target)
        gone, chunks = self._rooms.library.drop(prefixes)
        if not gone:
            raise NotFoundError(
                f"Nothing in the index answers to {target!r}; `avatar search` shows paths."
            )
        for prefix in prefixes:
            if not self._rooms.remove_answer(prefix):
                self._rooms.forgotten.add(prefix)
        return {"forgotten": list(gone), "chunks": chunks}

    def readmit(self, target: str) -> Row:
        """Let in again what was forgotten under this very name, and index it."""
        names, forgotten = self._rooms.locate(target), self._rooms.forgotten
        for outer in forgotten.all():
            if any(outer != name and covers_document([outer], name) for name in names):
                raise InvalidInputError(
                    f"{target!r} lies in {outer!r}, which is kept out: let that in again first."
                )
        back = [name for name in names if forgotten.remove(name)]
        if not back:
            kept_out = ", ".join(forgotten.all()) or "nothing"
            raise NotFoundError(
                f"{target!r} is not kept out by that name; {kept_out} is. The file of a past "
                "answer was deleted for good when it was forgotten: teach it again with "
                "`avatar teach`."
            )
        self._rooms.library.refresh(self._rooms.on_progress)
        stored = self._rooms.store.document_ids()
        chunks = sum(stored[name] for name in stored if covers_document(back, name))
        return {"readmitted": back, "chunks": chunks}

    def explain(self, record_id: str) -> Row:
        """Return the journal's entry of a question id, escalation id or entry id."""
        entry = self._rooms.journal.get(record_id)
        if entry is None:
            raise NotFoundError(
                f"No decision is recorded under {record_id!r}. `avatar ask --json` and"
                " `avatar inbox list` show the ids; a dry run records nothing."
            )
        return journal_row(entry) | explained_row(self._rooms, entry)

    def gaps(self, *, since_days: float | None, limit: int) -> list[Row]:
        """Return clusters of what was asked and not known, the gravest first."""
        if limit < 1 or (since_days is not None and not since_days > 0):
            raise InvalidInputError("Days and limit must be above 0.")
        self._catch_up()
        since_s = 0.0 if since_days is None else self._rooms.clock.now() - since_days * DAY_S
        return gap_rows(self._rooms, since_s=since_s, limit=limit)

    def evaluate(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield what would be decided of each of the owner's test questions."""
        self._catch_up()
        for row in rows:
            yield evaluated_row(self._rooms, row)

    def calibrate(
        self,
        on_progress: Callable[[int, int, str], None],
        *,
        promise: float | None,
        questions: Sequence[Row],
        report: bool,
    ) -> Row:
        """Learn anew how sure is sure enough, and put it into force."""
        self._catch_up()
        rooms, owner = self._rooms, self._rooms.reader("owner")
        asked = [example_of(rooms, row, owner) for row in questions]
        found = rooms.calibrator.run(
            promise=promise,
            tests=[one for one in asked if one is not None],
            on_progress=on_progress,
        )
        sureness = rooms.certainty.sureness()
        page = rooms.report(found, sureness) if report else None
        return calibration_row(found, sureness) | {"report": page}

    def modes(self) -> list[Row]:
        """Return who sends the answers of each topic."""
        return mode_rows(self._rooms.certainty.sureness())

    def set_mode(self, topic: str, mode: str) -> Row:
        """Choose who sends a topic's answers; it holds from the next question on."""
        try:
            chosen = Mode(mode)
        except ValueError:
            raise InvalidInputError(
                f"{mode!r} is no mode; choose one of {', '.join(Mode)}."
            ) from None
        return mode_row(self._rooms.certainty.set_mode(topic, chosen))

    def judge(self, record_id: str, *, right: bool) -> Row:
        """Take the owner's word on an answer that was sent."""
        judged = self._rooms.judging.judge(record_id, right=right)
        return {
            "question_id": judged.question_id,
            "question": judged.question,
            "verdict": judged.verdict.value,
            "told": judged.told,
        }

    def keep_the_rest(self) -> Mapping[str, str]:
        """Keep every reply that remains to be kept, also from before a crash; return the paths."""
        kept = self._rooms.keeping.finish()
        for path in kept.values():
            self._rooms.library.look_at(self._rooms.locate(path))
        return kept

    def close(self) -> None:
        """Let go of index, database and threads; safe to call twice."""
        self._rooms.close()

    def _catch_up(self) -> None:
        """Look for changes once when nobody watches, so that nothing stale or deleted is cited."""
        if not self._is_current and self._rooms.worker() is None:
            done = self._rooms.library.catch_up(self._rooms.on_progress)
            if done.problem:
                self._rooms.on_note(f"Not everything is up to date: {done.problem}.")
        self._is_current = True

    def _waiting(self) -> int:
        models = [name for name in self._rooms.facts["models"] if name != "language model"]
        counted = [len(self._rooms.store.lacking(name, MOST_RESULTS)) for name in models]
        return max(counted, default=0)

    def _allowed(self, escalation_id: str, *, keep: bool, audience: str | None) -> Audience | None:
        """Return the audience to keep it for, before anything is sent that could not be kept."""
        if not keep:
            return None
        wish = Audience.parse(audience) if audience else None
        return self._rooms.past_answers.allowed(self._rooms.desk.get(escalation_id), wish)

    def _closed(self, answered: Escalation, chosen: Audience | None) -> Row:
        self._rooms.deliveries.bring()
        if chosen is None:
            return escalation_row(answered) | {"kept_as": None}
        kept = self.keep_the_rest()
        name = answered.escalation_id
        path = kept.get(name) or self._rooms.past_answers.keep(answered, audience=chosen).path
        return escalation_row(answered) | {"kept_as": path}


def _text(row: Row) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise InvalidInputError(f'The row {row!r:.80} has no "text"; write {{"id": …, "text": …}}.')
    return text


def _state(name: str) -> EscalationState:
    try:
        return EscalationState(name)
    except ValueError:
        raise InvalidInputError(
            f"{name!r} is no state; choose one of {', '.join(EscalationState)}."
        ) from None
