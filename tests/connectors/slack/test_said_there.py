"""What the owner wrote in a thread: worth asking about, or nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.slack import said_there
from connectors.slack.said_there import SaidThere, Words

WORDS = Words("C1", "1.0", "2.000000", "Deploy with make ship.")


def row(user: str, text: str, ts: float, **more: object) -> dict[str, object]:
    return {"user": user, "text": text, "ts": f"{ts:.6f}", **more}


def heard(*rows: dict[str, object]) -> tuple[str, str]:
    return said_there.said_in(rows, owner="U1", after=1.5)


@pytest.mark.parametrize(
    "text",
    [
        "Deploy with `make ship STAGE=staging`.",
        "Yes.",
        "You deploy to staging with make ship, maybe, but the pipeline has changed since then",
        "<@U7> deploys to staging",
        "夜班负责轮换密钥。",
    ],
)
def test_a_statement_is_worth_asking_about(text: str) -> None:
    assert heard(row("U1", text, 2)) == (text, "2.000000")


@pytest.mark.parametrize(
    "text",
    [
        "ok, looking",
        "Let me check the deploy docs",
        "I'll get back to you tomorrow",
        "Staging or production?",
        "thanks!",
        "👍",
        "+",
        "稍等，我看一下",
        "是说预发环境吗",
    ],
)
def test_what_acknowledges_or_asks_is_nothing(text: str) -> None:
    assert heard(row("U1", text, 2)) == ("", "")


def test_only_the_owner_counts_and_only_after_the_question() -> None:
    text = "Deploy with make ship."
    assert heard(row("U1", text, 1)) == ("", "")
    assert heard(row("U1", text, 2, bot_id="B1")) == ("", "")
    assert heard(row("U1", text, 2, subtype="channel_join")) == ("", "")
    assert heard(row("U2", text, 2)) == ("", "")
    assert heard() == ("", "")


def test_several_messages_are_one_from_the_first_statement_on() -> None:
    rows = [
        row("U1", "Wait, no: the day team.", 4),
        row("U1", "ok, looking", 2),
        row("U1", "Ask the &amp;lt;night&amp;gt; team, they rotate the keys every month.", 3),
    ]
    text = (
        "Ask the &amp;lt;night&amp;gt; team, they rotate the keys every month."
        "\n\nWait, no: the day team."
    )
    assert heard(*rows) == (text, "4.000000")


def test_a_button_is_about_these_very_words() -> None:
    mark = WORDS.mark("e1")
    assert said_there.marked(mark) == ("e1", "C1|1.0", "2.000000")
    assert replace(WORDS, is_answer=True).mark("e1") == mark
    others = [
        replace(WORDS, ts="3.000000"),
        replace(WORDS, text="Deploy by hand."),
        replace(WORDS, thread="1.5"),
        replace(WORDS, channel="C2"),
    ]
    assert mark not in {other.mark("e1") for other in others}
    assert said_there.marked("e1") == ("e1", "|", "")


def test_declined_words_of_one_thread_leave_those_of_another() -> None:
    elsewhere = replace(WORDS, thread="9.0")
    said = SaidThere(WORDS).without("C1|1.0", "2.000000")
    assert said.words is None
    assert said.showing(WORDS).words is None
    assert said.showing(elsewhere).words == elsewhere
    assert said.showing(elsewhere).without("C1|1.0", "1.500000").declined == said.declined
    later = replace(WORDS, ts="2.000001")
    assert said.showing(later).words == later


def test_nothing_is_known_without_a_note_or_from_an_older_one() -> None:
    assert SaidThere.read(None) == SaidThere()
    older = '{"channel": "C1", "thread": "1.0", "ts": "2.0", "text": "x", "is_plain": true}'
    assert SaidThere.read(older) == SaidThere()


@given(st.text(), st.booleans(), st.dictionaries(st.text(), st.just("2.5")))
def test_what_is_written_down_is_read_back(
    text: str, is_answer: bool, declined: dict[str, str]
) -> None:
    words = Words("C1", "1.0", "2.0", text, is_answer)
    read = SaidThere.read(SaidThere(words, declined).as_text())
    assert read == SaidThere(words, declined)
    assert read.words is not None
    assert read.words.is_answer == is_answer
