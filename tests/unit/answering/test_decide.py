from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from avatar.answering.decide import PRODUCT, Case, decide, guard
from avatar.answering.extract import cite
from avatar.answering.split import Option
from avatar.domain.audience import Audience, Reader
from avatar.domain.chunks import Span
from avatar.domain.decisions import (
    Answer,
    Clarify,
    Composed,
    Confidence,
    Decision,
    Escalate,
    Reason,
    Thresholds,
)
from avatar.domain.questions import IntentKind, Language
from tests.unit.answering.making import a_chunk, a_past_answer, an_intent, some_evidence

if TYPE_CHECKING:
    from avatar.domain.chunks import Chunk

BOB = Reader.colleague("bob")
THRESHOLDS = Thresholds(answer=0.8, draft=0.5, ask_back=0.3)
CHUNK = a_chunk("The port is 80.")
INTENT = an_intent("Which port is it?")
COMPOSED = Composed("The port is 80. [1]", (cite(CHUNK, 1, 1),), "extractive")
OPTIONS = tuple(
    Option(label, a_chunk(f"The port of {label} is 80.", f"{label}.md"))
    for label in ("staging", "prod @here", "qa", "dev", "uat")
)


def sure(probability: float) -> Confidence:
    return Confidence(probability, {}, (Reason("closeness", "close"),))


def a_case(probability: float = 0.9) -> Case:
    return Case(INTENT, some_evidence(INTENT, CHUNK), sure(probability), composed=COMPOSED)


def decided(case: Case) -> Decision:
    return decide(case, THRESHOLDS, owner="Ana")


def handed_over(case: Case) -> Escalate:
    decision = decided(case)
    assert isinstance(decision, Escalate)
    return decision


@pytest.mark.parametrize("kind", [IntentKind.EMPTY, IntentKind.SMALL_TALK])
def test_manners_need_no_evidence(kind: IntentKind) -> None:
    case = replace(a_case(0), intent=an_intent("hello", kind))

    decision = decided(case)

    assert isinstance(decision, Answer)
    assert decision.by == PRODUCT
    assert decision.citations == ()
    assert "Ana" in decision.text


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("thanks!", "You are welcome!"),
        ("ok great, thank you!", "You are welcome!"),
        ("got it", "You are welcome!"),
        ("Bye, see you", "Goodbye!"),
        ("hello, all good", "Hello!"),
        ("谢谢", "不客气！"),
        ("好的", "不客气！"),
        ("再见", "再见！"),
        ("你好", "你好！"),
    ],
)
def test_small_talk_is_replied_to_in_kind(text: str, reply: str) -> None:
    decision = decided(replace(a_case(0), intent=an_intent(text, IntentKind.SMALL_TALK)))

    assert isinstance(decision, Answer)
    assert decision.text.startswith(reply)


def test_policy_comes_before_the_score() -> None:
    policy = an_intent("Can Ana promise Friday?", policy=("commitment",))

    decision = handed_over(replace(a_case(1.0), intent=policy, options=OPTIONS))

    assert "for Ana to say" in decision.text
    assert decision.reasons[0].code == "commitment"
    assert decision.draft is None


def test_small_talk_that_touches_policy_is_handed_over() -> None:
    intent = an_intent("hi", IntentKind.SMALL_TALK, policy=("time-off",))

    assert handed_over(replace(a_case(), intent=intent)).reasons[0].code == "time-off"


def test_nothing_found_is_handed_over() -> None:
    case = replace(a_case(), evidence=some_evidence(INTENT), composed=None)

    assert handed_over(case).reasons[0].code == "no-evidence"


def test_split_evidence_is_asked_back_with_at_most_four_harmless_options() -> None:
    decision = decided(replace(a_case(), options=OPTIONS))

    assert isinstance(decision, Clarify)
    assert decision.options == ("staging", "prod here", "qa", "dev")
    assert "1. staging\n2. prod here" in decision.text
    assert next(c.document_id for c in decision.citations) == "staging.md"


@pytest.mark.parametrize(
    ("probability", "options"), [(0.29, OPTIONS), (0.9, OPTIONS[:1]), (0.9, ())]
)
def test_asking_back_needs_options_and_some_confidence(
    probability: float, options: tuple[Option, ...]
) -> None:
    assert not isinstance(decided(replace(a_case(probability), options=options)), Clarify)


@pytest.mark.parametrize(
    ("probability", "kind", "has_draft"),
    [
        (0.8, Answer, False),
        (0.79, Escalate, True),
        (0.5, Escalate, True),
        (0.49, Escalate, False),
    ],
)
def test_the_thresholds_decide(
    probability: float, kind: type[Answer | Escalate], *, has_draft: bool
) -> None:
    decision = decided(a_case(probability))

    assert isinstance(decision, kind)
    if isinstance(decision, Escalate):
        assert (decision.draft is not None) is has_draft
        assert decision.reasons[0].code == "low-confidence"
        assert decision.reasons[1].code == "closeness"


def test_across_languages_the_bar_is_higher() -> None:
    asked = an_intent("端口是多少")
    case = Case(asked, some_evidence(asked, CHUNK), sure(0.85), composed=COMPOSED)
    careful = replace(THRESHOLDS, answer_crossing=0.9)

    assert isinstance(decide(case, THRESHOLDS, owner="Ana"), Answer)
    assert isinstance(decide(a_case(0.85), careful, owner="Ana"), Answer)
    handed = decide(case, careful, owner="Ana")
    assert isinstance(handed, Escalate)
    assert handed.draft == COMPOSED
    assert handed.reasons[0].text == "我的把握是 85%，达到 90% 才会自己回答"


def test_what_waits_for_approval_is_a_draft_and_says_so() -> None:
    handed = handed_over(replace(a_case(0.95), waiting="notes"))

    assert handed.draft == COMPOSED
    assert handed.reasons[0].code == "draft-mode"
    assert handed.reasons[0].text == "answers from `notes` wait for the owner's approval"
    assert "not sure" not in handed.text
    unsure = handed_over(replace(a_case(0.6), waiting="notes"))
    assert unsure.reasons[0].code == "low-confidence"


def test_without_a_composed_text_nothing_is_answered() -> None:
    assert handed_over(replace(a_case(1.0), composed=None)).draft is None


def test_a_stale_past_answer_cannot_be_sent_on_unread_and_keeps_its_sources() -> None:
    decision = handed_over(replace(a_case(1.0), stale=frozenset({CHUNK.chunk_id})))

    assert decision.reasons[0].code == "stale"
    assert decision.draft == replace(COMPOSED, text="")
    assert CHUNK.text not in decision.reasons[0].text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which port is it?", "what it was based on (`notes/ports.md:3-5`) has changed since"),
        ("端口是多少", "但当时依据的内容（`notes/ports.md:3-5`）后来有改动"),
    ],
)
def test_the_ground_of_a_stale_answer_is_named_only_where_the_reader_found_it(
    question: str, words: str
) -> None:
    open_ground, hidden = Span("notes/ports.md", 3, 5, "x"), Span("private/ports.md", 1, 1, "x")
    old = replace(a_past_answer("The port is 80."), rests_on=(open_ground, hidden))
    ground = a_chunk("The port is 81.", "notes/ports.md", start=9)
    asked = an_intent(question)
    composed = Composed("The port is 80. [1]", (cite(old, 8, 8),), "extractive")
    evidence = some_evidence(asked, old, ground)
    stale = frozenset({old.chunk_id})

    case = Case(asked, evidence, sure(1.0), composed=composed, stale=stale)
    reason = handed_over(case).reasons[0]

    assert words in reason.text
    assert "`answers/a.md:8`" in reason.text
    assert "private" not in reason.text
    alone = handed_over(replace(case, evidence=some_evidence(asked, old))).reasons[0]
    assert "ports.md" not in alone.text


def rivals(one: str, other: str, second_question: str = "How long is the token valid?") -> Case:
    first = a_past_answer(one, "answers/a.md", "How long is the token valid?")
    second = a_past_answer(other, "answers/b.md", second_question)
    return replace(a_case(1.0), evidence=some_evidence(INTENT, first, second))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It is valid for 15 minutes.", "It is valid for 2 hours."),
        ("The token is valid for ever.", "The token is not valid for ever."),
        ("Renew the token before the deploy.", "Renew the token after the deploy."),
        ("Ask Kim in the data team for it.", "Ask Lee in the data team for it."),
        ("令牌存放在配置中心里。", "令牌存放在密钥仓库里。"),
    ],
)
def test_past_answers_that_disagree_are_both_shown_to_the_owner(one: str, other: str) -> None:
    decision = handed_over(rivals(one, other))

    assert decision.reasons[0].code == "contradiction"
    assert decision.draft is not None
    assert one in decision.draft.text
    assert other in decision.draft.text
    assert len(decision.draft.citations) == 2


@pytest.mark.parametrize(
    "case",
    [
        rivals("It is valid for 15 minutes.", "The token lives for 15 minutes."),
        rivals("It is valid for 15 min.", "It is valid for 2 h.", "Who owns the badge printer?"),
        rivals("It is valid for 15 min.", "It is valid for 15 min. Renew it in the vault."),
        rivals("Ask the data team for it.", "Ask a data team for it."),
        rivals("Ask Tom.", "Read the wiki page on tokens, it is not long."),
    ],
)
def test_past_answers_that_agree_or_answer_something_else_do_not_contradict(case: Case) -> None:
    assert isinstance(decided(case), Answer)


def test_the_doubts_of_answers_to_another_question_are_no_reason() -> None:
    at_odds = rivals("It is valid for 15 minutes.", "It is valid for 2 hours.")
    for case in (at_odds, replace(a_case(1.0), stale=frozenset({CHUNK.chunk_id}))):
        decision = handed_over(replace(case, confidence=sure(0.01)))
        assert decision.reasons[0].code == "low-confidence"
        assert decision.draft is None


def test_a_rival_far_behind_does_not_count() -> None:
    case = rivals("It is valid for 15 minutes.", "It is valid for 2 hours.")
    first, second = case.evidence.passages
    evidence = replace(case.evidence, passages=(first, replace(second, score=0.1)))

    assert isinstance(decided(replace(case, evidence=evidence)), Answer)


@dataclass(frozen=True)
class Cleaned:
    text: str
    marks: tuple[str, ...]


def redact(text: str) -> Cleaned:
    marks = ("password",) if "hunter2" in text else ()
    return Cleaned(text.replace("hunter2", "[secret]"), marks)


def guarded(decision: Decision, reader: Reader = BOB) -> Decision:
    return guard(decision, reader=reader, redact=redact, owner="Ana", language=Language.ENGLISH)


def an_answer(text: str, *chunks: Chunk) -> Answer:
    return Answer(text, tuple(cite(chunk, 1, 1) for chunk in chunks), "extractive")


def test_what_is_readable_and_clean_passes_unchanged() -> None:
    answer = an_answer("The port is 80.", CHUNK)

    assert guarded(answer) is answer
    product = Answer("Hello!", (), PRODUCT)
    assert guarded(product) is product


def test_an_answer_on_something_unreadable_is_handed_over_without_a_trace() -> None:
    private = a_chunk("Orion starts in May.", audience=Audience.groups(["hr"]))

    decision = guarded(an_answer("Orion starts in May.", CHUNK, private))

    assert isinstance(decision, Escalate)
    assert decision.draft is None
    assert "Orion" not in str(decision)
    assert decision.reasons[0].code == "not-readable"


def test_an_answer_without_a_source_is_handed_over() -> None:
    decision = guarded(an_answer("Trust me."))

    assert isinstance(decision, Escalate)
    assert decision.reasons[0].code == "uncited"


def test_a_secret_in_an_answer_is_handed_over_with_a_clean_draft() -> None:
    decision = guarded(an_answer("It is hunter2.", a_chunk("It is hunter2.")))

    assert isinstance(decision, Escalate)
    assert decision.draft is not None
    assert "hunter2" not in str(decision)


def test_a_stale_past_answer_is_no_option() -> None:
    stale = frozenset(option.chunk.chunk_id for option in OPTIONS[1:])
    decision = decided(replace(a_case(), options=OPTIONS, stale=stale))
    assert not isinstance(decision, Clarify)


def test_options_on_something_unreadable_are_not_shown() -> None:
    private = a_chunk("x", audience=Audience.owner_only())
    clarify = Clarify("Which?", ("a", "b"), (cite(private, 1, 1),))

    decision = guarded(clarify)

    assert isinstance(decision, Escalate)
    assert decision.draft is None
    assert guarded(clarify, Reader.owner()) is clarify


def test_the_draft_of_a_hand_over_is_freed_of_secrets() -> None:
    draft = Composed("It is hunter2.", (cite(a_chunk("It is hunter2."), 1, 1),), "extractive")

    decision = guarded(Escalate("Asked.", (), draft))

    assert isinstance(decision, Escalate)
    assert decision.text == "Asked."
    assert "hunter2" not in str(decision)
    assert guarded(Escalate("Asked.", ())) == Escalate("Asked.", ())
