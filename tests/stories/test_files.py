"""What happens to a file happens to what is said: edited, deleted, renamed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.fakes.embedder import FakeEmbedder
from tests.stories.place import ask, cited_paths, found_paths

if TYPE_CHECKING:
    from avatar.commands import Commands
    from tests.stories.place import Place

ASKED = "How do we rotate the webhook key?"
KEY = (
    "# Webhooks\n\n## Rotating the webhook key\n\nRotate the webhook key with `make rotate-key`.\n"
)
DEPLOY = "# Deploying\n\nWe deploy from main with `make ship`. The canary runs for 20 minutes.\n"


@pytest.fixture
def known(plain: Place) -> Place:
    plain.write("notes/team/webhooks.md", KEY)
    plain.write("notes/deploy.md", DEPLOY)
    return plain


def test_an_edited_note_changes_the_answer(known: Place) -> None:
    with known.open() as commands:
        assert "make rotate-key" in ask(commands, ASKED)["text"]
        known.write("notes/team/webhooks.md", KEY.replace("make rotate-key", "ops key rotate"))
        commands.index(lambda *_: None, rebuild=False)
        after = ask(commands, ASKED)
        assert "ops key rotate" in after["text"]
        assert "make rotate-key" not in str(after)


def test_a_deleted_file_is_never_cited_again(known: Place) -> None:
    with known.open() as commands:
        assert cited_paths(ask(commands, ASKED)) == {"notes/team/webhooks.md"}
        (known.folder / "notes/team/webhooks.md").unlink()
        commands.index(lambda *_: None, rebuild=False)
        assert_unknown(commands, ASKED)


def test_a_file_deleted_while_nothing_ran_is_never_cited_again(known: Place) -> None:
    with known.open():
        pass
    shutil.rmtree(known.folder / "notes/team")
    with known.open() as commands:
        assert_unknown(commands, ASKED)


def assert_unknown(commands: Commands, asked: str) -> None:
    row = ask(commands, asked)
    assert row["decision"] == "escalate"
    assert "rotate-key" not in str(row)
    assert "notes/team/webhooks.md" not in found_paths(commands, asked, "owner")


@pytest.mark.parametrize(
    ("old", "new", "cited"),
    [
        ("notes/team/webhooks.md", "notes/team/keys.md", "notes/team/keys.md"),
        ("notes/team", "notes/platform", "notes/platform/webhooks.md"),
    ],
    ids=["file", "folder"],
)
def test_what_was_renamed_is_cited_under_its_new_name_and_not_embedded_again(
    known: Place, old: str, new: str, cited: str
) -> None:
    (model,) = known.embedders or ()
    assert isinstance(model, FakeEmbedder)
    with known.open():
        pass
    made = len(model.embedded)
    assert made
    (known.folder / old).rename(known.folder / new)
    with known.open() as commands:
        assert len(model.embedded) == made
        assert cited_paths(ask(commands, ASKED)) == {cited}
        assert "notes/team/webhooks.md" not in found_paths(commands, ASKED, "owner")
        assert commands.status()["documents"] == 2
