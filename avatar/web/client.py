"""Commands carried out by the running daemon, over its loopback API."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

import httpx

from avatar.errors import AvatarError, DaemonUnreachableError
from avatar.web import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from avatar.commands import Row
    from avatar.web.discovery import DaemonRecord

ROWS_AT_ONCE: Final = 32
CONNECT_S: Final = 3.0
ANSWER_S: Final = 600.0
"""A pass over many files may be silent for long; a dead daemon is noticed by its connection."""


class RemoteCommands:
    """`Commands` kept by the daemon of a record; rows travel in small batches, as they come."""

    def __init__(self, record: DaemonRecord) -> None:
        self._record = record
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{record.port}/v1/",
            headers={
                "authorization": f"Bearer {record.token}",
                "content-type": "application/json",
            },
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            trust_env=False,  # a proxy must never see what is asked
        )

    def status(self) -> Row:
        """Return how the profile stands."""
        return self._row("status")

    def faults(self) -> list[Row]:
        """Return what was left out or cleaned."""
        return self._list("faults")

    def index(self, on_progress: Callable[[int, int, str], None], *, rebuild: bool) -> Row:
        """Bring the index up to date, passing progress on as it comes."""
        return self._progressed("index", {"rebuild": rebuild}, on_progress)

    def search(self, rows: Iterable[Row], *, reader: str, limit: int) -> Iterator[Row]:
        """Yield the results of each row."""
        return self._rows("search", rows, {"reader": reader, "limit": limit})

    def ask(self, rows: Iterable[Row], *, asker: str, dry_run: bool) -> Iterator[Row]:
        """Yield the decision of each row."""
        return self._rows("ask", rows, {"asker": asker, "dry_run": dry_run})

    def replies(self, *, asker: str) -> list[Row]:
        """Return the replies that wait for this asker, until they are `received`."""
        return self._list("replies", asker=asker)

    def received(self, delivery_ids: Sequence[str], *, asker: str) -> None:
        """Note that these replies were shown to their asker."""
        self._row("received", delivery_ids=list(delivery_ids), asker=asker)

    def teach(self, questions: Sequence[str], answer: str, *, audience: str | None) -> Row:
        """Keep a past answer."""
        return self._row("teach", questions=list(questions), answer=answer, audience=audience)

    def inbox(self, *, state: str | None) -> list[Row]:
        """Return escalations, oldest first."""
        return self._list("inbox", state=state)

    def escalation(self, escalation_id: str) -> Row:
        """Return one escalation."""
        return self._row("escalation", name=escalation_id)

    def reply(self, escalation_id: str, text: str, *, keep: bool, audience: str | None) -> Row:
        """Answer in the owner's own words."""
        return self._row(
            "reply", escalation_id=escalation_id, text=text, keep=keep, audience=audience
        )

    def approve(self, escalation_id: str, *, keep: bool, audience: str | None) -> Row:
        """Send the draft as it is."""
        return self._row("approve", escalation_id=escalation_id, keep=keep, audience=audience)

    def dismiss(self, escalation_id: str, *, note: str) -> Row:
        """Close it without an answer."""
        return self._row("dismiss", escalation_id=escalation_id, note=note)

    def forget(self, target: str) -> Row:
        """Take a document, folder or past answer out of the index."""
        return self._row("forget", name=target)

    def readmit(self, target: str) -> Row:
        """Let in again what was forgotten."""
        return self._row("readmit", name=target)

    def explain(self, record_id: str) -> Row:
        """Return the journal's entry."""
        return self._row("explain", name=record_id)

    def gaps(self, *, since_days: float | None, limit: int) -> list[Row]:
        """Return clusters of what was asked and not known."""
        return self._list("gaps", since_days=since_days, limit=limit)

    def evaluate(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield what would be decided of each test question."""
        return self._rows("evaluate", rows, {})

    def calibrate(
        self,
        on_progress: Callable[[int, int, str], None],
        *,
        promise: float | None,
        questions: Sequence[Row],
        report: bool,
    ) -> Row:
        """Learn anew how sure is sure enough, passing progress on as it comes."""
        body = {"promise": promise, "questions": list(questions), "report": report}
        return self._progressed("calibrate", body, on_progress)

    def modes(self) -> list[Row]:
        """Return who sends the answers of each topic."""
        return self._list("modes")

    def set_mode(self, topic: str, mode: str) -> Row:
        """Choose who sends a topic's answers."""
        return self._row("set_mode", topic=topic, mode=mode)

    def judge(self, record_id: str, *, right: bool) -> Row:
        """Take the owner's word on an answer that was sent."""
        return self._row("judge", record_id=record_id, right=right)

    def close(self) -> None:
        """Close the connections; the daemon goes on."""
        self._http.close()

    def _row(self, path: str, **body: object) -> Row:
        return cast("Row", self._answer(path, body))

    def _list(self, path: str, **body: object) -> list[Row]:
        return cast("list[Row]", self._answer(path, body))

    def _answer(self, path: str, body: Row) -> object:
        try:
            response = self._http.post(path, content=json.dumps(body))
            if response.is_success:
                answer: object = response.json()
                return answer
        except (httpx.HTTPError, ValueError) as error:
            raise self._unreachable(error) from error
        raise self._refused(response)

    def _rows(self, path: str, rows: Iterable[Row], rest: Row) -> Iterator[Row]:
        remaining = iter(rows)
        while batch := list(islice(remaining, ROWS_AT_ONCE)):
            for line in self._stream(path, {"rows": batch, **rest}):
                yield line["row"]

    def _progressed(
        self, path: str, body: Row, on_progress: Callable[[int, int, str], None]
    ) -> Row:
        result: Row = {}
        for line in self._stream(path, body):
            if "progress" in line:
                done, total, what = line["progress"]
                on_progress(done, total, what)
            else:
                result = line["row"]
        return result

    def _stream(self, path: str, body: Row) -> Iterator[Row]:
        try:
            with self._http.stream("POST", path, content=json.dumps(body)) as response:
                if not response.is_success:
                    response.read()
                    raise self._refused(response)
                for text in response.iter_lines():
                    line: Row = json.loads(text)
                    if "error" in line:
                        raise wire.rebuilt(line["error"])
                    yield line
        except (httpx.HTTPError, ValueError) as error:
            raise self._unreachable(error) from error

    def _refused(self, response: httpx.Response) -> AvatarError:
        if response.status_code in {401, 421}:
            return self._unreachable(None)
        try:
            body = response.json()
        except ValueError:
            return self._unreachable(None)
        return wire.rebuilt(body if isinstance(body, dict) else {})

    def _unreachable(self, error: Exception | None) -> DaemonUnreachableError:
        why = f" ({type(error).__name__})" if error else ""
        return DaemonUnreachableError(
            f"The daemon (process {self._record.pid}, port {self._record.port}) does not answer "
            f"as it should{why}; try again, or end that process and start `avatar up` anew."
        )
