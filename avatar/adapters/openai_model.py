"""A chat model behind any OpenAI-compatible endpoint, through the `openai` client.

Whatever the endpoint does (sleep, drip bytes, cut the line, send nonsense), a call ends within
the time it was given. Prompts and keys are never logged.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from avatar.adapters.circuit_breaker import CircuitBreaker
from avatar.errors import InvalidInputError, ModelUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    import openai
    from openai.types.chat import ChatCompletionMessageParam

    from avatar.domain.prompts import Prompt
    from avatar.ports import Clock

BACKOFF_S: Final = 0.2
ATTEMPTS: Final = 3
PATIENCE: Final = 0.95
"""Share of the time after which what has come is taken, so that it can still be handed over."""

MAX_REPLY_CHARACTERS: Final = 50_000
RESPONSE_FORMATS: Final = ("json_schema", "json_object", "")


def check_base_url(url: str, *, allow_plain_http: bool) -> str:
    """Return the address without trailing slash.

    Raises `InvalidInputError` unless it is https, or http on this machine, or http that the
    profile allows in so many words; a user or password in it is refused.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise InvalidInputError(
            f"The model's address {host or 'given'} is not an http(s) address: write it like "
            "https://host/v1."
        )
    if parts.username or parts.password:
        raise InvalidInputError(
            f"The model's address at {host} holds a user or password: keep the key with "
            "`avatar secrets set` and leave it out of the address."
        )
    if parts.scheme == "http" and not (allow_plain_http or _is_this_machine(host)):
        raise InvalidInputError(
            f"Questions and passages would go to {host} unencrypted: use https, or allow plain "
            "http in the profile if that network is trusted."
        )
    return url.rstrip("/")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def first_json_object(text: str) -> Mapping[str, object] | None:
    """Return the first JSON object in a text, whatever the model wrote around it."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        at = text.find("{", at + 1)
    return None


class OpenAIModel:
    """A `LanguageModel`; `key` is called for each request, so a changed key needs no restart.

    It must not be called from a thread that runs an event loop.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        key: Callable[[], str | None],
        clock: Clock,
        allow_plain_http: bool = False,
    ) -> None:
        import openai.resources.chat.completions  # noqa: F401  # slow: not on a question's time

        self._base_url = check_base_url(base_url, allow_plain_http=allow_plain_http)
        self._is_local = _is_this_machine(urlsplit(base_url).hostname or "")
        self._model = model
        self._key = key
        self._clock = clock
        self._breaker = CircuitBreaker(clock)
        self._format = 0
        for chatty in ("openai", "httpcore2", "httpcore", "httpx2", "httpx"):
            # at DEBUG these write whole prompts and headers
            logging.getLogger(chatty).setLevel(logging.WARNING)

    @property
    def name(self) -> str:
        """The model's name as the endpoint knows it."""
        return self._model

    def complete_json(
        self, prompts: Sequence[Prompt], *, timeout_s: float
    ) -> Sequence[Mapping[str, object] | ModelUnavailableError]:
        """Return, within `timeout_s` in all, the model's JSON object for each prompt, or why not.

        Nothing is sent while the circuit breaker rests. It counts a call as failed when none of
        the prompts was answered.
        """
        if not prompts:
            return []
        rest_s = self._breaker.rest_left_s()
        if rest_s > 0:
            resting = ModelUnavailableError(
                f"The model {self._model} failed several times in a row: it is left alone for "
                f"another {rest_s:.0f} s."
            )
            return [resting] * len(prompts)
        late = ModelUnavailableError(
            f"The model {self._model} did not reply within {timeout_s:.1f} s."
        )
        try:
            replies = _run_bounded(self._ask_each(prompts, timeout_s, late), timeout_s)
        except TimeoutError:
            replies = [late] * len(prompts)
        found = [self._parsed(reply) for reply in replies]
        if any(not isinstance(outcome, ModelUnavailableError) for outcome in found):
            self._breaker.succeeded()
        else:
            self._breaker.failed()
        return found

    def _parsed(
        self, reply: str | ModelUnavailableError
    ) -> Mapping[str, object] | ModelUnavailableError:
        if isinstance(reply, ModelUnavailableError):
            return reply
        found = first_json_object(reply)
        if found is not None:
            return found
        return ModelUnavailableError(
            f"The model {self._model} did not write JSON: its reply is not used. Choose a "
            "model that can follow a JSON schema."
        )

    async def _ask_each(
        self, prompts: Sequence[Prompt], timeout_s: float, late: ModelUnavailableError
    ) -> list[str | ModelUnavailableError]:
        """Ask at once; `late` stands for what has not come just before the time is over."""
        import openai

        until = self._clock.monotonic() + timeout_s
        http = openai.DefaultAsyncHttpxClient(
            follow_redirects=False,  # a redirect could carry the prompt to another host
            trust_env=not self._is_local,
        )
        client = openai.AsyncOpenAI(
            base_url=self._base_url,
            api_key=self._key() or "none",
            max_retries=0,
            http_client=http,
        )
        async with client:
            asked = [asyncio.ensure_future(self._ask(client, p, until)) for p in prompts]
            try:
                await asyncio.wait(asked, timeout=timeout_s * PATIENCE)
            finally:  # also when the deadline ends this itself: none of them may outlive the loop
                for task in asked:
                    task.cancel()
                done = await asyncio.gather(*asked, return_exceptions=True)
        return [self._outcome(found, late) for found in done]

    def _outcome(
        self, found: str | BaseException, late: ModelUnavailableError
    ) -> str | ModelUnavailableError:
        if isinstance(found, asyncio.CancelledError):
            return late
        if isinstance(found, BaseException) and not isinstance(found, ModelUnavailableError):
            raise found
        return found

    async def _ask(self, client: openai.AsyncOpenAI, prompt: Prompt, until: float) -> str:
        import openai

        for attempt in range(ATTEMPTS):
            try:
                return await self._ask_in_best_format(client, prompt)
            except ValueError as error:
                raise ModelUnavailableError(
                    f"The reply of the model {self._model} cannot be read as JSON."
                ) from error
            except openai.OpenAIError as error:
                wait_s = BACKOFF_S * 2**attempt
                if (
                    attempt + 1 == ATTEMPTS
                    or not _is_passing(error)
                    or self._clock.monotonic() + wait_s >= until
                ):
                    raise ModelUnavailableError(self._told(error)) from error
                await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    async def _ask_in_best_format(self, client: openai.AsyncOpenAI, prompt: Prompt) -> str:
        """Ask in the strictest format the endpoint takes, and remember which that is."""
        import openai

        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ]
        while True:
            wanted = self._format
            try:
                reply = await client.chat.completions.create(
                    model=self._model,
                    messages=messages,
                    extra_body=_options(RESPONSE_FORMATS[wanted], prompt),
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if wanted + 1 == len(RESPONSE_FORMATS):
                    self._format = 0
                    raise
                self._format = max(self._format, wanted + 1)
                continue
            return self._content(reply)

    def _content(self, reply: object) -> str:
        """Return the text of a reply whose shape is not trusted."""
        choices = getattr(reply, "choices", None)
        message = getattr(choices[0], "message", None) if choices else None
        content = getattr(message, "content", None)
        if not isinstance(content, str) or not content:
            raise ModelUnavailableError(
                f"The model {self._model} sent no text: it refused, or the address is not an "
                "OpenAI-compatible endpoint."
            )
        return content[:MAX_REPLY_CHARACTERS]

    def _told(self, error: Exception) -> str:
        """Say what went wrong without repeating the endpoint's words, which may quote a key."""
        status = getattr(error, "status_code", None)
        if status in {401, 403}:
            return (
                f"The model {self._model} refused the key (HTTP {status}): set it again with "
                "`avatar secrets set`."
            )
        if status is not None:
            return f"The model {self._model} answered with HTTP {status}."
        return f"The model {self._model} at {urlsplit(self._base_url).netloc} cannot be reached."


def _is_passing(error: Exception) -> bool:
    """Whether the same request may well succeed in a moment."""
    status = getattr(error, "status_code", None)
    return status is None or status in {408, 409, 429} or status >= 500


def _options(response_format: str, prompt: Prompt) -> dict[str, object]:
    """Return what is asked beyond the messages; nothing at all for the plainest endpoints."""
    if not response_format:
        return {}
    wanted: dict[str, object] = {"type": response_format}
    if response_format == "json_schema":
        wanted["json_schema"] = {"name": "reply", "strict": True, "schema": dict(prompt.schema)}
    return {
        "response_format": wanted,
        "temperature": prompt.temperature,
        "max_tokens": prompt.max_tokens,
    }


def _run_bounded(
    work: Coroutine[Any, Any, list[str | ModelUnavailableError]], timeout_s: float
) -> list[str | ModelUnavailableError]:
    """Run to the end or to the deadline; unlike `asyncio.run`, a hanging name lookup is left."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(work, timeout_s))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
