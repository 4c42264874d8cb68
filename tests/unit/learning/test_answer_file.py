from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.audience import Audience
from avatar.domain.chunks import Span
from avatar.domain.escalations import PastAnswer
from avatar.learning.answer_file import answer_audience, parse, render, slug

LINE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).map(
    lambda text: text.strip()
)
SPANS = st.builds(
    Span,
    st.from_regex(r"[a-z ]{1,8}/[a-z#]{1,8}\.md", fullmatch=True).map(str.strip),
    st.integers(1, 99999),
    st.integers(1, 99999),
    st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)
BODIES = st.lists(st.text("ab #-*中:\"'", max_size=20), min_size=1, max_size=6).map(
    lambda lines: "\n".join(["start", *lines, "end"])
)


@given(
    st.lists(LINE.filter(bool), min_size=1, max_size=4, unique=True),
    BODIES,
    st.sampled_from([Audience.everyone(), Audience.owner_only(), Audience.groups(["a", "b c"])]),
    st.integers(0, 4_000_000_000),
    st.lists(SPANS, max_size=3),
    st.text("abc-123", max_size=8),
)
def test_what_is_rendered_is_read_back(
    questions: list[str],
    body: str,
    audience: Audience,
    at: int,
    spans: list[Span],
    escalation: str,
) -> None:
    answer = PastAnswer(tuple(questions), body, audience, float(at), tuple(spans), escalation)
    text = render(answer)
    parsed = parse(text)
    assert parsed.past_answer == answer
    assert text.split("\n")[parsed.body_start_line - 1] == "start"


def test_a_file_without_front_matter_is_asked_by_its_heading_or_name() -> None:
    assert parse("# How to ship?\n\nPush.").past_answer.questions == ("How to ship?",)
    parsed = parse("\n\nPush.", stem="how-to-ship").past_answer
    assert (parsed.questions, parsed.answer) == (("how to ship",), "Push.")
    assert parsed.audience == Audience.owner_only()


def test_the_front_matter_may_be_written_by_hand() -> None:
    text = (
        "---\r\nQuestion: 'it''s up?'\r\naudience: [ops, \"dev\"]\r\ndate: 2025-01-02\r\n"
        "rests_on:\r\n- nonsense\r\n  stray\r\ntitle:\r\n---\r\nYes"
    )
    parsed = parse(text)
    assert parsed.past_answer.questions == ("it's up?",)
    assert parsed.past_answer.audience == Audience.groups(["ops", "dev"])
    assert parsed.past_answer.answered_at == 1735776000.0
    assert parsed.past_answer.rests_on == ()
    assert parsed.body_start_line == 10


@pytest.mark.parametrize("text", ["", "---", "---\nquestion: x", "---\ndate: soon\n---\n"])
def test_a_broken_file_is_still_read(text: str) -> None:
    assert parse(text, stem="name").past_answer.questions == ("name",)


def test_only_a_named_audience_narrows() -> None:
    assert answer_audience("# Q\n\nA") is None
    assert answer_audience("---\naudience: everyone\n---\nA") == Audience.everyone()


@given(st.text(max_size=200))
def test_a_slug_is_safe_on_every_file_system(question: str) -> None:
    name = slug(question)
    assert 1 <= len(name) <= 67
    assert len(name.encode()) <= 190
    assert not set(name) & set('/\\:*?"<>|. \n\0')


def test_a_slug_keeps_words_and_chinese() -> None:
    assert slug("How do I ship v2?") == "how-do-i-ship-v2"
    assert slug("怎么发布？") == "怎么发布"
    assert slug("CON") == "answer-con"
    assert slug("🙂") == "answer-"[:-1] or slug("🙂").startswith("answer")
