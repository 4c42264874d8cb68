"""An answer that did not help: the owner is asked, and everybody who got it hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.audience import Audience
from tests.fakes.clock import FakeClock
from tests.fakes.front_desk import Fact
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, BEN, DANA, new_workspace, office, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.slack_office import Running
    from tests.fakes.slack_world import Row

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")
QUESTION = "How do I deploy?"
BETTER = "The pipeline does it: press the button named release."
MORNING = 1_700_000_000.0 + 122_000  # 2023-11-16 08:06:40 UTC


def answered(slack: Running, user: str) -> tuple[str, Row]:
    """Ask and return the question's time and the answer."""
    slack.desk.facts[:] = [DEPLOY]
    ts = slack.human.says(user, QUESTION)
    return ts, slack.human.reads(slack.dm(user), ts)


def doubts(slack: Running, user: str, reply: Row) -> None:
    slack.human.clicks(user, slack.dm(user), reply["ts"], "feedback", value="bad")


def test_a_doubted_answer_goes_to_the_owner_whose_reply_reaches_all_who_got_it(
    tmp_path: Path,
) -> None:
    with office(tmp_path) as slack:
        other, _ = answered(slack, BEN)
        ts, reply = answered(slack, ANA)
        doubts(slack, ANA, reply)
        doubts(slack, ANA, reply)
        told = text_of(slack.human.reads(slack.dm(ANA), ts, count=2))
        assert "My answer did not help, so I have passed it and your question to Dana at" in told
        card = slack.card()
        shown = text_of(card)
        assert "An answer of mine that did not help" in shown
        assert f">{QUESTION}" in shown
        assert "<@U2ANA>" in shown
        assert "ana says that it did not help" in shown
        assert "Run `make deploy` from main." in shown
        assert "It is right" in shown
        slack.human.says(DANA, BETTER, thread=card["ts"])
        said = text_of(slack.human.reads(slack.dm(ANA), ts, count=3))
        assert BETTER in said
        assert "Dana's own words" in said
        heard = text_of(slack.human.reads(slack.dm(BEN), other, count=2))
        assert f"Dana has corrected my answer to “{QUESTION}”" in heard
        assert BETTER in heard
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 3
        assert len(slack.human.bot_messages(slack.dm(BEN))) == 2
        assert len(slack.cards()) == 1
        offer = slack.human.reads(slack.dm(DANA), card["ts"])
        slack.human.clicks(DANA, slack.dm(DANA), offer["ts"], "card_keep")
        slack.slack.wait(lambda: slack.desk.kept == [(QUESTION, BETTER, Audience.everyone())])
        assert BETTER in text_of(slack.asks(BEN, QUESTION))


def test_the_owners_words_to_a_group_reach_nobody_beyond_it(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.groups = {"ana": ["sre"]}
        other, _ = answered(slack, BEN)
        ts, reply = answered(slack, ANA)
        doubts(slack, ANA, reply)
        card = slack.card()
        slack.human.says(DANA, BETTER, thread=card["ts"])
        assert BETTER in text_of(slack.human.reads(slack.dm(ANA), ts, count=3))
        heard = text_of(slack.human.reads(slack.dm(BEN), other, count=2))
        assert "was not right" in heard
        assert BETTER not in heard


def test_an_answer_the_owner_confirms_is_told_to_the_doubter_alone(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        answered(slack, BEN)
        ts, reply = answered(slack, ANA)
        doubts(slack, ANA, reply)
        card = slack.card()
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_send")
        said = text_of(slack.human.reads(slack.dm(ANA), ts, count=3))
        assert "Approved by Dana" in said
        slack.slack.wait(lambda: "You confirmed my answer at" in text_of(slack.card()))
        doubts(slack, ANA, reply)
        slack.slack.wait(lambda: slack.slack.world.ephemerals)
        assert "has judged this answer already" in slack.slack.world.ephemerals[0]["text"]
        slack.idle()
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 3
        assert len(slack.human.bot_messages(slack.dm(BEN))) == 1
        assert not slack.desk.pending()


def test_in_a_channel_the_first_doubt_counts_and_a_guests_does_not(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        channel = slack.slack.world.add_channel("ops", {ANA, BEN})
        ts = slack.human.says(ANA, f"<@U0BOT> {QUESTION}", channel=channel)
        reply = slack.human.reads(channel, ts)
        guest = slack.slack.world.add_user("U4GUEST", "gus", is_restricted=True)
        slack.human.clicks(guest, channel, reply["ts"], "feedback", value="bad")
        slack.idle()
        assert not slack.desk.judged
        slack.human.clicks(BEN, channel, reply["ts"], "feedback", value="bad")
        slack.human.reads(channel, ts, count=2)
        slack.human.clicks(ANA, channel, reply["ts"], "feedback", value="bad")
        slack.slack.wait(lambda: slack.slack.world.ephemerals)
        assert "is looking at this answer already" in slack.slack.world.ephemerals[0]["text"]
        (pending,) = slack.desk.pending()
        assert [one.reply_to.address for one in pending.waiting] == [f"{channel.id}|{ts}|{BEN}"]
        card = slack.card()
        slack.human.clicks(DANA, slack.dm(DANA), card["ts"], "card_dismiss")
        assert "closed your question" in text_of(slack.human.reads(channel, ts, count=3))


def test_one_of_several_questions_is_doubted_by_itself_with_what_it_followed(
    tmp_path: Path,
) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts += [DEPLOY, Fact(("tests",), "Run `make test`.")]
        ts = slack.human.says(ANA, "How do I deploy it? And how do I run the tests?")
        reply = slack.human.reads(slack.dm(ANA), ts)
        second = [b for b in reply["blocks"] if b["type"] == "context_actions"][1]
        slack.human.clicks(
            ANA, slack.dm(ANA), reply["ts"], "feedback", snapshot={**reply, "blocks": [second]}
        )
        slack.slack.wait(lambda: slack.desk.judged)
        slack.human.clicks(
            ANA,
            slack.dm(ANA),
            reply["ts"],
            "feedback",
            value="bad",
            snapshot={**reply, "blocks": [second]},
        )
        slack.slack.wait(slack.desk.pending)
        (pending,) = slack.desk.pending()
        assert pending.text == "And how do I run the tests?"
        assert pending.draft == "Run `make test`."
        assert "Run `make test`." in text_of(slack.card())


def test_a_doubt_settled_elsewhere_without_a_card_is_told_all_the_same(tmp_path: Path) -> None:
    clock = FakeClock(MORNING)
    with (
        new_workspace() as slack,
        started(slack, tmp_path, clock=clock, digest_at=("12:00",)) as running,
    ):
        other, _ = answered(running, BEN)
        ts, reply = answered(running, ANA)
        doubts(running, ANA, reply)
        running.human.reads(running.dm(ANA), ts, count=2)
        (pending,) = running.desk.pending()
        running.desk.reply(pending.escalation_id, BETTER)
        running.connector.look_at_the_clock()
        assert BETTER in text_of(running.human.reads(running.dm(ANA), ts, count=3))
        assert BETTER in text_of(running.human.reads(running.dm(BEN), other, count=2))
        running.connector.look_at_the_clock()
        running.idle()
        assert not running.human.bot_messages(running.dm(DANA))


def test_a_correction_reaches_all_who_got_the_answer_and_can_be_kept(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        other, _ = answered(slack, BEN)
        ts, _ = answered(slack, ANA)
        slack.idle()
        slack.human.opens(DANA)
        slack.slack.wait(lambda: DANA in slack.slack.world.homes)
        slack.human.clicks_home(DANA, "answer_correct")
        views = slack.slack.world.views
        slack.slack.wait(lambda: any(view["type"] == "modal" for view in views.values()))
        view = next(view for view in views.values() if view["type"] == "modal")
        slack.human.submits(DANA, view, {"text": BETTER})
        for user, asked in ((ANA, ts), (BEN, other)):
            assert BETTER in text_of(slack.human.reads(slack.dm(user), asked, count=2))
        slack.slack.wait(lambda: slack.human.bot_messages(slack.dm(DANA)))
        (offer,) = slack.human.bot_messages(slack.dm(DANA))
        assert "for: *everyone*" in text_of(offer)
        before = dict(offer)
        slack.human.clicks(BEN, slack.dm(DANA), offer["ts"], "correction_keep")
        for _ in range(2):
            slack.human.clicks(
                DANA, slack.dm(DANA), offer["ts"], "correction_keep", snapshot=before
            )
        slack.slack.wait(lambda: slack.desk.kept)
        slack.idle()
        assert slack.desk.kept == [(QUESTION, BETTER, Audience.everyone())]
        (done,) = slack.human.bot_messages(slack.dm(DANA))
        assert "Kept as a past answer for *everyone*" in text_of(done)
        assert BETTER in text_of(slack.asks(ANA, QUESTION))
