"""The script that carries most of a text names its language."""

from __future__ import annotations

import pytest

from avatar.domain.language import holds_chinese, reply_language, text_language
from avatar.domain.questions import Language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I deploy?", "en"),
        ("wie läuft das", "en"),
        ("怎么部署", "zh"),
        ("怎么配置 MAX_RETRIES", "zh"),
        ("what does 网关 mean in the old deployment guide", "en"),
        ("как настроить", "other"),
        ("ゲートウェイの設定", "other"),
        ("12345 !!", "other"),
        ("", "other"),
    ],
)
def test_the_language_of_a_text_is_told_by_its_script(text: str, language: str) -> None:
    assert text_language(text) == language


def test_the_product_answers_in_chinese_or_english() -> None:
    assert reply_language("怎么部署") is Language.CHINESE
    assert reply_language("как настроить") is Language.ENGLISH


def test_a_heading_makes_commands_part_of_a_chinese_text_and_a_name_does_not() -> None:
    assert holds_chinese("网关升级步骤与检查\nhelm upgrade gateway ./chart")
    assert not holds_chinese("ask 王小明 before you run helm upgrade")
