"""A profile that is edited while the daemon runs is noticed, and taken only when it is fine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.profile import ProfileEdits, load

if TYPE_CHECKING:
    from pathlib import Path

OWNER = '[owner]\nname = "Dana"\n'


def test_only_a_profile_that_says_something_else_and_is_fine_comes_into_force(
    tmp_path: Path,
) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(OWNER, encoding="utf-8")
    (tmp_path / "answers").mkdir()
    notes: list[str] = []
    edits = ProfileEdits(load(tmp_path), notes.append)
    assert not edits.look()

    file.write_text(f"# a remark\n{OWNER}", encoding="utf-8")
    assert not edits.look()
    assert notes == []

    file.write_text(f"{OWNER}nam = 1\n", encoding="utf-8")
    assert not edits.look()
    assert not edits.look()
    assert len(notes) == 1
    assert "stays in force" in notes[0]

    file.unlink()
    assert not edits.look()

    file.write_text(f'{OWNER}\n[answers]\naudience = "owner"\n', encoding="utf-8")
    assert edits.look()
    assert edits.newer == load(tmp_path)
    assert edits.newer.answers.audience == "owner"
