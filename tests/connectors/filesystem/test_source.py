from __future__ import annotations

import os
import socket
import time
from collections import Counter
from pathlib import Path

import pytest

from avatar.domain.audience import Audience
from avatar.domain.documents import Document, DocumentRef, Skipped, SourceKind
from avatar.errors import ProfileError, SourceUnavailableError
from connectors.filesystem.roots import Root
from connectors.filesystem.source import FilesystemSource


def source_of(
    path: Path, kind: SourceKind = SourceKind.NOTES, **settings: object
) -> FilesystemSource:
    return FilesystemSource([Root("n", path, kind, **settings)])  # type: ignore[arg-type]


def write(path: Path, content: str | bytes = "text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def listed(source: FilesystemSource) -> list[str]:
    return sorted(i.document_id for i in source.list() if isinstance(i, DocumentRef))


def left_out(source: FilesystemSource) -> dict[str, str]:
    return {i.document_id: i.reason for i in source.list() if isinstance(i, Skipped)}


def read(source: FilesystemSource, document_id: str) -> Document:
    document = source.read(document_id)
    assert isinstance(document, Document), document
    return document


def skipped(source: FilesystemSource, document_id: str) -> Skipped:
    found = source.read(document_id)
    assert isinstance(found, Skipped), found
    return found


def test_a_document_carries_what_its_source_says(tmp_path: Path) -> None:
    audience = Audience.groups(["sre"])
    file = write(tmp_path / "deep" / "Plan Ä.md", "one\r\ntwo\rthree\n")
    os.utime(file, (1_000, 1_234.5))
    document = read(source_of(tmp_path, audience=audience), "n/deep/Plan Ä.md")
    assert document.text == "one\ntwo\nthree\n"
    assert (document.kind, document.audience) == (SourceKind.NOTES, audience)
    assert (document.format, document.modified_at, document.commit) == ("markdown", 1_234.5, "")


def test_a_root_may_be_a_single_file(tmp_path: Path) -> None:
    file = write(tmp_path / "README.md", "hello")
    source = source_of(file)
    (item,) = source.list()
    assert isinstance(item, DocumentRef)
    assert item.document_id == "n"
    assert read(source, "n").text == "hello"
    assert read(source, "n").stamp == item.stamp
    assert source.read("n/README.md") is None
    assert source.locate("n") == file
    secret = source_of(write(tmp_path / ".env", "KEY=1"))
    assert left_out(secret) == {"n": "secret by nature, never read"}


def test_two_roots_of_one_name_are_refused(tmp_path: Path) -> None:
    root = Root("n", tmp_path, SourceKind.NOTES)
    with pytest.raises(ProfileError, match="two sources are called n"):
        FilesystemSource([root, root])


def test_a_missing_root_is_named_after_the_others_were_listed(tmp_path: Path) -> None:
    write(tmp_path / "there" / "a.md")
    source = FilesystemSource(
        [
            Root("gone", tmp_path / "gone", SourceKind.NOTES),
            Root("there", tmp_path / "there", SourceKind.NOTES),
        ]
    )
    assert [root.name for root in source.roots] == ["gone", "there"]
    found: list[DocumentRef | Skipped] = []
    with pytest.raises(SourceUnavailableError, match="source `gone`") as caught:
        found.extend(source.list())
    assert caught.value.roots == ("gone",)
    assert [item.document_id for item in found] == ["there/a.md"]
    with pytest.raises(SourceUnavailableError, match="mount it"):
        source.read("gone/a.md")


def test_a_narrower_audience_changes_every_stamp(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    (before,) = source_of(tmp_path, audience=Audience.everyone()).list()
    (after,) = source_of(tmp_path, audience=Audience.owner_only()).list()
    assert before.stamp != after.stamp


@pytest.mark.parametrize(
    "document_id",
    [
        "n/../secret.md",
        "n/./a.md",
        "n//a.md",
        "n/",
        "n/a\0.md",
        "m/a.md",
        "",
        "/etc/passwd",
        "n/..",
    ],
)
def test_an_id_cannot_climb_out_of_its_root(tmp_path: Path, document_id: str) -> None:
    write(tmp_path / "secret.md")
    source = source_of(write(tmp_path / "n" / "a.md").parent)
    assert source.read(document_id) is None
    assert source.locate(document_id) is None


def test_gitignore_files_are_honoured_at_every_level(tmp_path: Path) -> None:
    write(tmp_path / ".gitignore", "*.gen\n/build/\n!keep.gen\n[broken\n")
    for name in (
        "a.md",
        "a.gen",
        "keep.gen",
        "build/x.md",
        "sub/build/x.md",
        "sub/b.gen",
        "sub/c.md",
    ):
        write(tmp_path / name)
    write(tmp_path / "sub" / ".gitignore", "c.md\n!b.gen\n")
    source = source_of(tmp_path)
    wanted = [".gitignore", "a.md", "keep.gen", "sub/.gitignore", "sub/b.gen", "sub/build/x.md"]
    assert listed(source) == [f"n/{name}" for name in wanted]
    reasons = left_out(source)
    assert reasons == dict.fromkeys(["n/a.gen", "n/build/", "n/sub/c.md"], "ignored by .gitignore")
    assert skipped(source, "n/build/x.md").reason == "ignored by .gitignore"
    assert skipped(source, "n/sub/c.md") == Skipped("n/sub/c.md", "", "ignored by .gitignore")
    assert read(source, "n/sub/b.gen").text == "text"
    assert "n/a.gen" in listed(source_of(tmp_path, respect_gitignore=False))


def test_an_edited_gitignore_counts_at_once(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    source = source_of(tmp_path)
    assert read(source, "n/a.md").text == "text"
    write(tmp_path / ".gitignore", "a.md\n")
    assert skipped(source, "n/a.md").reason == "ignored by .gitignore"
    write(tmp_path / ".gitignore", "other.md\n")
    assert read(source, "n/a.md").text == "text"


def test_a_gitignore_that_cannot_be_read_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.md")
    os.mkfifo(tmp_path / ".gitignore")
    assert listed(source_of(tmp_path)) == ["n/a.md"]


def test_the_repository_around_the_root_ignores_too(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path / ".gitignore", "*.gen\nprivate/\n/docs/in/x.md\n")
    write(tmp_path / "docs" / ".gitignore", "y.md\n")
    for name in ("a.md", "b.gen", "x.md", "y.md"):
        write(tmp_path / "docs" / "in" / name)
    write(tmp_path / "private" / "p.md")
    assert listed(source_of(tmp_path / "docs" / "in")) == ["n/a.md"]
    assert listed(source_of(tmp_path / "private")) == ["n/p.md"]
    assert "n/docs/in/a.md" in listed(source_of(tmp_path))


def test_include_and_exclude_are_gitignore_patterns(tmp_path: Path) -> None:
    for name in ("a.md", "b.txt", "old/c.md", "keep/d.md", "keep/e.md"):
        write(tmp_path / name)
    source = source_of(tmp_path, include=("*.md",), exclude=("old/", "keep/*", "!keep/d.md"))
    assert listed(source) == ["n/a.md", "n/keep/d.md"]
    assert left_out(source) == {
        "n/b.txt": "not included in the profile",
        "n/keep/e.md": "excluded in the profile",
        "n/old/": "excluded in the profile",
    }
    assert skipped(source, "n/old/c.md").reason == "excluded in the profile"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".env", "secret by nature, never read"),
        (".env.production", "secret by nature, never read"),
        ("ID_RSA", "secret by nature, never read"),
        ("server.pem", "secret by nature, never read"),
        ("tls.key", "secret by nature, never read"),
        ("vault.kdbx", "secret by nature, never read"),
        ("store.p12", "secret by nature, never read"),
        ("credentials", "secret by nature, never read"),
        ("photo.PNG", "not text"),
        ("data.tar.gz", "not text"),
        ("a.md~", "an editor's temporary file"),
        (".#a.md", "an editor's temporary file"),
        (".a.md.swp", "an editor's temporary file"),
        ("package-lock.json", "generated by a tool"),
        ("app.min.js", "generated by a tool"),
    ],
)
def test_some_names_are_never_read(tmp_path: Path, name: str, reason: str) -> None:
    write(tmp_path / name)
    source = source_of(tmp_path)
    assert left_out(source) == {f"n/{name}": reason}
    assert skipped(source, f"n/{name}").reason == reason


@pytest.mark.parametrize("name", [".env.example", "id_rsa.pub", "environment.md", "keyboard.md"])
def test_names_that_only_look_secret_are_read(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert listed(source_of(tmp_path)) == [f"n/{name}"]


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        (".git", "version control data"),
        ("node_modules", "installed packages"),
        (".venv", "installed packages"),
        ("x.egg-info", "installed packages"),
        ("__pycache__", "a tool's cache"),
        (".ssh", "secret by nature"),
    ],
)
def test_some_folders_are_never_entered(tmp_path: Path, folder: str, reason: str) -> None:
    write(tmp_path / "deep" / folder / "a.md")
    source = source_of(tmp_path)
    assert left_out(source) == {f"n/deep/{folder}/": reason}
    assert skipped(source, f"n/deep/{folder}/a.md").reason == reason


@pytest.mark.parametrize(
    ("name", "kind", "format"),
    [
        ("a.md", SourceKind.NOTES, "markdown"),
        ("a.md", SourceKind.ANSWERS, "answer"),
        ("a.txt", SourceKind.ANSWERS, "text"),
        ("a.rst", SourceKind.NOTES, "rst"),
        ("a.ipynb", SourceKind.NOTES, "notebook"),
        ("a.HTML", SourceKind.NOTES, "html"),
        ("a.py", SourceKind.CODE, "python"),
        ("a.tsx", SourceKind.CODE, "tsx"),
        ("a.ts", SourceKind.CODE, "typescript"),
        ("a.h", SourceKind.CODE, "c"),
        ("a.hpp", SourceKind.CODE, "cpp"),
        ("a.yaml", SourceKind.CODE, "text-code"),
        ("a.unknown", SourceKind.CODE, "text-code"),
        ("README", SourceKind.CODE, "text"),
        ("Makefile", SourceKind.CODE, "text-code"),
        (".bashrc", SourceKind.CODE, "text-code"),
    ],
)
def test_the_format_follows_from_the_name(
    tmp_path: Path,
    name: str,
    kind: SourceKind,
    format: str,  # noqa: A002
) -> None:
    write(tmp_path / name)
    assert read(source_of(tmp_path, kind), f"n/{name}").format == format


CHINESE = "数据库连接池的默认大小是十。出现超时的时候，先检查连接数。\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "gb18030"),
        (CHINESE, "utf-16"),
        (CHINESE, "utf-32"),
        ("Größe der Straße über München, naïve façade, café crème.\n", "latin-1"),
        ("", "utf-8"),
    ],
)
def test_old_encodings_are_recognised(tmp_path: Path, text: str, encoding: str) -> None:
    write(tmp_path / "a.md", text.encode(encoding))
    assert read(source_of(tmp_path), "n/a.md").text == text


def test_one_damaged_byte_does_not_make_a_text_another_encoding(tmp_path: Path) -> None:
    data = (CHINESE * 4).encode()
    write(tmp_path / "a.md", data[:60] + b"\xff" + data[60:])
    assert read(source_of(tmp_path), "n/a.md").text == CHINESE[:20] + "\ufffd" + (CHINESE * 4)[20:]


@pytest.mark.parametrize(
    ("data", "reason", "is_fault"),
    [
        (b"\x7fELF\0\0binary", "not text", False),
        (bytes(range(128, 256)) * 3, "not text", False),
        (b"\xff\xfea\0b", "damaged: not in the encoding it announces", True),
    ],
)
def test_what_is_no_text_is_said_so(
    tmp_path: Path, data: bytes, reason: str, is_fault: bool
) -> None:
    write(tmp_path / "a.md", data)
    source = source_of(tmp_path)
    (item,) = source.list()
    assert skipped(source, "n/a.md") == Skipped("n/a.md", item.stamp, reason, is_fault)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "x" * 101)
    source = source_of(tmp_path, max_bytes=100)
    (item,) = source.list()
    assert item == Skipped("n/a.md", item.stamp, "larger than 0.0001 MB")
    assert skipped(source, "n/a.md") == item
    assert listed(source_of(tmp_path)) == ["n/a.md"]


def test_what_is_no_regular_file_is_a_fault_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.md"))
        source = source_of(tmp_path)
        assert left_out(source) == dict.fromkeys(["n/pipe.md", "n/socket.md"], "not a regular file")
        assert all(isinstance(i, Skipped) and i.is_fault for i in source.list())
        started = time.monotonic()
        assert skipped(source, "n/pipe.md").is_fault
        assert skipped(source, "n/socket.md").is_fault
        assert time.monotonic() - started < 5


def test_a_file_that_became_a_folder_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.md").mkdir()
    assert source_of(tmp_path).read("n/a.md") is None


def test_a_file_that_vanished_after_listing_reads_as_nothing(tmp_path: Path) -> None:
    file = write(tmp_path / "sub" / "a.md")
    source = source_of(tmp_path)
    assert listed(source) == ["n/sub/a.md"]
    file.unlink()
    assert source.read("n/sub/a.md") is None
    file.parent.rmdir()
    write(tmp_path / "sub", "a file now")
    assert source.read("n/sub/a.md") is None


def test_folders_that_vanish_while_listing_are_left_out(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name / "x.md")
    entries = source_of(tmp_path).list()
    first = next(entries)
    other = tmp_path / ("a" if "/b/" in first.document_id else "b")
    (other / "x.md").unlink()
    other.rmdir()
    assert list(entries) == []


def test_links_are_not_followed_unless_wanted(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    write(inside / "real" / "a.md")
    write(tmp_path / "out" / "private.md", "private")
    (inside / "link.md").symlink_to(inside / "real" / "a.md")
    (inside / "folder").symlink_to(inside / "real")
    (inside / "loop").symlink_to(inside)
    (inside / "out.md").symlink_to(tmp_path / "out" / "private.md")
    (inside / "outside").symlink_to(tmp_path / "out")
    (inside / "nowhere.md").symlink_to(inside / "no such file")
    (inside / "self.md").symlink_to(inside / "self.md")
    source = source_of(inside)
    assert listed(source) == ["n/real/a.md"]
    assert left_out(source) == {
        **dict.fromkeys(
            ["n/link.md", "n/folder", "n/loop"], "symbolic link (follow_symlinks is off)"
        ),
        **dict.fromkeys(["n/out.md", "n/outside"], "symbolic link that leaves the folder"),
        **dict.fromkeys(["n/nowhere.md", "n/self.md"], "symbolic link that leads nowhere"),
    }
    assert skipped(source, "n/link.md").reason == "symbolic link (follow_symlinks is off)"
    assert skipped(source, "n/folder/a.md").reason == "symbolic link (follow_symlinks is off)"
    assert skipped(source, "n/outside/private.md").reason == "symbolic link that leaves the folder"
    assert skipped(source, "n/nowhere.md").is_fault


def test_followed_links_neither_loop_nor_leave_the_folder(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    write(inside / "real" / "a.md")
    write(tmp_path / "out" / "private.md", "private")
    (inside / "link.md").symlink_to(inside / "real" / "a.md")
    (inside / "loop").symlink_to(inside)
    (inside / "real" / "up").symlink_to(inside)
    (inside / "out.md").symlink_to(tmp_path / "out" / "private.md")
    source = source_of(inside, follow_symlinks=True)
    assert listed(source) == ["n/link.md", "n/real/a.md"]
    assert read(source, "n/link.md").text == "text"
    reasons = Counter(left_out(source).values())
    assert reasons == {
        "symbolic link to a folder that is listed already": 2,
        "symbolic link that leaves the folder": 1,
    }
    assert skipped(source, "n/out.md").reason == "symbolic link that leaves the folder"


def test_a_name_that_is_not_utf8_is_a_fault(tmp_path: Path) -> None:
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")))
    (item,) = source_of(tmp_path).list()
    assert isinstance(item, Skipped)
    assert item.is_fault
    assert "not UTF-8" in item.reason
    assert item.document_id.encode()
