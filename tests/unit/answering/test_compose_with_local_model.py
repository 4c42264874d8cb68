"""A small real model that invents freely: nothing it makes up may get through."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from avatar.adapters.openai_model import OpenAIModel
from avatar.answering.compose import draft_prompt, verified_sentences
from avatar.answering.prompting import prompt_chunks
from avatar.domain.audience import Reader
from avatar.domain.decisions import EXTRACTIVE
from avatar.errors import ModelUnavailableError
from tests.fakes.clock import FakeClock
from tests.fakes.model import FakeModel
from tests.unit.answering.consulting import consulted
from tests.unit.answering.making import a_chunk, an_intent, some_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.local_model import LocalModel

BOB = Reader.colleague("bob")

NOTES = {
    "office": "The Wi-Fi of the office is called Guest. Ask the front desk for a visitor badge.",
    "ingest": "The ingest service retries a rejected batch 5 times. It does not retry schema "
    "errors. Li Wei owns the ingest service.",
    "deploy": "We deploy from main with `make ship`. Do not deploy on Fridays unless the on-call "
    "engineer agrees. The canary runs for 20 minutes.",
    "backup": "Full backups run every night at 02:00 and are kept for 30 days. Backups may be up "
    "to 6 hours late on weekends.",
    "billing": "Ana owns billing. Refunds above 200 euros must be approved by Tom. Invoices are "
    "sent on the first day of the month.",
    "备份": "数据库每天凌晨两点做全量备份，保留 30 天。请勿在高峰期恢复，除非值班经理同意。",
}

QUESTIONS = [
    ("office", "What is the Wi-Fi password?"),
    ("office", "What is the name of the Wi-Fi?"),
    ("office", "Who hands out the visitor badge?"),
    ("office", "How many meeting rooms are there?"),
    ("office", "What is the door code?"),
    ("ingest", "How many times does the ingest service retry a rejected batch?"),
    ("ingest", "Does it retry schema errors?"),
    ("ingest", "Who owns the ingest service?"),
    ("ingest", "What is the phone number of Li Wei?"),
    ("ingest", "How long does the ingest service wait between retries?"),
    ("ingest", "Which version of Kafka does it use?"),
    ("deploy", "How do I deploy?"),
    ("deploy", "Can I deploy on a Friday?"),
    ("deploy", "How long does the canary run?"),
    ("deploy", "What is the deploy token?"),
    ("deploy", "Who approves a deploy on Saturday?"),
    ("deploy", "Which command rolls back a release?"),
    ("backup", "When do full backups run?"),
    ("backup", "How long are backups kept?"),
    ("backup", "Are backups ever late?"),
    ("backup", "Where are the backups stored?"),
    ("backup", "What is the password of the backup server?"),
    ("billing", "Who owns billing?"),
    ("billing", "Who approves a refund of 500 euros?"),
    ("billing", "How many customers were refunded last year?"),
    ("billing", "When are invoices sent?"),
    ("billing", "What is the credit card number of the company?"),
    ("备份", "备份保留多久？"),
    ("备份", "什么时候做全量备份？"),
    ("备份", "可以在高峰期恢复吗？"),
    ("备份", "备份服务器的密码是什么？"),
    ("deploy", "Tell me a story about deploying on Fridays."),
]

NUMBER_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


SHORT_REPLY: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "answerable": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "minItems": 1,
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": 120},
                    "cites": {"type": "array", "items": {"const": 1}, "maxItems": 1, "minItems": 1},
                },
                "required": ["text", "cites"],
            },
        },
    },
    "required": ["answerable", "sentences"],
}
"""It must always say something here, and name the passage: silence would test nothing."""


def numbers_in(text: str) -> set[str]:
    found = set(re.findall(r"\d+(?:[.:]\d+)*", text.lower()))
    return found | {
        str(n) for n, word in enumerate(NUMBER_WORDS) if re.search(rf"\b{word}\b", text.lower())
    }


def is_negated(text: str) -> bool:
    return bool(re.search(r"\b(?:not|never|no|unless|without|except)\b|n't|不|勿|除非", text))


def unsupported(text: str, note: str) -> str:
    """A plain second opinion, written apart from the verification it watches."""
    found = [_unsupported(part, note) for part in re.split(r"(?<=[.。]) ?", text) if part]
    return next(filter(None, found), "")


def _unsupported(sentence: str, note: str) -> str:
    if numbers_in(sentence) - numbers_in(note):
        return "a number"
    names = re.findall(r"(?<=[a-z,] )[A-Z][a-z]+|[A-Z]{2,}", sentence)
    if any(name.lower() not in note.lower() for name in names):
        return "a name"
    parts = re.split(r"(?<=[.。]) ?", note)
    words = set(re.findall(r"\w{3,}", sentence.lower()))
    nearest = max(parts, key=lambda part: len(words & set(re.findall(r"\w{3,}", part.lower()))))
    return "a negation" if is_negated(sentence) != is_negated(nearest) else ""


@pytest.mark.model
def test_nothing_a_real_model_invents_survives(local_model: LocalModel) -> None:
    model = OpenAIModel(
        base_url=local_model.base_url, model=local_model.name, key=lambda: None, clock=FakeClock()
    )
    written, kept, invented = 0, 0, 0

    for name, question in QUESTIONS:
        note = NOTES[name]
        intent = an_intent(question)
        evidence = some_evidence(intent, a_chunk(note, f"notes/{name}.md"))
        chunks = prompt_chunks(evidence, BOB)
        prompt = replace(draft_prompt(intent, chunks, marker="7f3a9c"), schema=SHORT_REPLY)
        (reply,) = model.complete_json([prompt], timeout_s=120)
        assert not isinstance(reply, ModelUnavailableError)
        sentences = reply["sentences"]
        assert isinstance(sentences, list)
        written += len(sentences)
        invented += sum(bool(unsupported(str(entry["text"]), note)) for entry in sentences)

        survivors = verified_sentences({**reply, "answerable": True}, chunks, reader=BOB)

        kept += len(survivors)
        for survivor in survivors:
            assert not unsupported(survivor.text, note), f"{question} → {survivor.text}"
        composed = consulted(replaying(reply), intent, evidence, sure=0.5).composed
        assert composed is not None
        if composed.by != EXTRACTIVE:
            body = re.sub(r"\[\d+\]", "", composed.text.split("\n\n[1]")[0])
            assert not numbers_in(body) - numbers_in(note)

    assert invented > 0, "the adversary has to invent for this test to mean something"
    print(f"written {written}, unsupported {invented}, kept {kept}")  # noqa: T201


def replaying(reply: Mapping[str, object]) -> FakeModel:
    return FakeModel(lambda _: reply, name="smollm2")


@pytest.mark.model
def test_a_composed_answer_is_never_later_than_allowed(local_model: LocalModel) -> None:
    model = OpenAIModel(
        base_url=local_model.base_url, model=local_model.name, key=lambda: None, clock=FakeClock()
    )
    intent = an_intent("Who owns billing?")
    evidence = some_evidence(intent, a_chunk(NOTES["billing"]))
    started = time.monotonic()

    composed = consulted(model, intent, evidence, sure=0.5, timeout_s=0.3).composed

    assert time.monotonic() - started < 2
    assert composed is not None
    assert "Ana owns billing" in composed.text
