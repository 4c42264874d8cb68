"""Which questions only the owner may answer, and which only look like it."""

from __future__ import annotations

import pytest

from avatar.answering import policy
from avatar.answering.policy import PolicyCode
from avatar.domain.questions import Language

OWNERS = {
    PolicyCode.COMMITMENT: [
        "Can you promise it will be stable?",
        "Will you finish the migration by Friday?",
        "Will it be done by tomorrow?",
        "What's your ETA for the export?",
        "Can Alice deliver this before Monday?",
        "How long will it take you?",
        "能保证吗？",
        "你能保证周五前完成吗",
        "周五之前能上线吗",
        "你什么时候能做完导出功能",
    ],
    PolicyCode.TIME_OFF: [
        "Are you on vacation next week?",
        "can I take Monday off?",
        "When will Alice be back?",
        "please approve my leave",
        "你下周休假吗",
        "我明天能请假吗",
        "帮我批个假",
    ],
    PolicyCode.PERSONAL_DATA: [
        "How much do you earn?",
        "What is Bob's salary?",
        "What's your home address?",
        "你的工资是多少",
        "张伟的工资是多少",
        "小王的手机号是多少",
    ],
    PolicyCode.OPINION: [
        "What do you think of my manager?",
        "What do you think of Ben's work?",
        "any thoughts on Ana's code?",
        "Is Bob a good engineer?",
        "Do you like working with him?",
        "你觉得小王怎么样",
        "老板靠谱吗",
    ],
    PolicyCode.SURVEILLANCE: [
        "what has he been doing all day",
        "How many hours did Bob work?",
        "他今天在摸鱼吗",
        "谁经常迟到",
    ],
    PolicyCode.APPROVAL: [
        "Can I merge this?",
        "may I deploy to production now?",
        "can we deploy?",
        "do you approve of the plan",
        "is it ok to merge my PR",
        "should I push the hotfix",
        "我可以合并吗",
        "我能把这个PR合了吗",
        "可以部署了吗",
        "你同意吗",
    ],
}
ORDINARY = [
    "how do promises work in JS",
    "what is the deadline scheduler",
    "how do I request time off in the HR tool",
    "How do I deploy to production?",
    "can I merge two dicts in Python?",
    "what do you think of Rust?",
    "thoughts on Kafka's work queue design?",
    "Any thoughts on Python's style guide?",
    "where is the user's phone number stored",
    "can I use redis for locks?",
    "What does the commit hook do?",
    "when does the cache get refreshed?",
    "how long does the build take?",
    "Will the job be retried before the deadline is hit?",
    "is it possible to delete a topic in Kafka",
    "can the scheduler guarantee ordering?",
    "What is Kafka doing when a broker dies?",
    "can I restart a pod without downtime?",
    "Do you have notes on the release process this week?",
    "what happened to the Monday release?",
    "Is Redis a good cache?",
    "can we drop a column without a table lock",
    "怎么部署到生产环境",
    "怎么在系统里请假",
    "请假流程是什么",
    "这个锁能保证互斥吗",
    "Raft 能保证一致性吗",
    "如何部署到 k8s",
    "能部署到 k8s 吗",
    "用户的手机号存在哪个表",
]


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in OWNERS.items() for text in texts]
)
def test_what_only_the_owner_may_say_goes_to_the_owner(code: PolicyCode, text: str) -> None:
    assert code in policy.reasons(text, owner_names=["Alice"])


@pytest.mark.parametrize("text", ORDINARY)
def test_a_question_about_how_things_work_is_left_alone(text: str) -> None:
    assert policy.reasons(text, owner_names=["Alice"]) == ()


@pytest.mark.parametrize(
    ("topic", "text", "is_closed"),
    [
        ("acquisition", "what about the Acquisitions of last year?", True),
        ("pricing strategy", "what is our pricing strategy?", True),
        ("pricing strategy", "what is the pricing table for?", False),
        ("裁员", "明年会裁员吗", True),
        ("裁员", "怎么裁剪图片", False),
        ("the", "where is the log?", True),
        (" ", "where is the log?", False),
    ],
)
def test_a_closed_topic_is_recognised_by_its_words(topic: str, text: str, is_closed: bool) -> None:
    found = policy.reasons(text, never_answer=[topic])
    assert (PolicyCode.NEVER_ANSWER in found) is is_closed


def test_an_owner_name_with_odd_characters_is_taken_literally() -> None:
    assert policy.reasons("Can J.R. (Bob) promise it?", owner_names=["J.R. (Bob)", ""])
    assert not policy.reasons("Can JXRX promise rejections be caught?", owner_names=["J.R."])


@pytest.mark.parametrize("code", list(PolicyCode))
def test_every_policy_is_explained_in_both_languages(code: PolicyCode) -> None:
    english = policy.explain(code.value, Language.ENGLISH)
    chinese = policy.explain(code.value, Language.CHINESE)
    assert english.isascii()
    assert not chinese.isascii()
