from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from avatar.domain.audience import Audience
from avatar.domain.documents import SourceKind
from connectors.filesystem.config import SourceConfig

EVERYONE, OWNER = Audience.everyone(), Audience.owner_only()


def test_a_section_becomes_a_root_with_defaults(tmp_path: Path) -> None:
    config = SourceConfig.model_validate({"path": "my notes", "kind": "notes"})
    root = config.root(tmp_path, EVERYONE)
    assert root.path == tmp_path.resolve() / "my notes"
    assert (root.name, root.kind, root.audience) == ("my notes", SourceKind.NOTES, EVERYONE)
    assert root.respect_gitignore
    assert not root.follow_symlinks
    assert root.max_bytes == 2_000_000


def test_home_and_parent_folders_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = SourceConfig(path="~/wiki", kind=SourceKind.NOTES).root(Path("/else"), OWNER)
    assert home.path == (tmp_path / "wiki").resolve()
    around = SourceConfig(path="..", kind=SourceKind.CODE).root(tmp_path / "sub", OWNER)
    assert around.path == tmp_path.resolve()
    assert around.name == tmp_path.name
    assert SourceConfig(path="/", kind=SourceKind.CODE).root(tmp_path, OWNER).name == "root"


def test_customers_are_for_the_owner_unless_groups_are_named(tmp_path: Path) -> None:
    plain = SourceConfig(path="c", kind=SourceKind.CUSTOMERS)
    assert plain.root(tmp_path, EVERYONE).audience == OWNER
    named = SourceConfig(path="c", kind=SourceKind.CUSTOMERS, audience="support, sales")
    assert named.root(tmp_path, EVERYONE).audience == Audience.groups(["support", "sales"])


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ({"path": "c", "kind": "customers", "audience": "everyone"}, "never for everyone"),
        ({"path": "n", "kind": "notes", "name": "a/b"}, "plain name"),
        ({"path": "n", "kind": "notes", "name": ".."}, "plain name"),
        ({"path": "", "kind": "notes"}, "at least 1 character"),
        ({"path": "n", "kind": "poems"}, "notes"),
        ({"path": "n", "kind": "notes", "max_bytes": 0}, "greater than 0"),
        ({"path": "n", "kind": "notes", "exclude": ["!"]}, "not a gitignore pattern"),
        ({"path": "n", "kind": "notes", "paht": "n"}, "Extra inputs"),
    ],
)
def test_a_wrong_section_is_refused_with_a_hint(section: dict[str, Any], hint: str) -> None:
    with pytest.raises(ValidationError, match=hint):
        SourceConfig.model_validate(section)


def test_right_patterns_are_kept() -> None:
    config = SourceConfig(path="n", kind=SourceKind.NOTES, include=("*.md",), exclude=("!x", "y/"))
    root = config.root(Path("/p"), OWNER)
    assert (root.include, root.exclude) == (("*.md",), ("!x", "y/"))
