from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import typer

from avatar import __version__, errors
from avatar.cli.app import EPILOG, make_app
from avatar.cli.output import Output, clean
from avatar.errors import AvatarError, IndexInUseError
from tests.fakes.commands import MemoryCommands
from tests.unit.web.daemon import daemon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from avatar.commands import Row
    from tests.unit.cli.desk import Desk


def all_commands() -> Iterator[list[str]]:
    root = typer.main.get_command(make_app())
    for name, found in root.commands.items():  # type: ignore[attr-defined]
        yield [name]
        for inner in getattr(found, "commands", {}):
            yield [name, inner]


@pytest.mark.parametrize("words", [[], *all_commands()], ids=" ".join)
def test_every_command_has_help_with_an_example(desk: Desk, words: list[str]) -> None:
    result = desk.run(*words, "--help")
    assert result.exit_code == 0
    assert f"\n    avatar {' '.join(words)}".rstrip() in result.stdout
    assert "Example:\n" in result.stdout
    assert "--profile DIR" in result.stdout or words in (["secrets"], ["slack"])


def test_the_promised_commands_are_there() -> None:
    promised = "init check up doctor ask replies teach explain index search forget status demo"
    promised += " gaps evaluate calibrate mode judge"
    groups = {"inbox", "secrets", "slack"}
    assert {words[0] for words in all_commands()} == {*promised.split(), *groups}


def test_every_exit_code_is_documented() -> None:
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in classes if issubclass(kind, AvatarError)}
    documented = {int(line.split()[0]) for line in EPILOG.splitlines() if line.startswith("  ")}
    assert codes <= documented
    assert {0, 130} <= documented


def test_the_version_is_told(desk: Desk) -> None:
    assert desk.run("--version").stdout == f"avatar {__version__}\n"


def test_an_answer_is_shown_with_its_place_and_how_sure(desk: Desk) -> None:
    result = desk.run("ask", "How do we rotate the webhook key?")
    assert result.exit_code == 0
    assert "make rotate-key" in result.stdout
    assert "notes/webhooks.md:1" in result.stdout
    assert "Sure (92%)" in result.stdout
    assert "opening the index here" in result.stderr
    assert isinstance(desk.kept, MemoryCommands)
    assert desk.kept.closed == 1


def test_what_was_handed_over_is_said_with_its_id(desk: Desk) -> None:
    result = desk.run("ask", "Zxqv?", "--asker", "ana")
    assert result.exit_code == 0
    assert result.stdout.startswith("I have asked Dana.\nHanded to the owner as E0XYZ.\n")
    assert "avatar replies --asker ana" in result.stderr
    assert "ure (" not in result.stdout
    dry = desk.run("ask", "Zxqv?", "--dry-run")
    assert "Handed to the owner.\n" in dry.stdout
    assert "avatar replies" not in dry.stderr


def test_who_asks_again_is_told_of_the_replies_that_wait(desk: Desk) -> None:
    desk.run("ask", "Zxqv?", "--asker", "Ana M")
    desk.run("inbox", "reply", "E0XYZ", "Like this.")
    told = desk.run("ask", "webhook", "--asker", "Ana M").stderr
    assert "1 reply is there for you: avatar replies --asker 'Ana M'" in told
    desk.run("replies", "--asker", "Ana M")
    assert "there for you" not in desk.run("ask", "webhook", "--asker", "Ana M").stderr


def test_a_greeting_has_nothing_to_be_sure_of(desk: Desk) -> None:
    class Polite(MemoryCommands):
        def ask(self, rows: Iterable[Row], *, asker: str, dry_run: bool) -> Iterator[Row]:
            for row in super().ask(rows, asker=asker, dry_run=dry_run):
                yield row | {"citations": [], "reasons": []}

    desk.kept = Polite()
    assert "ure (" not in desk.run("ask", "webhook").stdout


def test_a_long_question_is_a_line_in_a_list_and_whole_by_itself(desk: Desk) -> None:
    long = "zxqv\n" * 20_000
    desk.run("ask", "-", given=long)
    assert max(map(len, desk.run("inbox").stdout.splitlines())) < 300
    assert max(map(len, desk.run("gaps").stdout.splitlines())) < 300
    assert len(desk.run("inbox", "show", "E0XYZ").stdout) > len(long) - 10


def test_json_is_alone_on_stdout(desk: Desk) -> None:
    (row,) = desk.rows("ask", "webhook")
    assert row["decision"] == "answer"
    result = desk.run("--json", "ask", "值班电话写在手册第一页。")
    assert json.loads(result.stdout)["text"] == "值班电话写在手册第一页。"
    assert "\\u" not in result.stdout


def test_a_question_can_come_from_stdin(desk: Desk) -> None:
    assert desk.rows("ask", "-", given="webhook key\n")[0]["decision"] == "answer"
    assert desk.rows("search", "-", given=b"webhook \xff\n")[0]["results"]


BATCH = (
    '{"id": 1, "text": "webhook"}\n\nnot json\n[1]\n{"id": true, "text": "x"}\n'
    '{"id": "x"}\n{"id": 2, "text": "nothing"}\n'
)


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_bad_row_is_named_and_the_rest_goes_on(desk: Desk, tmp_path: Path, command: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(BATCH.encode() + b"\xff\n" + b'{"id": 3, "text": "' + b"x" * 1_000_000 + b'"}')
    rows = desk.rows(command, "--batch", str(file), code=2)
    bad = {row["line"]: row["error"] for row in rows if "error" in row}
    assert list(bad) == [3, 4, 5, 6, 8, 9]
    assert all(f"line {number} " in text for number, text in bad.items())
    assert "longer than 1 MB" in bad[9]
    assert [row["id"] for row in rows if "error" not in row] == [1, 2]
    assert len(desk.opened) == 1


def test_a_good_batch_from_stdin_ends_well(desk: Desk) -> None:
    rows = desk.rows("ask", "--batch", "-", "--dry-run", given=BATCH.splitlines()[0])
    assert [row["id"] for row in rows] == [1]


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_text_or_a_batch_is_needed_and_not_both(desk: Desk, command: str) -> None:
    for arguments in ((), ("text", "--batch", "-")):
        (row,) = desk.rows(command, *arguments, code=2)
        assert "not both" in row["message"]
    (row,) = desk.rows(command, "--batch", "no-such-file", code=2)
    assert "no-such-file" in row["message"]


def test_search_shows_places_best_first(desk: Desk) -> None:
    assert "notes/webhooks.md:1" in desk.run("search", "webhook").stdout
    assert "Nothing was found." in desk.run("search", "Zxqv").stdout
    assert desk.run("search", "x", "--limit", "0").exit_code == 2


def test_one_pass_tells_what_it_did(desk: Desk) -> None:
    result = desk.run("index", "--rebuild")
    assert "2 added, 0 changed, 0 unchanged, 0 removed, 1 skipped." in result.stdout
    assert "skipped 1: is binary" in result.stderr
    assert "notes/b.md: permission denied" in result.stderr
    assert "1 secret left out" in result.stderr
    assert desk.rows("index")[0]["unchanged"] == 2


def test_a_pass_that_could_not_read_a_folder_does_not_end_well(desk: Desk) -> None:
    class Unmounted(MemoryCommands):
        def index(self, on_progress: Callable[[int, int, str], None], *, rebuild: bool) -> Row:
            return super().index(on_progress, rebuild=rebuild) | {"problem": "`src` is gone"}

    desk.kept = Unmounted()
    result = desk.run("index")
    assert result.exit_code == 5
    assert "Not everything is up to date: `src` is gone." in result.stderr
    assert desk.rows("index", code=5)[0]["problem"]


def test_many_faults_are_counted(desk: Desk) -> None:
    class Failing(MemoryCommands):
        def index(self, on_progress, *, rebuild):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            row = super().index(on_progress, rebuild=rebuild)
            problem = "~/notes is not there"
            return row | {"faults": row["faults"] * 30, "redacted": 0, "problem": problem}

    desk.kept = Failing()
    told = desk.run("index").stderr
    assert "and 10 more" in told
    assert "~/notes is not there" in told


def test_on_a_terminal_a_bar_shows_how_far_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = desk.run("index")
    assert result.exit_code == 0
    assert "2/2" in result.stderr
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in desk.run("ask", "webhook").stdout


def test_status_and_faults_are_shown(desk: Desk) -> None:
    result = desk.run("status")
    assert "Dana" in result.stdout
    assert "not running" in result.stdout
    assert desk.rows("status")[0]["chunks"] == 2
    result = desk.run("status", "--faults")
    assert "is binary" in result.stdout
    assert "line 3 (password)" in result.stdout
    assert len(desk.rows("status", "--faults")) == 2
    desk.kept.faults = list  # type: ignore[method-assign]
    assert "Nothing was left out." in desk.run("status", "--faults").stdout


def test_forgetting_asks_first_on_a_terminal(desk: Desk) -> None:
    desk.terminal = True
    assert desk.run("forget", "notes/webhooks.md", given="n\n").exit_code == 1
    assert desk.opened == []
    result = desk.run("forget", "notes/webhooks.md", given="y\n")
    assert "Forgotten: notes/webhooks.md (1 chunk)." in result.stdout
    desk.terminal = False
    (row,) = desk.rows("forget", "notes/")
    assert row["chunks"] == 1
    (row,) = desk.rows("forget", "notes/", "--yes", code=4)
    assert row["error"] == "NotFoundError"


def test_what_was_forgotten_can_be_let_in_again(desk: Desk) -> None:
    desk.run("forget", "notes/webhooks.md", "--yes")
    told = desk.run("forget", "notes/webhooks.md", "--undo").stdout
    assert told == "Let in again: notes/webhooks.md (1 chunk).\n"
    desk.run("forget", "notes/webhooks.md", "--yes")
    (row,) = desk.rows("forget", "notes/webhooks.md", "--undo")
    assert row == {"readmitted": ["notes/webhooks.md"], "chunks": 1}


def test_that_a_forgotten_past_answer_does_not_come_back_is_said_before(desk: Desk) -> None:
    assert "deleted for good" in " ".join(desk.run("forget", "--help").stdout.split())
    desk.terminal = True
    asked = desk.run("forget", "answers/1.md", given="n\n")
    assert "Forget answers/1.md? The file of a past answer is deleted for good" in asked.stderr


def test_teaching_keeps_the_answer(desk: Desk) -> None:
    result = desk.run("teach", "-q", "Who?", "-a", "Team Kestrel.", "--audience", "sre")
    assert result.stdout == "Kept as answers/2.md, for sre.\n"
    assert desk.rows("teach", "-q", "a", "-q", "b", "-a", "-", given="Ana.")[0]["path"]
    assert desk.run("teach", "-a", "x").exit_code == 2


def test_a_decision_is_explained(desk: Desk) -> None:
    question_id = desk.rows("ask", "webhook")[0]["question_id"]
    text = desk.run("explain", question_id).stdout
    assert "+1.20  a word is shared" in text
    assert "lexical 3.2" in text
    assert desk.rows("explain", question_id)[0]["decision"] == "answer"
    question_id = desk.rows("ask", "Zxqv")[0]["question_id"]
    assert "escalate" in desk.run("explain", question_id).stdout


def test_a_draft_is_shown_with_the_lines_it_rests_on(desk: Desk) -> None:
    desk.run("ask", "Zxqv draft?", "--asker", "ana")
    shown = desk.run("inbox", "show", "E0").stdout
    assert "  [1] notes/webhooks.md:1\n      one\n" in shown
    assert shown.count("      one\n") == 6
    assert "      and 2 lines more\n" in shown
    assert "  [2] notes/gone.md:1\n      not there as it was" in shown


def test_the_inbox_lists_shows_and_closes(desk: Desk) -> None:
    assert desk.run("inbox").stdout == "Nothing waits for you.\n"
    for text in ("Zxqv draft?", "Zxqv one?", "Zxqv two?"):
        desk.run("ask", text, "--asker", "ana")
    assert "E1XYZ" in desk.run("inbox").stdout
    assert len(desk.rows("inbox")) == 3
    assert len(desk.rows("inbox", "list", "--state", "all")) == 3
    assert desk.rows("inbox", "list", "--state", "answered") == []
    assert "no state" in desk.rows("inbox", "list", "--state", "x", code=2)[0]["message"]
    assert "Perhaps ask Ana." in desk.run("inbox", "show", "E0").stdout
    assert desk.rows("inbox", "show", "E0")[0]["draft"]
    assert "[1]" not in desk.run("inbox", "show", "E1").stdout
    assert (
        "is answered; ana will be told, kept as answers/"
        in desk.run("inbox", "approve", "E0").stdout
    )
    assert desk.rows("inbox", "reply", "E1", "Never.", "--no-keep")[0]["kept_as"] is None
    assert "is dismissed" in desk.run("inbox", "dismiss", "E2", "--note", "Ask Ben.").stdout
    result = desk.run("replies", "--asker", "ana")
    assert "> Zxqv one?\nNever.\n" in result.stdout
    assert desk.run("replies", "--asker", "ana").stdout == "No reply waits for ana.\n"


def test_a_reply_can_come_from_stdin_but_never_be_empty(desk: Desk) -> None:
    desk.run("ask", "Zxqv?", "--asker", "ana")
    assert "nothing was sent" in desk.rows("inbox", "reply", "E0", " ", code=2)[0]["message"]
    assert "stdin" in desk.rows("inbox", "reply", "E0", code=2)[0]["message"]
    assert desk.rows("inbox", "reply", "E0", "-", given="Never.\n")[0]["reply"] == "Never."
    assert desk.rows("replies", "--asker", "ana")[0]["text"] == "Never."


def test_a_reply_can_be_written_in_the_editor(desk: Desk, tmp_path: Path) -> None:
    desk.run("ask", "Zxqv draft?")
    desk.terminal = True
    assert "EDITOR" in desk.rows("inbox", "reply", "E0", code=2)[0]["message"]
    desk.env = {"EDITOR": "false"}
    assert "did not end well" in desk.rows("inbox", "reply", "E0", code=2)[0]["message"]
    script = tmp_path / "editor.py"
    script.write_text(
        "import sys, pathlib; p = pathlib.Path(sys.argv[1]); t = p.read_text()\n"
        "assert '# Zxqv draft?' in t; p.write_text('Really: ' + t)"
    )
    desk.env = {"EDITOR": f"'{sys.executable}' '{script}'"}
    assert desk.rows("inbox", "reply", "E0")[0]["reply"] == "Really: Perhaps ask Ana."


def test_up_serves_on_the_port_that_was_asked_for(desk: Desk) -> None:
    assert "is up on 127.0.0.1:4321" in desk.run("up").stdout
    assert desk.rows("up", "--port", "99", "--no-slack")[0]["port"] == 99
    assert desk.served == [0, 99]
    assert desk.listening == [True, False]
    assert "[channels.slack]" in desk.rows("up", "--slack", code=2)[0]["message"]


def test_the_demo_plays_every_scene(desk: Desk) -> None:
    from avatar.demo import Scene, Stage

    def play(stage: Stage) -> bool:
        stage.tell("Indexed 2 files.")
        stage.progress(1, 2, "a")
        (row,) = MemoryCommands().ask([{"id": 1, "text": "webhook"}], asker="x", dry_run=True)
        stage.show(Scene("an answer", "webhook?"), row)
        return True

    result = desk.run("demo", play=play)
    assert result.exit_code == 0
    assert "> webhook?\nRotate" in result.stdout
    assert json.loads(desk.run("demo", "--json", play=play).stdout)["shows"] == "an answer"
    assert desk.run("demo", play=lambda _: False).exit_code == 1


def test_secrets_come_from_stdin_and_are_never_shown(desk: Desk) -> None:
    result = desk.run("secrets", "set", "API_KEY", given="hunter2\n")
    assert result.stdout == "API_KEY is kept.\n"
    assert desk.secrets.get("API_KEY") == "hunter2"
    assert desk.rows("secrets", "list") == [{"name": "API_KEY"}]
    assert desk.run("secrets", "list").stdout == "API_KEY\n"
    assert desk.rows("secrets", "delete", "API_KEY") == [{"name": "API_KEY", "state": "forgotten"}]
    assert "No secret is kept." in desk.run("secrets", "list").stderr
    assert desk.rows("secrets", "delete", "API_KEY", code=4)[0]["error"] == "NotFoundError"


def test_a_secret_in_a_file_is_warned_of(desk: Desk) -> None:
    result = desk.run("secrets", "set", "API_KEY", "--file", given="hunter2")
    assert "unencrypted" in result.stderr
    assert desk.secrets.in_file == {"API_KEY": "hunter2"}
    assert "unencrypted" in desk.run("secrets", "list").stderr


def test_a_value_is_no_name_and_nothing_is_no_value(desk: Desk) -> None:
    result = desk.run("secrets", "set", "sk-hunter2")
    assert result.exit_code == 2
    assert "hunter2" not in result.output
    assert desk.run("secrets", "set", "API_KEY", given=" \n").exit_code == 2


def test_on_a_terminal_the_value_is_asked_for_without_echo(desk: Desk) -> None:
    desk.terminal = True
    result = desk.run("secrets", "set", "API_KEY", given="hunter2\n")
    assert result.exit_code == 0
    assert "hunter2" not in result.output
    assert desk.secrets.get("API_KEY") == "hunter2"


def test_a_running_daemon_is_used_instead_of_opening_the_index(desk: Desk) -> None:
    from avatar.profile import state_folder

    state = state_folder(desk.folder, desk.doors.env)
    with daemon(MemoryCommands(), state) as port:
        assert desk.rows("ask", "webhook")[0]["decision"] == "answer"
        assert f"port {port}" in desk.run("status").stdout
        assert desk.rows("index")[0]["added"] == 2
        assert desk.opened == []
        found = {row["name"]: row["message"] for row in desk.rows("doctor")}
        assert "opened by the daemon" in found["index"]
    desk.rows("ask", "webhook")
    assert len(desk.opened) == 1


def test_an_error_of_ours_is_one_sentence_and_its_exit_code(desk: Desk) -> None:
    result = desk.run("explain", "nope")
    assert result.exit_code == 4
    assert result.stderr.splitlines()[-1] == "No decision is called nope."
    assert result.stdout == ""
    assert "Traceback" in desk.run("--debug", "explain", "nope").stderr


class Crashing(MemoryCommands):
    def status(self) -> Row:
        raise ZeroDivisionError("boom")

    def replies(self, *, asker: str) -> list[Row]:
        raise KeyboardInterrupt(asker)


def test_an_unexpected_error_is_one_sentence_and_the_log_has_the_rest(desk: Desk) -> None:
    desk.kept = Crashing()
    result = desk.run("status")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    log = desk.home / "errors.log"
    assert str(log) in result.stderr.replace("\n", "")
    assert "boom" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
    assert isinstance(desk.run("status", "--debug").exception, ZeroDivisionError)


def test_an_unexpected_error_without_a_place_for_a_log_says_so(desk: Desk) -> None:
    desk.kept = Crashing()
    (desk.home / "errors.log").mkdir()
    result = desk.run("status")
    assert result.exit_code == 1
    assert "--debug" in result.stderr


def test_an_interrupt_ends_with_130(desk: Desk) -> None:
    desk.kept = Crashing()
    result = desk.run("replies")
    assert result.exit_code == 130
    assert "Interrupted." in result.stderr


def test_documents_cannot_steer_the_terminal(desk: Desk) -> None:
    desk.kept = MemoryCommands(
        {"notes/\x1b[2Jevil.md": "webhook \x1b]0;pwned\x07 \u202ekey [red]x"}
    )
    for words in (("ask", "webhook"), ("search", "webhook")):
        result = desk.run(*words)
        assert "\x1b" not in result.output
        assert "\u202e" not in result.output
    assert "[red]x" in desk.run("ask", "webhook").stdout
    assert clean("a\x9bb") == "a b"


def test_half_a_character_is_printed_as_json_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=True).row({"path": "a\udc80"})
    assert json.loads(capsys.readouterr().out) == {"path": "a\udc80"}


class Piped(MemoryCommands):
    """Whoever reads the replies goes away between two of them."""

    def replies(self, *, asker: str) -> list[Row]:
        first, *_ = waiting = super().replies(asker=asker)
        return [*waiting, {**first, "text": None} | {"question": object()}]


def test_a_reply_that_could_not_be_shown_waits_for_the_next_time(desk: Desk) -> None:
    desk.kept = Piped()
    (decision,) = desk.kept.ask([{"id": 1, "text": "zebra?"}], asker="ana", dry_run=False)
    desk.kept.reply(decision["escalation_id"], "Never.", keep=False, audience=None)
    assert desk.run("replies", "--asker", "ana", "--json").exit_code != 0
    assert [row["text"] for row in MemoryCommands.replies(desk.kept, asker="ana")] == ["Never."]


def test_a_command_waits_while_another_has_the_index(desk: Desk) -> None:
    desk.in_use = 2
    result = desk.run("status", "--json")
    assert result.exit_code == 0
    assert result.stderr.count("waiting for it") == 1
    assert len(desk.opened) == 1


def test_a_command_does_not_wait_for_ever(desk: Desk) -> None:
    desk.in_use = 100
    result = desk.run("status")
    assert result.exit_code == IndexInUseError.exit_code
    assert "Another process owns the index." in result.stderr
