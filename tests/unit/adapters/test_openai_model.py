from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.openai_model import OpenAIModel, check_base_url, first_json_object
from avatar.domain.prompts import Prompt
from avatar.errors import InvalidInputError, ModelUnavailableError
from tests.contracts.model import SCHEMA, LanguageModelContract
from tests.fakes.model import FakeModel
from tests.local_model import LocalModel, local_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar.ports import LanguageModel

__all__ = ["local_model"]

SECRET_KEY = "sk-never-shown-0123456789"


class WallClock:
    def now(self) -> float:
        return time.time()  # noqa: TID251  # the real one, to measure real servers

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Endpoint:
    """A small real server; `behave` answers each request, which is kept."""

    behave: Callable[[BaseHTTPRequestHandler, dict[str, object]], None]
    requests: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""


def send(handler: BaseHTTPRequestHandler, status: int, body: str, kind: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body.encode())))
    handler.end_headers()
    handler.wfile.write(body.encode())


def say(handler: BaseHTTPRequestHandler, content: str | None) -> None:
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    send(handler, 200, json.dumps(body), "application/json")


@pytest.fixture
def serve() -> Iterator[
    Callable[[Callable[[BaseHTTPRequestHandler, dict[str, object]], None]], Endpoint]
]:
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(
        behave: Callable[[BaseHTTPRequestHandler, dict[str, object]], None],
    ) -> Endpoint:
        endpoint = Endpoint(behave)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                request = json.loads(self.rfile.read(length))
                endpoint.requests.append(request)
                endpoint.keys.append(self.headers["Authorization"])
                try:
                    endpoint.behave(self, request)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client gave up, as it should

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, name="avatar-test-endpoint")
        thread.start()
        running.append((server, thread))
        endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        return endpoint

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def a_model(url: str) -> OpenAIModel:
    return OpenAIModel(base_url=url, model="m", key=lambda: SECRET_KEY, clock=WallClock())


PROMPT = Prompt("rules", "PROMPT-TEXT", SCHEMA)


def ask(model: LanguageModel, timeout_s: float = 20) -> dict[str, object]:
    (outcome,) = model.complete_json([PROMPT], timeout_s=timeout_s)
    if isinstance(outcome, ModelUnavailableError):
        raise outcome
    return dict(outcome)


def drip(handler: BaseHTTPRequestHandler, _request: dict[str, object]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        threading.Event().wait(0.05)


def hang(_handler: BaseHTTPRequestHandler, _request: dict[str, object]) -> None:
    threading.Event().wait(4)


def cut(handler: BaseHTTPRequestHandler, _request: dict[str, object]) -> None:
    handler.connection.close()
    handler.close_connection = True


def cut_midway(handler: BaseHTTPRequestHandler, _request: dict[str, object]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')


def test_the_key_and_the_schema_are_sent(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda handler, _: say(handler, '{"answerable": true}'))

    assert ask(a_model(endpoint.url)) == {"answerable": True}
    assert endpoint.keys == [f"Bearer {SECRET_KEY}"]
    wanted = endpoint.requests[0]["response_format"]
    assert isinstance(wanted, dict)
    assert wanted["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("behave", [drip, hang])
def test_a_slow_endpoint_never_takes_longer_than_allowed(
    serve: Callable[..., Endpoint],
    behave: Callable[[BaseHTTPRequestHandler, dict[str, object]], None],
) -> None:
    endpoint = serve(behave)
    model = a_model(endpoint.url)
    started = time.monotonic()

    with pytest.raises(ModelUnavailableError, match=r"within 0\.6 s"):
        ask(model, timeout_s=0.6)

    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize(
    ("behave", "told"),
    [
        (lambda handler, _: send(handler, 500, "oops", "text/plain"), "HTTP 500"),
        (lambda handler, _: send(handler, 429, "{}", "application/json"), "HTTP 429"),
        (lambda handler, _: send(handler, 401, SECRET_KEY, "text/plain"), "refused the key"),
        (lambda handler, _: send(handler, 302, "", "text/plain"), "HTTP 302"),
        (lambda handler, _: send(handler, 200, "<html>hello", "text/html"), "sent no text"),
        (lambda handler, _: send(handler, 200, "{broken", "application/json"), "cannot be read"),
        (lambda handler, _: send(handler, 200, "[]", "application/json"), "sent no text"),
        (lambda handler, _: send(handler, 200, "{}", "application/json"), "sent no text"),
        (lambda handler, _: say(handler, None), "sent no text"),
        (lambda handler, _: say(handler, "I would rather not."), "did not write JSON"),
        (cut, "cannot be reached"),
        (cut_midway, "cannot be reached"),
    ],
)
def test_every_failure_is_one_clear_error(
    serve: Callable[..., Endpoint],
    behave: Callable[[BaseHTTPRequestHandler, dict[str, object]], None],
    told: str,
) -> None:
    endpoint = serve(behave)

    with pytest.raises(ModelUnavailableError, match=told) as caught:
        ask(a_model(endpoint.url))

    assert SECRET_KEY not in str(caught.value)
    assert "PROMPT-TEXT" not in str(caught.value)


def test_a_passing_failure_is_tried_again(serve: Callable[..., Endpoint]) -> None:
    def recovering(handler: BaseHTTPRequestHandler, _request: dict[str, object]) -> None:
        if len(endpoint.requests) < 3:
            send(handler, 503, "busy", "text/plain")
        else:
            say(handler, '{"answerable": false}')

    endpoint = serve(recovering)

    assert ask(a_model(endpoint.url)) == {"answerable": False}
    assert len(endpoint.requests) == 3


def test_a_refused_key_is_not_tried_again(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda handler, _: send(handler, 403, "no", "text/plain"))

    with pytest.raises(ModelUnavailableError):
        ask(a_model(endpoint.url))

    assert len(endpoint.requests) == 1


def test_no_retry_is_begun_that_the_budget_cannot_hold(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda handler, _: send(handler, 500, "no", "text/plain"))

    with pytest.raises(ModelUnavailableError):
        ask(a_model(endpoint.url), timeout_s=0.19)

    assert len(endpoint.requests) <= 1


def test_an_endpoint_without_schemas_is_asked_more_plainly_and_remembered(
    serve: Callable[..., Endpoint],
) -> None:
    def plain_only(handler: BaseHTTPRequestHandler, request: dict[str, object]) -> None:
        if "response_format" in request:
            send(handler, 400, '{"error": {"message": "no such field"}}', "application/json")
        else:
            say(handler, 'Sure!\n```json\n{"answerable": true}\n```')

    endpoint = serve(plain_only)
    model = a_model(endpoint.url)

    assert ask(model) == {"answerable": True}
    assert len(endpoint.requests) == 3
    assert ask(model) == {"answerable": True}
    assert len(endpoint.requests) == 4


def test_an_endpoint_that_rejects_everything_is_told(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda handler, _: send(handler, 400, "{}", "application/json"))

    with pytest.raises(ModelUnavailableError, match="HTTP 400"):
        ask(a_model(endpoint.url))

    assert len(endpoint.requests) == 3


def test_after_three_failures_it_is_left_alone(serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda handler, _: send(handler, 403, "no", "text/plain"))
    model = a_model(endpoint.url)
    for _ in range(3):
        with pytest.raises(ModelUnavailableError, match="refused the key"):
            ask(model)

    with pytest.raises(ModelUnavailableError, match="left alone for another"):
        ask(model)

    assert len(endpoint.requests) == 3


def test_prompts_are_asked_at_once_each_as_freely_as_it_says(
    serve: Callable[..., Endpoint],
) -> None:
    together = threading.Barrier(3)

    def only_together(handler: BaseHTTPRequestHandler, request: dict[str, object]) -> None:
        together.wait(15)
        say(handler, json.dumps({"told": request["max_tokens"]}))

    endpoint = serve(only_together)
    prompts = [replace(PROMPT, temperature=n / 10, max_tokens=n) for n in (3, 1, 2)]

    replies = a_model(endpoint.url).complete_json(prompts, timeout_s=20)

    assert list(replies) == [{"told": 3}, {"told": 1}, {"told": 2}]
    assert {request["temperature"] for request in endpoint.requests} == {0.1, 0.2, 0.3}


def test_what_has_come_in_time_is_taken_and_the_rest_is_late(
    serve: Callable[..., Endpoint],
) -> None:
    def slow_for_some(handler: BaseHTTPRequestHandler, request: dict[str, object]) -> None:
        if request["max_tokens"] == 1:
            hang(handler, request)
        else:
            say(handler, '{"answerable": true}')

    endpoint = serve(slow_for_some)
    prompts = [PROMPT, replace(PROMPT, max_tokens=1), PROMPT]
    started = time.monotonic()

    first, late, last = a_model(endpoint.url).complete_json(prompts, timeout_s=4)

    assert time.monotonic() - started < 8
    assert (first, last) == ({"answerable": True}, {"answerable": True})
    assert isinstance(late, ModelUnavailableError)
    assert "within 4.0 s" in str(late)


def test_a_call_of_which_one_prompt_is_answered_has_not_failed(
    serve: Callable[..., Endpoint],
) -> None:
    def one_in_two(handler: BaseHTTPRequestHandler, request: dict[str, object]) -> None:
        if request["max_tokens"] == 1:
            send(handler, 403, "no", "text/plain")
        else:
            say(handler, '{"answerable": true}')

    model = a_model(serve(one_in_two).url)
    for _ in range(4):
        refused, taken = model.complete_json([replace(PROMPT, max_tokens=1), PROMPT], timeout_s=20)

        assert "refused the key" in str(refused)
        assert taken == {"answerable": True}


def test_neither_prompt_nor_key_is_logged_even_when_debugging(
    serve: Callable[..., Endpoint], caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = serve(lambda handler, _: say(handler, '{"answerable": true}'))

    with caplog.at_level(logging.DEBUG):
        ask(a_model(endpoint.url))

    assert "PROMPT-TEXT" not in caplog.text
    assert SECRET_KEY not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/v1",
        "host/v1",
        "https://",
        "http://models.example.org/v1",
        "http://10.0.0.8/v1",
        "https://user:pass@host/v1",
        "http://127.0.0.1.example.org/v1",
    ],
)
def test_an_address_that_could_leak_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_base_url(url, allow_plain_http=False)

    assert "user:pass" not in str(caught.value)


def test_plain_http_is_for_this_machine_or_by_permission() -> None:
    assert check_base_url("http://[::1]:1/v1/", allow_plain_http=False) == "http://[::1]:1/v1"
    assert check_base_url("http://localhost/v1", allow_plain_http=False) == "http://localhost/v1"
    assert check_base_url("http://10.0.0.8/v1", allow_plain_http=True) == "http://10.0.0.8/v1"
    assert check_base_url("https://host/v1", allow_plain_http=False) == "https://host/v1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ('Here: {oops} {"a": {"b": [1]}} and {"c": 2}', {"a": {"b": [1]}}),
        ("[1, 2]", None),
        ("", None),
        ("{" * 20_000, None),
    ],
)
def test_the_first_json_object_is_found(text: str, expected: dict[str, object] | None) -> None:
    assert first_json_object(text) == expected


class TestFakeModel(LanguageModelContract):
    @pytest.fixture
    def working(self) -> LanguageModel:
        return FakeModel.saying(("It is.", [1]))

    @pytest.fixture
    def broken(self) -> LanguageModel:
        return FakeModel()


@pytest.mark.model
class TestOpenAIModelOnARealLocalServer(LanguageModelContract):
    @pytest.fixture
    def working(self, local_model: LocalModel) -> LanguageModel:
        return OpenAIModel(
            base_url=local_model.base_url,
            model=local_model.name,
            key=lambda: None,
            clock=WallClock(),
        )

    @pytest.fixture
    def broken(self) -> LanguageModel:
        return a_model("http://127.0.0.1:9/v1")
