"""What is understood of a question, in English and Chinese, and of odd input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar.answering.intent import SEARCHED_AT_MOST, parse, split_questions
from avatar.domain.questions import IntentKind, Language, Turn
from tests.unit.answering.retrieved import ask, question


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("How do I rotate the API key?", IntentKind.HOW_TO),
        ("怎么轮换密钥？", IntentKind.HOW_TO),
        ("Why does the build fail on arm64?", IntentKind.WHY),
        ("为什么构建会失败", IntentKind.WHY),
        ("Where are the migrations?", IntentKind.WHERE),
        ("日志在哪里", IntentKind.WHERE),
        ("Who owns billing?", IntentKind.WHO),
        ("计费服务的负责人是谁", IntentKind.WHO),
        ("What is a shard?", IntentKind.DEFINITION),
        ("分片是什么", IntentKind.DEFINITION),
        ("Did we decide on Kafka?", IntentKind.DECISION),
        ("What's the status of the migration", IntentKind.STATUS),
        ("迁移的进度", IntentKind.STATUS),
        ("timeout of the gateway", IntentKind.FACT),
    ],
)
def test_the_kind_is_read_from_the_words(text: str, kind: IntentKind) -> None:
    assert ask(text).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "Hello there!",
        "thanks a lot",
        "ok great, thank you!",
        "你好",
        "谢谢啦",
        "好的，谢谢",
        "晚安",
    ],
)
def test_a_greeting_is_small_talk(text: str) -> None:
    assert ask(text).kind is IntentKind.SMALL_TALK


@pytest.mark.parametrize("text", ["hello world program", "thanks, where is the log?", "ok button"])
def test_a_question_beside_a_greeting_is_a_question(text: str) -> None:
    assert ask(text).kind not in {IntentKind.SMALL_TALK, IntentKind.EMPTY}


@pytest.mark.parametrize("text", ["", "   \n", "🎉🎉", "?!…", "\u200b\u202e", "___", "<@U123ABC>"])
def test_nothing_to_search_is_empty(text: str) -> None:
    intent = ask(text)
    assert intent.kind is IntentKind.EMPTY
    assert intent.text == ""


def test_a_huge_question_is_capped() -> None:
    assert len(ask("why does " + "x1 " * 50_000).text) <= SEARCHED_AT_MOST


def test_identifiers_quotes_and_terms_are_taken_out() -> None:
    intent = ask('What does E1234 mean in `load_config` of app/main.py, "disk full"?')
    assert {"E1234", "load_config", "app/main.py"} <= set(intent.identifiers)
    assert intent.quoted == ("disk full",)
    assert "config" in intent.terms


def test_the_languages_of_text_and_reply_are_told() -> None:
    assert ask("怎么配置 MAX_RETRIES").language is Language.CHINESE
    assert ask("怎么配置 MAX_RETRIES").text_language == "zh"
    assert ask("как настроить сервер").text_language == "other"
    assert ask("как настроить сервер").language is Language.ENGLISH


def test_invisible_characters_do_not_split_words() -> None:
    assert ask("de\u200bploy the gate\u00adway").terms == ("deploy", "gateway")


HISTORY = (
    Turn("How do I deploy the billing service to staging?", by_asker=True),
    Turn("Run `make deploy`.", by_asker=False),
)


@pytest.mark.parametrize(
    "text",
    ["and for production?", "What about production?", "does it need a token?", "production?"],
)
def test_a_follow_up_carries_what_was_asked_before(text: str) -> None:
    searched = ask(text, HISTORY).text
    assert "billing" in searched
    assert text in searched


def test_a_chinese_follow_up_carries_what_was_asked_before() -> None:
    history = [Turn("怎么部署计费服务到测试环境？", by_asker=True)]
    assert "计费服务" in ask("那生产环境呢？", history).text


@pytest.mark.parametrize(
    ("text", "history"),
    [
        ("How do I configure the retry policy of the gateway client?", HISTORY),
        ("what about it?", ()),
        ("what about it?", (Turn("thanks!", by_asker=True),)),
        ("what about it?", (Turn("Run `make`.", by_asker=False),)),
        ("and deploy billing service staging?", HISTORY),
    ],
)
def test_a_question_that_stands_alone_or_follows_nothing_stays(
    text: str, history: tuple[Turn, ...]
) -> None:
    assert ask(text, history).text == text


def test_policy_is_read_with_the_owner_and_the_closed_topics() -> None:
    intent = parse(question("Can Ada promise it?"), owner_names=["Ada"], never_answer=["promise"])
    assert intent.policy == ("commitment", "never-answer")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Where is the log? And how do I rotate it?", 2),
        ("日志在哪里？怎么轮换？", 2),
        ("I have two things:\n1. how do I build?\n2. how do I test?", 2),
        ("The build fails with E42. How do I fix it?", 1),
        ("Where is the log?", 1),
        ("just text", 1),
        ("Where is it? How big? Thanks", 2),
        ("", 0),
    ],
)
def test_a_message_is_split_into_its_questions(text: str, parts: int) -> None:
    assert len(split_questions(text)) == parts


@given(st.text(max_size=300))
def test_any_text_is_understood_somehow(text: str) -> None:
    intent = ask(text)
    assert (intent.text == "") is (intent.kind is IntentKind.EMPTY)
    joined = "".join(split_questions(text))
    assert bool(joined) is bool(text.strip())
