"""The people of the fake workspace: they write, click, submit, open, and wait."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack_world import APP, BOT_ID, BOT_USER, TEAM, Channel, Row

if TYPE_CHECKING:
    from tests.fakes.slack_server import FakeSlack
    from tests.fakes.slack_socket import Delivery


class Human:
    """Acts as anybody in the workspace; returns what Slack knows of the act."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self._ids = itertools.count(1)
        self._urls: dict[str, int] = {}
        self.message_events = {"im"}
        self.events: dict[str, str] = {}

    # writing

    def says(
        self,
        user: str,
        text: str,
        *,
        channel: Channel | None = None,
        thread: str = "",
        is_lost: bool = False,
        **extra: Any,
    ) -> str:
        """Write a message; returns its time. `is_lost` means the app never gets the event."""
        world = self._slack.world
        place = channel or world.dm(user)
        team = world.users[user]["team_id"] if user in world.users else TEAM
        row: Row = {
            "user": user,
            "text": text,
            "team": team,
            "client_msg_id": f"client-{next(self._ids)}",
            "blocks": [{"type": "rich_text", "block_id": "r", "elements": []}],
            **extra,
        }
        if thread:
            row["thread_ts"] = thread
        message = world.said(place, row)
        if not is_lost:
            self._tell_app(place, message)
        return str(message["ts"])

    def _tell_app(self, place: Channel, message: Row) -> None:
        event = {
            **message,
            "channel": place.id,
            "event_ts": message["ts"],
            "channel_type": {"group": "group", "im": "im", "mpim": "mpim"}.get(
                place.kind, "channel"
            ),
        }
        if place.user and place.kind == "im" and not self._slack.world.messages_tab:
            return
        if BOT_USER not in place.members:
            return
        if place.kind != "im" and f"<@{BOT_USER}>" in message["text"]:
            mention = {k: v for k, v in event.items() if k != "channel_type"}
            self.event({**mention, "type": "app_mention"}, place)
        if place.kind in self.message_events:
            self.event({**event, "type": "message"}, place)

    def event(self, event: Row, place: Channel | None = None, **outer: Any) -> Delivery:
        """Send any event to the app."""
        event_id = f"Ev{next(self._ids):08d}"
        if "ts" in event:
            self.events[event["ts"]] = event_id
        payload: Row = {
            "token": "verification",
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(float(event.get("ts", "0"))),
            "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
            "is_ext_shared_channel": bool(place and place.is_ext_shared),
            "event": event,
            **outer,
        }
        return self._slack.send("events_api", payload, event_id=event_id)

    # clicking

    def clicks(
        self,
        user: str,
        channel: Channel,
        ts: str,
        action_id: str,
        *,
        value: str | None = None,
        snapshot: Row | None = None,
    ) -> Delivery:
        """Press a button of a message as it looks now, or as it looked in `snapshot`."""
        message = snapshot or channel.find(ts)
        if message is None:
            message = next(e for e in self._slack.world.ephemerals if e["ts"] == ts)
        element, block_id = find_element(message.get("blocks", []), action_id)
        action: Row = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block_id,
            "action_ts": self._slack.world.new_ts(),
            "value": element.get("value", "") if value is None else value,
        }
        if element["type"] == "feedback_buttons":
            side = "positive_button" if value in {None, "good"} else "negative_button"
            action |= {"value": element[side]["value"], "text": element[side]["text"]}
        container = {"type": "message", "message_ts": ts, "channel_id": channel.id}
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        return self._interactive(
            user,
            {
                "type": "block_actions",
                "actions": [action],
                "container": container,
                "channel": {"id": channel.id, "name": channel.name or "directmessage"},
                "message": message,
                "state": {"values": {}},
            },
        )

    def clicks_home(self, user: str, action_id: str, *, index: int = 0) -> Delivery:
        """Press a button in one's Home tab."""
        view = self._slack.world.homes[user]
        element, block_id = find_element(view["blocks"], action_id, index=index)
        action = {
            "type": element["type"],
            "action_id": action_id,
            "block_id": block_id,
            "action_ts": self._slack.world.new_ts(),
            "value": element.get("value", ""),
        }
        container = {"type": "view", "view_id": view["id"]}
        return self._interactive(
            user,
            {"type": "block_actions", "actions": [action], "container": container, "view": view},
        )

    def submits(self, user: str, view: Row, values: Row) -> Delivery:
        """Submit a modal; `values` maps action ids to text or to an option's value."""
        state: Row = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            given = values.get(element["action_id"], element.get("initial_value"))
            state[block["block_id"]] = {element["action_id"]: state_of(element, given)}
        full = {**view, "state": {"values": state}}
        return self._interactive(
            user, {"type": "view_submission", "view": full}, with_response=True
        )

    def uses_shortcut(self, user: str, channel: Channel, ts: str, callback_id: str) -> Delivery:
        """Use a message shortcut."""
        return self._interactive(
            user,
            {
                "type": "message_action",
                "callback_id": callback_id,
                "message_ts": ts,
                "message": channel.find(ts),
                "channel": {"id": channel.id, "name": channel.name or "directmessage"},
                "action_ts": self._slack.world.new_ts(),
            },
        )

    def _interactive(self, user: str, payload: Row, *, with_response: bool = False) -> Delivery:
        world = self._slack.world
        payload = {
            **payload,
            "team": {"id": TEAM, "domain": "fake"},
            "user": {"id": user, "name": world.users[user]["name"], "team_id": TEAM},
            "api_app_id": APP,
            "token": "verification",
            "trigger_id": world.new_trigger(user),
            "response_url": self.response_url(),
        }
        return self._slack.send("interactive", payload, accepts_response=with_response)

    def slash(self, user: str, command: str, text: str, channel: Channel | None = None) -> Delivery:
        """Type a slash command."""
        world = self._slack.world
        place = channel or world.dm(user)
        payload = {
            "command": command,
            "text": text,
            "user_id": user,
            "user_name": world.users[user]["name"],
            "team_id": TEAM,
            "channel_id": place.id,
            "api_app_id": APP,
            "trigger_id": world.new_trigger(user),
            "response_url": self.response_url(),
        }
        return self._slack.send("slash_commands", payload, accepts_response=True)

    def opens(self, user: str, tab: str = "home") -> Delivery:
        """Open the app's Home or Messages tab."""
        dm = self._slack.world.dm(user)
        event = {"type": "app_home_opened", "user": user, "channel": dm.id, "tab": tab}
        return self.event({**event, "event_ts": self._slack.world.new_ts()})

    def response_url(self) -> str:
        """Make a response URL, good for five uses."""
        number = str(next(self._ids))
        self._urls[number] = 0
        return f"http://127.0.0.1:{self._slack.port}/response/{number}"

    def respond(self, number: str, body: Row) -> web.StreamResponse:
        """Take what the app says through a response URL."""
        self._urls[number] = self._urls.get(number, 99) + 1
        if self._urls[number] > 5:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self._slack.world.ephemerals.append({"ts": self._slack.world.new_ts(), **body})
        return web.json_response({"ok": True})

    # reading

    def bot_messages(self, channel: Channel, thread: str = "") -> list[Row]:
        """Return what the app has said in a conversation, or in one of its threads."""
        with self._slack.world.lock:
            return [
                message
                for message in channel.messages
                if message.get("bot_id") == BOT_ID
                and (not thread or message.get("thread_ts") == thread)
            ]

    def reads(self, channel: Channel, thread: str, *, count: int = 1, within_s: float = 10) -> Row:
        """Wait for the app's replies in a thread and return the last of them."""
        self._slack.wait(
            lambda: len(self.bot_messages(channel, thread)) >= count,
            within_s=within_s,
            why=f"{count} replies in {channel.id} {thread}",
        )
        return self.bot_messages(channel, thread)[count - 1]


def find_element(blocks: list[Row], action_id: str, *, index: int = 0) -> tuple[Row, str]:
    """Return the element a person would press, and its block."""
    found = []
    for block in blocks:
        elements = [*block.get("elements", []), block.get("accessory", {})]
        found += [(e, block["block_id"]) for e in elements if e.get("action_id") == action_id]
    if not found:
        seen = [e.get("action_id") for b in blocks for e in b.get("elements", [])]
        raise AssertionError(f"there is no {action_id} to press; there are {seen}")
    return found[index]


def state_of(element: Row, given: Any) -> Row:
    """Return the state of an input as Slack submits it."""
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": given}
    if given is None:
        return {"type": element["type"], "selected_option": element.get("initial_option")}
    option = next(o for o in element["options"] if o["value"] == given)
    return {"type": element["type"], "selected_option": option}


def text_of(message: Row) -> str:
    """Return everything a person reads in a message."""
    parts: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                parts.append(value["text"])
            for key, inner in value.items():
                if key not in {"text", "value"} or isinstance(inner, dict):
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    if message.get("blocks"):
        walk(message["blocks"])
    else:
        parts.append(message.get("text", ""))
    return "\n".join(parts)
