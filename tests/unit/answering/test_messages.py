from __future__ import annotations

import pytest

from avatar.answering import messages
from avatar.answering.extract import cite
from avatar.domain.decisions import Band
from avatar.domain.language import text_language
from avatar.domain.questions import Language
from tests.unit.answering.making import a_chunk

BOTH = [Language.ENGLISH, Language.CHINESE]


def all_texts(language: Language) -> list[str]:
    who = "安娜" if language is Language.CHINESE else "Ana"
    body = "答案。" if language is Language.CHINESE else "The answer."
    return [
        *(messages.answered(body, owner=who, band=band, language=language) for band in Band),
        messages.escalated(owner=who, language=language),
        messages.escalated(owner=who, language=language, asked_at="14:05"),
        messages.left_to_owner(owner=who, language=language),
        messages.left_to_owner(owner=who, language=language, asked_at="14:05"),
        messages.small_talk(owner=who, language=language),
        messages.thanked(language=language),
        messages.farewell(language=language),
        messages.ground_moved("answers/a.md:3", ["notes/b.md:1"], language=language),
        messages.empty_question(owner=who, language=language),
        messages.ask_back([body, body], language=language),
        messages.disagreeing([body, body], language=language),
        messages.not_sure_enough(0.5, 0.8, language=language),
        messages.waits_for_approval("notes", language=language),
        messages.looked_at_first(owner=who, language=language),
        *(messages.reason(code, language=language) for code in messages.REASONS),
    ]


@pytest.mark.parametrize("language", BOTH)
def test_every_text_is_in_the_askers_language_and_short(language: Language) -> None:
    for text in all_texts(language):
        assert text_language(text) == language.value, text
        assert len(text) < 250


def test_an_answer_says_that_a_machine_wrote_it_and_how_sure_it_is() -> None:
    text = messages.answered("X.", owner="Ana", band=Band.HIGH, language=Language.ENGLISH)

    assert text == "X.\n\n_Answered by Ana's stand-in, from Ana's notes · confidence high_"


def test_the_time_is_named_when_known() -> None:
    text = messages.escalated(owner="Ana", language=Language.ENGLISH, asked_at="14:05")

    assert text == (
        "I am not sure enough, so I have asked Ana (at 14:05). You will hear back here."
    )


def test_a_location_is_one_line_or_several_with_the_symbol() -> None:
    chunk = a_chunk("a\nb", "src/x.py", start=4, symbol="f")

    assert messages.location(cite(chunk, 4, 4)) == "src/x.py:4 (f)"
    assert messages.location(cite(chunk, 4, 5)) == "src/x.py:4-5 (f)"
    assert messages.with_sources("", [cite(chunk, 4, 4)]) == "[1] src/x.py:4 (f)"
