"""What the owner says once is known afterwards, for those who may know it, while it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from avatar.errors import InvalidInputError, NotFoundError
from tests.stories.place import ask, cited_paths

if TYPE_CHECKING:
    from tests.stories.place import Place

ASKED = "Which port does the Prometheus exporter listen on?"
REWORDED = "On what port can I scrape the Prometheus exporter?"
REPLY = "It listens on 9187, on every database host."
DEPLOY = "# Deploying\n\nWe deploy from main with `make ship`. The canary runs for 20 minutes.\n"
DRAFTS = '[answering]\nmode = "draft"\n'
CANARY = "For how many minutes does the canary run?"
SHIPPED = "How many minutes does the canary run when we deploy from main with `make ship`?"


def answers(place: Place) -> list[Path]:
    return sorted((place.folder / "answers").glob("*.md"))


def test_unsure_the_owner_is_asked_and_the_reply_answers_other_words_next_time(
    place: Place,
) -> None:
    place.write("notes/deploy.md", DEPLOY)
    with place.open() as commands:
        row = ask(commands, ASKED)
        assert row["decision"] == "escalate"
        (waiting,) = commands.inbox(state="pending")
        assert waiting["escalation_id"] == row["escalation_id"]
        assert waiting["question"] == ASKED
        assert [asker["asker"] for asker in waiting["askers"]] == ["ana"]

        closed = commands.reply(row["escalation_id"], REPLY, keep=True, audience=None)
        (told,) = commands.replies(asker="ana")
        assert REPLY in told["text"].splitlines()
        assert told["question"] == ASKED
        assert closed["verdict"] == "own-answer"

        again = ask(commands, REWORDED, "ben")
        assert again["decision"] == "answer"
        assert REPLY in again["text"]
        assert cited_paths(again) == {f"answers/{Path(closed['kept_as']).name}"}
    assert REPLY in Path(closed["kept_as"]).read_text(encoding="utf-8")


def test_what_was_learned_survives_a_restart_and_a_rebuild(place: Place) -> None:
    place.write("notes/deploy.md", DEPLOY)
    with place.open() as commands:
        commands.teach([ASKED], REPLY, audience=None)
    with place.open() as commands:
        commands.index(lambda *_: None, rebuild=True)
        assert REPLY in ask(commands, REWORDED)["text"]


def test_two_askers_of_one_question_wait_for_one_reply_and_both_get_it(plain: Place) -> None:
    plain.write("notes/deploy.md", DEPLOY)
    with plain.open() as commands:
        first = ask(commands, ASKED, "ana")
        second = ask(commands, f"  {ASKED.upper()}", "ben")
        assert first["escalation_id"] == second["escalation_id"]
        (waiting,) = commands.inbox(state=None)
        assert [asker["asker"] for asker in waiting["askers"]] == ["ana", "ben"]
        commands.reply(first["escalation_id"], REPLY, keep=False, audience=None)
        for asker in ("ana", "ben"):
            (told,) = commands.replies(asker=asker)
            assert REPLY in told["text"]
            commands.received([told["delivery_id"]], asker=asker)
            assert commands.replies(asker=asker) == []
        assert commands.replies(asker="cy") == []


def test_who_asks_twice_waits_once_and_gets_one_reply(plain: Place) -> None:
    plain.write("notes/deploy.md", DEPLOY)
    with plain.open() as commands:
        for asker in ("ana", "ana", "ben"):
            row = ask(commands, ASKED, asker)
        (waiting,) = commands.inbox(state="pending")
        assert [(one["asker"], one["times"]) for one in waiting["askers"]] == [
            ("ana", 2),
            ("ben", 1),
        ]
        (gap,) = commands.gaps(since_days=None, limit=5)
        assert gap["asked"] == 3
        commands.reply(row["escalation_id"], REPLY, keep=False, audience=None)
        for asker in ("ana", "ben"):
            (told,) = commands.replies(asker=asker)
            assert REPLY in told["text"]


def test_an_answer_that_the_owner_rejected_goes_to_nobody_again_until_its_lines_change(
    place: Place,
) -> None:
    note = place.write("notes/deploy.md", DEPLOY)
    with place.open() as commands:
        sent = ask(commands, SHIPPED, "ana")
        assert sent["decision"] == "answer", sent
        commands.judge(sent["question_id"], right=False)
        for asker in ("ana", "ben"):
            held = ask(commands, SHIPPED, asker)
            assert held["decision"] == "escalate"
            assert "20 minutes" not in held["text"]
            assert held["reasons"][0].startswith("Dana has said")
    with place.open() as commands:
        held = ask(commands, f"Hi team, {SHIPPED.lower()} Thanks!", "cy")
        assert held["decision"] == "escalate"
        (waiting,) = commands.inbox(state="pending")
        assert [asker["asker"] for asker in waiting["askers"]] == ["ana", "ben", "cy"]
    note.write_text(DEPLOY.replace("20 minutes", "45 minutes"))
    with place.open() as commands:
        fresh = ask(commands, SHIPPED, "ben")
        assert fresh["decision"] == "answer", fresh
        assert "45 minutes" in fresh["text"]


def approved(place: Place) -> Path:
    """Let the stand-in draft from the notes and the owner approve it; return the kept file."""
    place.describe(place.sources, DRAFTS)
    place.write(
        "notes/deploy.md",
        "# Deploying\n\nWe deploy from main with `make ship`. The canary runs for 20 minutes.\n\n"
        "# Rolling back\n\nRolling back needs `make unship`.\n",
    )
    with place.open() as commands:
        row = ask(commands, CANARY)
        assert row["decision"] == "escalate", row
        (waiting,) = commands.inbox(state="pending")
        assert "20 minutes" in waiting["draft"]
        kept = commands.approve(row["escalation_id"], keep=True, audience=None)
        assert kept["kept_as"]
        assert kept["verdict"] == "approved"
    place.describe(place.sources)
    return Path(kept["kept_as"])


def test_a_learned_answer_whose_ground_changed_is_not_sent_by_itself(place: Place) -> None:
    kept = approved(place)
    with place.open() as commands:
        fresh = ask(commands, CANARY, "ben")
        assert fresh["decision"] == "answer"
        assert cited_paths(fresh) == {f"answers/{kept.name}"}
    note = place.folder / "notes/deploy.md"
    note.write_text(note.read_text().replace("20 minutes", "45 minutes"))
    with place.open() as commands:
        stale = ask(commands, CANARY, "ben")
        assert "20 minutes" not in stale["text"]
        if stale["decision"] == "answer":
            assert cited_paths(stale) == {"notes/deploy.md"}
        else:
            (waiting,) = commands.inbox(state="pending")
            assert waiting["escalation_id"] == stale["escalation_id"]


def test_a_learned_answer_whose_ground_is_gone_is_not_there_to_be_approved_unread(
    place: Place,
) -> None:
    kept = approved(place)
    (place.folder / "notes/deploy.md").write_text("# Deploying\n\nNobody deploys any more.\n")
    with place.open() as commands:
        stale = ask(commands, CANARY, "ben")
        assert stale["decision"] == "escalate", stale
        assert f"answers/{kept.name}" in stale["reasons"][0]
        assert "has changed since" in stale["reasons"][0]
        waiting = commands.escalation(stale["escalation_id"])
        assert waiting["draft"] is None
        (source,) = waiting["draft_sources"]
        assert source["path"] == f"answers/{kept.name}"
        assert "20 minutes" in source["quote"]
        with pytest.raises(InvalidInputError, match="no draft"):
            commands.approve(stale["escalation_id"], keep=True, audience=None)


def test_a_draft_names_its_lines_while_they_stand_as_they_were(plain: Place) -> None:
    plain.describe(plain.sources, DRAFTS)
    plain.write("notes/deploy.md", DEPLOY)
    with plain.open() as commands:
        row = ask(commands, CANARY)
        (source,) = commands.escalation(row["escalation_id"])["draft_sources"]
        assert source["path"] == "notes/deploy.md"
        assert "20 minutes" in source["quote"]
    plain.write("notes/deploy.md", DEPLOY.replace("20", "45"))
    with plain.open() as commands:
        commands.index(lambda *_: None, rebuild=False)
        (changed,) = commands.escalation(row["escalation_id"])["draft_sources"]
        assert changed == source | {"quote": None}


def test_a_forgotten_answer_is_said_to_be_gone_for_good(plain: Place) -> None:
    with plain.open() as commands:
        commands.teach([ASKED], REPLY, audience=None)
        (kept,) = answers(plain)
        commands.forget(f"answers/{kept.name}")
        assert answers(plain) == []
        with pytest.raises(NotFoundError, match=r"deleted for good .* teach it again"):
            commands.readmit(f"answers/{kept.name}")


def test_an_edit_elsewhere_in_the_file_keeps_a_learned_answer(place: Place) -> None:
    kept = approved(place)
    note = place.folder / "notes/deploy.md"
    text = note.read_text().replace("`make unship`", "`make revert`")
    note.write_text(f"# Before\n\nA new section at the top of the file.\n\n{text}")
    with place.open() as commands:
        fresh = ask(commands, CANARY, "ben")
        assert fresh["decision"] == "answer"
        assert "20 minutes" in fresh["text"]
        assert cited_paths(fresh) == {f"answers/{kept.name}"}
