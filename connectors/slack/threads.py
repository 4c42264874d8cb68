"""What was said in a thread before, and whether the owner has spoken there already."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.questions import Turn
from avatar.errors import AvatarError
from connectors.slack.blocks import unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.slack.intake import Heard
    from connectors.slack.office import Office

logger = logging.getLogger(__name__)

MOST_TURNS: Final = 12
LONGEST_TURN: Final = 2_000
LATELY_S: Final = 600.0
FOLLOWS_ON: Final = re.compile(
    r"\s*(?:(?:and|but|also|so|what about|how about|same (?:for|with)|then)\b"
    r"|那|然后|还有|另外|换成)",
    re.IGNORECASE,
)


def history(office: Office, heard: Heard) -> tuple[Turn, ...]:
    """Return earlier turns, oldest first: ours from the log, else what people wrote.

    What is written beside the threads of direct messages follows on what was said there last
    only when its first words say so: most of it is a new question.
    """
    said = office.log.said_in(heard.channel, heard.thread)
    if not said and heard.is_direct and FOLLOWS_ON.match(heard.text):
        lately = office.log.said_since(heard.channel, office.clock.now() - LATELY_S)
        said = [line for line in lately if line.thread == lately[-1].thread]
    if said:
        turns = [Turn(line.text[:LONGEST_TURN], line.by_asker) for line in said]
        return tuple(turns[-MOST_TURNS:])
    if not heard.is_reply:
        return ()
    rows = [row for row in thread_rows(office, heard) if str(row.get("ts", "")) < heard.ts]
    return tuple(
        Turn(unescaped(str(row.get("text", "")))[:LONGEST_TURN], row.get("user") == heard.user)
        for row in rows[-MOST_TURNS:]
        if row.get("text")
    )


def owner_spoke(office: Office, heard: Heard) -> bool:
    """Whether the owner has written in the thread since the question."""
    if office.is_owner(heard.user):
        return False
    return any(
        row.get("user") == office.identity.owner
        and not row.get("bot_id")
        and str(row.get("ts", "")) > heard.ts
        for row in thread_rows(office, heard)
    )


def thread_rows(office: Office, heard: Heard, *, since: float = 0.0) -> Sequence[Any]:
    """Return a thread from a moment on, oldest first; nothing when Slack does not show it."""
    try:
        return read(office, heard, since=since)
    except AvatarError as error:
        logger.info("thread %s was not read: %s", heard.thread, error)
        return ()


def read(office: Office, heard: Heard, *, since: float = 0.0) -> Sequence[Any]:
    """Return a thread from a moment on, oldest first; raises what kept Slack from showing it."""
    span = {"oldest": f"{since:.6f}"} if since else {}
    where = {"channel": heard.channel, "ts": heard.thread, **span}
    rows = list(office.slack.pages("conversations.replies", "messages", **where))
    rows.sort(key=lambda row: float(row.get("ts") or 0.0))
    if rows:  # after a sleep no event may have said how late it is
        office.slack_time.heard(rows[-1].get("ts"))
    return rows
