"""What a person or program can ask of a profile, as JSON-ready rows.

The rows are the stable contract of `--json` and of the loopback API: one interface, served in
this process (`avatar.bootstrap`) or by the daemon (`avatar.web.client`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Row = dict[str, Any]


class Commands(Protocol):
    """Everything `avatar` does with a profile that is loaded; closes with `close`.

    `WHO` is an asker's name as in the profile, `owner`, or any other name, which then is in no
    group. Every method raises the errors of `avatar.errors` only.
    """

    def status(self) -> Row:
        """Return how the profile stands.

        Keys: `profile`, `owner`, `documents`, `chunks`, `faults`, `skipped`, `redactions`,
        `queue`, `waiting_for_vectors`, `last_change`, `engine`, `models`, `inbox_pending`,
        `memory_mb`, `daemon` (null, or `pid`, `port`, `since`), `slack` (null unless the daemon
        listens, or `is_connected`, `connections`, `trouble`, `unsent`, `unfinished`, `is_paused`),
        `confidence` (`promise`, `is_promised`, `shortfall` (a sentence or null), `refused` (why a
        calibration is not used, or null), `thresholds`, `calibrated_at` (or null), `drift`
        (`judged`, `recent`, `precision` of those or null, `raised`, `alarm`), `modes` by topic,
        `proposed` topics that may answer by themselves).
        """
        ...

    def faults(self) -> list[Row]:
        """Return what was left out or cleaned: rows of `path`, `reason`, `fault`, `redactions`."""
        ...

    def index(self, on_progress: Callable[[int, int, str], None], *, rebuild: bool) -> Row:
        """Bring the index up to date with the files, slower vectors included.

        Returns `added`, `changed`, `unchanged`, `removed`, `skipped` (rows of
        `reason`, `count`), `faults` (rows of `path`, `reason`), `redacted`, `chunks`, `embedded`,
        `problem` (which folders could not be read, or null), `elapsed_s`. `on_progress` gets
        (done, total, what).
        """
        ...

    def search(self, rows: Iterable[Row], *, reader: str, limit: int) -> Iterator[Row]:
        """Yield `{"id", "results"}` per row of `{"id", "text"}`, results best first.

        A result is `{"path", "start_line", "end_line", "symbol", "kind", "score"}`.
        """
        ...

    def ask(self, rows: Iterable[Row], *, asker: str, dry_run: bool) -> Iterator[Row]:
        """Yield a decision per row of `{"id", "text"}`.

        It is `{"id", "decision", "confidence", "text", "citations", "reasons", "escalation_id",
        "elapsed_ms"}`; a citation is `{"path", "start_line", "end_line", "symbol", "quote"}`.
        """
        ...

    def replies(self, *, asker: str) -> list[Row]:
        """Return the owner's replies that wait for this asker, until they are `received`.

        Rows of `{"delivery_id", "escalation_id", "question", "text", "answered_at"}`.
        """
        ...

    def received(self, delivery_ids: Sequence[str], *, asker: str) -> None:
        """Note that these replies were shown to their asker; ids of other askers are ignored."""
        ...

    def teach(self, questions: Sequence[str], answer: str, *, audience: str | None) -> Row:
        """Keep a past answer; returns `path` and `audience`. It is found within a second."""
        ...

    def inbox(self, *, state: str | None) -> list[Row]:
        """Return escalations, oldest first.

        Keys: `escalation_id`, `state`, `question`, `askers` (rows of `asker`, `question`,
        `asked_at`, `times`; one for each place that gets the reply), `opened_at`,
        `reasons`, `draft`, `audience`, `reply`, `verdict`, `closed_at`.
        """
        ...

    def escalation(self, escalation_id: str) -> Row:
        """Return one escalation by its id or an unambiguous beginning of it.

        Besides the keys of `inbox` it has `strongest` and `would_have_raised`, as `explain`, and
        `draft_sources`: what the draft rests on, in the order of its marks `[1]`, `[2]`, as rows
        of `path`, `start_line`, `end_line`, `quote` (null when it is not there as it was).
        """
        ...

    def reply(self, escalation_id: str, text: str, *, keep: bool, audience: str | None) -> Row:
        """Answer in the owner's own words; returns the escalation with `kept_as` (path or null)."""
        ...

    def approve(self, escalation_id: str, *, keep: bool, audience: str | None) -> Row:
        """Send the draft as it is; returns the escalation with `kept_as`."""
        ...

    def dismiss(self, escalation_id: str, *, note: str) -> Row:
        """Close it without an answer; the askers are told, with the note when there is one."""
        ...

    def forget(self, target: str) -> Row:
        """Take a document, folder or past answer out of the index and keep it out.

        A past answer's file is deleted for good; other files stay where they are, and what was
        named is among the `faults` until it is readmitted. Returns `forgotten` (paths) and
        `chunks`.
        """
        ...

    def readmit(self, target: str) -> Row:
        """Let in again what was forgotten under this very name, and index it.

        Returns `readmitted` (names) and `chunks` (those now known). Raises `InvalidInputError`
        while a folder it lies in is kept out.
        """
        ...

    def explain(self, record_id: str) -> Row:
        """Return the journal's entry of a question id, escalation id or entry id.

        `strongest` are the three strongest reasons (`code`, `text`, `weight`), and
        `would_have_raised` sentences on what would have made it surer; both in the language of
        the question.
        """
        ...

    def gaps(self, *, since_days: float | None, limit: int) -> list[Row]:
        """Return clusters of what was asked and not known, the gravest first, at most `limit`.

        Keys: `question` (the most typical wording), `wordings`, `asked` (times), `open` (of them
        unanswered), `askers` (rows of `asker`, `asked`), `first_at`, `last_at`,
        `escalation_ids`, and `help`: `kind` is `known` when a file answers it by now, `near` for
        the place where a note would belong, `none` when no file comes near; with `path`,
        `section`, `start_line`, `end_line`, each null when there is none.
        """
        ...

    def evaluate(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield what would be decided of each of the owner's test questions; records nothing.

        A row is `{"id", "question"}` with `expect` (a path or words, or a list of which any will
        do) or `unknown` (true), and `asker` (by default the owner). Yields `id`, `question`,
        `expect`, `decision`, `held` (sure enough, but its topic is in draft mode), `result`
        (`right`, `wrong`, `missed`, `handed-over`, `asked-back`), `confidence`,
        `would_be_right`, `served` (a place, or null), `reasons`.
        """
        ...

    def calibrate(
        self,
        on_progress: Callable[[int, int, str], None],
        *,
        promise: float | None,
        questions: Sequence[Row],
        report: bool,
    ) -> Row:
        """Learn anew how sure is sure enough, and put it into force.

        `promise` takes the place of the profile's; `questions` are rows as for `evaluate`.
        Returns `made_at`, `promise`, `is_promised`, `shortfall`, `threads`, `labels` (numbers by
        origin), `answerable_share`, `thresholds`, `held_at` (the bar while verdicts hold it
        higher, or null), `before` and `after` (`asked`, `auroc`, `error`, `precision`,
        `coverage`, `possible`), `topics` (`topic`, `mode`, `asked`, `answered`, `right`,
        `lower_bound`, `may_promise`), `proposed`, `notes`, and `report`: the page as HTML when
        it is wished, else null. `on_progress` gets (done, total, what).
        """
        ...

    def modes(self) -> list[Row]:
        """Return who sends the answers of each topic; a topic is a source of the profile.

        Keys: `topic`, `mode` (`auto` or `draft`), `why` (`profile`, `chosen`, `demoted`), `since`
        (or null), and `proposal`: the replayed evidence for letting it answer by itself (`topic`,
        `asked`, `answered`, `right`, `lower_bound`, `may_promise`), null when there is none.
        """
        ...

    def set_mode(self, topic: str, mode: str) -> Row:
        """Choose who sends a topic's answers, `auto` or `draft`; returns its row of `modes`.

        It is on disk when this returns, and holds from the next question on.
        """
        ...

    def judge(self, record_id: str, *, right: bool) -> Row:
        """Take the owner's word on an answer that was sent, by the id of its question or entry.

        Whoever got a wrong one is told. Returns `question_id`, `question`, `verdict` (`approved`
        or `rejected`) and `told`: how many people were told that it was wrong.
        """
        ...

    def close(self) -> None:
        """Let go of index, database and threads; safe to call twice."""
        ...
