from __future__ import annotations

import pytest

from connectors.slack.questions import questions_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I deploy?", ["How do I deploy?"]),
        (
            "Hi! How do I deploy? And who owns the moon?",
            ["Hi! How do I deploy?", "And who owns the moon?"],
        ),
        ("How do I deploy? Why?", ["How do I deploy? Why?"]),
        ("Where is it? I looked in /etc.", ["Where is it? I looked in /etc."]),
        ("怎么部署生产环境？谁负责数据库？", ["怎么部署生产环境？", "谁负责数据库？"]),
        ("What does `a ? b : c` do in there?", ["What does `a ? b : c` do in there?"]),
        (
            "See https://x.test/?a=1 and tell me where is it?",
            ["See https://x.test/?a=1 and tell me where is it?"],
        ),
        (
            "1. How do I deploy?\n2. How do I roll back?\nThanks",
            ["How do I deploy?", "How do I roll back? Thanks"],
        ),
        ("Is it up ? " * 6, ["Is it up ? " * 6]),
        ("Eh? How do I deploy?", ["Eh? How do I deploy?"]),
        ("", [""]),
    ],
)
def test_questions_are_told_apart(text: str, expected: list[str]) -> None:
    assert list(questions_in(text)) == expected
