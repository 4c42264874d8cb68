"""A simulated owner who knows the truth, and the questions colleagues ask in the course of days.

The library is one of past answers about services: names share words and so do questions, so
that what is not known looks much like what is. Every question was asked once of the real index,
with its answer in it and without; a run then takes the product from calibration to the last
verdict on those searches, so that many runs are cheap.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Final

from avatar import calibrating, furnishing, profile, wiring
from avatar.adapters.sklearn_fitter import SklearnFitter
from avatar.answering.retrieve import Retriever
from avatar.domain.audience import Audience, Reader
from avatar.domain.calibration import Origin
from avatar.domain.decisions import Answer, Escalate
from avatar.domain.judgement import Mode
from avatar.domain.questions import Question, ReplyAddress
from avatar.domain.terms import WORD
from avatar.escalation.desk import Desk
from avatar.escalation.judging import Judging
from avatar.escalation.merging import same_question_key
from avatar.examiner import EvidenceExaminer
from avatar.indexing.secrets import redact
from avatar.learning.calibration import Wish, calibrate
from avatar.learning.certainty import Certainty, Sources, Wishes
from avatar.learning.foreign import FOREIGN
from avatar.learning.freshness import Freshness
from avatar.learning.rejected import Rejections
from avatar.learning.replay import Replayed, label, replay, threads_of
from avatar.standin import Manner, Means, StandIn
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import FakeEmbedder
from tests.fakes.inbox import MemoryInbox
from tests.fakes.journal import MemoryJournal, MemoryVerdicts
from tests.fakes.notebook import MemoryNotebook
from tests.fakes.source import MemorySource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.calibration import Calibration
    from avatar.domain.decisions import Citation, Outcome
    from avatar.domain.evidence import Found
    from avatar.domain.questions import Intent
    from avatar.examiner import Looked
    from avatar.learning.replay import Thread
    from avatar.ports import Vector
    from tests.stories.place import Place

PROMISE: Final = 0.9
LENGTH: Final = 500
CALIBRATED_ON: Final = 72
"""Threads an owner has answered before the stream begins."""

EVERY_S: Final = 1500.0
"""A question each 25 minutes, day and night."""

FIRST: Final = ("billing", "search", "login", "export", "mail", "media", "stock", "audit", "map")
SECOND: Final = ("gateway", "service", "worker", "cache", "queue", "portal")
ASPECTS: Final = (
    (
        "The {} listens on port {}.",
        "Which port does the {} listen on?",
        "On what port can I reach the {}?",
        "What port number do clients of the {} use?",
    ),
    (
        "Team number {1} is on call for the {0}.",
        "Which team is on call for the {}?",
        "Whom do I page when the {} fails?",
        "Who looks after the {} at night?",
    ),
    (
        "Logs of the {} are kept for {} days in the archive.",
        "For how long are logs of the {} kept?",
        "After how many days do logs of the {} go?",
        "How far back can I read what the {} wrote?",
    ),
    (
        "Deploy the {} with release plan {} from the main branch.",
        "How do I deploy the {}?",
        "With which plan is the {} released?",
        "What must I run to ship the {}?",
    ),
    (
        "The {} may take {} requests a second from one client.",
        "How many requests may a client send to the {}?",
        "What is the rate limit of the {}?",
        "When does the {} refuse more requests?",
    ),
)
THINGS: Final = tuple(f"{one} {two}" for one, two in product(FIRST, SECOND))


MEANT: Final = {
    "port": "reach listen clients",
    "call": "page looks fails night",
    "kept": "days back read wrote logs archive",
    "plan": "deploy ship released release run branch",
    "limit": "requests refuse client second",
}
"""Words that mean much the same, as a model that understands language would have it."""

VAGUE_EVERY: Final = 3
"""Of so many threads one is asked for by half a name once."""


class Understanding(FakeEmbedder):
    """A bag of meanings in place of a bag of words."""

    def __init__(self) -> None:
        super().__init__("use", dimension=256)
        self._meaning = {word: name for name, text in MEANT.items() for word in text.split()}

    def _vector(self, text: str) -> Vector:
        words = WORD.findall(text.lower())
        return super()._vector(" ".join(self._meaning.get(word, word) for word in words))


@dataclass(frozen=True)
class World:
    """Every question as it was searched, by thread: with its answer there, and without.

    `vague` ones name their service by half: an answer is there, and others look just like it.
    """

    known: dict[str, list[Replayed[Looked]]]
    unknown: dict[str, list[Replayed[Looked]]]
    vague: dict[str, list[Replayed[Looked]]]
    invented: list[Replayed[Looked]]


@dataclass(frozen=True)
class Mix:
    """What is asked, in the first half and in the second.

    `vague` is the share of questions that name their service by half; of the others,
    `answerable` is the share of those whose answer is there. `moved` is the share of services
    that move in between, so that from then on their answers do not hold; only the owner knows.
    """

    vague: tuple[float, float]
    answerable: tuple[float, float]
    moved: float = 0.0


STEADY: Final = Mix((0.05, 0.05), (0.6, 0.6))
SHIFTED: Final = Mix((0.05, 0.3), (0.6, 0.5), moved=0.4)


@dataclass(frozen=True)
class Run:
    """What was sent in one run, and how much of it was wrong."""

    asked: int
    sent: int
    wrong: int
    told: tuple[str, ...]

    @property
    def error(self) -> float:
        return self.wrong / self.sent if self.sent else 0.0

    @property
    def is_kept(self) -> bool:
        return self.error <= 1 - PROMISE


def build(place: Place) -> World:
    """Index the library with the product, and ask every question of it, once each way."""
    order = random.Random(1)
    for number, (thing, (answer, *asked)) in enumerate(product(THINGS, ASPECTS)):
        names = [thing] * len(asked)
        if number % VAGUE_EVERY == 0:
            names[-1] = thing.split()[-1]
        forms = "".join(f"  - {text.format(n)}\n" for text, n in zip(asked, names, strict=True))
        place.write(
            f"answers/a{number:03}.md",
            f"---\nquestions:\n{forms}audience: everyone\n---\n\n"
            f"{answer.format(thing, order.randint(10, 9999))}\n",
        )
    embedders = (Understanding(),)
    wired = wiring.wire(profile.load(place.folder), place.state, lambda _: None, embedders)
    try:
        furnishing.rooms_of(wired, lambda _: None, worker=None).library.refresh(lambda *_: None)
        with calibrating.bench(place.state, embedders, wired.shipped) as bench:
            forms_of = bench.library.fill(wired.store, lambda *_: None)
            threads = threads_of(forms_of)
            asked_again = replay(threads, bench.library, bench.examiner, FOREIGN)
            halved = [
                Replayed(text, Origin.TEST, thread, looked)
                for thread in threads
                for text in _halved(thread)
                if (looked := bench.examiner.look(text)) is not None
            ]
    finally:
        wired.close()
    world = World({}, {}, {}, [])
    for one in halved:
        world.vague.setdefault(one.thread.group, []).append(one)
    for one in asked_again:
        if one.origin is Origin.REPLAYED:
            world.known.setdefault(one.thread.group, []).append(one)
        elif one.origin is Origin.ABLATED:
            world.unknown.setdefault(one.thread.group, []).append(one)
        else:
            world.invented.append(one)
    return world


def _halved(thread: Thread) -> list[str]:
    """Return the thread's questions with half its service's name, where it has no such form."""
    texts = [asked.text for asked in thread.asked]
    thing = next(name for name in THINGS if any(name in text for text in texts))
    if not all(thing in text for text in texts):
        return []
    return [text.replace(thing, thing.split()[-1]) for text in texts]


class Remembered(Retriever):
    """Finds for each question what the real search found when it was asked."""

    def __init__(self) -> None:
        self.found: dict[str, Found] = {}

    def find(self, intent: Intent, **_: object) -> Found:
        return self.found[intent.text]


class Office:
    """The product from calibration to verdict, over searches that are remembered."""

    def __init__(self, calibration: Calibration | None, *, verdicts: bool) -> None:
        self.clock = FakeClock()
        self.journal = MemoryJournal()
        self.verdicts = MemoryVerdicts(self.journal)
        self.told: list[str] = []
        inbox = MemoryInbox(self.verdicts)
        self.desk = Desk(inbox, self.clock, owner="Dana", secret_lines=lambda _: [])
        self.judging = Judging(
            self.journal, self.verdicts, self.desk, self.clock, recalls={}, fetched={"cli"}
        )
        heard = self.verdicts if verdicts else MemoryVerdicts(self.journal)
        self.certainty = Certainty(
            Wishes(PROMISE, modes={"answers": Mode.AUTO}),
            calibrating.shipped_numbers(),
            Sources(heard, MemoryNotebook(), self.clock, lambda: 0, self.told.append),
        )
        self.certainty.adopt(calibration)
        self.retriever = Remembered()
        means = Means(
            judgement=self.certainty.judgement,
            retriever=self.retriever,
            desk=self.desk,
            journal=self.journal,
            freshness=Freshness(MemorySource(), str),
            rejections=Rejections(heard, same_question_key),
            clock=self.clock,
            redact=redact,
        )
        self.standin = StandIn(Manner("Dana"), means)

    def ask(self, number: int, one: Replayed[Looked]) -> Outcome:
        """Let a colleague ask."""
        self.clock.advance(EVERY_S)
        self.retriever.found[one.looked.intent.text] = one.looked.found
        return self.standin.handle(
            Question(
                question_id=f"q{number}",
                text=one.text,
                asker="ana",
                reader=Reader.owner(),
                place=Audience.everyone(),
                reply_to=ReplyAddress("cli", "ana"),
                asked_at=self.clock.now(),
            )
        )

    def judge(self, outcome: Outcome, one: Replayed[Looked]) -> bool | None:
        """Let the owner say what is true; returns whether what was sent was, None if nothing."""
        match outcome.decision:
            case Answer(citations=citations):
                is_right = _is_right(citations, one)
                self.judging.judge(outcome.question_id, right=is_right)
                return is_right
            case Escalate(draft=draft) if draft is not None and _is_right(draft.citations, one):
                self.desk.approve(outcome.escalation_id)
            case Escalate():
                self.desk.reply(outcome.escalation_id, "That is kept elsewhere; ask me tomorrow.")
        return None

    def give_back(self) -> None:
        """Let the owner trust a topic again after a good week's worth of right drafts."""
        (topic,) = self.certainty.sureness().modes
        recent = self.certainty.sureness().drift.recent[-15:]
        if topic.mode is Mode.DRAFT and len(recent) == 15 and all(recent):
            self.certainty.set_mode(topic.topic, Mode.AUTO)


def calibrated(world: World, seed: int) -> Calibration:
    """Calibrate on the threads an owner of this number has."""
    shipped = calibrating.shipped_numbers()
    examiner = EvidenceExaminer(Remembered(), Reader.owner(), shipped.fusion)
    groups = {*_groups(world, seed)[:CALIBRATED_ON]}
    labels = [
        label(one, examiner)
        for asked in (world.known, world.unknown)
        for group in sorted(groups)
        for one in asked[group]
    ]
    labels += [
        label(one, examiner)
        for one in world.invented
        if one.origin is Origin.FOREIGN or one.thread.group in groups
    ]
    return calibrate(labels, shipped, SklearnFitter(), Wish(PROMISE, made_at=0.0))


def run(
    world: World, mix: Mix, seed: int, calibration: Calibration | None, *, verdicts: bool = True
) -> Run:
    """Answer a stream of questions, each judged by the owner.

    Without a calibration the shipped numbers are in force; without `verdicts` nothing follows
    from what the owner says.
    """
    office = Office(calibration, verdicts=verdicts)
    sent = wrong = asked = 0
    for number, one in enumerate(_stream(world, mix, seed)):
        asked += 1
        is_right = office.judge(office.ask(number, one), one)
        if is_right is not None:
            sent += 1
            wrong += not is_right
        office.give_back()
    return Run(asked, sent, wrong, tuple(office.told))


def _groups(world: World, seed: int) -> list[str]:
    return random.Random(seed).sample(sorted(world.known), len(world.known))


def _stream(world: World, mix: Mix, seed: int) -> list[Replayed[Looked]]:
    """Return the questions of a run in their order, no wording twice."""
    order, groups = random.Random(f"stream {seed}"), _groups(world, seed)[CALIBRATED_ON:]
    places = [(group, n) for group in groups for n in range(len(world.known[group]))]
    order.shuffle(places)
    moved = {*groups[: round(mix.moved * len(groups))]}
    chosen: dict[str, Replayed[Looked]] = {}
    for group, n in places:
        half = int(len(chosen) >= LENGTH / 2)
        is_vague = (
            order.random() < mix.vague[half]
            and group in world.vague
            and world.vague[group][n].text not in chosen
        )
        is_known = order.random() < mix.answerable[half]
        asked = world.vague if is_vague else world.known if is_known else world.unknown
        one = asked[group][n]
        if half and group in moved:
            one = replace(one, origin=Origin.ABLATED)
        chosen[one.text] = one
    return [*chosen.values()][:LENGTH]


def _is_right(citations: Sequence[Citation], one: Replayed[Looked]) -> bool:
    right = {chunk.document_id for chunk in one.thread.chunks}
    is_there = one.origin is not Origin.ABLATED  # taken out, or no longer true
    return is_there and any(citation.document_id in right for citation in citations)
