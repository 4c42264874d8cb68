from __future__ import annotations

import numpy as np
import pytest

from avatar.adapters.minilm_embedder import MiniLmEmbedder
from avatar.adapters.use_embedder import UseEmbedder
from avatar.answering.likeness import likeness
from avatar.answering.weights import load
from avatar.domain.language import text_language
from tests.fakes.embedder import FakeEmbedder

FUSION = load()[0]

SAME = [
    ("How do I roll back a release?", "What is the way to undo a release that went wrong?"),
    ("怎么轮换 webhook 密钥？", "webhook 的密钥如何更换？"),
    ("日志保存多少天？", "日志会保留多久？"),
    ("How long are logs kept?", "日志会保留多久？"),
]
OTHER = [
    ("How do I roll back a release?", "Who carries the pager this week?"),
    ("怎么轮换 webhook 密钥？", "值班电话在哪里可以查到？"),
    ("How long are logs kept?", "值班电话在哪里可以查到？"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_is_called_the_same_in_either_language(one: str, other: str) -> None:
    found = likeness([one, other], (UseEmbedder(), MiniLmEmbedder()), FUSION)
    assert found[0, 1] >= 1.0


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_question_is_far_from_it(one: str, other: str) -> None:
    found = likeness([one, other], (UseEmbedder(), MiniLmEmbedder()), FUSION)
    assert found[0, 1] < 0.75


def test_likeness_has_no_direction() -> None:
    texts = ["a webhook", "一个 webhook", "webhook key"]
    found = likeness(texts, (FakeEmbedder("use"), FakeEmbedder("other")), FUSION)
    assert found.shape == (3, 3)
    assert np.allclose(found, found.T)


def test_a_text_that_no_model_knows_is_like_nothing() -> None:
    only = FakeEmbedder("use", covers=lambda text: text_language(text) == "en")
    found = likeness(["the webhook key", "值班电话"], (only,), FUSION)
    assert found[0, 0] > 1.0
    assert found[1].tolist() == [0.0, 0.0]


def test_no_texts_give_an_empty_table() -> None:
    assert likeness([], (FakeEmbedder(),), FUSION).shape == (0, 0)
