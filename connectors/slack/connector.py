"""The Slack connector as a whole: started, asked how it is, stopped."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.errors import TryAgainLaterError
from connectors.slack import blocks
from connectors.slack.asking import PAUSED
from connectors.slack.catch_up import LISTENED_UNTIL, LONGEST_SILENCE_S
from connectors.slack.gateway import SlackGateway
from connectors.slack.identity import find_identity
from connectors.slack.instance import OneInstance
from connectors.slack.listening import REVOKED
from connectors.slack.log import Outgoing, Purpose
from connectors.slack.office import CHANNEL, mark
from connectors.slack.parts import Parts, Tools
from connectors.slack.patience import LOOK_AGAIN_S, Patience
from connectors.slack.records import reply_id
from connectors.slack.slack_time import CLOCK_AHEAD, SlackTime
from connectors.slack.socket_mode import Ears, SocketMode
from connectors.slack.status import StatusBoard
from connectors.slack.workers import Bell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar.domain.questions import ReplyAddress
    from avatar.ports import Clock
    from connectors.slack.config import SlackConfig
    from connectors.slack.front_desk import FrontDesk
    from connectors.slack.identity import OwnerDetails
    from connectors.slack.log import SlackLog
    from connectors.slack.socket_mode import Tokens


@dataclass(frozen=True, slots=True)
class Health:
    """How the connection stands; `connections` above one: another copy gets half of it all."""

    is_connected: bool
    connections: int
    trouble: str
    unsent: int
    unfinished: int
    is_paused: bool


class SlackConnector:
    """`Channel` to Slack; `start` brings it up, `stop` ends every thread.

    `lock_folder` is one per machine, so that two profiles cannot use one app by mistake.
    """

    def __init__(
        self,
        config: SlackConfig,
        owner: OwnerDetails,
        tokens: Tokens,
        log: SlackLog,
        clock: Clock,
        lock_folder: Path,
    ) -> None:
        self._config = config
        self._owner = owner
        self._tokens = tokens
        self._log = log
        self._clock = clock
        self._instance = OneInstance(lock_folder, tokens.app)
        self._slack = SlackGateway(tokens.bot, config.api_url, clock)
        self._bell = Bell()
        self._slack_time = SlackTime(clock, float(log.note(CLOCK_AHEAD) or 0.0), self._note_ahead)
        self._pulsed_at = 0.0
        self._connections = 0
        self._trouble = ""
        self._socket: SocketMode | None = None
        self._parts: Parts | None = None
        self._stops: list[Callable[[], None]] = []

    @property
    def name(self) -> str:
        """The channel's name."""
        return CHANNEL

    def start(self, front_desk: FrontDesk) -> None:
        """Find out who is who, take up what was left undone, and begin to listen.

        Raises `OwnerMustActError` for tokens, permissions or an owner that do not fit, and
        `AlreadyRunningError` when another copy of this app runs on this machine. While Slack
        does not answer it is tried again in the background; `health` says so.
        """
        self._instance.take()
        self._stops.append(self._instance.release)
        try:
            self._start(front_desk)
        except TryAgainLaterError as error:
            self._trouble = str(error)
            patience = Patience(lambda: self._start(front_desk), self._note_trouble)
            patience.start()
            self._stops.append(patience.stop)
        except BaseException:
            self.stop()
            raise

    def _note_trouble(self, trouble: str) -> None:
        self._trouble = trouble

    def _start(self, front_desk: FrontDesk) -> None:
        identity = find_identity(self._slack, self._log, self._config, self._owner)
        self._log.set_note(REVOKED, None)
        self._log.recover()
        status = StatusBoard(self._slack, self._clock)
        tools = Tools(
            slack=self._slack,
            log=self._log,
            front_desk=front_desk,
            identity=identity,
            config=self._config,
            clock=self._clock,
            slack_time=self._slack_time,
            status=status,
            bell=self._bell,
        )
        parts = self._parts = Parts.make(tools)
        status.start()
        self._stops.append(status.stop)
        parts.workers.start()
        self._stops.append(parts.workers.stop)
        parts.timekeeper.start()
        self._stops.append(parts.timekeeper.stop)
        self._socket = SocketMode(
            self._tokens,
            self._config.api_url,
            parts.app,
            Ears(self._heard_hello, self._heard_pulse),
        )
        self._socket.start()
        self._stops.append(self._socket.stop)
        self._trouble = ""

    def stop(self) -> None:
        """End every thread; what is not done waits in the log. Safe to call twice."""
        while self._stops:
            self._stops.pop()()

    def deliver(self, reply_to: ReplyAddress, text: str, *, delivery_id: str) -> None:
        """Bring the owner's reply to an asker; the same `delivery_id` twice shows it once."""
        channel, thread, user = reply_to.address.split("|")
        escalation_id, _, question_id = delivery_id.rpartition("/")
        own_id = f"relay/{delivery_id}"
        shown = blocks.cut_at_heading(blocks.quiet(text), blocks.MOST_MARKDOWN, "_…_")
        arguments = blocks.message(text, [blocks.markdown(shown, block_id=own_id[:255])])
        message = Outgoing(
            delivery_id=own_id,
            method="chat.postMessage",
            channel=channel,
            arguments={**blocks.in_thread(arguments, thread), "metadata": mark(own_id)},
            purpose=Purpose.RELAY,
            created_at=self._clock.now(),
            about={
                "user": user,
                "reply": reply_id(question_id),
                "escalation": escalation_id,
                **({"status": [channel, thread]} if thread else {}),
            },
        )
        self._log.enqueue([message])
        self._bell.ring()

    def take_back(self, question_id: str) -> int:
        """Tell everybody who got the answer to this question that it was wrong; return how many.

        Raises `TryAgainLaterError` before the connector was started.
        """
        if self._parts is None:
            raise TryAgainLaterError("Slack is not connected yet; try again in a moment.")
        return self._parts.sent.take_back(question_id)

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until Slack can reach us; False when it could not in time."""
        deadline = self._clock.monotonic() + timeout_s
        while self._socket is None:
            if self._clock.monotonic() >= deadline:
                return False
            time.sleep(LOOK_AGAIN_S)
        return self._socket.wait_connected(max(0.0, deadline - self._clock.monotonic()))

    def look_at_the_clock(self) -> None:
        """Do now what is due: reminders, digests, expiry, recalls; also done by itself."""
        if self._parts is not None:
            self._parts.timekeeper.look()

    def health(self) -> Health:
        """Return how the connection stands."""
        socket = self._socket
        revoked = self._log.note(REVOKED)
        lost = f"Slack says {revoked}; run `avatar slack setup` again." if revoked else ""
        return Health(
            is_connected=socket is not None and socket.is_connected,
            connections=self._connections,
            trouble=self._trouble or lost or (socket.trouble if socket else ""),
            unsent=self._log.unsent(),
            unfinished=len(self._log.waiting_jobs()),
            is_paused=self._log.note(PAUSED) is not None,
        )

    def _heard_hello(self, connections: int) -> None:
        """Read what was missed since the last time somebody listened."""
        self._connections = connections
        self._catch_up()
        self._note_listening()

    def _heard_pulse(self) -> None:
        """Note that somebody listens; after a gap, such as sleep, read what was missed."""
        if self._clock.now() - self._pulsed_at > LONGEST_SILENCE_S:
            self._catch_up()
        self._note_listening()

    def _catch_up(self) -> None:
        until = self._log.note(LISTENED_UNTIL)
        if until is not None and self._parts is not None:
            # of two opinions on this machine's clock, the one by which more is read
            ahead_s = max(self._slack_time.ahead_s(), float(self._log.note(CLOCK_AHEAD) or 0.0))
            self._parts.catch_up.ask_for(float(until) - ahead_s)

    def _note_listening(self) -> None:
        self._pulsed_at = self._clock.now()
        self._log.set_note(LISTENED_UNTIL, str(self._pulsed_at))
        self._note_ahead(self._slack_time.ahead_s())

    def _note_ahead(self, ahead_s: float) -> None:
        self._log.set_note(CLOCK_AHEAD, str(ahead_s))
