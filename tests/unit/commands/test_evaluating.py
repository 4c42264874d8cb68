"""Test questions through the product itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.errors import InvalidInputError
from tests.fakes.embedder import FakeEmbedder
from tests.stories.place import Place

if TYPE_CHECKING:
    from pathlib import Path

    from avatar.commands import Row

KEY = "How do we rotate the webhook key?"


def a_place(root: Path, rest: str = "") -> Place:
    place = Place(root, rest=rest, embedders=(FakeEmbedder("use"),))
    place.write("notes/webhooks.md", "Rotate the webhook key with `make rotate-key`.")
    return place


def evaluated(place: Place, **row: object) -> Row:
    with place.open() as commands:
        (found,) = commands.evaluate([{"id": 1, "question": KEY} | row])
        assert commands.inbox(state=None) == []
    return found


def test_words_of_the_answer_will_do(tmp_path: Path) -> None:
    assert evaluated(a_place(tmp_path), expect="make rotate-key")["result"] == "right"


def test_an_answer_that_a_draft_mode_holds_counts_as_one(tmp_path: Path) -> None:
    place = a_place(tmp_path, rest='[answering]\nmode = "draft"\n')
    found = evaluated(place, expect="notes/webhooks.md")
    assert (found["decision"], found["held"], found["result"]) == ("answer", True, "right")
    assert found["served"] == "notes/webhooks.md:1"


def test_an_asker_is_served_only_what_they_may_read(tmp_path: Path) -> None:
    place = a_place(tmp_path)
    place.describe('[[sources]]\npath = "notes"\naudience = "owner"\n')
    found = evaluated(place, expect="notes/webhooks.md", asker="ana")
    assert (found["result"], found["served"], found["would_be_right"]) == ("missed", None, False)
    assert evaluated(place, expect="notes/webhooks.md")["result"] == "right"


@pytest.mark.parametrize(
    "row", [{"expect": ""}, {"expect": [1]}, {"expect": []}, {"unknown": "yes"}, {"expect": 5}]
)
def test_a_row_that_expects_nothing_usable_is_refused(tmp_path: Path, row: Row) -> None:
    with pytest.raises(InvalidInputError, match="expected"):
        evaluated(a_place(tmp_path), **row)


def test_manners_are_nothing_to_learn_from(tmp_path: Path) -> None:
    rows: list[Row] = [
        {"question": "hello", "unknown": True},
        {"question": KEY, "expect": "make rotate-key"},
    ]
    with a_place(tmp_path).open() as commands:
        found = commands.calibrate(lambda *_: None, promise=None, questions=rows, report=True)
    assert found["labels"]["test"] == 1
    assert "your own test questions" in found["report"]
