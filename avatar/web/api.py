"""The loopback API: one path per method of `Commands`, for the other commands of this machine."""

from __future__ import annotations

import queue
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse

from avatar.errors import AvatarError, InvalidInputError
from avatar.web import bodies, wire
from avatar.web.guard import Guard, logged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from avatar.commands import Commands, Row

    Progress = Callable[[int, int, str], None]

NDJSON: Final = "application/x-ndjson"


def create_app(commands: Commands, token: str, daemon: Row) -> FastAPI:
    """Return the API over these commands; `daemon` is what `status` says of it.

    Every path but `/healthz` asks for the token. The commands stay open when the API ends.
    """
    passes = Passes()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        passes.join()

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(Guard, token=token)
    _answer_errors(app)
    _add_knowledge(app, commands, daemon, passes)
    _add_conversation(app, commands)
    _add_inbox(app, commands)
    _add_learning(app, commands, passes)
    return app


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(AvatarError)
    def ours(_: Request, error: AvatarError) -> JSONResponse:
        return JSONResponse(wire.error_body(error), status_code=error.http_status)

    @app.exception_handler(RequestValidationError)
    def unusable(_: Request, error: RequestValidationError) -> JSONResponse:
        # the values themselves may be private, so only places and reasons are told
        places = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        refused = InvalidInputError(f"The request cannot be used: {'; '.join(places)}.")
        return JSONResponse(wire.error_body(refused), status_code=refused.http_status)


def _streamed(rows: Callable[[], Iterator[Row]]) -> StreamingResponse:
    """Send rows as they come; an error on the way is the last line."""

    def lines() -> Iterator[bytes]:
        try:
            for row in rows():
                yield wire.line("row", row)
        except AvatarError as error:
            yield wire.line("error", wire.error_body(error))
        except Exception as error:  # noqa: BLE001 - the edge of a web request
            yield wire.line("error", wire.error_body(logged(error)))

    return StreamingResponse(lines(), media_type=NDJSON)


class Passes:
    """Long passes, each in a thread of its own that the end of the server waits for."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()

    def streamed(self, run: Callable[[Progress], Row]) -> StreamingResponse:
        """Run one pass and send its progress as it comes, then its result or its error."""
        return StreamingResponse(self._lines(run), media_type=NDJSON)

    def join(self) -> None:
        """Wait for every pass that runs."""
        for thread in list(self._threads):
            thread.join()

    def _lines(self, run: Callable[[Progress], Row]) -> Iterator[bytes]:
        lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

        def progress(done: int, total: int, what: str) -> None:
            lines.put(wire.line("progress", [done, total, what]))

        def work() -> None:
            try:
                lines.put(wire.line("row", run(progress)))
            except AvatarError as error:
                lines.put(wire.line("error", wire.error_body(error)))
            except Exception as error:  # noqa: BLE001 - the edge of a web request
                lines.put(wire.line("error", wire.error_body(logged(error))))
            finally:
                lines.put(None)
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=work, name="avatar-pass")
        self._threads.add(thread)
        thread.start()
        yield from iter(lines.get, None)
        thread.join()


def _add_knowledge(app: FastAPI, commands: Commands, daemon: Row, passes: Passes) -> None:
    @app.get("/healthz")
    def healthz() -> JSONResponse:
        return JSONResponse({"ok": True})

    @app.post("/v1/status")
    def status() -> JSONResponse:
        return JSONResponse(commands.status() | {"daemon": daemon})

    @app.post("/v1/faults")
    def faults() -> JSONResponse:
        return JSONResponse(commands.faults())

    @app.post("/v1/index")
    def index(body: bodies.Index) -> StreamingResponse:
        return passes.streamed(lambda tell: commands.index(tell, rebuild=body.rebuild))

    @app.post("/v1/search")
    def search(body: bodies.Search) -> StreamingResponse:
        return _streamed(lambda: commands.search(body.rows, reader=body.reader, limit=body.limit))

    @app.post("/v1/forget")
    def forget(body: bodies.Named) -> JSONResponse:
        return JSONResponse(commands.forget(body.name))

    @app.post("/v1/readmit")
    def readmit(body: bodies.Named) -> JSONResponse:
        return JSONResponse(commands.readmit(body.name))


def _add_conversation(app: FastAPI, commands: Commands) -> None:
    @app.post("/v1/ask")
    def ask(body: bodies.Ask) -> StreamingResponse:
        return _streamed(lambda: commands.ask(body.rows, asker=body.asker, dry_run=body.dry_run))

    @app.post("/v1/replies")
    def replies(body: bodies.Replies) -> JSONResponse:
        return JSONResponse(commands.replies(asker=body.asker))

    @app.post("/v1/received")
    def received(body: bodies.Received) -> JSONResponse:
        commands.received(body.delivery_ids, asker=body.asker)
        return JSONResponse({})

    @app.post("/v1/teach")
    def teach(body: bodies.Teach) -> JSONResponse:
        return JSONResponse(commands.teach(body.questions, body.answer, audience=body.audience))

    @app.post("/v1/explain")
    def explain(body: bodies.Named) -> JSONResponse:
        return JSONResponse(commands.explain(body.name))


def _add_inbox(app: FastAPI, commands: Commands) -> None:
    @app.post("/v1/inbox")
    def inbox(body: bodies.Inbox) -> JSONResponse:
        return JSONResponse(commands.inbox(state=body.state))

    @app.post("/v1/escalation")
    def escalation(body: bodies.Named) -> JSONResponse:
        return JSONResponse(commands.escalation(body.name))

    @app.post("/v1/reply")
    def reply(body: bodies.Reply) -> JSONResponse:
        return JSONResponse(
            commands.reply(body.escalation_id, body.text, keep=body.keep, audience=body.audience)
        )

    @app.post("/v1/approve")
    def approve(body: bodies.Approve) -> JSONResponse:
        return JSONResponse(
            commands.approve(body.escalation_id, keep=body.keep, audience=body.audience)
        )

    @app.post("/v1/dismiss")
    def dismiss(body: bodies.Dismiss) -> JSONResponse:
        return JSONResponse(commands.dismiss(body.escalation_id, note=body.note))


def _add_learning(app: FastAPI, commands: Commands, passes: Passes) -> None:
    @app.post("/v1/gaps")
    def gaps(body: bodies.Gaps) -> JSONResponse:
        return JSONResponse(commands.gaps(since_days=body.since_days, limit=body.limit))

    @app.post("/v1/evaluate")
    def evaluate(body: bodies.Evaluate) -> StreamingResponse:
        return _streamed(lambda: commands.evaluate(body.rows))

    @app.post("/v1/calibrate")
    def calibrate(body: bodies.Calibrate) -> StreamingResponse:
        return passes.streamed(
            lambda tell: commands.calibrate(
                tell, promise=body.promise, questions=body.questions, report=body.report
            )
        )

    @app.post("/v1/modes")
    def modes() -> JSONResponse:
        return JSONResponse(commands.modes())

    @app.post("/v1/set_mode")
    def set_mode(body: bodies.SetMode) -> JSONResponse:
        return JSONResponse(commands.set_mode(body.topic, body.mode))

    @app.post("/v1/judge")
    def judge(body: bodies.Judge) -> JSONResponse:
        return JSONResponse(commands.judge(body.record_id, right=body.right))
