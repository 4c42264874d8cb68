"""A fake workspace with the connector running against it, as tests use it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from avatar.adapters.system_clock import SystemClock
from connectors.slack.config import SlackConfig
from connectors.slack.connector import SlackConnector
from connectors.slack.identity import OwnerDetails
from connectors.slack.log_sqlite import SqliteSlackLog
from connectors.slack.socket_mode import Tokens
from tests.fakes.front_desk import FakeFrontDesk
from tests.fakes.slack_server import FakeSlack
from tests.fakes.slack_world import APP_TOKEN, BOT_TOKEN, Channel, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.ports import Clock
    from tests.fakes.slack_human import Human

DANA, ANA, BEN = "U1DANA", "U2ANA", "U3BEN"


@dataclass
class Running:
    """Everything a story touches."""

    slack: FakeSlack
    desk: FakeFrontDesk
    connector: SlackConnector
    log: SqliteSlackLog

    @property
    def human(self) -> Human:
        return self.slack.human

    def dm(self, user: str) -> Channel:
        return self.slack.world.dm(user)

    def asks(self, user: str, text: str, *, within_s: float = 10) -> Row:
        """Ask in a direct message and return the reply."""
        ts = self.human.says(user, text)
        return self.human.reads(self.dm(user), ts, within_s=within_s)

    def card(self, count: int = 1) -> Row:
        """Wait for the owner's cards and return the last of them."""
        return self.cards(count)[count - 1]

    def cards(self, count: int = 1) -> list[Row]:
        """Wait for so many cards."""

        def found() -> list[Row]:
            said = self.human.bot_messages(self.dm(DANA))
            rows = [row for row in said if is_card(row)]
            return rows if len(rows) >= count else []

        rows: list[Row] = self.slack.wait(found, why=f"{count} cards")
        return rows

    def idle(self, *, within_s: float = 20) -> None:
        """Wait until nothing is left to do or to send."""

        def is_idle() -> bool:
            on_the_way = any(
                one.acked_after_s is None and not one.gave_up for one in self.slack.deliveries
            )
            if on_the_way:
                return False
            # jobs make messages, and messages held back make jobs: look at both ends
            return not has_jobs() and not self.log.unsent() and not has_jobs()

        def has_jobs() -> bool:
            return any(job.due_at < 1e11 for job in self.log.waiting_jobs())

        self.slack.wait(is_idle, within_s=within_s, why="idle")


def is_card(row: Row) -> bool:
    """Whether a message is a card of an escalation."""
    return any(str(b.get("block_id", "")).startswith("card/") for b in row.get("blocks", []))


def new_workspace() -> FakeSlack:
    """Return a workspace with the owner and two colleagues, not yet started."""
    slack = FakeSlack()
    slack.world.add_user(DANA, "dana")
    slack.world.add_user(ANA, "ana")
    slack.world.add_user(BEN, "ben")
    return slack


def make(
    slack: FakeSlack, folder: Path, desk: FakeFrontDesk, clock: Clock, **config: Any
) -> tuple[SlackConnector, SqliteSlackLog]:
    """Return a connector for a workspace, not yet started."""
    log = SqliteSlackLog(folder / "slack.sqlite")
    connector = SlackConnector(
        SlackConfig(api_url=slack.api_url, **config),
        OwnerDetails(desk.owner, "dana@example.com"),
        Tokens(BOT_TOKEN, APP_TOKEN),
        log,
        clock,
        folder,
    )
    desk.channel = connector
    return connector, log


@contextlib.contextmanager
def started(
    slack: FakeSlack,
    folder: Path,
    desk: FakeFrontDesk | None = None,
    clock: Clock | None = None,
    **config: Any,
) -> Iterator[Running]:
    """Run a connector against a workspace that is up."""
    clock = clock or SystemClock()
    desk = desk or FakeFrontDesk(clock)
    connector, log = make(slack, folder, desk, clock, **config)
    try:
        connector.start(desk)
        assert connector.wait_connected(10)
        yield Running(slack, desk, connector, log)
    finally:
        connector.stop()
        log.close()


@contextlib.contextmanager
def office(folder: Path, **config: Any) -> Iterator[Running]:
    """Run a workspace and a connector."""
    with new_workspace() as slack, started(slack, folder, **config) as running:
        yield running
