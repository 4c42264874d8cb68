"""What the owner reads and does in Slack besides answering cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.adapters.system_clock import SystemClock
from avatar.domain.audience import Audience
from avatar.domain.escalations import EscalationState
from connectors.slack.front_desk import Demoted, PromiseBroken
from tests.fakes.clock import FakeClock
from tests.fakes.front_desk import DRAFTED_FROM, Fact, FakeFrontDesk
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace, office, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.slack_office import Running
    from tests.fakes.slack_world import Row

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")
EVENING = 1_700_000_000.0 + 80_000  # 2023-11-15 20:26:40 UTC
MORNING = 1_700_000_000.0 + 122_000  # 2023-11-16 08:06:40 UTC
HOUR = 3600.0


def home_of(slack: Running, user: str) -> Row:
    slack.human.opens(user)
    slack.slack.wait(lambda: user in slack.slack.world.homes)
    return slack.slack.world.homes[user]


def test_pause_keeps_questions_and_resume_answers_them(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        said = slack.asks(DANA, "pause")
        assert "Paused" in text_of(said)
        assert slack.connector.health().is_paused
        ts = slack.human.says(ANA, "How do I deploy?")
        assert "Dana has paused me" in text_of(slack.human.reads(slack.dm(ANA), ts))
        assert not slack.desk.handled
        resumed = slack.human.slash(DANA, "/avatar", "resume")
        slack.slack.wait(lambda: resumed.response)
        assert resumed.response is not None
        assert "Resumed" in resumed.response["text"]
        assert "make deploy" in text_of(slack.human.reads(slack.dm(ANA), ts, count=2))
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


def test_today_is_for_the_owner_alone(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.asks(ANA, "Who owns the moon?")
        today = slack.human.slash(DANA, "/avatar", "today")
        refused = slack.human.slash(ANA, "/avatar", "pause")
        unknown = slack.human.slash(DANA, "/avatar", "dance")
        slack.slack.wait(lambda: today.response and refused.response and unknown.response)
        assert today.response is not None
        assert refused.response is not None
        assert unknown.response is not None
        assert "1 waiting for you now" in today.response["text"]
        assert "Who owns the moon?" in today.response["text"]
        assert refused.response["text"] == "Only Dana can do this."
        assert "`pause`, `resume` and `today`" in unknown.response["text"]
        assert not slack.connector.health().is_paused


def test_a_card_waits_for_the_end_of_quiet_hours(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    with (
        new_workspace() as slack,
        started(slack, tmp_path, clock=clock, quiet_hours="19:00-08:00") as running,
    ):
        running.asks(ANA, "Who owns the moon?")
        running.connector.look_at_the_clock()
        running.slack.wait(lambda: running.log.waiting_jobs("card:")[0].due_at > EVENING)
        assert not running.human.bot_messages(running.dm(DANA))
        clock.jump(MORNING)
        assert "Who owns the moon?" in text_of(running.card())


def test_a_card_waits_for_the_end_of_do_not_disturb(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with new_workspace() as slack:
        slack.world.dnd[DANA] = {
            "dnd_enabled": True,
            "next_dnd_start_ts": int(MORNING - HOUR),
            "next_dnd_end_ts": int(MORNING + HOUR),
        }
        with started(slack, tmp_path, clock=clock) as running:
            running.asks(ANA, "Who owns the moon?")
            running.slack.wait(lambda: running.log.waiting_jobs("card:")[0].due_at > MORNING)
            clock.advance(HOUR + 1)
            running.card()


def test_a_digest_lists_what_waits_and_shows_a_card_when_asked(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with (
        new_workspace() as slack,
        started(slack, tmp_path, clock=clock, digest_at=("12:00",)) as running,
    ):
        running.connector.look_at_the_clock()
        running.asks(ANA, "Who owns the moon?")
        running.asks(BEN, "Who owns the sun?")
        running.connector.look_at_the_clock()
        assert not running.human.bot_messages(running.dm(DANA))
        clock.advance(5 * HOUR)
        running.connector.look_at_the_clock()
        running.slack.wait(lambda: running.human.bot_messages(running.dm(DANA)))
        digest = running.human.bot_messages(running.dm(DANA))[0]
        assert "Questions for you: 2" in text_of(digest)
        running.human.clicks(DANA, running.dm(DANA), digest["ts"], "card_show")
        assert "Who owns the moon?" in text_of(running.card())


def test_a_snoozed_card_comes_back(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with (
        new_workspace() as slack,
        started(slack, tmp_path, clock=clock, snooze_h=2.0) as running,
    ):
        running.asks(ANA, "Who owns the moon?")
        card = running.card()
        running.human.clicks(DANA, running.dm(DANA), card["ts"], "card_snooze")
        running.slack.wait(lambda: "Snoozed until 2023-11-16 10:06" in text_of(running.card()))
        clock.advance(2 * HOUR + 1)
        reminder = running.human.reads(running.dm(DANA), card["ts"])
        assert "Still waiting for your answer: “Who owns the moon?”" in text_of(reminder)
        running.slack.wait(lambda: "Snoozed" not in text_of(running.card()))


def test_one_reminder_and_then_expiry_tell_both_sides(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        ts = running.human.says(ANA, "Who owns the moon?")
        card = running.card()
        clock.advance(25 * HOUR)
        running.connector.look_at_the_clock()
        running.human.reads(running.dm(DANA), card["ts"])
        clock.advance(25 * HOUR)
        running.connector.look_at_the_clock()
        clock.advance(7 * 24 * HOUR)
        running.connector.look_at_the_clock()
        expired = running.human.reads(running.dm(ANA), ts, count=2)
        assert "did not get to it" in text_of(expired)
        running.slack.wait(lambda: "Expired at" in text_of(running.card()))
        assert len(running.human.bot_messages(running.dm(DANA), card["ts"])) == 1
        assert running.desk.escalations["e1"].state is EscalationState.EXPIRED


def test_a_rejected_answer_is_taken_back_where_it_was_given(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), ts)
        slack.idle()
        home = home_of(slack, DANA)
        assert "How do I deploy?" in text_of(home)
        slack.human.clicks_home(DANA, "answer_wrong")
        notice = slack.human.reads(slack.dm(ANA), ts, count=2)
        assert "Dana says my answer to “How do I deploy?” was not right" in text_of(notice)
        question_id = slack.desk.handled[0].question_id
        assert slack.desk.judged == [(question_id, False, True)]
        slack.slack.wait(lambda: "took it back" in text_of(slack.slack.world.homes[DANA]))


def test_an_answer_that_is_judged_elsewhere_is_taken_back_once_from_all_who_got_it(
    tmp_path: Path,
) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        places = {who: slack.human.says(who, "How do I deploy?") for who in (ANA, BEN)}
        for who, ts in places.items():
            slack.human.reads(slack.dm(who), ts)
        slack.idle()
        question = slack.desk.handled[0].question_id
        assert slack.connector.take_back("nobody asked this") == 0
        assert slack.connector.take_back(question) == 2
        assert slack.connector.take_back(question) == 0
        for who, ts in places.items():
            assert "was not right" in text_of(slack.human.reads(slack.dm(who), ts, count=2))
        slack.idle()
        assert slack.desk.judged == []


def test_a_corrected_answer_reaches_who_got_the_wrong_one(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        ts = slack.human.says(ANA, "How do I deploy?")
        slack.human.reads(slack.dm(ANA), ts)
        slack.idle()
        home_of(slack, DANA)
        slack.human.clicks_home(DANA, "answer_correct")
        views = slack.slack.world.views
        slack.slack.wait(lambda: any(v["type"] == "modal" for v in views.values()))
        view = next(v for v in views.values() if v["type"] == "modal")
        slack.human.submits(DANA, view, {"text": "Use the pipeline instead."})
        notice = slack.human.reads(slack.dm(ANA), ts, count=2)
        assert "Use the pipeline instead." in text_of(notice)
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 2


def test_the_owner_marks_an_answer_right_and_nobody_is_bothered(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        slack.asks(ANA, "How do I deploy?")
        slack.idle()
        home_of(slack, DANA)
        slack.human.clicks_home(DANA, "answer_right")
        slack.slack.wait(lambda: slack.desk.judged)
        slack.idle()
        assert slack.desk.judged[0][1:] == (True, True)
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1


def test_changed_lines_are_told_to_who_was_answered_from_them(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        running.desk.facts.append(DEPLOY)
        ts = running.human.says(ANA, "How do I deploy?")
        running.human.reads(running.dm(ANA), ts)
        running.idle()
        running.desk.changed_documents.add("notes/deploy.md")
        for _ in range(2):
            clock.advance(61)
            running.connector.look_at_the_clock()
        notice = running.human.reads(running.dm(ANA), ts, count=2)
        running.idle()
        assert "`notes/deploy.md:3-5`" in text_of(notice)
        assert len(running.human.bot_messages(running.dm(ANA))) == 2


def test_an_answer_marked_right_is_recalled_all_the_same_when_its_lines_change(
    tmp_path: Path,
) -> None:
    clock = FakeClock(MORNING)
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        running.desk.facts.append(DEPLOY)
        ts = running.human.says(ANA, "How do I deploy?")
        reply = running.human.reads(running.dm(ANA), ts)
        running.human.clicks(DANA, running.dm(ANA), reply["ts"], "feedback", value="good")
        running.slack.wait(lambda: running.desk.judged)
        running.desk.changed_documents.add("notes/deploy.md")
        clock.advance(61)
        running.connector.look_at_the_clock()
        running.human.reads(running.dm(ANA), ts, count=2)
        assert "Its lines have changed" in text_of(home_of(running, DANA))


def test_a_draft_the_owner_let_go_is_recalled_and_the_owners_own_words_are_not(
    tmp_path: Path,
) -> None:
    clock = FakeClock(MORNING)
    with new_workspace() as slack, started(slack, tmp_path, clock=clock) as running:
        running.desk.drafts |= {"moon": "Cheese, mostly.", "sun": "Gas."}
        moon = running.human.says(ANA, "What is the moon made of?")
        card = running.card()
        running.human.clicks(DANA, running.dm(DANA), card["ts"], "card_send")
        sun = running.human.says(BEN, "What is the sun made of?")
        running.human.says(DANA, "Of fire.", thread=running.card(2)["ts"])
        for user, ts in ((ANA, moon), (BEN, sun)):
            running.human.reads(running.dm(user), ts, count=2)
        running.idle()
        running.desk.changed_documents.add(DRAFTED_FROM)
        for _ in range(2):
            clock.advance(61)
            running.connector.look_at_the_clock()
        notice = running.human.reads(running.dm(ANA), moon, count=3)
        assert f"`{DRAFTED_FROM}:7`" in text_of(notice)
        assert "“What is the moon made of?”" in text_of(notice)
        running.idle()
        assert len(running.human.bot_messages(running.dm(ANA))) == 3
        assert len(running.human.bot_messages(running.dm(BEN))) == 2


def test_home_shows_the_owner_the_inbox_and_a_click_brings_the_card(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    with (
        new_workspace() as slack,
        started(slack, tmp_path, clock=clock, quiet_hours="19:00-08:00") as running,
    ):
        assert "Nothing waits for you." in text_of(home_of(running, DANA))
        for user in (ANA, BEN):
            running.asks(user, "Who owns the moon?")
        running.slack.world.homes.clear()
        home = home_of(running, DANA)
        assert "Asked, and nothing I have answers it" in text_of(home)
        assert "Who owns the moon? (asked 2×)" in text_of(home)
        running.human.clicks_home(DANA, "card_show")
        running.card()


def test_home_shows_others_only_what_is_open_to_them(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.slack.world.add_user("U4GUEST", "gus", is_restricted=True)
        hidden = Fact(("x",), "y", Audience.groups(["sre"]), document_id="runbooks/secret.md")
        slack.desk.facts += [DEPLOY, hidden]
        home = text_of(home_of(slack, ANA))
        assert "notes/deploy.md" in home
        assert "secret" not in home
        assert "Dana can read what you ask me" in home
        assert "notes/deploy.md" not in text_of(home_of(slack, "U4GUEST"))


def test_a_message_is_saved_as_the_owners_answer_after_editing(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        channel = slack.slack.world.add_channel("ops", {ANA, DANA}, kind="group")
        slack.desk.groups = {"ana": ["sre"]}
        root = slack.human.says(ANA, "Where are the keys?", channel=channel)
        answer = slack.human.says(DANA, "In the vault &gt; ops.", channel=channel, thread=root)
        slack.human.uses_shortcut(ANA, channel, answer, "save_as_answer")
        slack.human.uses_shortcut(DANA, channel, answer, "save_as_answer")
        views = slack.slack.world.views
        slack.slack.wait(lambda: any("submit" in view for view in views.values()))
        assert len(views) == 1
        view = next(iter(views.values()))
        fields = {b["block_id"]: b["element"] for b in view["blocks"]}
        assert fields["question"]["initial_value"] == "Where are the keys?"
        assert fields["text"]["initial_value"] == "In the vault > ops."
        assert [o["value"] for o in fields["audience"]["options"]] == ["sre", "owner"]
        slack.human.submits(DANA, view, {"question": "Where are the ops keys?", "audience": None})
        slack.slack.wait(lambda: slack.desk.kept)
        assert slack.desk.kept == [
            ("Where are the ops keys?", "In the vault > ops.", Audience.groups(["sre"]))
        ]
        slack.idle()
        assert "Kept as a past answer" in text_of(slack.human.bot_messages(slack.dm(DANA))[-1])


def test_everything_goes_on_after_a_restart(tmp_path: Path) -> None:
    with new_workspace() as slack:
        desk = FakeFrontDesk(SystemClock())
        with started(slack, tmp_path, desk) as first:
            ts = first.human.says(ANA, "Who owns the moon?")
            first.human.reads(first.dm(ANA), ts)
            card = first.card()
            before = dict(card)
            first.idle()
        with started(slack, tmp_path, desk) as second:
            second.human.says(DANA, "Nobody.", thread=card["ts"])
            second.human.reads(second.dm(ANA), ts, count=2)
            second.human.clicks(DANA, second.dm(DANA), card["ts"], "card_dismiss", snapshot=before)
            second.idle()
            assert len(second.human.bot_messages(second.dm(ANA))) == 2
            assert len(second.cards()) == 1


def test_the_owner_is_told_once_of_what_verdicts_took_and_never_in_quiet_hours(
    tmp_path: Path,
) -> None:
    clock, desk = FakeClock(EVENING), FakeFrontDesk(SystemClock())
    desk.taken += [Demoted("runbooks", EVENING), PromiseBroken(5, 10, 0.9, 0.8, EVENING)]
    with new_workspace() as slack:
        with started(slack, tmp_path, desk, clock, quiet_hours="19:00-08:00") as running:
            running.connector.look_at_the_clock()
            running.idle()
            assert not running.human.bot_messages(running.dm(DANA))
            slack.world.dnd[DANA] = {
                "dnd_enabled": True,
                "next_dnd_start_ts": int(MORNING - HOUR),
                "next_dnd_end_ts": int(MORNING + HOUR),
            }
            clock.jump(MORNING)
            clock.advance(61)
            running.connector.look_at_the_clock()
            running.idle()
            assert not running.human.bot_messages(running.dm(DANA))
            clock.advance(HOUR)
            running.connector.look_at_the_clock()
            running.idle()
            demoted, broken = running.human.bot_messages(running.dm(DANA))
            assert "You rejected several answers from `runbooks` in a row" in text_of(demoted)
            assert "I did not keep the promise of 90%: 5 of the last 10" in text_of(broken)
            assert "I answer by myself from 80% sure on" in text_of(broken)
        desk.taken = [*desk.taken, Demoted("runbooks", MORNING), PromiseBroken(9, 10, 0.9, 1.0, 7)]
        with started(slack, tmp_path, desk, clock, owner_language="zh") as again:
            clock.advance(61)
            again.connector.look_at_the_clock()
            again.idle()
            said = again.human.bot_messages(again.dm(DANA))
            assert len(said) == 4  # what is new, and only that
            assert "接连被你否定" in text_of(said[2])
            assert "不会自行发出任何回答" in text_of(said[3])


def test_a_card_says_what_would_have_helped_in_the_owners_language(tmp_path: Path) -> None:
    with office(tmp_path, owner_language="zh") as slack:
        slack.desk.helps["zh"] = ["一条提到 <moon> 的笔记", "校准", "第三"]
        slack.asks(ANA, "Who owns the moon?")
        assert "怎样能更有把握: 一条提到 &lt;moon&gt; 的笔记; 校准" in text_of(slack.card())
