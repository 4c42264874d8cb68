"""What the owner wrote in a thread: plainly the answer, perhaps, or nothing."""

from __future__ import annotations

import pytest

from connectors.slack import said_there
from connectors.slack.said_there import Thread

THREAD = Thread("C1", "1.0", "How do I deploy to staging?", "U1", "U2")


def row(user: str, text: str, ts: float, **more: object) -> dict[str, object]:
    return {"user": user, "text": text, "ts": f"{ts:.6f}", **more}


def heard(*rows: dict[str, object]) -> str:
    found = said_there.said_there(rows, THREAD, after=1.5)
    if found is None:
        return "nothing"
    return "plain" if found.is_plain else "perhaps"


@pytest.mark.parametrize(
    "text",
    ["Deploy with `make ship STAGE=staging`.", "To staging you deploy from the release branch"],
)
def test_a_statement_on_the_questions_matter_is_plain(text: str) -> None:
    assert heard(row("U1", text, 2)) == "plain"


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
    assert heard(row("U1", text, 2)) == "nothing"


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Use the pipeline.",
        "You deploy to staging with make ship, maybe, but the pipeline has changed since then",
        "<@U7> deploys to staging",
        "Did you deploy? You can deploy to staging with make ship.",
    ],
)
def test_what_leaves_a_doubt_is_asked_about(text: str) -> None:
    assert heard(row("U1", text, 2)) == "perhaps"


def test_others_in_between_or_a_further_question_leave_a_doubt() -> None:
    answer = row("U1", "Deploy with make ship.", 3)
    assert heard(row("U3", "I need the keys, too.", 2), answer) == "perhaps"
    assert heard(answer, row("U2", "And where do I run it?", 4)) == "perhaps"
    assert heard(row("U2", "It is urgent.", 2), answer, row("U2", "Great.", 4)) == "plain"


def test_only_people_count_and_only_after_the_question_was_handed_over() -> None:
    text = "Deploy with make ship."
    assert heard(row("U1", text, 1)) == "nothing"
    assert heard(row("U1", text, 2, bot_id="B1")) == "nothing"
    assert heard(row("U1", text, 2, subtype="channel_join")) == "nothing"
    assert heard(row("U2", text, 2)) == "nothing"
    assert heard() == "nothing"


def test_an_answer_in_several_messages_is_one_without_what_put_off() -> None:
    rows = [
        row("U1", "ok, looking", 2),
        row("U1", "Deploy &lt;from&gt; main.", 3),
        row("U1", "Then watch it.", 4),
    ]
    found = said_there.said_there(rows, THREAD, after=1.5)
    assert found is not None
    assert found.text == "Deploy <from> main.\n\nThen watch it."
    assert found.ts == "4.000000"
    assert said_there.read(found.as_text()) == found
    assert said_there.read(found.declined().as_text()) == found.declined()
    assert said_there.read(None) is None
