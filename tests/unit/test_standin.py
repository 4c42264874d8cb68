"""The stand-in keeps and searches no secret, and no fault on the way costs a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.answering.retrieve import Retriever
from avatar.answering.weights import load
from avatar.domain.audience import Audience, Reader
from avatar.domain.decisions import Escalate
from avatar.domain.judgement import Judgement
from avatar.domain.questions import Question, ReplyAddress, Turn
from avatar.errors import ModelUnavailableError
from avatar.escalation.desk import Desk
from avatar.escalation.merging import same_question_key
from avatar.indexing.secrets import redact
from avatar.learning.freshness import Freshness
from avatar.learning.rejected import Rejections
from avatar.standin import Manner, Means, StandIn
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.inbox import MemoryInbox
from tests.fakes.journal import MemoryJournal, MemoryVerdicts
from tests.fakes.source import MemorySource
from tests.fakes.store import MemoryStore

if TYPE_CHECKING:
    from avatar.ports import Embedder, Vector

TOKEN = "ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"


class SilentEmbedder(FakeEmbedder):
    """A model behind a server that is down."""

    def embed_question(self, text: str) -> Vector:
        raise ModelUnavailableError(f"No answer about {text!r}.")


class Room:
    """A stand-in over empty knowledge, with what it wrote down."""

    def __init__(self, embedder: Embedder) -> None:
        judgement = Judgement(*load())
        self.inbox, self.journal, clock = MemoryInbox(), MemoryJournal(), FakeClock()
        means = Means(
            judgement=lambda: judgement,
            retriever=Retriever(MemoryStore((embedder.name,)), (embedder,), judgement.fusion),
            desk=Desk(self.inbox, clock, owner="Dana", secret_lines=lambda _text: []),
            journal=self.journal,
            freshness=Freshness(MemorySource(), str),
            rejections=Rejections(MemoryVerdicts(self.journal), same_question_key),
            clock=clock,
            redact=redact,
        )
        self.standin = StandIn(Manner("Dana"), means)


def a_question(text: str, *history: Turn) -> Question:
    return Question(
        "q1",
        text,
        "ana",
        Reader.colleague("ana"),
        Audience.everyone(),
        ReplyAddress("cli", "ana"),
        0.0,
        history,
    )


def test_a_secret_said_earlier_in_a_conversation_is_neither_searched_nor_kept() -> None:
    room = Room(FakeEmbedder("fake"))
    earlier = Turn(f"Why does the registry refuse {TOKEN} on push?", by_asker=True)
    room.standin.handle(a_question("And on staging?", earlier))
    (entry,) = room.journal.entries
    assert "registry" in entry.searched
    assert TOKEN not in str(entry)
    assert TOKEN not in str(room.inbox.list())


def test_a_question_is_handed_over_while_an_embedding_model_does_not_answer() -> None:
    room = Room(SilentEmbedder("fake"))
    outcome = room.standin.handle(a_question("How do we deploy?"))
    assert isinstance(outcome.decision, Escalate)
    (waiting,) = room.inbox.list()
    assert waiting.escalation_id == outcome.escalation_id
    assert "No answer about" not in outcome.text
