"""The fake is checked with the unmodified SDK before anything is built on it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack_server import FakeSlack
from tests.fakes.slack_world import APP_TOKEN, BOT_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as fake:
        fake.world.add_user("U1ANA", "ana")
        yield fake


def client(slack: FakeSlack, token: str = BOT_TOKEN) -> WebClient:
    return WebClient(token=token, base_url=slack.api_url)


def error_of(call: object) -> str:
    assert callable(call)
    with pytest.raises(SlackApiError) as caught:
        call()
    return str(caught.value.response["error"])


def test_tokens_methods_and_scopes_are_checked(slack: FakeSlack) -> None:
    assert client(slack).auth_test()["user_id"] == "U0BOT"
    assert error_of(client(slack, "xoxb-wrong").auth_test) == "invalid_auth"
    assert error_of(client(slack, APP_TOKEN).auth_test) == "not_allowed_token_type"
    assert error_of(lambda: client(slack).api_call("no.such")) == "unknown_method"
    slack.world.scopes.discard("users:read")
    with pytest.raises(SlackApiError) as caught:
        client(slack).users_info(user="U1ANA")
    assert caught.value.response["needed"] == "users:read"
    assert error_of(lambda: client(slack).apps_connections_open(app_token="xapp-no")) == (
        "invalid_auth"
    )


def test_messages_are_held_to_the_limits(slack: FakeSlack) -> None:
    web = client(slack)
    dm = slack.world.dm("U1ANA").id

    def post(**args: object) -> object:
        return lambda: web.api_call("chat.postMessage", json={"channel": dm, **args})

    assert error_of(post(text="")) == "no_text"
    assert error_of(post(text="a", thread_ts="")) == "invalid_thread_ts"
    assert error_of(post(text="a", thread_ts="1.2")) == "invalid_thread_ts"
    assert error_of(post(text="a", markdown_text="b")) == "markdown_text_conflict"
    too_long = [{"type": "markdown", "text": "x" * 12_001}]
    assert error_of(post(text="a", blocks=too_long)) == "msg_too_long"
    section = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    assert error_of(post(text="a", blocks=section)) == "invalid_blocks"
    twice = [{"type": "divider", "block_id": "x"}, {"type": "divider", "block_id": "x"}]
    assert error_of(post(text="a", blocks=twice)) == "invalid_blocks"
    both = [{"type": "markdown", "text": "x" * 7000}, {"type": "markdown", "text": "x" * 7000}]
    assert error_of(post(text="a", blocks=both)) == "msg_blocks_too_long"


def test_a_trigger_is_good_for_one_view(slack: FakeSlack) -> None:
    web = client(slack)
    trigger = slack.world.new_trigger("U1ANA")
    title = {"type": "plain_text", "text": "Hello"}
    view = {"type": "modal", "title": title, "blocks": [{"type": "divider"}]}
    assert web.views_open(trigger_id=trigger, view=view)["view"]["id"]
    assert error_of(lambda: web.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    late = slack.world.new_trigger("U1ANA")
    slack.world.triggers[late].made_at -= 4
    assert error_of(lambda: web.views_open(trigger_id=late, view=view)) == "expired_trigger_id"


def test_a_stream_is_appended_to_until_it_stops(slack: FakeSlack) -> None:
    web = client(slack)
    root = slack.human.says("U1ANA", "hm", is_lost=True)
    dm = slack.world.dm("U1ANA")

    def stream(method: str, **args: object) -> object:
        return lambda: web.api_call(f"chat.{method}", json={"channel": dm.id, **args})

    assert error_of(stream("startStream")) == "invalid_arguments"
    ts = web.api_call("chat.startStream", json={"channel": dm.id, "thread_ts": root})["ts"]
    assert error_of(lambda: web.chat_update(channel=dm.id, ts=ts, text="x")) == (
        "streaming_state_conflict"
    )
    web.api_call("chat.appendStream", json={"channel": dm.id, "ts": ts, "markdown_text": "a"})
    assert error_of(stream("stopStream", ts=ts, session_status="done")) == "invalid_arguments"
    web.api_call("chat.stopStream", json={"channel": dm.id, "ts": ts, "markdown_text": "b"})
    assert error_of(stream("appendStream", ts=ts)) == "message_not_in_streaming_state"
    found = dm.find(ts)
    assert found is not None
    assert found["text"] == "ab"
    channel = slack.world.add_channel("ops", {"U1ANA"})
    root = slack.human.says("U1ANA", "hm", channel=channel, is_lost=True)
    open_one = {"channel": channel.id, "thread_ts": root}
    assert error_of(lambda: web.api_call("chat.startStream", json=open_one)) == (
        "invalid_arguments"
    )


def test_reactions_and_sessions_are_checked(slack: FakeSlack) -> None:
    web = client(slack)
    root = slack.human.says("U1ANA", "hm", is_lost=True)
    dm = slack.world.dm("U1ANA").id
    web.reactions_add(channel=dm, timestamp=root, name="eyes")
    again = error_of(lambda: web.reactions_add(channel=dm, timestamp=root, name="eyes"))
    assert again == "already_reacted"
    assert error_of(lambda: web.reactions_add(channel=dm, timestamp="1.1", name="eyes")) == (
        "message_not_found"
    )
    session = {"channel_id": dm, "thread_ts": root}
    web.agents_sessions_rename(**session, title="Deploying")
    assert slack.world.titles == {(dm, root): "Deploying"}
    refused = error_of(lambda: web.agents_sessions_setStatus(**session, status="done"))
    assert refused == "invalid_arguments"
    slack.world.scopes.discard("reactions:write")
    assert error_of(lambda: web.reactions_add(channel=dm, timestamp=root, name="x")) == (
        "missing_scope"
    )


def test_an_event_without_ack_comes_again_with_the_same_id(slack: FakeSlack) -> None:
    heard: list[str] = []

    async def listen() -> None:
        app = AsyncApp(client=AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url))

        @app.event("message")
        async def on_message(body: dict[str, str]) -> None:
            heard.append(body["event_id"])

        handler = AsyncSocketModeHandler(app, APP_TOKEN)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        slack.sockets.ack_within_s = 0.3
        slack.sockets.lose_acks = 1
        slack.human.says("U1ANA", "hello")
        for _ in range(500):
            if len(heard) == 2:
                break
            await asyncio.sleep(0.01)
        await handler.close_async()  # type: ignore[no-untyped-call]

    asyncio.run(listen())
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert slack.deliveries[0].acked_after_s is not None
