"""Questions merge only when they are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.domain.audience import Audience
from avatar.escalation.merging import merge_key, same_question_key

SAME = [
    ("How do I rotate the deploy key?", "how to rotate deploy key"),
    ("How do I rotate the deploy key?", "Hi team, how can we rotate a deploy key? Thanks!"),
    ("How do I rotate the deploy key?", "The deploy key: how do I rotate it? ".replace(" it", "")),
    ("Where are the backups kept?", "Could you please tell me where are the backups kept?"),
    ("Where are the backups kept?", "Does anyone know where the backups are kept"),
    ("What is the SLA for prod?", "what is the SLA for prod ???"),
    ("请问如何重启 worker？", "怎样重启worker呢"),
    ("你好，备份在哪里？", "备份在哪儿"),
    ("什么时候发布 v2.1？", "何时发布v2.1"),
]

DIFFERENT = [
    ("How do I restart worker 1?", "How do I restart worker 2?"),
    ("Can I deploy on friday?", "Can I not deploy on friday?"),
    ("Why does it retry?", "Why doesn't it retry?"),
    ("How do I deploy to staging?", "How do I deploy to prod?"),
    ("What does error E1234 mean?", "What does error E1235 mean?"),
    ("How do I set maxRetries?", "How do I set max_retries?"),
    ("When is the release?", "Where is the release?"),
    ("Who does the deploy?", "How do I deploy?"),
    ("Does billing call shipping?", "Does shipping call billing?"),
    ("What calls billing?", "What does billing call?"),
    ("How to move data from kafka to redis?", "How to move data from redis to kafka?"),
    ("How do I migrate from 5 to 6?", "How do I migrate from 6 to 5?"),
    ("What is plan A?", "What is plan B?"),
    ("Is C++ used?", "Is C# used?"),
    ('What prints "not ready"?', 'What prints "ready not"?'),
    ("订单调用库存吗？", "库存调用订单吗？"),
    ("可以删除日志吗？", "不可以删除日志吗？"),
    ("生产环境怎么部署？", "测试环境怎么部署？"),
    ("Can users delete projects?", "Can projects delete users?"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_other_wordings_of_the_same_question_merge(one: str, other: str) -> None:
    assert same_question_key(one) == same_question_key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_questions_that_differ_in_what_matters_stay_apart(one: str, other: str) -> None:
    assert same_question_key(one) != same_question_key(other)


@given(st.text(max_size=200))
def test_any_text_has_a_key_that_case_and_blanks_do_not_change(text: str) -> None:
    key = same_question_key(text)
    assert len(key) == 32
    assert same_question_key(f"  {text}\n ") == key


def test_lone_surrogates_do_not_break_the_key() -> None:
    assert same_question_key("why \ud800 ?")


def test_drafts_on_differently_restricted_sources_do_not_wait_together() -> None:
    core, web, both = (Audience.groups(names) for names in (["core"], ["web"], ["core", "web"]))
    everyone = Audience.everyone()
    assert merge_key("why?", []) == merge_key("why?", [everyone])
    assert merge_key("why?", [core, everyone]) == merge_key("why?", [core, core])
    keys = {merge_key("why?", sources) for sources in ([], [core], [web], [both], [core, both])}
    assert len(keys) == 5
