"""One question through the whole stand-in, on fakes: written down first, told afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from avatar.answering.retrieve import Retriever
from avatar.answering.weights import load
from avatar.domain.audience import Audience, Reader
from avatar.domain.decisions import Answer, Band, Escalate, Thresholds
from avatar.domain.escalations import Verdict
from avatar.domain.judgement import Judgement, Mode
from avatar.domain.questions import Question, ReplyAddress
from avatar.errors import IndexDamagedError, StateUnwritableError, StoreUnavailableError
from avatar.escalation.desk import Desk
from avatar.escalation.merging import same_question_key
from avatar.indexing.secrets import redact
from avatar.learning.freshness import Freshness
from avatar.learning.rejected import Rejections
from avatar.standin import Manner, Means, StandIn, band
from tests.fakes.inbox import MemoryInbox
from tests.fakes.journal import MemoryJournal, MemoryVerdicts
from tests.fakes.model import FakeModel
from tests.unit.indexing.world import World

if TYPE_CHECKING:
    from avatar.domain.journal import JournalEntry
    from avatar.errors import AvatarError

KEY = "Rotate the webhook key with `make rotate-key`, then restart the gateway."
ASKED = "How do we rotate the webhook key?"
UNKNOWN = "Zxqvy flurbs wnkt?"


class FullJournal(MemoryJournal):
    def record(self, entry: JournalEntry) -> None:
        raise StateUnwritableError(f"The disk is full; {entry.entry_id} was not kept.")


def shipped() -> Judgement:
    return Judgement(*load())


@dataclass
class Office:
    """A stand-in over a world of fakes; `broken` is what the store raises."""

    world: World = field(default_factory=World)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    judgement: Judgement = field(default_factory=shipped)
    manner: Manner = field(default_factory=lambda: Manner("Dana", engine={"fast": "1"}))
    model: FakeModel | None = None
    numbers: int = 0

    def __post_init__(self) -> None:
        self.verdicts = MemoryVerdicts(self.journal)
        self.inbox = MemoryInbox(self.verdicts)

    def knows(self, name: str, text: str, audience: Audience | None = None) -> None:
        self.world.source.save(name, text, audience=audience or Audience.everyone())
        self.world.saved(name)

    def breaks(self, error: AvatarError) -> None:
        def fail(call: str) -> None:
            if call == "search":
                raise error

        self.world.store.on_call = fail

    @property
    def retriever(self) -> Retriever:
        return Retriever(self.world.store, [self.world.fast], self.judgement.fusion)

    @property
    def desk(self) -> Desk:
        return Desk(self.inbox, self.world.clock, owner="Dana", secret_lines=lambda _: [])

    @property
    def standin(self) -> StandIn:
        means = Means(
            judgement=lambda: self.judgement,
            retriever=self.retriever,
            desk=self.desk,
            journal=self.journal,
            freshness=Freshness(self.world.source, lambda text: redact(text).text),
            rejections=Rejections(self.verdicts, same_question_key),
            clock=self.world.clock,
            redact=redact,
            model=self.model,
        )
        return StandIn(self.manner, means)

    def question(self, text: str) -> Question:
        self.numbers += 1
        return Question(
            question_id=f"q{self.numbers}",
            text=text,
            asker="ana",
            reader=Reader.colleague("ana"),
            place=Audience.everyone(),
            reply_to=ReplyAddress("cli", "ana"),
            asked_at=self.world.clock.now(),
        )


@pytest.fixture
def office() -> Office:
    made = Office()
    made.knows("notes/webhooks.md", KEY)
    made.knows("notes/deploy.md", "We deploy from main with `make ship`.")
    return made


def test_what_is_known_is_answered_and_written_down_as_it_was_told(office: Office) -> None:
    outcome = office.standin.handle(office.question(ASKED))
    assert isinstance(outcome.decision, Answer)
    assert outcome.citations[0].document_id == "notes/webhooks.md"
    assert "make rotate-key" in outcome.text
    entry = office.journal.get("q1")
    assert entry is not None
    assert entry.reply == outcome.text
    assert entry.cited == tuple(citation.chunk_id for citation in outcome.citations)
    assert entry.probability == outcome.confidence.probability
    assert entry.engine == {"fast": "1", "confidence": "shipped"}
    assert "notes/webhooks.md" in {seen.document_id for seen in entry.passages}


def test_a_dry_run_leaves_no_trace(office: Office) -> None:
    outcome = office.standin.handle(office.question(UNKNOWN), record=False)
    assert isinstance(outcome.decision, Escalate)
    assert outcome.escalation_id == ""
    assert office.inbox.list() == []
    assert office.journal.recent(9) == []


def test_what_is_unknown_waits_for_the_owner_with_its_reasons(office: Office) -> None:
    outcome = office.standin.handle(office.question(UNKNOWN))
    (waiting,) = office.inbox.list()
    assert outcome.escalation_id == waiting.escalation_id
    assert waiting.reasons == outcome.confidence.reasons
    assert "Dana" in outcome.text
    entry = office.journal.get(waiting.escalation_id)
    assert entry is not None
    assert entry.question == UNKNOWN


@pytest.mark.parametrize(
    "error", [StoreUnavailableError("The store is away."), IndexDamagedError("It is damaged.")]
)
def test_without_an_index_the_owner_is_asked(office: Office, error: AvatarError) -> None:
    office.breaks(error)
    outcome = office.standin.handle(office.question(ASKED))
    assert isinstance(outcome.decision, Escalate)
    assert outcome.confidence.probability == 0.0
    assert len(office.inbox.list()) == 1


def test_what_cannot_be_written_down_is_not_told(office: Office) -> None:
    office.journal = FullJournal()
    with pytest.raises(StateUnwritableError):
        office.standin.handle(office.question(ASKED))


@pytest.mark.parametrize("mode", ["of the topic", "of all"])
def test_where_drafts_are_wanted_even_a_sure_answer_is_the_owners_to_send(
    office: Office, mode: str
) -> None:
    if mode == "of the topic":
        office.judgement = replace(office.judgement, modes={"notes": Mode.DRAFT})
    else:
        office.judgement = replace(office.judgement, otherwise=Mode.DRAFT)
    outcome = office.standin.handle(office.question(ASKED))
    assert isinstance(outcome.decision, Escalate)
    assert "make rotate-key" not in outcome.text
    (waiting,) = office.inbox.list()
    assert "make rotate-key" in waiting.draft
    assert [span.document_id for span in waiting.draft_spans] == ["notes/webhooks.md"]
    assert waiting.reasons[0].text == "answers from `notes` wait for the owner's approval"
    assert "not sure" not in outcome.text


def test_other_topics_are_answered_as_before(office: Office) -> None:
    office.judgement = replace(office.judgement, modes={"code": Mode.DRAFT})
    assert isinstance(office.standin.handle(office.question(ASKED)).decision, Answer)


def test_what_decisions_are_made_by_can_change_between_two_questions(office: Office) -> None:
    standin = office.standin
    office.judgement = replace(office.judgement, thresholds=Thresholds(1.0, 0.5, 0.2))
    assert isinstance(standin.handle(office.question(ASKED)).decision, Escalate)
    office.judgement = shipped()
    assert isinstance(standin.handle(office.question(ASKED)).decision, Answer)


def test_what_the_owner_rejected_is_a_draft_until_the_owner_approves_it(office: Office) -> None:
    standin = office.standin
    first = standin.handle(office.question(ASKED))
    assert isinstance(first.decision, Answer)
    office.verdicts.judge(first.question_id, Verdict.REJECTED, 1.0)

    again = standin.handle(office.question(f"Hi, {ASKED.lower()} Thanks!"))
    assert isinstance(again.decision, Escalate)
    assert "make rotate-key" not in again.text
    (waiting,) = office.inbox.list()
    assert waiting.reasons[0].code == "rejected"
    assert "Dana has said" in waiting.reasons[0].text
    assert "make rotate-key" in waiting.draft

    office.desk.approve(again.escalation_id)
    assert isinstance(standin.handle(office.question(ASKED)).decision, Answer)


def test_a_draft_the_owner_threw_away_is_not_sent_when_the_bar_comes_down(office: Office) -> None:
    standin, bar = office.standin, office.judgement.thresholds
    office.judgement = replace(office.judgement, thresholds=replace(bar, answer=1.0))
    drafted = standin.handle(office.question(ASKED))
    office.desk.reply(drafted.escalation_id, "Ask the people of billing.")
    office.judgement = shipped()
    held = standin.handle(office.question(ASKED))
    assert [reason.code for reason in held.confidence.reasons[:1]] == ["rejected"]


def test_other_lines_answer_what_the_rejected_ones_did_not(office: Office) -> None:
    standin = office.standin
    first = standin.handle(office.question(ASKED))
    office.verdicts.judge(first.question_id, Verdict.REJECTED, 1.0)
    office.knows("notes/webhooks.md", KEY.replace("make", "just"))
    assert isinstance(standin.handle(office.question(ASKED)).decision, Answer)


def test_what_was_rejected_for_one_question_still_answers_another(office: Office) -> None:
    standin = office.standin
    first = standin.handle(office.question(ASKED))
    office.verdicts.judge(first.question_id, Verdict.REJECTED, 1.0)
    other = standin.handle(office.question("What do we restart to rotate the webhook key?"))
    assert isinstance(other.decision, Answer)


def test_the_reason_is_in_the_language_of_the_question(office: Office) -> None:
    office.knows("notes/轮换.md", "轮换支付密钥要运行 `make rotate-pay`，然后重启网关。")
    standin, asked = office.standin, "怎么轮换支付密钥？"
    first = standin.handle(office.question(asked))
    assert isinstance(first.decision, Answer)
    office.verdicts.judge(first.question_id, Verdict.REJECTED, 1.0)
    held = standin.handle(office.question(asked))
    assert held.confidence.reasons[0].text == "Dana 说过，我找到的内容不能回答这个问题"


def test_what_the_owner_never_wants_answered_is_not_even_shown_to_a_model(office: Office) -> None:
    office.model = FakeModel.saying(("Rotate it.", [1]))
    office.manner = replace(office.manner, never_answer=("webhook key",))
    outcome = office.standin.handle(office.question(ASKED))
    assert isinstance(outcome.decision, Escalate)
    assert office.model.asked == []


def test_a_model_is_asked_only_when_its_words_may_be_used(office: Office) -> None:
    office.model = FakeModel.saying((KEY, [1]))
    outcome = office.standin.handle(office.question(ASKED))
    assert isinstance(outcome.decision, Answer)
    assert outcome.decision.by == "fake"
    put = len(office.model.asked)
    assert put in {1, 4}  # the answer, and where the decision hangs on it a second opinion
    assert isinstance(office.standin.handle(office.question(UNKNOWN)).decision, Escalate)
    assert len(office.model.asked) == put


@pytest.mark.parametrize("text", ["", "  \n", "hello!", "谢谢"])
def test_manners_need_no_evidence(office: Office, text: str) -> None:
    outcome = office.standin.handle(office.question(text))
    assert isinstance(outcome.decision, Answer)
    assert outcome.citations == ()
    assert office.inbox.list() == []


def test_half_a_character_is_no_crash(office: Office) -> None:
    assert office.standin.handle(office.question(f"{ASKED} \udc80")).text.encode()
    assert office.standin.search("rotate \ud800 key", reader=Reader.owner(), limit=3)


def test_a_search_shows_each_reader_what_they_may_read(office: Office) -> None:
    office.knows("notes/secret.md", "The webhook key of Kim.", Audience.groups(["sre"]))

    def found(reader: Reader) -> set[str]:
        passages = office.standin.search("webhook key", reader=reader, limit=9)
        return {passage.chunk.document_id for passage in passages}

    assert "notes/secret.md" in found(Reader.colleague("cy", ["sre"]))
    assert "notes/secret.md" not in found(Reader.colleague("ana"))


@pytest.mark.parametrize(
    ("probability", "word"),
    [(0.99, Band.HIGH), (0.9, Band.HIGH), (0.85, Band.MEDIUM), (0.8, Band.MEDIUM), (0.7, Band.LOW)],
)
def test_confidence_is_told_in_one_word(probability: float, word: Band) -> None:
    assert band(probability, Thresholds(answer=0.8, draft=0.4, ask_back=0.2)) is word
