"""What Slack delivers, turned into jobs; everything that is not for us is left out here."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from connectors.slack.log import Job, Pool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.slack.audiences import Identity

HEARD_SUBTYPES: Final = frozenset({None, "file_share", "thread_broadcast"})
COMMAND: Final = re.compile(r"\s*/?(?:avatar\s+)?(pause|resume|today)\s*[.!]?\s*", re.IGNORECASE)
LONGEST_TEXT: Final = 100_000
STOPPED: Final = "stopped/"
"""By lane: when Stop was pressed there."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message somebody wrote to us; `thread` is the root it belongs to, itself when it is one."""

    channel: str
    user: str
    text: str
    ts: str
    thread: str
    is_direct: bool
    is_reply: bool
    is_mention: bool
    team: str
    is_shared: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Heard:
        """Read it from a job's body."""
        return cls(**{name: body[name] for name in cls.__slots__})


def message_job(body: Mapping[str, Any], identity: Identity, *, at: float) -> Job | None:
    """Return the job a message event asks for, None when it is not for us."""
    event = body.get("event") or {}
    heard = heard_in(event, identity, is_shared=bool(body.get("is_ext_shared_channel")))
    return None if heard is None else job_for(heard, identity, at=at)


def heard_in(event: Mapping[str, Any], identity: Identity, *, is_shared: bool) -> Heard | None:
    """Return a person's message to us, None for everything else."""
    if event.get("type") not in {"message", "app_mention"} or not _from_person(event, identity):
        return None
    text, channel, ts = str(event.get("text") or ""), event.get("channel"), event.get("ts")
    if not channel or not ts:
        return None
    is_direct = event.get("channel_type") == "im" or str(channel).startswith("D")
    mention = f"<@{identity.bot_user}>"
    is_mention = event["type"] == "app_mention" or mention in text
    if event["type"] == "message" and is_mention and not is_direct:
        return None  # app_mention delivers the same message
    return Heard(
        channel=str(channel),
        user=str(event["user"]),
        text=re.sub(rf"<@{identity.bot_user}(?:\|[^>]*)?>", " ", text).strip()[:LONGEST_TEXT],
        ts=str(ts),
        thread=str(event.get("thread_ts") or ts),
        is_direct=is_direct,
        is_reply=bool(event.get("thread_ts")) and event.get("thread_ts") != ts,
        is_mention=is_mention,
        team=str(event.get("user_team") or event.get("source_team") or event.get("team") or ""),
        is_shared=is_shared,
    )


def job_for(heard: Heard, identity: Identity, *, at: float) -> Job:
    """Return the job for a message; its key is the same however often it is delivered."""
    is_owner = heard.user == identity.owner
    is_quick = is_owner and heard.is_direct and (heard.is_reply or command_in(heard.text))
    return Job(
        key=f"message:{identity.team}:{heard.channel}:{heard.ts}",
        pool=Pool.ACTIONS if is_quick else Pool.QUESTIONS,
        lane=f"{heard.channel}:{heard.thread}",
        kind="message",
        body=asdict(heard),
        received_at=at,
    )


def command_in(text: str) -> str:
    """Return the owner's command when a text is nothing else."""
    found = COMMAND.fullmatch(text)
    return found[1].lower() if found else ""


def action_job(body: Mapping[str, Any], *, at: float) -> Job:
    """Return the job of a pressed button."""
    action = body["actions"][0]
    user = body["user"]["id"]
    message = body.get("message") or {}
    container = body.get("container") or {}
    ts = message.get("ts") or container.get("message_ts") or ""
    pressed = action.get("action_ts") or body.get("trigger_id") or f"{ts}:{action.get('value')}"
    return Job(
        key=f"action:{user}:{action['action_id']}:{pressed}",
        pool=Pool.ACTIONS,
        lane=f"action:{ts or user}",  # in the order they were pressed
        kind="action",
        body={
            "user": user,
            "action": action["action_id"],
            "value": action.get("value") or "",
            "channel": (body.get("channel") or {}).get("id") or container.get("channel_id") or "",
            "ts": ts,
            "thread": message.get("thread_ts") or container.get("thread_ts") or "",
        },
        received_at=at,
    )


def submission_job(body: Mapping[str, Any], values: Mapping[str, str], *, at: float) -> Job:
    """Return the job of a submitted modal; the first submission counts."""
    view = body["view"]
    about = str(view.get("private_metadata") or "")
    return Job(
        key=f"submission:{view['id']}",
        pool=Pool.ACTIONS,
        lane=f"submission:{about}",
        kind="submission",
        body={
            "user": body["user"]["id"],
            "modal": str(view.get("callback_id") or ""),
            "about": about,
            "values": dict(values),
        },
        received_at=at,
    )


def _from_person(event: Mapping[str, Any], identity: Identity) -> bool:
    if event.get("subtype") not in HEARD_SUBTYPES or event.get("hidden"):
        return False
    if event.get("bot_id") or event.get("bot_profile"):
        return False
    return event.get("user") not in {None, "", "USLACKBOT", identity.bot_user}
