from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from avatar.domain.documents import Document, SourceKind
from connectors.filesystem.commits import Commits
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=T", "-c", "user.email=t@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / "sub").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "sub" / "ä b.py").write_text("x = 1\n")
    (folder / "other.py").write_text("y = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def commit_of(commits: Commits, file: Path) -> str:
    return commits.commit_of(file, file.read_bytes())


def test_a_clean_file_is_at_the_checked_out_commit(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    source = FilesystemSource([Root("code", repository / "sub", SourceKind.CODE)])
    document = source.read("code/ä b.py")
    assert isinstance(document, Document)
    assert document.commit == head


def test_dirty_and_untracked_files_are_at_no_commit(repository: Path) -> None:
    commits = Commits()
    (repository / "other.py").write_text("y = 2\n")
    (repository / "new.py").write_text("z = 1\n")
    assert commit_of(commits, repository / "other.py") == ""
    assert commit_of(commits, repository / "new.py") == ""
    assert commit_of(commits, repository / "sub" / "ä b.py") != ""


def test_a_new_commit_and_another_branch_are_noticed(repository: Path) -> None:
    commits = Commits()
    first = commit_of(commits, repository / "other.py")
    (repository / "other.py").write_text("y = 2\n")
    git(repository, "commit", "-q", "-a", "-m", "second")
    second = commit_of(commits, repository / "other.py")
    assert second == git(repository, "rev-parse", "HEAD") != first
    git(repository, "pack-refs", "--all")
    assert commit_of(commits, repository / "other.py") == second
    git(repository, "checkout", "-q", "--detach", first)
    assert commit_of(commits, repository / "other.py") == first


def test_worktrees_are_repositories_too(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    assert commit_of(Commits(), tmp_path / "side" / "other.py") == git(
        repository, "rev-parse", "HEAD"
    )


def test_git_runs_once_per_commit_not_per_file(repository: Path, tmp_path: Path) -> None:
    log = tmp_path / "calls"
    counting = tmp_path / "git"
    counting.write_text(f'#!/bin/sh\necho call >> "{log}"\nexec git "$@"\n')
    counting.chmod(0o755)
    commits = Commits(str(counting))
    for _ in range(3):
        assert commit_of(commits, repository / "other.py")
        assert commit_of(commits, repository / "sub" / "ä b.py")
    assert log.read_text().count("call") == 2


def test_what_a_repository_configures_is_not_run(repository: Path, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    program = tmp_path / "evil"
    program.write_text(f'#!/bin/sh\ntouch "{witness}"\n')
    program.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external"):
        git(repository, "config", key, str(program))
    (repository / ".gitattributes").write_text("* filter=evil diff=evil\n")
    git(repository, "config", "filter.evil.clean", str(program))
    git(repository, "config", "filter.evil.smudge", str(program))
    git(repository, "config", "diff.evil.textconv", str(program))
    assert commit_of(Commits(), repository / "other.py") != ""
    assert not witness.exists()


def test_without_git_a_repository_or_a_commit_there_is_none(
    repository: Path, tmp_path: Path
) -> None:
    assert commit_of(Commits("no-such-git"), repository / "other.py") == ""
    (tmp_path / "a.md").write_text("a")
    assert commit_of(Commits(), tmp_path / "a.md") == ""
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    (empty / "a.md").write_text("a")
    assert commit_of(Commits(), empty / "a.md") == ""


def test_repositories_with_long_hashes_are_understood(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a.md").write_text("a")
    git(tmp_path, "add", "a.md")
    git(tmp_path, "commit", "-q", "-m", "first")
    assert len(commit_of(Commits(), tmp_path / "a.md")) == 64
