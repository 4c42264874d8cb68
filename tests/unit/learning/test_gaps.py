from __future__ import annotations

import numpy as np

from avatar.learning.gaps import MOST_WORDINGS, Unknown, gaps, wordings
from tests.fakes.clusterer import SlowClusterer


def asked(text: str, asker: str = "ana", at: float = 1.0, **rest: object) -> Unknown:
    return Unknown(text, text.lower(), asker, at, rest.pop("escalation_id", f"E-{text}"), **rest)  # type: ignore[arg-type]


def test_the_same_words_are_one_wording_whoever_asks() -> None:
    groups = wordings([asked("Who?", "ana", 1), asked("How?", "ben", 2), asked("who?", "ben", 3)])
    assert [[one.asker for one in group] for group in groups] == [["ben", "ana"], ["ben"]]


def test_the_newest_wordings_are_compared_when_there_are_too_many() -> None:
    many = [asked(f"q{number}", at=number) for number in range(MOST_WORDINGS + 5)]
    groups = wordings(many)
    assert len(groups) == MOST_WORDINGS
    assert groups[0][0].text == f"q{MOST_WORDINGS + 4}"


def test_a_gap_tells_who_asked_how_often_and_when() -> None:
    groups = wordings(
        [
            asked("How do I roll back?", "ana", 5.0),
            asked("How do I roll back?", "ben", 9.0, is_open=False),
            asked("Undo a release?", "ana", 7.0),
            asked("Who has the pager?", "cem", 8.0),
        ]
    )
    texts = [group[0].text for group in groups]
    one, other = texts.index("How do I roll back?"), texts.index("Undo a release?")
    near = np.zeros((3, 3))
    near[one, other] = near[other, one] = 1.1

    first, second = gaps(groups, near, SlowClusterer())

    assert first.question == "How do I roll back?"
    assert first.wordings == ("How do I roll back?", "Undo a release?")
    assert (first.asked, first.open_count) == (3, 2)
    assert list(first.askers.items()) == [("ana", 2), ("ben", 1)]
    assert (first.first_at, first.last_at) == (5.0, 9.0)
    assert first.escalation_ids == ("E-How do I roll back?", "E-Undo a release?")
    assert second.question == "Who has the pager?"


def test_what_is_still_open_comes_before_what_was_asked_more_often() -> None:
    groups = wordings(
        [asked("a", "ana", at, is_open=False) for at in (1, 2, 3)] + [asked("b", "ben", 1)]
    )
    assert [gap.question for gap in gaps(groups, np.zeros((2, 2)), SlowClusterer())] == ["b", "a"]


def test_questions_that_name_different_things_stay_apart() -> None:
    groups = wordings(
        [
            asked("What is E1234?", names=frozenset({"e1234"})),
            asked("What is E5678?", names=frozenset({"e5678"})),
            asked("What are these errors?"),
        ]
    )
    found = gaps(groups, np.full((3, 3), 1.5), SlowClusterer())
    together = [set(gap.wordings) for gap in found]
    assert not any({"What is E1234?", "What is E5678?"} <= texts for texts in together)


def test_no_questions_are_no_gaps() -> None:
    assert gaps(wordings([]), np.zeros((0, 0)), SlowClusterer()) == []
