"""Past answers are written whole, under safe names, and never over one another."""

from __future__ import annotations

import errno
import multiprocessing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.adapters.answers_folder import MarkdownAnswersFolder, safe_name
from avatar.errors import StateUnwritableError
from tests.fakes.answers_folder import MemoryAnswersFolder
from tests.unit.adapters import state_worker

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.ports import AnswersFolder


@pytest.fixture(params=["memory", "disk"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> AnswersFolder:
    if request.param == "memory":
        return MemoryAnswersFolder()
    return MarkdownAnswersFolder(tmp_path / "profile" / "answers")


def test_a_taken_name_gets_a_number(folder: AnswersFolder) -> None:
    paths = [folder.write(name, "text") for name in ("deploy", "deploy.md", "deploy", "other")]
    names = [path.rsplit("/", 1)[-1] for path in paths]
    assert names == ["deploy.md", "deploy-2.md", "deploy-3.md", "other.md"]


def test_the_file_holds_the_text_byte_for_byte_and_nothing_else_is_there(tmp_path: Path) -> None:
    path = MarkdownAnswersFolder(tmp_path).write("怎么 部署？", "一\r\ntwo\n")
    assert path == str(tmp_path / "怎么-部署？.md")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ["一\r\ntwo\n".encode()]


@given(st.text(max_size=300))
def test_any_name_becomes_one_that_stays_in_the_folder(name: str) -> None:
    made = safe_name(name)
    assert made
    assert len(made.encode()) <= 140
    assert not {"/", "\\", "\x00", ":", "\n"} & set(made)
    assert not made.startswith(".")
    assert safe_name(made) == made


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("", "answer"),
        ("...", "answer"),
        ("CON", "answer-CON"),
        ("com1.md", "answer-com1"),
        ("a" * 300, "a" * 120),
        ("\ud800x", "x"),
    ],
)
def test_odd_names_are_made_safe(name: str, made: str) -> None:
    assert safe_name(name) == made


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("a file")
    with pytest.raises(StateUnwritableError, match="nothing was kept"):
        MarkdownAnswersFolder(tmp_path / "answers").write("deploy", "text")


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    arguments = (tmp_path / "answers", tmp_path / "log", 10_000)
    worker = context.Process(target=state_worker.keep_until_full, args=arguments)
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    assert (tmp_path / "log").read_text().startswith("StateUnwritableError")
    assert [path.name for path in (tmp_path / "answers").iterdir()] == ["small.md"]


def test_a_file_system_without_hard_links_is_written_all_the_same(tmp_path: Path) -> None:
    def refuse(draft: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted", str(draft), None, str(target))

    folder = MarkdownAnswersFolder(tmp_path, link=refuse)
    assert folder.write("deploy", "one").endswith("deploy.md")
    assert folder.write("deploy", "two").endswith("deploy-2.md")
    assert sorted(path.read_text() for path in tmp_path.iterdir()) == ["one", "two"]
