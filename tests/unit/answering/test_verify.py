from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avatar.answering.verify import Rejected, Verified, verify
from avatar.domain.audience import Audience, Reader
from tests.unit.answering.making import a_chunk
from tests.unit.answering.sentence_pairs import SUPPORTED, UNSUPPORTED

BOB = Reader.colleague("bob")

SUBJECTS = ["The client", "Ana", "The importer", "Our gateway", "The nightly job"]
VERBS = ["retries", "does not keep", "may hold", "writes", "never skips"]
OBJECTS = ["failed requests", "old rows", "the `orders.v2` topic", "backups", "log files"]
TAILS = ["times", "seconds", "days", "percent", "workers on eu-west-1", "MB if the disk is full"]

plain_sentences = st.builds(
    lambda subject, verb, what, number, tail: f"{subject} {verb} {what} {number} {tail}.",
    st.sampled_from(SUBJECTS),
    st.sampled_from(VERBS),
    st.sampled_from(OBJECTS),
    st.integers(2, 9999),
    st.sampled_from(TAILS),
)


def outcome(sentence: str, passage: str) -> Verified | Rejected:
    return verify(sentence, [1], [a_chunk(passage)], reader=BOB)


@pytest.mark.parametrize(("passage", "sentence"), UNSUPPORTED)
def test_an_unfaithful_sentence_is_rejected_with_a_reason(passage: str, sentence: str) -> None:
    found = outcome(sentence, passage)

    assert isinstance(found, Rejected)
    assert found.reason


def test_most_faithful_rewordings_are_verified() -> None:
    verified = [pair for pair in SUPPORTED if isinstance(outcome(pair[1], pair[0]), Verified)]

    assert len(verified) >= 0.8 * len(SUPPORTED)


@given(st.lists(plain_sentences, min_size=1, max_size=5, unique=True), st.data())
def test_a_sentence_copied_from_a_passage_is_verified(
    sentences: list[str], data: st.DataObject
) -> None:
    sentence = data.draw(st.sampled_from(sentences))

    assert isinstance(outcome(sentence, " ".join(sentences)), Verified)


@given(plain_sentences, st.integers(2, 9999), st.data())
def test_a_sentence_with_a_changed_number_is_never_verified(
    sentence: str, number: int, data: st.DataObject
) -> None:
    numbers = [word for word in sentence.split() if word.isdigit()]
    old = data.draw(st.sampled_from(numbers))
    assume(str(number) != old)
    neighbour = f"The archive holds {number} files."

    changed = sentence.replace(f" {old} ", f" {number} ")

    assert isinstance(outcome(changed, f"{sentence} {neighbour}"), Rejected)


@given(plain_sentences)
def test_turning_a_negation_round_is_never_verified(sentence: str) -> None:
    for negated, plain in (("does not keep", "keeps"), ("never skips", "skips")):
        if negated in sentence:
            assert isinstance(outcome(sentence.replace(negated, plain), sentence), Rejected)
            return
    assert isinstance(outcome(f"It is not true: {sentence}", sentence), Rejected)


@pytest.mark.parametrize("cites", [[], [0], [2], [-1], [1, 7]])
def test_a_citation_of_nothing_is_rejected(cites: list[int]) -> None:
    chunk = a_chunk("The port is 80.")

    assert isinstance(verify("The port is 80.", cites, [chunk], reader=BOB), Rejected)


def test_a_citation_this_reader_may_not_read_is_rejected() -> None:
    chunk = a_chunk("The port is 80.", audience=Audience.owner_only())

    assert isinstance(verify("The port is 80.", [1], [chunk], reader=BOB), Rejected)
    assert isinstance(verify("The port is 80.", [1], [chunk], reader=Reader.owner()), Verified)


def test_the_support_names_the_lines_of_the_sentence() -> None:
    chunk = a_chunk("# Ports\n\nWeb is on port 80.\n\nMetrics are\non port 9100.", start=10)

    found = verify("Metrics are on port 9100.", [1, 1], [chunk], reader=BOB)

    assert isinstance(found, Verified)
    assert [(s.cite, s.start_line, s.end_line) for s in found.support] == [(1, 14, 15)]


def test_every_sentence_of_a_text_must_stand() -> None:
    found = outcome("The port is 80. The host is mars.", "The port is 80. The host is venus.")

    assert isinstance(found, Rejected)


def test_a_list_item_keeps_the_negation_of_its_opening() -> None:
    passage = "Never do these:\n\n- restart the primary database\n- drop the audit table"

    assert isinstance(outcome("Restart the primary database.", passage), Rejected)


def test_a_heading_can_name_what_a_sentence_is_about() -> None:
    chunk = a_chunk("The limit is 20 MB.", headings=("Uploads",))

    found = verify("The limit of uploads is 20 MB.", [1], [chunk], reader=BOB)

    assert isinstance(found, Verified)


def test_a_heading_alone_supports_nothing() -> None:
    chunk = a_chunk("Bob is on call.", headings=("Deploy freeze in July",))

    found = verify("A deploy freeze is in July.", [1], [chunk], reader=BOB)

    assert isinstance(found, Rejected)


def test_it_refers_to_the_sentence_before() -> None:
    passage = "The scheduler runs on node a. It starts jobs every 5 minutes."

    assert isinstance(outcome("The scheduler starts jobs every 5 minutes.", passage), Verified)


def test_a_line_of_code_can_be_quoted() -> None:
    passage = "Run this:\n\n```sh\nshipctl lock\nshipctl deploy --to prod\n```"

    assert isinstance(outcome("shipctl deploy --to prod", passage), Verified)
    assert isinstance(outcome("shipctl deploy --to staging", passage), Rejected)


@pytest.mark.parametrize("text", ["", "  ", "...", "🙂", "Port,"])
def test_a_sentence_that_says_nothing_is_rejected(text: str) -> None:
    assert outcome(text, "The port is 80.") == Rejected(text, "it says nothing")


def test_invisible_characters_do_not_hide_a_changed_number() -> None:
    assert isinstance(outcome("The port is 8\u200b1.", "The port is 80."), Rejected)
