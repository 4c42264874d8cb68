"""Streamed messages, reactions and titles of the fake workspace, as strict as the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fakes.slack_limits import MARKDOWN, check_blocks
from tests.fakes.slack_methods import METHODS, bot_message, check_thread, need, own_message, place
from tests.fakes.slack_methods import call as call_plain
from tests.fakes.slack_world import Row, SlackError, World

if TYPE_CHECKING:
    from tests.fakes.slack_methods import Methods

STATES: Final = ("processing", "active", "suspended", "closed")


def check_length(args: Row) -> str:
    text = str(args.get("markdown_text") or "")
    if len(text) > MARKDOWN:
        raise SlackError("msg_too_long")
    return text


def start_stream(world: World, args: Row) -> Row:
    channel = place(world, args)
    need(args, "thread_ts")
    check_thread(channel, args)
    if channel.kind != "im":
        need(args, "recipient_user_id", "recipient_team_id")
    row = bot_message(world, {**args, "text": check_length(args)})
    message = world.said(channel, {**row, "streaming": True})
    return {"channel": channel.id, "ts": message["ts"]}


def streaming(world: World, args: Row) -> Row:
    _, found = own_message(world, args, "message_not_owned_by_app")
    if not found.get("streaming"):
        raise SlackError("message_not_in_streaming_state")
    return found


def append_stream(world: World, args: Row) -> Row:
    found = streaming(world, args)
    with world.lock:
        found["text"] += check_length(args)
    return {"channel": args["channel"], "ts": found["ts"]}


def stop_stream(world: World, args: Row) -> Row:
    found = streaming(world, args)
    if args.get("blocks") is not None:
        check_blocks(args["blocks"])
    status = args.get("session_status")
    if status is not None and status not in STATES:
        raise SlackError("invalid_arguments")
    with world.lock:
        found["text"] += check_length(args)
        found["streaming"] = False
        if args.get("blocks"):
            found["blocks"] = args["blocks"]
    return {"channel": args["channel"], "ts": found["ts"], "message": found}


def add_reaction(world: World, args: Row) -> Row:
    channel = place(world, args)
    timestamp, name = need(args, "timestamp", "name")
    found = channel.find(str(timestamp))
    if found is None:
        raise SlackError("message_not_found")
    with world.lock:
        names = found.setdefault("reactions", [])
        if name in names:
            raise SlackError("already_reacted")
        names.append(name)
    return {}


def rename_session(world: World, args: Row) -> Row:
    channel_id, thread_ts, title = need(args, "channel_id", "thread_ts", "title")
    check_thread(place(world, args, "channel_id"), {"thread_ts": thread_ts})
    world.titles[(channel_id, thread_ts)] = title
    return {}


MORE: Final[Methods] = {
    "chat.startStream": ("chat:write", start_stream),
    "chat.appendStream": ("chat:write", append_stream),
    "chat.stopStream": ("chat:write", stop_stream),
    "reactions.add": ("reactions:write", add_reaction),
    "agents.sessions.rename": ("chat:write", rename_session),
    "assistant.threads.setTitle": ("assistant:write", rename_session),
}


def call(world: World, method: str, args: Row) -> Row:
    """Run one method for the bot, or raise what Slack would say."""
    return call_plain(world, method, args, METHODS | MORE)
