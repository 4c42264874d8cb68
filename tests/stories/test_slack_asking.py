"""A colleague asks in Slack and reads one reply."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from connectors.slack.log import Purpose
from tests.fakes.clock import FakeClock
from tests.fakes.front_desk import Fact
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace, office, started

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.domain.questions import Question

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")
SECRET = Fact(
    ("incident",),
    "The pager rotates on Monday.",
    Audience.groups(["sre"]),
    document_id="runbooks/pager.md",
)


def test_a_direct_message_gets_one_cited_answer_in_its_thread(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        reply = slack.asks(ANA, "How do I deploy?")
        slack.idle()
        said = text_of(reply)
        assert "Run `make deploy` from main." in said
        assert "notes/deploy.md:3-5" in said
        assert "Answered by a program from Dana's files, not reviewed by Dana" in said
        assert "I am sure" in said
        assert reply["_unfurl"] == (False, False)
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1
        assert any(status for _, _, status in slack.slack.world.status_log)
        slack.slack.wait(lambda: not any(slack.slack.world.statuses.values()))


def test_a_chinese_question_is_answered_with_chinese_labels(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(Fact(("部署",), "在主分支上运行 make deploy。"))
        said = text_of(slack.asks(ANA, "怎么部署？"))
        assert "由程序根据 Dana 的资料回答" in said
        assert "来源" in said


def test_a_file_with_a_web_address_is_cited_as_a_link(tmp_path: Path) -> None:
    links = {"notes": "https://git.example.com/ops/{commit}/{path}#L{start}-L{end}"}
    with office(tmp_path, links=links) as slack:
        slack.desk.facts.append(DEPLOY)
        said = text_of(slack.asks(ANA, "How do I deploy?"))
        url = "https://git.example.com/ops/HEAD/deploy.md#L3-L5"
        assert f"<{url}|notes/deploy.md:3-5>" in said


def test_several_questions_in_one_message_are_answered_in_one_reply(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(Fact(("how", "deploy"), "Run `make deploy` from main."))
        said = text_of(slack.asks(ANA, "Hi! How do I deploy? And who owns the moon?"))
        slack.idle()
        assert "Run `make deploy`" in said
        assert "I have asked Dana" in said
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1
        assert [one.text for one in slack.desk.pending()] == ["And who owns the moon?"]


def test_a_follow_up_in_the_thread_is_asked_with_what_came_before(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), ts)
        slack.human.says(ANA, "And on Fridays?", thread=ts)
        slack.human.reads(slack.dm(ANA), ts, count=2)
        history = slack.desk.handled[-1].history
        assert [turn.by_asker for turn in history] == [True, False]
        assert history[0].text == "How do I deploy?"
        assert "make deploy" in history[1].text


def test_a_mention_is_answered_in_its_thread_and_once(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.human.message_events |= {"channel"}
        channel = slack.slack.world.add_channel("ops", {DANA, ANA, BEN})
        ts = slack.human.says(ANA, "<@U0BOT> how do I deploy?", channel=channel)
        reply = slack.human.reads(channel, ts)
        slack.human.says(BEN, "thanks, good to know", channel=channel, thread=ts)
        slack.human.says(BEN, "lunch?", channel=channel)
        slack.idle()
        assert reply["thread_ts"] == ts
        assert len(slack.human.bot_messages(channel)) == 1
        assert slack.desk.handled[0].text == "how do I deploy?"
        assert slack.desk.handled[0].place == Audience.everyone()


def test_a_mention_in_a_thread_of_people_is_asked_with_what_they_said(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        root = slack.human.says(BEN, "The release &amp; the tag are ready", channel=channel)
        slack.human.says(ANA, "<@U0BOT> how to deploy it?", channel=channel, thread=root)
        slack.human.reads(channel, root)
        history = slack.desk.handled[0].history
        assert [(turn.text, turn.by_asker) for turn in history] == [
            ("The release & the tag are ready", False)
        ]


def test_a_split_is_asked_back_and_only_the_asker_chooses_once(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts += [
            Fact(("staging",), "Staging: `make stage`."),
            Fact(("which",), "Which one?", options=("staging", "production")),
        ]
        slack.desk.facts.reverse()
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, "<@U0BOT> which deploy?", channel=channel)
        asked = slack.human.reads(channel, ts)
        before = dict(asked)
        slack.human.clicks(BEN, channel, asked["ts"], "choose:0")
        slack.slack.wait(lambda: slack.slack.world.ephemerals)
        assert "Only the person who asked" in slack.slack.world.ephemerals[0]["text"]
        first = slack.human.clicks(ANA, channel, asked["ts"], "choose:0")
        slack.slack.wait(lambda: first.acked_after_s)
        slack.human.clicks(ANA, channel, asked["ts"], "choose:1", snapshot=before)
        answer = slack.human.reads(channel, ts, count=2)
        slack.idle()
        assert "Staging: `make stage`." in text_of(answer)
        assert len(slack.human.bot_messages(channel)) == 2
        shown = channel.find(asked["ts"])
        assert shown is not None
        assert "You chose: staging" in text_of(shown)


def test_a_guest_a_stranger_and_a_bot_get_no_answer(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        world = slack.slack.world
        world.add_user("U4GUEST", "gus", is_restricted=True)
        world.add_user("U5EXT", "eve", team="T9OTHER")
        world.add_user("U6BOT", "robot", is_bot=True)
        slack.desk.facts.append(DEPLOY)
        for user in ("U4GUEST", "U5EXT"):
            said = text_of(slack.asks(user, "How do I deploy?"))
            assert "make deploy" not in said
            assert "members of Dana's own team only" in said
            slack.asks(user, "Please, how do I deploy?")
        channel = world.add_channel("ops", {ANA, "U6BOT"})
        slack.human.says("U6BOT", "<@U0BOT> deploy?", channel=channel, bot_id="B9")
        slack.human.says("U6BOT", "<@U0BOT> deploy?", channel=channel)
        slack.idle()
        assert not slack.human.bot_messages(channel)
        assert not slack.desk.handled
        told = [text_of(row) for row in slack.human.bot_messages(slack.dm(DANA))]
        assert sorted(text[:10] for text in told) == ["<@U4GUEST>", "<@U5EXT> a", "<@U6BOT> a"]


def test_what_not_all_in_a_channel_may_read_is_told_in_a_direct_message(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(SECRET)
        slack.desk.groups = {"ana": ["sre"]}
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, "<@U0BOT> who has the incident pager?", channel=channel)
        here = slack.human.reads(channel, ts)
        slack.idle()
        assert text_of(here) == (
            "I cannot answer this for everyone here, so I reply to you in a direct message."
        )
        direct = slack.human.bot_messages(slack.dm(ANA))
        assert len(direct) == 1
        assert "The pager rotates on Monday." in text_of(direct[0])
        assert "thread_ts" not in direct[0]
        assert len(slack.human.bot_messages(channel)) == 1


def test_a_channel_with_a_guest_or_another_company_shows_nothing(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        world = slack.slack.world
        world.add_user("U4GUEST", "gus", is_ultra_restricted=True)
        slack.desk.facts.append(DEPLOY)
        mixed = world.add_channel("mixed", {ANA, "U4GUEST"})
        shared = world.add_channel("shared", {ANA, BEN})
        shared.is_ext_shared = True
        for channel in (mixed, shared):
            ts = slack.human.says(ANA, "<@U0BOT> how do I deploy?", channel=channel)
            assert "make deploy" not in text_of(slack.human.reads(channel, ts))
        slack.idle()
        direct = slack.human.bot_messages(world.dm(ANA))
        assert ["make deploy" in text_of(row) for row in direct] == [True, True]


def test_who_joined_while_it_was_written_is_seen_before_it_is_sent(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(SECRET)
        slack.desk.groups = {"ana": ["sre"], "ben": ["sre"]}
        channel = slack.slack.world.add_channel("ops", {ANA, BEN}, kind="group")

        def joins(_question: Question) -> None:
            slack.slack.world.add_user("U7NEW", "nia")
            channel.members.add("U7NEW")

        slack.desk.before_handling = joins
        ts = slack.human.says(ANA, "<@U0BOT> who has the incident pager?", channel=channel)
        assert "direct message" in text_of(slack.human.reads(channel, ts))
        slack.idle()
        assert len(slack.human.bot_messages(channel)) == 1
        assert "pager rotates" in text_of(slack.human.bot_messages(slack.dm(ANA))[0])


def test_it_stays_silent_where_the_owner_answered_first(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, DANA})
        answered = threading.Event()

        def owner_is_quicker(question: Question) -> None:
            if not answered.is_set():
                answered.set()
                root = question.reply_to.address.split("|")[1]
                slack.human.says(DANA, "With make deploy.", channel=channel, thread=root)

        slack.desk.before_handling = owner_is_quicker
        ts = slack.human.says(ANA, "<@U0BOT> how do I deploy?", channel=channel)
        slack.slack.wait(answered.is_set)
        slack.idle()
        assert not slack.human.bot_messages(channel, ts)
        slack.slack.wait(lambda: not any(slack.slack.world.statuses.values()))


def test_a_long_answer_is_cut_at_a_heading_and_says_so(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        long = "\n\n".join(f"## Part {n}\n\n" + "word " * 150 for n in range(30))
        slack.desk.facts.append(Fact(("deploy",), long))
        said = text_of(slack.asks(ANA, "How do I deploy?"))
        assert "cut here: the rest is too long for Slack" in said
        assert said.count("## Part") >= 5
        assert len(said) < 12_000


def test_blocks_that_slack_refuses_are_said_in_plain_text(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.slack.fail("chat.postMessage", error="invalid_blocks")
        reply = slack.asks(ANA, "How do I deploy?")
        assert "blocks" not in reply
        assert "Run `make deploy` from main." in reply["text"]


def test_a_document_can_neither_ping_nor_link_elsewhere(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        text = (
            "Hey <!channel> @everyone <@U2ANA> <!subteam^S1|team>, see [docs](https://evil.test/x)"
            " and https://evil.test/y or https://good.test/a."
        )
        slack.desk.facts.append(Fact(("deploy",), text, quote="see https://good.test/a."))
        reply = slack.asks(ANA, "How do I deploy?")
        for said in (text_of(reply), reply["text"]):
            assert "<!" not in said
            assert "<@U2ANA" not in said
            assert "@everyone" not in said
            assert "evil.test" not in said
            assert "https://good.test/a" in said


def test_feedback_reaches_the_stand_in_and_is_thanked_in_private(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        reply = slack.asks(ANA, "How do I deploy?")
        slack.human.clicks(ANA, slack.dm(ANA), reply["ts"], "feedback", value="good")
        slack.slack.wait(lambda: slack.desk.judged)
        question_id = slack.desk.handled[0].question_id
        assert slack.desk.judged == [(question_id, True, False)]
        slack.slack.wait(lambda: slack.slack.world.ephemerals)
        assert slack.slack.world.ephemerals[0]["user"] == ANA


def test_the_owner_asks_without_being_asked_himself(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        said = text_of(slack.asks(DANA, "What is the moon made of?"))
        assert "I could not answer this from your files." in said
        assert "I have asked" not in said
        slack.idle()
        assert not slack.desk.pending()
        assert slack.desk.previewed[0].reader.is_owner


def test_who_loses_a_right_while_a_reply_waits_does_not_get_it(tmp_path: Path) -> None:
    clock = FakeClock()
    with new_workspace() as workspace, started(workspace, tmp_path, clock=clock) as slack:
        slack.desk.facts.append(SECRET)
        slack.desk.groups = {"ana": ["sre"]}
        slack.slack.fail("chat.postMessage", status=429, retry_after_s=3600)
        slack.human.says(ANA, "Who has the incident pager?")
        slack.slack.wait(lambda: not slack.slack.faults_left("chat.postMessage"))
        slack.slack.wait(lambda: any(one.due_at for one in slack.log.messages(Purpose.REPLY)))
        slack.desk.groups = {}
        clock.advance(3601)
        slack.slack.wait(lambda: slack.human.bot_messages(slack.dm(ANA)))
        slack.idle()
        said = [text_of(row) for row in slack.human.bot_messages(slack.dm(ANA))]
        assert len(said) == 1
        assert "I have asked Dana" in said[0]
