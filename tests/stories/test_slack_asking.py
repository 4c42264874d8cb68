"""A colleague asks in Slack and reads one reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.front_desk import Fact
from tests.fakes.slack_human import text_of
from tests.fakes.slack_office import ANA, office

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = Fact(("deploy",), "Run `make deploy` from main.")


def test_a_direct_message_gets_one_cited_answer_in_its_thread(tmp_path: Path) -> None:
    with office(tmp_path) as slack:
        slack.desk.facts.append(DEPLOY)
        reply = slack.asks(ANA, "How do I deploy?")
        slack.idle()
        said = text_of(reply)
        assert "Run `make deploy` from main." in said
        assert "notes/deploy.md:3-5" in said
        assert "Written by a program from Dana's files, not reviewed by Dana" in said
        assert "I am sure" in said
        assert reply["_unfurl"] == (False, False)
        assert len(slack.human.bot_messages(slack.dm(ANA))) == 1
        assert slack.slack.world.status_log
        slack.slack.wait(lambda: not any(slack.slack.world.statuses.values()))
