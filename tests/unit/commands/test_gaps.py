"""What was asked and not known, through the product itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.answering.policy import PolicyCode
from avatar.commands.gaps import is_unknown
from avatar.domain.decisions import Reason
from avatar.domain.escalations import EscalationState, Verdict
from tests.contracts.inbox import an_asker, an_escalation
from tests.fakes.embedder import FakeEmbedder
from tests.stories.place import NOTES, Place, ask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from avatar.commands import Commands, Row

CODE = '[[sources]]\npath = "src"\nkind = "code"\naudience = "everyone"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, embedders=(FakeEmbedder("use", dimension=512),))
    made.write(
        "notes/deploy.md", "# Deploying\n\n## Rolling back\n\nA rollback of kestrel is rare.\n"
    )
    return made


@pytest.fixture
def commands(place: Place) -> Iterator[Commands]:
    with place.open() as opened:
        yield opened


def gaps(commands: Commands, since_days: float | None = None) -> list[Row]:
    return commands.gaps(since_days=since_days, limit=20)


def test_the_same_question_of_several_people_is_one_gap(commands: Commands) -> None:
    for asker in ("ana", "ben", "ana"):
        ask(commands, "Where does zxqvytonium flurb?", asker)
    ask(commands, "What eats grommits?", "cem")

    first, second = gaps(commands)

    assert first["question"] == "Where does zxqvytonium flurb?"
    assert first["askers"] == [{"asker": "ana", "asked": 2}, {"asker": "ben", "asked": 1}]
    assert first["help"]["kind"] == "none"
    assert second["asked"] == 1


def test_what_was_answered_since_names_the_file_that_knows_it_now(commands: Commands) -> None:
    row = ask(commands, "Where does zxqvytonium flurb?")
    kept = commands.reply(row["escalation_id"], "In the cellar.", keep=True, audience=None)

    (gap,) = gaps(commands)

    assert gap["open"] == 0
    assert gap["help"]["kind"] == "known"
    assert kept["kept_as"].endswith(gap["help"]["path"])


def test_a_past_answer_to_it_is_named_also_while_it_is_contradicted(commands: Commands) -> None:
    asked = "How many days are zxqvytonium logs kept?"
    row = ask(commands, asked)
    commands.dismiss(row["escalation_id"], note="")
    commands.teach([asked], "Zxqvytonium logs are kept for 5 days.", audience="everyone")
    commands.teach([asked], "Zxqvytonium logs are kept for 30 days.", audience="everyone")

    (gap,) = gaps(commands)

    assert ask(commands, asked, dry_run=True)["decision"] == "escalate"
    assert gap["help"]["kind"] == "known"
    assert gap["help"]["path"].startswith("answers/")


def test_where_only_code_comes_near_the_code_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path, sources=NOTES + CODE, embedders=(FakeEmbedder("use", dimension=512),))
    place.write("notes/lunch.md", "Soup on Mondays.\n")
    place.write("src/kestrel.py", 'def rollback_kestrel():\n    """Rollback of kestrel."""\n')
    with place.open() as commands:
        ask(commands, "Which pager crew hears of a kestrel rollback at midnight?")
        (gap,) = gaps(commands)
    assert gap["help"]["kind"] == "near"
    assert gap["help"]["path"] == "src/kestrel.py"


def test_a_note_would_belong_where_the_files_come_nearest(commands: Commands) -> None:
    ask(commands, "Who approves a rollback of kestrel at midnight?")

    (gap,) = gaps(commands)

    assert gap["help"]["kind"] == "near"
    assert gap["help"]["path"] == "notes/deploy.md"
    assert gap["help"]["section"] == "Deploying › Rolling back"


def test_only_questions_of_the_last_days_are_looked_at(commands: Commands) -> None:
    ask(commands, "Where does zxqvytonium flurb?")
    assert gaps(commands, since_days=1)
    assert gaps(commands, since_days=1e-9) == []


def test_policy_is_no_gap(commands: Commands) -> None:
    row = ask(commands, "Can you promise to ship it by Friday?")
    commands.dismiss(row["escalation_id"], note="")
    assert gaps(commands) == []


@pytest.mark.parametrize(
    ("code", "state", "verdict", "is_gap"),
    [
        ("no-evidence", EscalationState.PENDING, None, True),
        ("low-confidence", EscalationState.ANSWERED, Verdict.OWN_ANSWER, True),
        ("low-confidence", EscalationState.ANSWERED, Verdict.APPROVED, False),
        ("stale", EscalationState.PENDING, None, False),
        ("stale", EscalationState.EXPIRED, None, True),
        ("contradiction", EscalationState.DISMISSED, Verdict.DISMISSED, True),
        ("disputed", EscalationState.DISMISSED, Verdict.DISMISSED, False),
        (PolicyCode.TIME_OFF, EscalationState.EXPIRED, None, False),
        ("", EscalationState.PENDING, None, False),
    ],
)
def test_a_gap_is_what_was_not_known_and_not_what_may_not_be_said(
    code: str, state: EscalationState, verdict: Verdict | None, is_gap: bool
) -> None:
    reasons = (Reason(code, "because"),) if code else ()
    found = an_escalation(an_asker("q1"), reasons=reasons, state=state, verdict=verdict)
    assert is_unknown(found) is is_gap
