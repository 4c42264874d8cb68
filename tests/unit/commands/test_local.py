"""The commands refuse what they cannot use, and their rows say what was decided."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from avatar.commands.rows import decision_name, escalation_row
from avatar.domain.decisions import Answer, Clarify, Escalate
from avatar.domain.escalations import Verdict
from avatar.errors import InvalidInputError
from tests.contracts.inbox import an_asker, an_escalation
from tests.fakes.embedder import FakeEmbedder
from tests.stories.place import Place, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.commands import Commands


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    place = Place(tmp_path, embedders=(FakeEmbedder("use"),))
    place.write("notes/webhooks.md", "Rotate the webhook key with `make rotate-key`.")
    place.write("notes/a.bin", "\0\1")
    with place.open() as opened:
        yield opened


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_bounds_is_refused(commands: Commands, limit: int) -> None:
    with pytest.raises(InvalidInputError, match=str(limit)):
        list(commands.search([{"id": 1, "text": "key"}], reader="owner", limit=limit))


@pytest.mark.parametrize("row", [{"id": 1}, {"id": 1, "text": None}, {"id": 1, "text": 5}])
def test_a_row_without_text_is_refused(commands: Commands, row: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="text"):
        list(commands.ask([row], asker="ana", dry_run=True))


def test_an_unknown_state_is_refused_with_those_there_are(commands: Commands) -> None:
    with pytest.raises(InvalidInputError, match="answered"):
        commands.inbox(state="nowhere")


def test_a_wider_audience_than_the_question_allows_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, rest='[askers]\nana = ["sre"]\n', embedders=(FakeEmbedder("use"),))
    with place.open() as commands:
        row = ask(commands, "zxqv flurbs wnt?")
        with pytest.raises(InvalidInputError, match="sre"):
            commands.reply(row["escalation_id"], "Yes.", keep=True, audience="everyone")
        assert commands.escalation(row["escalation_id"])["state"] == "pending"
        assert commands.replies(asker="ana") == []
        kept = commands.reply(row["escalation_id"], "Yes.", keep=True, audience="owner")
        assert kept["kept_as"]


def test_a_note_of_dismissal_reaches_the_asker(commands: Commands) -> None:
    row = ask(commands, "zxqv flurbs wnt?")
    assert commands.dismiss(row["escalation_id"], note="Ask Ben.")["kept_as"] is None
    (told,) = commands.replies(asker="ana")
    assert "Ask Ben." in told["text"]


def test_a_decision_has_its_name() -> None:
    assert decision_name(Answer("", (), "")) == "answer"
    assert decision_name(Clarify("", ())) == "clarify"
    assert decision_name(Escalate("", ())) == "escalate"


def test_a_closed_escalation_tells_its_verdict() -> None:
    row = escalation_row(an_escalation(an_asker("q1")))
    assert row["verdict"] is None
    assert set(row) >= {"escalation_id", "askers", "reasons", "draft", "audience", "closed_at"}
    assert Verdict("approved") is Verdict.APPROVED


def test_what_waited_too_long_is_expired_and_its_asker_is_told(tmp_path: Path) -> None:
    rest = "[escalation]\nexpire_after_days = 3\n"
    place = Place(tmp_path, rest=rest, embedders=(FakeEmbedder("use"),))
    with place.open() as commands:
        ask(commands, "zxqv flurbs wnt?")
        assert [row["state"] for row in commands.inbox(state=None)] == ["pending"]
    with sqlite3.connect(place.state / "state.sqlite") as database:
        database.execute("UPDATE escalations SET opened_at = opened_at - 4 * 86400")
        database.execute("UPDATE waiting_askers SET asked_at = asked_at - 4 * 86400")
    database.close()

    with place.open() as commands:
        told = commands.replies(asker="ana")
        assert [row["state"] for row in commands.inbox(state=None)] == ["expired"]

    assert [row["question"] for row in told] == ["zxqv flurbs wnt?"]
