"""Calls to Slack's Web API from worker threads, with its errors told apart by what to do next."""

from __future__ import annotations

import logging
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from avatar.errors import OwnerMustActError, TryAgainLaterError
from connectors.slack.config import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avatar.ports import Clock

SDK_LOGGER: Final = "avatar.slack.sdk"
TIMEOUT_S: Final = 15
PAGE: Final = 200
UNREACHABLE: Final = (OSError, HTTPException, SlackClientError)
NOT_NOW: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""Refusals that say nothing of the request."""
BUSY: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


class SlackRefusedError(OwnerMustActError):
    """Slack answered no; `code` is Slack's own word for it."""

    def __init__(self, method: str, code: str, needed: str = "") -> None:
        """Say which call was refused and why."""
        scope = f" (the app lacks the permission {needed})" if needed else ""
        super().__init__(
            f"Slack refused {method}: {code}{scope}. `avatar doctor` checks the connection."
        )
        self.code = code
        self.needed = needed


class SlackUnreachableError(TryAgainLaterError):
    """Slack did not answer; it may or may not have done what was asked."""


class SlackBusyError(TryAgainLaterError):
    """Slack asks to wait `retry_after_s` seconds; nothing was done."""

    def __init__(self, method: str, retry_after_s: float) -> None:
        """Keep how long to wait."""
        super().__init__(f"Slack asks to wait {retry_after_s:.0f} s before {method}.")
        self.retry_after_s = retry_after_s


class ReceiptPendingError(TryAgainLaterError):
    """A message to `channel` is on its way, so nobody knows yet where it stands there."""

    def __init__(self, channel: str) -> None:
        """Keep the channel."""
        super().__init__(f"A message to {channel} is still on its way.")
        self.channel = channel


class Slack(Protocol):
    """The Web API, one call at a time."""

    def call(self, method: str, **arguments: object) -> Mapping[str, Any]:
        """Return what Slack answers; raises one of the errors above."""
        ...

    def pages(self, method: str, key: str, **arguments: object) -> Iterator[Any]:
        """Yield the rows of every page of a listing."""
        ...


class SlackGateway:
    """`Slack` through the SDK's synchronous client; safe to use from several threads.

    A method that Slack wants left alone for a while is not called by anybody until then.
    """

    def __init__(self, token: str, api_url: str, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._busy_until: dict[str, float] = {}
        self._client = WebClient(
            token=token, base_url=api_url, timeout=TIMEOUT_S, retry_handlers=[], logger=sdk_logger()
        )
        if is_loopback(urlsplit(api_url).hostname or ""):
            self._client.proxy = None  # a proxy cannot reach this machine

    def call(self, method: str, **arguments: object) -> Mapping[str, Any]:
        """Return what Slack answers, after exactly one attempt."""
        limited = _limited(method, arguments)
        self._refrain(method, limited)
        function = getattr(self._client, method.replace(".", "_"), None)
        try:
            if function is None:
                response = self._client.api_call(method, json=arguments)
            else:
                response = function(**arguments)
        except SlackApiError as error:
            told = refusal_of(method, error)
            if isinstance(told, SlackBusyError):
                with self._lock:
                    self._busy_until[limited] = self._clock.monotonic() + told.retry_after_s
            raise told from error
        except UNREACHABLE as error:
            raise SlackUnreachableError(
                f"Slack did not answer {method} ({type(error).__name__}); it is tried again."
            ) from error
        return response.data if isinstance(response.data, dict) else {}

    def _refrain(self, method: str, limited: str) -> None:
        with self._lock:
            left = self._busy_until.get(limited, 0.0) - self._clock.monotonic()
        if left > 0:
            raise SlackBusyError(method, left)

    def scopes(self) -> frozenset[str]:
        """Return the permissions the token has, as Slack says with every answer."""
        try:
            headers = self._client.auth_test().headers
        except SlackApiError as error:
            raise refusal_of("auth.test", error) from error
        except UNREACHABLE as error:
            raise SlackUnreachableError("Slack did not answer auth.test.") from error
        listed = next((v for k, v in headers.items() if k.lower() == "x-oauth-scopes"), "")
        return frozenset(part.strip() for part in str(listed).split(",") if part.strip())

    def pages(self, method: str, key: str, **arguments: object) -> Iterator[Any]:
        """Yield the rows of every page of a listing."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            found = self.call(method, limit=PAGE, **arguments, **more)
            yield from found.get(key, ())
            cursor = str((found.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return


def _limited(method: str, arguments: Mapping[str, object]) -> str:
    """Return what Slack counts together: posts of one channel, all other calls of a method.

    Many cards for the owner must not hold up the replies to everybody else.
    https://docs.slack.dev/apis/web-api/rate-limits
    """
    return f"{method} {arguments.get('channel')}" if method == "chat.postMessage" else method


def refusal_of(method: str, error: SlackApiError) -> SlackRefusedError | TryAgainLaterError:
    """Return what an answer of Slack that is not ok means for who asked."""
    response = error.response
    status = getattr(response, "status_code", 0)
    headers = {k.lower(): v for k, v in dict(getattr(response, "headers", {}) or {}).items()}
    data = getattr(response, "data", response)
    data = data if isinstance(data, dict) else {}
    code = str(data.get("error") or "")
    if status == 429 or code in BUSY:
        try:
            wait = float(headers.get("retry-after", 1))
        except ValueError:
            wait = 1.0
        return SlackBusyError(method, wait)
    if not code or code in NOT_NOW or status >= 500:
        return SlackUnreachableError(f"Slack is not well ({status} on {method}); tried again.")
    return SlackRefusedError(method, code, str(data.get("needed") or ""))


def sdk_logger() -> logging.Logger:
    """Return the SDK's logger, kept from writing what people say into logs."""
    logger = logging.getLogger(SDK_LOGGER)
    logger.setLevel(logging.ERROR)
    return logger
