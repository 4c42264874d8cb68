"""What the card says of the owner's words in a thread, before a click takes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from avatar.domain.audience import Audience
from avatar.domain.decisions import Reason
from avatar.domain.escalations import Escalation, EscalationState, WaitingAsker
from avatar.domain.questions import Language, ReplyAddress
from connectors.slack.cards import Standing, card
from connectors.slack.hours import Hours
from connectors.slack.said_there import Words
from tests.fakes.slack_human import text_of

HOURS = Hours.of(zone=UTC, quiet="", quiet_weekends=False, digest_at=())
WORDS = Words("C1", "1.0", "2.0", "The night team.")
EVERYONE = Audience.everyone()


def asker(number: int, address: str) -> WaitingAsker:
    return WaitingAsker(
        f"q{number}", "ana", "Who?", Language.ENGLISH, ReplyAddress("slack", address), EVERYONE, 1.0
    )


HERE = asker(0, "C1|1.0|U0")
ELSEWHERE = tuple(asker(n, f"D{n}|1.0|U{n}") for n in range(1, 11))
WAITS = Escalation("e1", "k", "Who?", (HERE,), (), EscalationState.PENDING, 1.0, EVERYONE)


def shown(
    escalation: Escalation, words: Words = WORDS, language: Language = Language.ENGLISH
) -> str:
    return text_of(card(escalation, Standing(language, HOURS, said=words)))


def test_both_buttons_are_about_the_words_that_are_shown() -> None:
    made = card(WAITS, Standing(Language.ENGLISH, HOURS, said=WORDS))
    elements = [one for block in made["blocks"] for one in block.get("elements", ())]
    marked = [one["action_id"] for one in elements if one.get("value") == WORDS.mark("e1")]
    assert marked == ["card_is_answer", "card_no_answer"]
    assert ">The night team." in text_of(made)


def test_nobody_else_is_named_when_only_those_wait_who_read_it_there() -> None:
    assert "sends these words to" not in shown(WAITS)


def test_everybody_else_who_waits_is_named_or_counted() -> None:
    text = shown(replace(WAITS, waiting=(HERE, *ELSEWHERE)))
    assert "sends these words to: <@U1>, <@U2>" in text
    assert "<@U8> +2" in text
    chinese = shown(replace(WAITS, waiting=(HERE, *ELSEWHERE)), language=Language.CHINESE)
    assert "点“这就是我的答复”后，这些话还会发给: <@U1>" in chinese


def test_of_a_doubted_answer_it_says_that_others_are_told_as_well() -> None:
    doubted = replace(WAITS, reasons=(Reason("disputed", "It did not help."),))
    assert "to others who got the doubted answer" in shown(doubted)
    assert "to others who got the doubted answer" not in shown(WAITS)


@pytest.mark.parametrize("text", ["x" * 1_001, "&" * 900])
def test_what_does_not_fit_is_said_to_be_the_beginning(text: str) -> None:
    assert "This is only the beginning" in shown(WAITS, replace(WORDS, text=text))
    assert "only the beginning" not in shown(WAITS, replace(WORDS, text="x" * 1_000))
