"""The connector's parts by themselves: limits, hours, people, settings, the gate."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from avatar.domain.questions import Language
from avatar.errors import StateDamagedError, StateUnwritableError
from connectors.slack import blocks, intake, texts
from connectors.slack.audiences import Audiences, Identity
from connectors.slack.config import SlackConfig
from connectors.slack.gate import Refusal, refusal
from connectors.slack.gateway import (
    SlackBusyError,
    SlackGateway,
    SlackRefusedError,
    SlackUnreachableError,
)
from connectors.slack.hours import Hours, zone_of
from connectors.slack.instance import OneInstance
from connectors.slack.log import Job, Outgoing, Pool, Purpose
from connectors.slack.log_sqlite import SqliteSlackLog
from connectors.slack.people import People, person_of
from tests.fakes.clock import FakeClock
from tests.fakes.front_desk import FakeFrontDesk
from tests.fakes.slack_limits import check_blocks
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace
from tests.fakes.slack_world import BOT_TOKEN, BOT_USER, TEAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.slack_server import FakeSlack

IDENTITY = Identity(TEAM, DANA, BOT_USER, "Dana", "dana@example.com")
TUESDAY_20H = 1_699_992_000.0  # 2023-11-14 20:00:00 UTC


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with new_workspace() as fake:
        yield fake


@given(st.text(max_size=400))
def test_no_text_can_notify_anybody(text: str) -> None:
    said = blocks.quiet(text)
    for loud in ("<!channel>", "<!here>", "<!everyone>", "@channel", "@here", "@everyone"):
        assert loud not in said.lower()
    assert blocks.MENTION.search(said) is None
    assert "<!" not in blocks.message(text, [])["text"]


@given(st.text(alphabet="# \nab`.", max_size=600), st.integers(80, 300))
def test_a_cut_text_is_never_longer_and_keeps_its_beginning(text: str, most: int) -> None:
    cut = blocks.cut_at_heading(text, most, "cut")
    assert len(cut) <= most
    assert cut == text or cut.endswith("cut")
    assert cut[:5].strip() in text


@given(st.text(max_size=4000), st.text(max_size=200))
def test_blocks_of_any_text_pass_slacks_limits(text: str, label: str) -> None:
    made = [
        blocks.markdown(text, block_id="x"),
        blocks.section(text),
        blocks.context(text or "-", label),
        blocks.header(label or "-"),
        blocks.actions([blocks.button(label or "-", "a", "v", style="danger")]),
        blocks.feedback("f", "v", "good", "bad"),
    ]
    check_blocks([block for block in made if all(block.get("elements", ["x"]))])


def test_only_allowed_links_survive() -> None:
    text = "[a](https://a.test) <https://b.test|b> <https://c.test> https://d.test, ![x](http://e)"
    assert blocks.only_links(text, {"https://a.test"}) == ("[a](https://a.test) b  (…), x")
    kept = blocks.only_links(
        "<https://b.test|b> https://d.test.", {"https://b.test", "https://d.test"}
    )
    assert kept == "<https://b.test|b> https://d.test."


def test_what_was_typed_is_read_as_it_was_meant() -> None:
    typed = "a &lt; b &amp;&amp; <mailto:x@y.z|x@y.z> <https://a.test|the page> <https://b.test>"
    assert blocks.unescaped(typed) == "a < b && x@y.z [the page](https://a.test) https://b.test"


def hours(quiet: str = "", *, weekends: bool = False, digest: tuple[str, ...] = ()) -> Hours:
    return Hours.of(zone=UTC, quiet=quiet, quiet_weekends=weekends, digest_at=digest)


def test_quiet_hours_over_midnight_and_within_a_day() -> None:
    night = hours("19:00-08:00")
    assert night.is_quiet(TUESDAY_20H)
    assert night.next_open(TUESDAY_20H) == TUESDAY_20H + 12 * 3600
    assert night.next_open(TUESDAY_20H - 2 * 3600) == TUESDAY_20H - 2 * 3600
    noon = hours("12:00-13:00")
    assert not noon.is_quiet(TUESDAY_20H)
    assert noon.next_open(TUESDAY_20H + 16.5 * 3600) == TUESDAY_20H + 17 * 3600
    assert hours().next_open(TUESDAY_20H) == TUESDAY_20H


def test_a_weekend_ends_on_monday_after_quiet_hours() -> None:
    friday_20h = TUESDAY_20H + 3 * 86_400
    monday_8h = TUESDAY_20H + 5 * 86_400 + 12 * 3600
    assert hours("19:00-08:00", weekends=True).next_open(friday_20h) == monday_8h
    assert hours(weekends=True).next_open(friday_20h) == friday_20h


def test_digests_leave_quiet_times_out() -> None:
    twice = hours("19:00-08:00", digest=("07:00", "09:00"))
    assert twice.next_digest(TUESDAY_20H) == TUESDAY_20H + 13 * 3600


def test_a_time_zone_is_known_by_name_or_by_its_distance() -> None:
    assert zone_of("Europe/Berlin", 0) == ZoneInfo("Europe/Berlin")
    assert zone_of("No/Where", 3600) == timezone(timedelta(hours=1))
    assert zone_of("", 0) == UTC


@pytest.mark.parametrize(
    ("bad", "hint"),
    [
        ({"api_url": "http://slack.example.com/api/"}, "unencrypted"),
        ({"api_url": "ftp://x"}, "is not a URL"),
        ({"quiet_hours": "7-8"}, "19:00-08:00"),
        ({"digest_at": ["9"]}, "09:30"),
        ({"timezone": "Mars/Base"}, "Europe/Berlin"),
        ({"links": {"a": "http://x/{path}"}}, "https"),
        ({"links": {"a": "https://x/{path}/{secret}"}}, "only"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_wrong_setting_is_explained(bad: dict[str, Any], hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        SlackConfig(**bad)


def test_plain_http_is_for_this_machine() -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert SlackConfig(api_url=f"http://{host}:1/api").api_url == f"http://{host}:1/api/"
    good = SlackConfig(timezone="Europe/Berlin", digest_at=("15:00", "09:00"))
    assert good.digest_at == ("09:00", "15:00")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, None),
        ({"is_bot": True}, Refusal.BOT),
        ({"deleted": True}, Refusal.DEACTIVATED),
        ({"team_id": "T9"}, Refusal.EXTERNAL),
        ({"is_stranger": True}, Refusal.EXTERNAL),
        ({"is_restricted": True}, Refusal.GUEST),
        ({"is_ultra_restricted": True}, Refusal.GUEST),
        ({"is_email_confirmed": False}, Refusal.UNCONFIRMED),
    ],
)
def test_who_may_ask(flags: dict[str, Any], expected: Refusal | None) -> None:
    person = person_of({"id": "U1", "team_id": TEAM, "profile": {"display_name": "x"}, **flags})
    assert refusal(person, team=TEAM) is expected
    if expected is None:
        assert refusal(person, team=TEAM, event_team="T9") is Refusal.EXTERNAL
    if expected:
        assert texts.refused(Language.CHINESE, expected, owner="Dana")


def test_groups_come_from_slack_user_groups_and_never_from_display_names(
    slack: FakeSlack,
) -> None:
    clock = FakeClock()
    people = People(SlackGateway(BOT_TOKEN, slack.api_url, FakeClock()), clock)
    desk = FakeFrontDesk(clock)
    desk.groups = {"ben": ["support"], "dana": ["all"]}
    slack.world.user_groups = {"S1": ("oncall", {ANA}), "S2": ("other", {ANA, BEN})}
    audiences = Audiences(people, desk, IDENTITY, {"oncall": "sre", "S9": "x"})
    ana = audiences.reader(people.person(ANA))
    assert ana.labels == {"everyone", "group:sre"}
    assert audiences.reader(people.person(BEN)).labels == {"everyone", "group:support"}
    assert audiences.reader(people.person(DANA)).is_owner
    eve = slack.world.add_user("U6EVE", "ben", email="ben@evil.test")
    assert audiences.reader(people.person(eve)).labels == {"everyone"}
    slack.world.users[ANA]["is_restricted"] = True
    assert audiences.reader(people.person(ANA)).labels == ana.labels
    clock.advance(601)
    assert audiences.reader(people.person(ANA)).labels == frozenset()


def test_a_channel_reads_what_all_its_members_may(slack: FakeSlack) -> None:
    people = People(SlackGateway(BOT_TOKEN, slack.api_url, FakeClock()), FakeClock())
    desk = FakeFrontDesk(FakeClock())
    desk.groups = {"ana": ["sre", "web"], "ben": ["sre"]}
    audiences = Audiences(people, desk, IDENTITY, {})
    robot = slack.world.add_user("U7BOT", "robot", is_bot=True)
    open_one = slack.world.add_channel("open", {ANA, BEN, DANA})
    closed = slack.world.add_channel("closed", {ANA, BEN, DANA}, kind="group")
    with_app = slack.world.add_channel("app", {ANA, robot}, kind="group")
    alone = slack.world.add_channel("alone", {DANA}, kind="group")
    assert audiences.channel(open_one.id).reader.labels == {"everyone", "group:sre"}
    assert str(audiences.channel(open_one.id).audience) == "everyone"
    assert str(audiences.channel(closed.id).audience) == "sre"
    assert audiences.channel(with_app.id).reader.labels == {"everyone"}
    assert str(audiences.channel(with_app.id).audience) == "owner"
    assert not audiences.channel(alone.id).reader.is_owner
    assert audiences.channel("C404").reader.labels == frozenset()
    slack.world.scopes.discard("channels:read")
    assert audiences.channel(open_one.id).reader.labels == frozenset()


def test_a_big_channel_is_looked_up_with_one_listing(slack: FakeSlack) -> None:
    people = People(SlackGateway(BOT_TOKEN, slack.api_url, FakeClock()), FakeClock())
    users = [slack.world.add_user(f"UX{n:03d}", f"user{n}") for n in range(230)]
    assert [person.user for person in people.people(users)] == users
    assert len(slack.called("users.list")) == 2
    assert not slack.called("users.info")


def test_many_people_are_found_one_by_one_when_there_is_no_listing(slack: FakeSlack) -> None:
    people = People(SlackGateway(BOT_TOKEN, slack.api_url, FakeClock()), FakeClock())
    users = [slack.world.add_user(f"UX{n:03d}", f"user{n}") for n in range(25)]
    slack.fail("users.list", error="unknown_method")
    assert [person.user for person in people.people(users)] == users


def test_slacks_errors_are_told_apart(slack: FakeSlack) -> None:
    gateway = SlackGateway(BOT_TOKEN, slack.api_url, FakeClock())
    slack.fail("users.info", status=429, retry_after_s=7)
    slack.fail("users.list", error="ratelimited")
    slack.fail("chat.postMessage", error="rate_limited")
    for method, wait in (("users.info", 7), ("users.list", 1), ("chat.postMessage", 1)):
        with pytest.raises(SlackBusyError) as busy:
            gateway.call(method, channel="C1", user=ANA, text="hm")
        assert busy.value.retry_after_s == wait
    for fault in ({"status": 502}, {"error": "internal_error"}, {"lose_request": True}):
        slack.fail("auth.test", **fault)
        with pytest.raises(SlackUnreachableError):
            gateway.call("auth.test")
    for fault in ({"error": "fatal_error"}, {"lose_request": True}):
        slack.fail("auth.test", **fault)
        with pytest.raises(SlackUnreachableError):
            gateway.scopes()
    with pytest.raises(SlackRefusedError, match="unknown_method"):
        gateway.call("no.such")


def test_a_method_that_slack_wants_left_alone_is_left_alone_by_everybody(slack: FakeSlack) -> None:
    clock = FakeClock()
    gateway = SlackGateway(BOT_TOKEN, slack.api_url, clock)
    slack.fail("users.info", status=429, retry_after_s=7)
    for left in (7, 5):
        with pytest.raises(SlackBusyError) as busy:
            gateway.call("users.info", user=ANA)
        assert busy.value.retry_after_s == pytest.approx(left)
        clock.advance(2)
    assert gateway.call("auth.test")["team_id"] == TEAM
    assert len(slack.calls) == 2
    clock.advance(5)
    assert gateway.call("users.info", user=ANA)["user"]["id"] == ANA


def test_the_lock_says_when_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateUnwritableError, match="cannot be written"):
        OneInstance(tmp_path / "file", "xapp-1").take()


def test_a_log_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateUnwritableError, match="cannot be used"):
        SqliteSlackLog(tmp_path / "file" / "slack.sqlite")
    broken = tmp_path / "slack.sqlite"
    broken.write_bytes(b"this is no database" * 100)
    with pytest.raises(StateDamagedError, match="damaged"):
        SqliteSlackLog(broken)


def job(key: str, lane: str = "l", **more: Any) -> Job:
    return Job(key, Pool.ACTIONS, lane, "card", {}, 1.0, **more)


def test_jobs_of_one_lane_come_one_after_another_and_once(tmp_path: Path) -> None:
    log = SqliteSlackLog(tmp_path / "slack.sqlite")
    assert log.take_in(job("a"))
    assert not log.take_in(job("a"))
    assert log.take_in(job("b"))
    assert log.take_in(job("c", "other", due_at=50.0))
    first = log.claim_job(Pool.ACTIONS, 10.0)
    assert first is not None
    assert (first.key, first.attempts) == ("a", 1)
    assert log.claim_job(Pool.ACTIONS, 10.0) is None
    assert log.claim_job(Pool.QUESTIONS, 99.0) is None
    log.again(job("a"))
    log.finish("a")
    again = log.claim_job(Pool.ACTIONS, 10.0)
    assert again is not None
    assert again.key == "a"
    log.finish("a")
    assert log.drop_lane("l") == 1
    assert [one.key for one in log.waiting_jobs()] == ["c"]
    log.again(job("c", due_at=5.0))
    found = log.claim_job(Pool.ACTIONS, 10.0)
    assert found is not None
    log.recover()
    assert log.claim_job(Pool.ACTIONS, 10.0) is not None
    log.purge(100.0)
    assert log.take_in(job("a"))
    log.close()
    log.close()


def test_messages_of_one_channel_keep_their_order(tmp_path: Path) -> None:
    log = SqliteSlackLog(tmp_path / "slack.sqlite")

    def message(name: str, channel: str) -> Outgoing:
        return Outgoing(name, "chat.postMessage", channel, {"text": name}, Purpose.NOTE, 1.0)

    log.enqueue([message("a1", "A"), message("a2", "A"), message("b1", "B"), message("a1", "A")])
    first, second = log.claim_message(1.0), log.claim_message(1.0)
    assert first is not None
    assert second is not None
    assert (first.delivery_id, second.delivery_id) == ("a1", "b1")
    assert log.claim_message(1.0) is None
    log.try_again("a1", 9.0, is_uncertain=True)
    assert log.claim_message(1.0) is None
    later = log.claim_message(9.0)
    assert later is not None
    assert later.is_uncertain
    log.sent("a1", "1.1", 10.0)
    assert log.unsent() == 2
    found = log.message_at("A", "1.1")
    assert found is not None
    assert found.delivery_id == "a1"
    assert log.note_once("n", "1")
    assert not log.note_once("n", "2")
    assert log.notes("n") == {"n": "1"}
    log.close()


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "message_changed"},
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"user": "USLACKBOT"},
        {"user": BOT_USER},
        {"user": None},
        {"hidden": True},
        {"ts": ""},
        {"type": "reaction_added"},
        {"channel": "C1", "channel_type": "channel", "text": f"<@{BOT_USER}> hi"},
    ],
)
def test_what_is_not_for_us_is_left_out(event: dict[str, Any]) -> None:
    base = {"type": "message", "channel": "D1", "channel_type": "im", "user": ANA, "ts": "1.1"}
    assert intake.message_job({"event": {**base, **event}}, IDENTITY, at=1.0) is None
    assert intake.message_job({"event": base}, IDENTITY, at=1.0) is not None
    assert intake.message_job({}, IDENTITY, at=1.0) is None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("pause", "pause"),
        (" Resume! ", "resume"),
        ("/avatar today", "today"),
        ("how do I pause the queue?", ""),
        ("", ""),
    ],
)
def test_commands_are_one_word(text: str, command: str) -> None:
    assert intake.command_in(text) == command
