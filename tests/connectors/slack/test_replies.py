"""Who an answer is said to be by: the owner once, or a program from the owner's files."""

from __future__ import annotations

import pytest

from avatar.domain.audience import Audience
from avatar.domain.decisions import EXTRACTIVE, Answer, Band, Citation, Confidence, Outcome
from avatar.domain.questions import Language
from connectors.slack import replies
from tests.fakes.slack_human import text_of

NOVEMBER_2023 = 1_700_000_000.0


def cited(*documents: str) -> tuple[Citation, ...]:
    everyone = Audience.everyone()
    return tuple(Citation(d, d, 1, 1, "", "Yes.", everyone, "sha") for d in documents)


def said(
    *documents: str,
    given_at: dict[str, float],
    by: str = EXTRACTIVE,
    language: Language = Language.ENGLISH,
) -> tuple[str, str]:
    """Return what blocks and plain text say."""
    answer = Answer("Yes.", cited(*documents), by)
    outcome = Outcome("q", answer, Confidence(0.9, {}), "Yes.", 1.0, band=Band.HIGH)
    manner = replies.Manner(language, "D & co", {}, given_at=given_at)
    made = replies.reply([outcome], "q/reply", manner)
    return text_of(made), made["text"]


def test_an_earlier_answer_of_the_owner_is_said_to_be_one_with_its_day() -> None:
    rich, plain = said("answers/a.md", given_at={"answers/a.md": NOVEMBER_2023})
    day = "<!date^1700000000^{date_num}|2023-11-14>"
    assert f"D &amp; co's earlier answer of {day}, chosen and sent by a program" in rich
    assert "I am sure" in rich
    assert "D &amp; co's earlier answer of 2023-11-14, chosen and sent by a program" in plain
    assert "not reviewed" not in rich + plain
    rich, _ = said(
        "answers/a.md", given_at={"answers/a.md": NOVEMBER_2023}, language=Language.CHINESE
    )
    assert f"D &amp; co {day} 的答复，由程序选出并发送" in rich


def test_without_a_day_or_with_several_none_is_claimed() -> None:
    undated, _ = said("answers/a.md", given_at={"answers/a.md": 0.0})
    assert "D &amp; co's earlier answer, chosen" in undated
    both = {"answers/a.md": NOVEMBER_2023, "answers/b.md": NOVEMBER_2023 + 1e7}
    several, _ = said(*both, given_at=both)
    assert "D &amp; co's earlier answer, chosen" in several


@pytest.mark.parametrize(
    ("documents", "by"),
    [
        (("notes/a.md",), EXTRACTIVE),
        (("answers/a.md", "notes/a.md"), EXTRACTIVE),
        (("answers/a.md",), "some-model"),
    ],
)
def test_what_is_not_only_the_owners_words_is_not_said_to_be(
    documents: tuple[str, ...], by: str
) -> None:
    rich, plain = said(*documents, by=by, given_at={"answers/a.md": NOVEMBER_2023})
    for text in (rich, plain):
        assert "not reviewed by D &amp; co" in text
        assert "earlier answer" not in text
