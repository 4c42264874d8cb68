"""What every `Registry` must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.domain.documents import Recorded, Redaction, Totals

if TYPE_CHECKING:
    from avatar.ports import Registry


def recorded(document_id: str, stamp: str = "s1", **changes: object) -> Recorded:
    values: dict[str, object] = {"fingerprint": "f", "chunks": 3, "indexed_at": 1.5, **changes}
    return Recorded(document_id, stamp, **values)  # type: ignore[arg-type]


class RegistryContract:
    """Subclasses give a fixture `registry`."""

    def test_what_is_recorded_reads_back(self, registry: Registry) -> None:
        skipped = recorded(
            "notes/b.bin",
            chunks=0,
            skipped_reason="binary",
            is_fault=True,
            redactions=(Redaction("notes/b.bin", 4, "password"),),
        )
        registry.record([recorded("notes/a.md"), skipped])
        assert registry.get("notes/b.bin") == skipped
        assert registry.all() == {"notes/a.md": recorded("notes/a.md"), "notes/b.bin": skipped}

    def test_a_later_record_replaces_an_earlier_one(self, registry: Registry) -> None:
        registry.record([recorded("a", "s1")])
        registry.record([recorded("a", "s2"), recorded("a", "s3")])
        assert registry.all() == {"a": recorded("a", "s3")}

    def test_what_is_forgotten_or_unknown_is_not_there(self, registry: Registry) -> None:
        registry.record([])
        registry.record([recorded("a"), recorded("b")])
        registry.forget(["a", "unknown"])
        registry.forget([])
        assert registry.get("a") is None
        assert list(registry.all()) == ["b"]

    def test_some_are_read_at_once_and_unknown_ones_left_out(self, registry: Registry) -> None:
        many = [recorded(f"d{number}") for number in range(1_200)]
        registry.record(many)
        wanted = {f"d{number}" for number in range(100, 1_300)}
        assert registry.some(wanted) == {e.document_id: e for e in many[100:]}
        assert registry.some(()) == {}

    def test_everything_is_counted_at_once_and_below_a_beginning(self, registry: Registry) -> None:
        assert registry.totals() == Totals()
        marks = tuple(Redaction("answers/a.md", line, "password") for line in (4, 9))
        registry.record(
            [
                recorded("answers/a.md", redactions=marks),
                recorded("Answers/b.md", indexed_at=7.5),
                recorded("notes/empty.md", chunks=0),
                recorded("notes/c.bin", chunks=0, skipped_reason="binary"),
                recorded("notes/d.md", chunks=0, skipped_reason="no right", is_fault=True),
                recorded("notes/e.md", redactions=marks[:1]),
            ]
        )
        assert registry.totals() == Totals(3, 1, 1, 3, 7.5)
        assert registry.totals("answers/") == Totals(1, 0, 0, 2, 1.5)
        assert registry.totals("notes/%") == Totals()

    def test_clearing_forgets_everything(self, registry: Registry) -> None:
        registry.record([recorded(f"d{number}") for number in range(1_200)])
        assert len(registry.all()) == 1_200
        registry.forget([f"d{number}" for number in range(1_100)])
        assert len(registry.all()) == 100
        registry.clear()
        assert registry.all() == {}
