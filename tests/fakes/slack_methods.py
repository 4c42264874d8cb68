"""The Web API of the fake workspace: one function per method, strict about every argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.fakes.slack_limits import check_message, check_view
from tests.fakes.slack_world import APP, BOT_ID, BOT_USER, TEAM, Channel, Row, SlackError, World

if TYPE_CHECKING:
    from collections.abc import Callable

    Methods = dict[str, tuple[str, Callable[[World, Row], Row]]]

HISTORY_SCOPES: Final = {
    "im": "im:history",
    "channel": "channels:history",
    "group": "groups:history",
    "mpim": "mpim:history",
}
READ_SCOPES: Final = {
    "im": "im:read",
    "channel": "channels:read",
    "group": "groups:read",
    "mpim": "mpim:read",
}


def need(args: Row, *names: str) -> list[Any]:
    for name in names:
        if args.get(name) in (None, ""):
            raise SlackError(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )
    return [args[name] for name in names]


def require(world: World, scope: str) -> None:
    if scope not in world.scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(world.scopes)))


def place(world: World, args: Row, name: str = "channel") -> Channel:
    found = world.channels.get(str(args.get(name, "")))
    if found is None or (found.kind != "channel" and BOT_USER not in found.members):
        raise SlackError("channel_not_found")
    return found


def page(rows: list[Row], args: Row, key: str, *, most: int = 1000) -> Row:
    limit = min(int(args.get("limit") or 100), most)
    start = int(args.get("cursor") or 0)
    part = rows[start : start + limit]
    more = start + limit < len(rows)
    cursor = str(start + limit) if more else ""
    return {key: part, "has_more": more, "response_metadata": {"next_cursor": cursor}}


def auth_test(world: World, _args: Row) -> Row:
    return {
        "url": "https://fake.slack.test/",
        "team": "Fake",
        "user": "standin",
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
        "app_id": APP,
        "users": len(world.users),
    }


def bot_message(world: World, args: Row) -> Row:
    row: Row = {
        "user": BOT_USER,
        "bot_id": BOT_ID,
        "app_id": APP,
        "team": TEAM,
        "text": args.get("text") or args.get("markdown_text") or "",
        "bot_profile": {"id": BOT_ID, "app_id": APP},
    }
    for key in ("blocks", "metadata", "thread_ts"):
        if args.get(key) is not None:
            row[key] = args[key]
    for number, block in enumerate(row.get("blocks", [])):
        block.setdefault("block_id", f"b{number}")
    del world
    return row


def check_thread(channel: Channel, args: Row) -> None:
    if "thread_ts" not in args or args["thread_ts"] is None:
        return
    root = channel.find(str(args["thread_ts"]))
    if root is None or root.get("thread_ts", root["ts"]) != root["ts"]:
        raise SlackError("invalid_thread_ts")


def post_message(world: World, args: Row) -> Row:
    channel = place(world, args)
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    if channel.kind == "im" and not world.messages_tab:
        raise SlackError("messages_tab_disabled")
    check_message(args)
    check_thread(channel, args)
    if args.get("username") or args.get("icon_url"):
        require(world, "chat:write.customize")
    row = bot_message(world, args)
    row["_unfurl"] = (args.get("unfurl_links"), args.get("unfurl_media"))
    message = world.said(channel, row)
    key = (channel.id, str(args.get("thread_ts") or ""))
    if key in world.statuses:
        world.statuses[key] = ""
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def post_ephemeral(world: World, args: Row) -> Row:
    channel = place(world, args)
    user = need(args, "user")[0]
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    check_message(args)
    check_thread(channel, args)
    ts = world.new_ts()
    world.ephemerals.append({"channel": channel.id, "user": user, "ts": ts, **args})
    return {"message_ts": ts}


def own_message(world: World, args: Row, refusal: str) -> tuple[Channel, Row]:
    channel = place(world, args)
    found = channel.find(str(args.get("ts", "")))
    if found is None:
        raise SlackError("message_not_found")
    if found.get("bot_id") != BOT_ID:
        raise SlackError(refusal)
    return channel, found


def update_message(world: World, args: Row) -> Row:
    channel, found = own_message(world, args, "cant_update_message")
    if found.get("streaming"):
        raise SlackError("streaming_state_conflict")
    check_message(args, update=True)
    fresh = bot_message(world, {**args, "thread_ts": found.get("thread_ts")})
    with world.lock:
        found.pop("blocks", None)
        found.update({key: value for key, value in fresh.items() if value is not None})
        found["edited"] = {"user": BOT_USER, "ts": world.new_ts()}
    return {"channel": channel.id, "ts": found["ts"], "text": found["text"], "message": found}


def delete_message(world: World, args: Row) -> Row:
    channel, found = own_message(world, args, "cant_delete_message")
    with world.lock:
        channel.messages.remove(found)
    return {"channel": channel.id, "ts": found["ts"]}


def permalink(world: World, args: Row) -> Row:
    channel = place(world, args)
    found = channel.find(str(args.get("message_ts", "")))
    if found is None:
        raise SlackError("message_not_found")
    link = f"https://fake.slack.test/archives/{channel.id}/p{found['ts'].replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def set_status(world: World, args: Row) -> Row:
    channel_id, thread_ts = need(args, "channel_id", "thread_ts")
    channel = place(world, args, "channel_id")
    check_thread(channel, {"thread_ts": thread_ts})
    loading = args.get("loading_messages") or []
    if len(loading) > 10 or any(len(line) > 50 for line in loading):
        raise SlackError("invalid_arguments")
    if "status" not in args:
        raise SlackError("invalid_arguments")
    world.statuses[(channel_id, thread_ts)] = args["status"]
    world.status_log.append((channel_id, thread_ts, args["status"]))
    return {}


def set_session(world: World, args: Row) -> Row:
    channel_id, thread_ts, status = need(args, "channel_id", "thread_ts", "status")
    check_thread(place(world, args, "channel_id"), {"thread_ts": thread_ts})
    if status not in {"processing", "active", "suspended", "closed"}:
        raise SlackError("invalid_arguments")
    world.sessions[(channel_id, thread_ts)] = status
    world.session_log.append((channel_id, thread_ts, status))
    return {}


def set_prompts(world: World, args: Row) -> Row:
    place(world, args, "channel_id")
    prompts = args.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4 or args.get("thread_ts"):
        raise SlackError("invalid_arguments")
    return {}


def open_dm(world: World, args: Row) -> Row:
    users = str(need(args, "users")[0]).split(",")
    if any(user not in world.users for user in users):
        raise SlackError("user_not_found")
    if len(users) > 1:
        raise SlackError("invalid_arguments")
    if world.users[users[0]]["is_bot"]:
        raise SlackError("cannot_dm_bot")
    return {"channel": {"id": world.dm(users[0]).id}}


def history(world: World, args: Row) -> Row:
    channel = place(world, args)
    require(world, HISTORY_SCOPES[channel.kind])
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    oldest = str(args.get("oldest") or "0")
    rows = [
        {**shown(world, message, args), **root_of(channel, message)}
        for message in reversed(channel.messages)
        if message.get("thread_ts", message["ts"]) == message["ts"] and message["ts"] > oldest
    ]
    return {**page(rows, args, "messages"), "pin_count": 0}


def root_of(channel: Channel, message: Row) -> Row:
    """Return what Slack adds to a message that has replies."""
    answers = channel.thread(message["ts"])[1:]
    if not answers:
        return {}
    return {
        "thread_ts": message["ts"],
        "reply_count": len(answers),
        "latest_reply": answers[-1]["ts"],
    }


def replies(world: World, args: Row) -> Row:
    channel = place(world, args)
    require(world, HISTORY_SCOPES[channel.kind])
    root = channel.find(str(need(args, "ts")[0]))
    if root is None:
        raise SlackError("thread_not_found")
    oldest = str(args.get("oldest") or "0")
    rows = [
        shown(world, message, args)
        for message in channel.thread(str(root.get("thread_ts", root["ts"])))
        if message["ts"] > oldest or message is root
    ]
    return page(rows, args, "messages")


def shown(world: World, message: Row, args: Row) -> Row:
    """Return a message as its history shows it; `keeps_marks` is what only a live Slack can say."""
    wants_metadata = str(args.get("include_all_metadata")).lower() in {"1", "true"}
    hidden = {"_unfurl"} | (set() if wants_metadata and world.keeps_marks else {"metadata"})
    row = {key: value for key, value in message.items() if key not in hidden}
    if "blocks" in row and not world.keeps_marks:
        row["blocks"] = [{**block, "block_id": "new"} for block in row["blocks"]]
    return row


def info(world: World, args: Row) -> Row:
    channel = place(world, args)
    require(world, READ_SCOPES[channel.kind])
    return {"channel": channel.row}


def members(world: World, args: Row) -> Row:
    channel = place(world, args)
    require(world, READ_SCOPES[channel.kind])
    rows: list[Any] = sorted(channel.members)
    return page(rows, args, "members")


def list_conversations(world: World, args: Row) -> Row:
    wanted = str(args.get("types") or "public_channel").split(",")
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    for kind in wanted:
        if kind not in kinds:
            raise SlackError("invalid_types")
        require(world, READ_SCOPES[kinds[kind]])
    chosen = {kinds[kind] for kind in wanted}
    rows = [c.row for c in world.channels.values() if c.kind in chosen and BOT_USER in c.members]
    return page(rows, args, "channels")


def user_info(world: World, args: Row) -> Row:
    user = world.users.get(str(need(args, "user")[0]))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": visible(world, user)}


def list_users(world: World, args: Row) -> Row:
    return page([visible(world, user) for user in world.users.values()], args, "members")


def visible(world: World, user: Row) -> Row:
    profile = dict(user["profile"])
    if "users:read.email" not in world.scopes:
        profile.pop("email", None)
    return {**user, "profile": profile}


def by_email(world: World, args: Row) -> Row:
    email = str(need(args, "email")[0]).lower()
    for user in world.users.values():
        if user["profile"].get("email", "").lower() == email and not user["deleted"]:
            return {"user": user}
    raise SlackError("users_not_found")


def presence(world: World, args: Row) -> Row:
    return {"presence": world.presence.get(str(need(args, "user")[0]), "active")}


def dnd_info(world: World, args: Row) -> Row:
    none = {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    return world.dnd.get(str(args.get("user")), none)


def list_groups(world: World, _args: Row) -> Row:
    return {"usergroups": [{"id": k, "handle": v[0]} for k, v in world.user_groups.items()]}


def group_users(world: World, args: Row) -> Row:
    found = world.user_groups.get(str(need(args, "usergroup")[0]))
    if found is None:
        raise SlackError("no_such_subteam")
    return {"users": sorted(found[1])}


def keep_view(world: World, view: Row, **more: Any) -> Row:
    kept = {
        **view,
        "id": world.new_id("V"),
        "hash": world.new_ts(),
        "team_id": TEAM,
        "app_id": APP,
        "state": {"values": {}},
        **more,
    }
    kept.setdefault("callback_id", "")
    kept.setdefault("private_metadata", "")
    for number, block in enumerate(kept["blocks"]):
        block.setdefault("block_id", f"v{number}")
    world.views[kept["id"]] = kept
    return kept


def open_view(world: World, args: Row) -> Row:
    trigger = need(args, "trigger_id")[0]
    check_view(args.get("view"), "modal")
    return {"view": keep_view(world, args["view"], opened_by=world.use_trigger(trigger))}


def update_view(world: World, args: Row) -> Row:
    old = world.views.get(str(args.get("view_id", "")))
    if old is None:
        raise SlackError("not_found")
    if args.get("hash") not in (None, old["hash"]):
        raise SlackError("hash_conflict")
    check_view(args.get("view"), "modal")
    kept = keep_view(world, args["view"], opened_by=old["opened_by"])
    del world.views[kept["id"]]
    kept["id"] = old["id"]
    world.views[old["id"]] = kept
    return {"view": kept}


def publish_view(world: World, args: Row) -> Row:
    user = need(args, "user_id")[0]
    if user not in world.users:
        raise SlackError("user_not_found")
    check_view(args.get("view"), "home")
    world.homes[user] = keep_view(world, args["view"])
    return {"view": world.homes[user]}


METHODS: Final[Methods] = {
    "auth.test": ("", auth_test),
    "chat.postMessage": ("chat:write", post_message),
    "chat.postEphemeral": ("chat:write", post_ephemeral),
    "chat.update": ("chat:write", update_message),
    "chat.delete": ("chat:write", delete_message),
    "chat.getPermalink": ("", permalink),
    "assistant.threads.setStatus": ("chat:write", set_status),
    "assistant.threads.setSuggestedPrompts": ("assistant:write", set_prompts),
    "agents.sessions.setStatus": ("chat:write", set_session),
    "conversations.open": ("im:write", open_dm),
    "conversations.history": ("", history),
    "conversations.replies": ("", replies),
    "conversations.info": ("", info),
    "conversations.members": ("", members),
    "conversations.list": ("", list_conversations),
    "users.conversations": ("", list_conversations),
    "users.info": ("users:read", user_info),
    "users.list": ("users:read", list_users),
    "users.lookupByEmail": ("users:read.email", by_email),
    "users.getPresence": ("users:read", presence),
    "dnd.info": ("dnd:read", dnd_info),
    "usergroups.list": ("usergroups:read", list_groups),
    "usergroups.users.list": ("usergroups:read", group_users),
    "views.open": ("", open_view),
    "views.update": ("", update_view),
    "views.publish": ("", publish_view),
}


def call(world: World, method: str, args: Row, methods: Methods = METHODS) -> Row:
    """Run one method for the bot, or raise what Slack would say."""
    if method not in methods:
        raise SlackError("unknown_method")
    scope, function = methods[method]
    if scope:
        require(world, scope)
    with world.lock:
        return function(world, args)
