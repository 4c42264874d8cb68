"""The whole product in a fake workspace with everything going wrong at random, kill -9 included."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from avatar.web import discovery
from avatar.web.client import RemoteCommands
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import DANA, is_card
from tests.fakes.slack_world import APP_TOKEN, BOT_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fakes.slack_server import FakeSlack
    from tests.fakes.slack_world import Channel, Row
    from tests.stories.place import Place

KEY = "# Webhooks\n\n## Rotating the key\n\nRotate the webhook key with `make rotate-key`.\n"
KNOWN = "How do we rotate the webhook key?"
ANSWER = "make rotate-key"
ASKERS = 20
PAUSE_S = 0.03
SETTLED_S = 4.0
"""So long nothing new has to come before it is counted."""


@dataclass(frozen=True)
class Asked:
    """One message; a riddle is one that nothing in the files answers."""

    user: str
    ts: str
    is_riddle: bool


@dataclass
class Toll:
    """What came of a storm: how many messages, and every one that went wrong, in words."""

    messages: int
    riddles: int
    kills: int
    seconds: float
    wrong: list[str] = field(default_factory=list)


def prepared(place: Place, slack: FakeSlack) -> None:
    """Write the profile and the one note that answers what is known."""
    place.write("notes/webhooks.md", KEY)
    text = (
        '[owner]\nname = "Dana"\nemail = "dana@example.com"\n\n'
        f'{place.sources}\n[channels.slack]\napi_url = "{slack.api_url}"\n'
    )
    (place.folder / "profile.toml").write_text(text, encoding="utf-8")


def up(place: Place) -> subprocess.Popen[bytes]:
    """Start the real daemon in a process of its own."""
    tokens = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN}
    return subprocess.Popen(
        [sys.executable, "-m", "avatar", "up", "--port", "0"],
        env=place.env() | tokens,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def storm(slack: FakeSlack, place: Place, *, messages: int, kills: int, seed: int) -> Toll:
    """Let people write while Slack and the daemon fail; return what came of it."""
    chance, began = random.Random(seed), time.monotonic()
    slack.sockets.ack_within_s = 0.5
    slack.sockets.retry_delays_s = (0.0, 0.3, 1.0)
    users = [slack.world.add_user(f"UX{n:02d}", f"user{n}") for n in range(ASKERS)]
    prepared(place, slack)
    daemon = up(place)
    try:
        slack.wait(lambda: slack.sockets.count, within_s=60, why="the daemon listens")
        fatal = set(chance.sample(range(1, messages), kills))
        asked = []
        for number in range(messages):
            if number in fatal:
                if chance.random() < 0.7:  # else it may die while it starts
                    slack.wait(lambda: slack.sockets.count, within_s=60, why="it listens again")
                daemon.send_signal(signal.SIGKILL)
                daemon.wait()
                daemon = up(place)
            inject(slack, chance)
            is_riddle = chance.random() < 0.3
            text = f"Who feeds the zebrafish of tank {number}?" if is_riddle else KNOWN
            user, is_lost = chance.choice(users), chance.random() < 0.03
            asked.append(Asked(user, slack.human.says(user, text, is_lost=is_lost), is_riddle))
            time.sleep(chance.expovariate(1 / PAUSE_S))
        riddles = sum(one.is_riddle for one in asked)
        _settle(slack, len(asked) + riddles, within_s=120 + messages / 2)
        toll = Toll(messages, riddles, kills, time.monotonic() - began)
        toll.wrong += [*_wrong_replies(slack, asked), *_wrong_inbox(slack, place, riddles)]
        return toll
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(60)


def inject(slack: FakeSlack, chance: random.Random) -> None:
    """Let something go wrong, once in four times."""
    if slack.faults_left("*") > 2:
        return  # while nobody calls, faults would only pile up
    send = "chat.postMessage"
    evils: list[tuple[float, Callable[[], None]]] = [
        (0.76, lambda: None),
        (0.05, lambda: slack.fail(send, lose_reply=True)),
        (0.05, lambda: slack.fail(send, lose_request=True)),
        (0.02, lambda: slack.fail("*", status=429, retry_after_s=1)),
        (0.03, lambda: slack.fail("*", status=503)),
        (0.01, lambda: slack.fail("*", error="ratelimited")),
        (0.06, slack.lose_an_ack),
        (0.01, lambda: slack.disconnect("refresh_requested", linger_s=0.05)),
        (0.01, slack.cut),
    ]
    shares, acts = zip(*evils, strict=True)
    chance.choices(acts, shares)[0]()


def _settle(slack: FakeSlack, expected: int, *, within_s: float) -> None:
    """Wait until so many messages of the stand-in are there and no more come."""
    deadline = time.monotonic() + within_s
    seen, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        count = sum(len(slack.human.bot_messages(one)) for one in _places(slack))
        if count != seen:
            seen, since = count, time.monotonic()
        if count >= expected and time.monotonic() - since >= SETTLED_S:
            return
        time.sleep(0.2)


def _places(slack: FakeSlack) -> list[Channel]:
    with slack.world.lock:
        return list(slack.world.channels.values())


def _wrong_replies(slack: FakeSlack, asked: list[Asked]) -> Iterator[str]:
    for one in asked:
        said = [text_of(row) for row in slack.human.bot_messages(slack.world.dm(one.user), one.ts)]
        if len(said) != 1:
            yield f"{len(said)} replies to {one}"
        elif (ANSWER in said[0]) is one.is_riddle:
            yield f"not the reply to {one}: {said[0][:80]}"


def _wrong_inbox(slack: FakeSlack, place: Place, riddles: int) -> Iterator[str]:
    record = discovery.running(place.state)
    assert record is not None
    commands = RemoteCommands(record)
    pending = len(commands.inbox(state="pending"))
    commands.close()
    cards: list[Row] = [r for r in slack.human.bot_messages(slack.world.dm(DANA)) if is_card(r)]
    if pending != riddles:
        yield f"{pending} escalations of {riddles} riddles"
    if len(cards) != riddles:
        yield f"{len(cards)} cards of {riddles} riddles"
