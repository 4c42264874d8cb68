"""A profile becomes wired objects; what is odd about it is told, not guessed."""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from avatar import bootstrap, furnishing, profile
from avatar.errors import (
    AlreadyRunningError,
    InvalidInputError,
    PortInUseError,
    StateUnwritableError,
    StoreUnavailableError,
)
from avatar.web import discovery
from avatar.web.client import RemoteCommands
from tests.stories.place import Place, ask, eventually, found_paths

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from avatar.commands import Commands

from tests.fakes.embedder import FakeEmbedder

KEY = "# Webhooks\n\nRotate the webhook key with `make rotate-key`.\n"
ASKED = "How do we rotate the webhook key?"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path, embedders=(FakeEmbedder("use"),))
    made.write("notes/webhooks.md", KEY)
    monkeypatch.setenv("AVATAR_HOME", str(made.home))
    return made


def test_without_a_named_place_state_is_in_the_home(place: Place) -> None:
    commands = bootstrap.open_commands(
        profile.load(place.folder), on_note=lambda _: None, embedders=place.embedders
    )
    commands.close()
    assert (place.state / "state.sqlite").is_file()
    assert (place.state / "index").is_dir()


def test_the_models_a_profile_names_are_loaded(place: Place) -> None:
    place.embedders = None
    place.describe(place.sources, '[index]\nembedders = ["use", "minilm"]\n')
    with place.open() as commands:
        assert set(commands.status()["models"]) == {"use", "minilm"}
        assert ask(commands, ASKED)["decision"] == "answer"


def test_an_embedder_class_of_the_profile_is_plugged_in(place: Place) -> None:
    place.embedders = None
    place.describe(
        place.sources,
        '[index]\nembedders = ["use"]\n[[index.extra_embedders]]\nname = "mine"\n'
        'class = "llama_index.core.embeddings.MockEmbedding"\nsettings = { embed_dim = 8 }\n',
    )
    with place.open() as commands:
        assert set(commands.status()["models"]) == {"use", "mine"}


def test_a_server_that_is_not_there_is_said_and_lets_go_of_the_state(place: Place) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place.describe(place.sources, f'[index]\nengine = "server"\nurl = "http://127.0.0.1:{port}"\n')
    with pytest.raises(StoreUnavailableError, match=str(port)), place.open():
        pass


def test_thresholds_of_the_profile_count_and_stay_in_order(place: Place) -> None:
    place.describe(place.sources, "[answering]\nanswer_threshold = 0.05\n")
    with place.open() as commands:
        row = ask(commands, ASKED)
        thresholds = commands.explain(row["question_id"])["thresholds"]
    assert thresholds["answer"] == 0.05
    assert thresholds["draft"] <= 0.05


def test_a_model_of_the_profile_is_named_in_the_record(place: Place) -> None:
    place.describe(
        place.sources, '[model]\nbase_url = "http://127.0.0.1:9/v1"\nname = "tiny"\ntimeout_s = 1\n'
    )
    with place.open() as commands:
        row = ask(commands, ASKED)
        assert row["decision"] == "answer"
        assert commands.explain(row["question_id"])["engine"]["language model"] == "tiny"


def test_forgetting_works_by_path_and_by_id_and_deletes_past_answers_only(place: Place) -> None:
    note = place.folder / "notes/webhooks.md"
    with place.open() as commands:
        kept = commands.teach(["Who owns billing?"], "Kim.", audience=None)["path"]
        assert commands.forget(kept)["forgotten"] == [f"answers/{kept.rsplit('/', 1)[-1]}"]
        assert not os.path.lexists(kept)
        assert commands.forget(str(note))["forgotten"] == ["notes/webhooks.md"]
        assert note.is_file()
        assert found_paths(commands, "webhook", "owner") == []
    with place.open() as commands:
        assert found_paths(commands, "webhook", "owner") == []


def test_what_a_crash_left_to_be_kept_is_told_when_it_cannot_be(place: Place) -> None:
    with place.open() as commands:
        row = ask(commands, "zxqv flurbs wnt?")
        folder = place.folder / "answers"
        (folder / "x.md").unlink(missing_ok=True)
        if folder.exists():
            folder.rmdir()
        folder.write_text("a file in place of the folder")
        with pytest.raises(StateUnwritableError):
            commands.reply(row["escalation_id"], "Ask Kim.", keep=True, audience=None)
        (told,) = commands.replies(asker="ana")
        assert "Ask Kim." in told["text"]
    with place.open(index=False):
        assert any("nothing was kept" in note for note in place.notes_heard)
    folder.unlink()
    with place.open():
        assert [path.suffix for path in folder.iterdir()] == [".md"]


def test_a_profile_copied_without_its_empty_answers_folder_is_whole(place: Place) -> None:
    answers = place.folder / "answers"
    with place.open(index=False) as commands:
        assert commands.index(lambda *_: None, rebuild=False)["problem"] is None
        commands.teach(["Who owns billing?"], "Team Kestrel.", audience=None)
    answers.rename(place.root / "unmounted")
    with place.open(index=False) as commands:
        assert "answers" in commands.index(lambda *_: None, rebuild=False)["problem"]
        assert found_paths(commands, "billing", "owner")[0].startswith("answers/")
    assert not answers.exists()


def test_a_profile_that_cannot_be_written_opens_without_an_answers_folder(place: Place) -> None:
    (place.folder / "answers").symlink_to(place.root / "nowhere")
    with place.open(index=False) as commands:
        assert "answers" in commands.index(lambda *_: None, rebuild=False)["problem"]


def test_progress_is_told_to_those_who_wait_for_a_long_pass(place: Place) -> None:
    for number in range(furnishing.NOTEWORTHY + 1):
        place.write(f"notes/{number}.md", f"# Note {number}\n\nText {number}.\n")
    with place.open(index=False) as commands:
        ask(commands, ASKED, dry_run=True)
    assert any("Indexing first" in note for note in place.notes_heard)


def test_discarding_an_index_leaves_everything_else(place: Place) -> None:
    with place.open() as commands:
        escalation = ask(commands, "zxqv flurbs wnt?")["escalation_id"]
    loaded = profile.load(place.folder)
    bootstrap.discard_index(loaded)
    assert not (place.state / "index").exists()
    bootstrap.discard_index(loaded)
    with place.open() as commands:
        assert [row["escalation_id"] for row in commands.inbox(state=None)] == [escalation]
        assert found_paths(commands, "webhook", "owner") == ["notes/webhooks.md"]
    with discovery.claim(place.state), pytest.raises(AlreadyRunningError):
        bootstrap.discard_index(loaded)


def served(place: Place, port: int, meanwhile: Callable[[Commands], None]) -> None:
    """Run the daemon in this thread, as it must be, and do something beside it."""
    failures: list[BaseException] = []

    def beside() -> None:
        record = discovery.running(place.state)
        assert record is not None
        client = RemoteCommands(record)
        try:
            meanwhile(client)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)
        finally:
            client.close()
            os.kill(os.getpid(), signal.SIGTERM)

    helper = threading.Thread(target=beside, name="avatar-test-beside")
    bootstrap.serve(
        profile.load(place.folder),
        port,
        ready=lambda _: helper.start(),
        on_note=place.notes_heard.append,
        embedders=place.embedders,
    )
    helper.join()
    for failure in failures:
        raise failure


def test_the_daemon_watches_answers_and_ends_with_every_thread_joined(place: Place) -> None:
    def meanwhile(commands: Commands) -> None:
        eventually(lambda: ask(commands, ASKED)["decision"] == "answer")
        place.write("notes/webhooks.md", KEY.replace("make rotate-key", "ops rotate"))
        eventually(lambda: "ops rotate" in ask(commands, ASKED)["text"])
        assert commands.status()["daemon"]["pid"] == os.getpid()

    served(place, 0, meanwhile)
    assert discovery.running(place.state) is None
    with place.open() as commands:
        assert commands.status()["documents"] == 1


def test_a_daemon_that_cannot_have_its_port_lets_go_of_everything(place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortInUseError):
            served(place, int(other.getsockname()[1]), lambda _: None)
    with place.open() as commands:
        assert commands.status()["documents"] == 1


def test_secrets_of_a_profile_are_looked_for_in_the_environment_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    store = bootstrap.secrets_of(profile.load(place.folder))
    assert store.get("OPENAI_API_KEY") == "from-the-environment"


def test_a_state_of_an_inbox_that_is_none_is_refused(place: Place) -> None:
    with place.open() as commands, pytest.raises(InvalidInputError, match="pending"):
        commands.inbox(state="open")
