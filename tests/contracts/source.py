"""What every source promises."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from typing import TYPE_CHECKING

import pytest

from avatar.domain.documents import Document, DocumentRef
from avatar.errors import SourceUnavailableError

if TYPE_CHECKING:
    from avatar.ports import Source


class SourceContract:
    """Run by subclassing; the subclass says how documents come about. Its root is `notes`."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> Source: ...

    @abstractmethod
    def save(self, source: Source, document_id: str, text: str) -> None: ...

    @abstractmethod
    def delete(self, source: Source, document_id: str) -> None: ...

    @abstractmethod
    def unmount(self, source: Source) -> None: ...

    def test_each_document_is_listed_once_and_can_be_read(self, source: Source) -> None:
        self.save(source, "notes/a.md", "first")
        self.save(source, "notes/deep/er/b.md", "第二")
        refs = [item for item in source.list() if isinstance(item, DocumentRef)]
        assert sorted(ref.document_id for ref in refs) == ["notes/a.md", "notes/deep/er/b.md"]
        for ref in refs:
            document = source.read(ref.document_id)
            assert isinstance(document, Document)
            assert (document.document_id, document.stamp) == (ref.document_id, ref.stamp)
            assert document.fingerprint == hashlib.sha256(document.text.encode()).hexdigest()

    def test_the_stamp_changes_with_the_text_and_only_then(self, source: Source) -> None:
        self.save(source, "notes/a.md", "first")
        (first,) = source.list()
        assert list(source.list()) == [first]
        self.save(source, "notes/a.md", "second, longer")
        (second,) = source.list()
        assert isinstance(first, DocumentRef)
        assert isinstance(second, DocumentRef)
        assert first.stamp != second.stamp

    def test_only_what_is_beneath_a_folder_or_has_an_id_can_be_listed(self, source: Source) -> None:
        names = ["notes/a.md", "notes/deep/b.md", "notes/deep/er/c.md", "notes/deeper/d.md"]
        for name in names:
            self.save(source, name, name)

        def listed(*beneath: str) -> list[str]:
            return sorted(item.document_id for item in source.list(beneath))

        assert listed("notes/deep/") == names[1:3]
        assert listed("notes/deep/er/", "notes/a.md") == ["notes/a.md", "notes/deep/er/c.md"]
        assert listed("notes/") == names
        assert listed("nowhere/") == listed("notes/none/") == []

    def test_what_is_gone_reads_as_nothing(self, source: Source) -> None:
        self.save(source, "notes/a.md", "first")
        self.delete(source, "notes/a.md")
        assert source.read("notes/a.md") is None
        assert source.read("nowhere/a.md") is None
        assert list(source.list()) == []

    def test_a_root_out_of_reach_is_said_and_not_taken_for_empty(self, source: Source) -> None:
        self.save(source, "notes/a.md", "first")
        self.unmount(source)
        with pytest.raises(SourceUnavailableError) as caught:
            list(source.list())
        assert caught.value.roots == ("notes",)
        with pytest.raises(SourceUnavailableError):
            source.read("notes/a.md")
