"""Every link between the owner and Slack, checked one by one, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.errors import AvatarError
from connectors.slack import blocks, setup
from connectors.slack.gateway import SlackGateway
from connectors.slack.identity import find_identity
from connectors.slack.people import People

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar.ports import Clock
    from connectors.slack.audiences import Identity
    from connectors.slack.config import SlackConfig
    from connectors.slack.connector import Health
    from connectors.slack.identity import OwnerDetails
    from connectors.slack.log import SlackLog
    from connectors.slack.socket_mode import Tokens


@dataclass(frozen=True, slots=True)
class Check:
    """One link: whether it holds, and if not what to do."""

    name: str
    is_fine: bool
    hint: str = ""


class Doctor:
    """Checks the chain; later links are left out when an earlier one is broken."""

    def __init__(
        self,
        config: SlackConfig,
        owner: OwnerDetails,
        tokens: Tokens,
        log: SlackLog,
        clock: Clock,
    ) -> None:
        self._config = config
        self._owner = owner
        self._tokens = tokens
        self._log = log
        self._slack = SlackGateway(tokens.bot, config.api_url, clock)
        self._people = People(self._slack, clock)

    def checks(self, health: Health | None = None) -> Iterator[Check]:
        """Yield the links in order; `health` is the running connector's, when there is one."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("kinds of tokens", self._kinds),
            ("bot token", self._bot_token),
            ("permissions", self._permissions),
            ("app token", self._app_token),
            ("owner", self._find_owner),
            ("direct message to the owner", self._direct_message),
        ]
        for name, step in steps:
            try:
                hint = step()
            except AvatarError as error:
                hint = str(error)
            yield Check(name, not hint, hint)
            if hint and name in {"kinds of tokens", "bot token"}:
                return
        if health is not None:
            yield from self._connection(health)

    def _kinds(self) -> str:
        setup.check_token_kinds(self._tokens)
        return ""

    def _bot_token(self) -> str:
        self._slack.call("auth.test")
        return ""

    def _permissions(self) -> str:
        missing = sorted(set(setup.permissions(self._config)) - self._slack.scopes())
        if not missing:
            return ""
        return (
            f"The app lacks {', '.join(missing)}. Add them under OAuth & Permissions and install"
            " the app again: new permissions count only after that."
        )

    def _app_token(self) -> str:
        self._slack.call("apps.connections.open", app_token=self._tokens.app)
        return ""

    def _identity(self) -> Identity:
        return find_identity(self._slack, self._log, self._config, self._owner)

    def _find_owner(self) -> str:
        self._identity()
        return ""

    def _direct_message(self) -> str:
        """Send a message to the owner and take it back."""
        channel = self._people.direct(self._identity().owner)
        arguments = blocks.plain_message("avatar doctor: this message checks the connection.")
        try:
            posted = self._slack.call("chat.postMessage", channel=channel, **arguments)
        except AvatarError as error:
            if "messages_tab_disabled" in str(error):
                return (
                    "The app's Messages tab is off. Under App Home, turn it on and allow users"
                    " to send messages from it."
                )
            raise
        self._slack.call("chat.delete", channel=channel, ts=posted["ts"])
        return ""

    def _connection(self, health: Health) -> Iterator[Check]:
        yield Check(
            "socket connected",
            health.is_connected,
            "" if health.is_connected else f"Not connected: {health.trouble or 'still trying'}.",
        )
        alone = health.connections <= 1
        hint = (
            f"{health.connections} programs listen with this app token; each gets a part of the"
            " messages. End the others."
        )
        yield Check("socket alone", alone, "" if alone else hint)
