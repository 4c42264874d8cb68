"""The main job in one minute: this project's own stand-in answers, asks back, asks its owner."""

from __future__ import annotations

import importlib.resources
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar import bootstrap, profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from avatar.commands import Commands, Row

ASKER: Final = "mei"


@dataclass(frozen=True, slots=True)
class Scene:
    """One question of the demo, and what it is there to show."""

    shows: str
    question: str


SCENES: Final = (
    Scene("an answer from the notes", "What happens when the disk is full?"),
    Scene("in Chinese, from Chinese notes", "替身什么时候会自己回答？"),
    Scene("in Chinese, from an answer in English", "为什么不用 SQLite 存向量？"),
    Scene("from the code, by symbol and line", "What does Audience.meet do?"),
    Scene(
        "from a past answer, in other words than it was asked",
        "Are questions lost while the engineer is on vacation?",
    ),
    Scene("evidence split in two: one question back", "How do I rebuild the index?"),
)
UNKNOWN: Final = Scene(
    "not written down anywhere: handed to the owner",
    "Which port does the Prometheus exporter listen on?",
)
REPLY: Final = (
    "There is no Prometheus exporter yet. `avatar status --json` has the figures to scrape."
)
AGAIN: Final = Scene(
    "the same in other words: known now", "On what port can I scrape Prometheus metrics?"
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo shows itself: a line of narration, a decision, a progress of indexing."""

    tell: Callable[[str], None]
    show: Callable[[Scene, Row], None]
    progress: Callable[[int, int, str], None]


def play(stage: Stage) -> bool:
    """Run the demo in a temporary folder; True when every scene went as announced."""
    with _own_standin(stage) as commands:
        done = commands.index(stage.progress, rebuild=False)
        documents = done["added"]
        stage.tell(
            f"Indexed {documents} files, {done['chunks']} chunks in {done['elapsed_s']:.0f} s."
        )
        seen = [_ask(commands, stage, scene) for scene in SCENES]
        unknown = _ask(commands, stage, UNKNOWN)
        if unknown["escalation_id"] is None:
            return False
        stage.tell(f"The owner replies to {unknown['escalation_id']}: {REPLY}")
        kept = commands.reply(unknown["escalation_id"], REPLY, keep=True, audience=None)
        told = commands.replies(asker=ASKER)
        for reply in told:
            stage.tell(f"{ASKER} is told: {reply['text']}")
        commands.received([reply["delivery_id"] for reply in told], asker=ASKER)
        stage.tell(f"Kept as a past answer: {Path(kept['kept_as']).name}")
        again = _ask(commands, stage, AGAIN)
    decisions = [row["decision"] for row in (*seen, unknown, again)]
    return decisions == ["answer"] * 5 + ["clarify", "escalate", "answer"]


def shipped() -> Path:
    """Return the folder that holds README.md and profiles: in the package, or the checkout."""
    package = Path(str(importlib.resources.files("avatar")))
    inside = package / "shipped"
    return inside if inside.is_dir() else package.parent


def _ask(commands: Commands, stage: Stage, scene: Scene) -> Row:
    row = next(iter(commands.ask([{"id": 1, "text": scene.question}], asker=ASKER, dry_run=False)))
    stage.show(scene, row)
    return row


@contextmanager
def _own_standin(stage: Stage) -> Iterator[Commands]:
    """Open this project's stand-in on a copy, so that the reply can be kept without a trace."""
    with tempfile.TemporaryDirectory(prefix="avatar-demo-") as folder:
        copy = Path(folder) / "profile"
        shutil.copytree(shipped() / "profiles" / "avatar", copy)
        shutil.copy(shipped() / "README.md", copy / "README.md")
        _point_at_this_installation(copy)
        commands = bootstrap.open_commands(
            profile.load(copy), on_note=stage.tell, state=Path(folder) / "state"
        )
        try:
            yield commands
        finally:
            commands.close()


def _point_at_this_installation(copy: Path) -> None:
    """Replace the paths of the checkout by those of this installation."""
    file = copy / profile.PROFILE_FILE
    package = Path(str(importlib.resources.files("avatar")))
    text = file.read_text(encoding="utf-8")
    text = text.replace('"../../README.md"', '"README.md"')
    text = text.replace('"../../avatar"', f"'{package / 'domain'}'")
    text = text.replace('name = "avatar"', 'name = "domain"')
    file.write_text(text, encoding="utf-8")
