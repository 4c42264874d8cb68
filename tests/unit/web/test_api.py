from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from avatar.errors import NotFoundError, ProfileError, StoreUnavailableError
from avatar.web import wire
from avatar.web.api import create_app
from avatar.web.guard import BODY_LIMIT
from tests.fakes.commands import MemoryCommands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from avatar.commands import Row

TOKEN = "t" * 43
HERE = {"authorization": f"Bearer {TOKEN}"}


class BrokenCommands(MemoryCommands):
    """Fails in every way a request can meet."""

    def status(self) -> Row:
        raise ZeroDivisionError("a private passage")

    def faults(self) -> list[Row]:
        raise ProfileError("Two problems:", ["a: x", "b: y"])

    def ask(self, rows: Iterable[Row], *, asker: str, dry_run: bool) -> Iterator[Row]:
        yield from super().ask(list(rows)[:1], asker=asker, dry_run=dry_run)
        raise StoreUnavailableError("The engine is gone.")

    def search(self, rows: Iterable[Row], *, reader: str, limit: int) -> Iterator[Row]:
        yield from super().search(rows, reader=reader, limit=limit)
        raise ZeroDivisionError("a private passage")

    def index(self, on_progress: Callable[[int, int, str], None], *, rebuild: bool) -> Row:
        on_progress(1, 2, "notes/a.md")
        if rebuild:
            raise ZeroDivisionError("a private passage")
        raise StoreUnavailableError("The engine is gone.")


@pytest.fixture
def client() -> Iterator[TestClient]:
    yield from clients(MemoryCommands())


@pytest.fixture
def broken() -> Iterator[TestClient]:
    yield from clients(BrokenCommands())


def clients(commands: MemoryCommands) -> Iterator[TestClient]:
    app = create_app(commands, TOKEN, {"pid": 1, "port": 2, "since": 3.0})
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def lines(text: str) -> list[Row]:
    return [json.loads(line) for line in text.splitlines()]


def test_health_needs_no_token_and_tells_nothing_else(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"ok": True}


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer wrong"}, {"authorization": ""}])
def test_without_the_token_nothing_is_told(client: TestClient, header: dict[str, str]) -> None:
    reply = client.post("/v1/status", headers=header)
    assert reply.status_code == 401
    assert "Dana" not in reply.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_rebound_name_is_refused_even_with_the_token(client: TestClient, host: str) -> None:
    assert client.post("/v1/status", headers=HERE | {"host": host}).status_code == 421
    assert client.get("/healthz", headers={"host": host}).status_code == 421


def test_localhost_is_a_name_of_this_machine(client: TestClient) -> None:
    assert client.post("/v1/status", headers=HERE | {"host": "localhost:9"}).status_code == 200


def test_status_names_the_daemon(client: TestClient) -> None:
    row = client.post("/v1/status", headers=HERE).json()
    assert row["daemon"] == {"pid": 1, "port": 2, "since": 3.0}


def test_a_page_elsewhere_gets_no_permission(client: TestClient) -> None:
    reply = client.options("/v1/ask", headers=HERE | {"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in reply.headers


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    reply = client.post("/v1/teach", headers=HERE, content=b"x" * (BODY_LIMIT + 1))
    assert reply.status_code == 413
    assert "1 MB" in reply.json()["message"]


def test_a_body_of_unsaid_length_is_refused(client: TestClient) -> None:
    reply = client.post("/v1/teach", headers=HERE, content=iter([b"{}"]))
    assert reply.status_code == 411


def test_batches_may_be_larger(client: TestClient) -> None:
    rows = [{"id": 1, "text": "webhook " * 200_000}]
    body = {"rows": rows, "reader": "owner", "limit": 1}
    reply = client.post("/v1/search", headers=HERE, json=body)
    assert reply.status_code == 200
    assert lines(reply.text)[0]["row"]["id"] == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"rows": [], "reader": "owner"}, {"rows": [1], "reader": "o", "limit": 1}, [], "x"],
)
def test_an_unusable_body_is_told_without_repeating_it(client: TestClient, body: object) -> None:
    reply = client.post("/v1/search", headers=HERE, json=body)
    assert reply.status_code == 422
    assert reply.json()["error"] == "InvalidInputError"


def test_unknown_keys_are_refused(client: TestClient) -> None:
    reply = client.post("/v1/explain", headers=HERE, json={"name": "x", "secret": "hunter2"})
    assert reply.status_code == 422
    assert "hunter2" not in reply.text


def test_our_errors_keep_their_class_and_status(client: TestClient, broken: TestClient) -> None:
    reply = client.post("/v1/explain", headers=HERE, json={"name": "x"})
    assert reply.status_code == NotFoundError.http_status
    assert isinstance(wire.rebuilt(reply.json()), NotFoundError)
    rebuilt = wire.rebuilt(broken.post("/v1/faults", headers=HERE).json())
    assert isinstance(rebuilt, ProfileError)
    assert rebuilt.problems == ("a: x", "b: y")
    assert str(rebuilt) == str(ProfileError("Two problems:", ["a: x", "b: y"]))


def test_an_unexpected_error_is_logged_with_an_id_and_told_without_detail(
    broken: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = broken.post("/v1/status", headers=HERE)
    assert reply.status_code == 500
    assert "private" not in reply.text
    incident = reply.json()["message"].rstrip(".").split()[-1]
    assert incident in caplog.text


def test_an_error_on_the_way_is_the_last_line(broken: TestClient) -> None:
    rows = [{"id": 1, "text": "webhook"}, {"id": 2, "text": "webhook"}]
    body = {"rows": rows, "asker": "ana", "dry_run": True}
    first, last = lines(broken.post("/v1/ask", headers=HERE, json=body).text)
    assert first["row"]["id"] == 1
    assert last["error"]["error"] == "StoreUnavailableError"


def test_an_unexpected_error_on_the_way_hides_its_detail(broken: TestClient) -> None:
    body = {"rows": [], "reader": "ana", "limit": 1}
    reply = broken.post("/v1/search", headers=HERE, json=body)
    assert lines(reply.text)[-1]["error"]["error"] == "AvatarError"
    assert "private" not in reply.text


@pytest.mark.parametrize(
    ("rebuild", "kind"), [(False, "StoreUnavailableError"), (True, "AvatarError")]
)
def test_a_failing_pass_tells_progress_then_the_error(
    broken: TestClient, rebuild: bool, kind: str
) -> None:
    reply = broken.post("/v1/index", headers=HERE, json={"rebuild": rebuild})
    progress, error = lines(reply.text)
    assert progress == {"progress": [1, 2, "notes/a.md"]}
    assert error["error"]["error"] == kind
    assert "private" not in reply.text


def test_no_thread_of_a_pass_outlives_the_server() -> None:
    for client in clients(MemoryCommands()):
        client.post("/v1/index", headers=HERE, json={"rebuild": True})
    assert not [t for t in threading.enumerate() if t.name == "avatar-pass"]


def test_errors_that_are_not_ours_become_a_plain_one() -> None:
    assert type(wire.rebuilt({"error": "TYPE_CHECKING", "message": "x"})).__name__ == "AvatarError"
    assert "log" in str(wire.rebuilt({}))
