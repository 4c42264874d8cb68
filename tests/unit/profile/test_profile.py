from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from avatar.answering import weights
from avatar.errors import InvalidInputError, ProfileError, StateUnwritableError
from avatar.profile import (
    NewProfile,
    Severity,
    check,
    find,
    home,
    kinds_and_paths,
    load,
    profile_id,
    register,
    registered,
    state_folder,
    write,
)
from avatar.profile.keys import HEADINGS, KEYS, key_named
from avatar.profile.sections import ProfileFile
from avatar.profile.template import render
from connectors.slack.config import SlackConfig

REPOSITORY = Path(__file__).parents[3]
OWNER = '[owner]\nname = "Dana"\n'


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "notes").mkdir(exist_ok=True)
    (tmp_path / "profile.toml").write_text(text, encoding="utf-8")
    return tmp_path


def messages(folder: Path) -> dict[str, str]:
    return {finding.key: f"{finding.message}; {finding.fix}" for finding in check(folder)}


def models(model: type[BaseModel], section: str = "") -> dict[str, type[BaseModel]]:
    found = {section: model}
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found |= models(part, f"{section}.{name}".removeprefix("."))
    return found


def test_every_key_is_documented_once_and_nothing_else_is() -> None:
    sections = {name: model for name, model in models(ProfileFile).items() if name}
    known = {
        (section, field.alias or name)
        for section, model in sections.items()
        for name, field in model.model_fields.items()
        if f"{section}.{name}" not in sections
    }
    known -= {("channels", "slack"), ("answering", "topics")}
    known |= {("channels.slack", name) for name in SlackConfig.model_fields}
    documented = [(key.section, key.name) for key in KEYS]
    assert sorted(documented) == sorted(known | {("askers", "NAME"), ("answering.topics", "NAME")})
    assert set(HEADINGS) == {section for section, _ in documented}


def test_the_documented_example_of_a_defaulted_key_is_its_default() -> None:
    sections = models(ProfileFile) | {"channels.slack": SlackConfig}
    for key in KEYS:
        if key.name == "NAME" or key.section in {"model", "index.extra_embedders"}:
            continue
        if "threshold" in key.name:
            continue
        field = sections[key.section].model_fields[key.name]
        if not field.is_required():
            value = tomllib.loads(key.line)[key.name]
            default = field.get_default(call_default_factory=True)
            assert value == (list(default) if isinstance(default, tuple) else default), key


@pytest.mark.parametrize(
    ("topics", "told"),
    [
        ('ntoes = "draft"', "no source is named 'ntoes'; did you mean 'notes'?"),
        ('xyz = "draft"', "no source is named 'xyz'; there are notes, answers"),
        ('notes = "sometimes"', "answering.topics.notes: 'sometimes'"),
        ('notes = "sometimes"', 'write: NAME = "draft"'),
    ],
)
def test_a_mode_of_no_source_and_no_mode_of_a_source_are_refused(
    tmp_path: Path, topics: str, told: str
) -> None:
    text = f'{OWNER}[[sources]]\npath = "notes"\n[answering.topics]\n'
    assert not check(folder_with(tmp_path, f'{text}notes = "draft"\nanswers = "auto"\n'))
    folder = folder_with(tmp_path, f"{text}{topics}\n")
    with pytest.raises(ProfileError, match=re.escape(told)):
        load(folder)


@pytest.mark.parametrize("name", ["avatar", "minimal", "team"])
def test_the_example_profiles_have_nothing_to_complain_about(name: str) -> None:
    folder = REPOSITORY / "profiles" / name
    assert check(folder) == ()
    assert load(folder).sources[-1].kind == "answers"


def test_paths_are_taken_from_the_profile_folder_and_home(tmp_path: Path) -> None:
    text = OWNER + '[[sources]]\npath = "notes"\n[[sources]]\npath = "~"\nname = "all"\n'
    text += 'exclude = ["/x"]\n'
    loaded = load(folder_with(tmp_path, text))
    assert [source.path for source in loaded.sources] == [
        str(tmp_path / "notes"),
        str(Path.home().resolve()),
        str(tmp_path / "answers"),
    ]
    assert [source.name for source in loaded.sources] == ["notes", "all", "answers"]
    assert loaded.sources[0].audience == "owner"
    assert loaded.file.is_file()
    assert loaded.answers_folder == tmp_path / "answers"


def test_who_may_read_what_follows_from_the_askers(tmp_path: Path) -> None:
    loaded = load(folder_with(tmp_path, OWNER + '[askers]\nana = ["sre"]\n'))
    assert loaded.reader("owner").is_owner
    assert loaded.reader("ana").labels == {"everyone", "group:sre"}
    assert loaded.reader("stranger").labels == {"everyone"}


def test_every_problem_is_told_at_once_with_what_to_write(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path,
        """
        [owner]
        nam = "Dana"
        timezone = "Mars/Base"
        [[sources]]
        path = "notes"
        kind = "note"
        [[sources]]
        path = "notes"
        name = "answers"
        audience = "everyone"
        kind = "product"
        [[sources]]
        path = "notes"
        kind = "customers"
        audience = "everyone"
        [askers]
        owner = ["sre"]
        [answering]
        never_answer = [" "]
        answer_threshold = 2
        [model]
        base_url = "http://models.example/v1"
        name = "m"
        [index]
        engine = "server"
        [[index.extra_embedders]]
        name = "Big"
        class = "x"
        settings = { api_key = "sk-1" }
        [web]
        port = 70000
        [anwsering]
        mode = "auto"
        """,
    )
    told = messages(folder)
    assert "did you mean 'name'?" in told["owner.nam"]
    assert 'name = "Your name"' in told["owner.name"]
    assert "time zone" in told["owner.timezone"]
    assert "'note'" in told["sources[0].kind"]
    assert "answers-2" in told["sources[1].name"]
    assert "never for everyone" in told["sources[2]"]
    assert "cannot name an asker" in told["askers"]
    assert "empty topic" in told["answering.never_answer"]
    assert "answer_threshold = 0.70" in told["answering.answer_threshold"]
    assert "allow_plain_http" in told["model"]
    assert "a-z, 0-9 and -" in told["index.extra_embedders[0].name"]
    assert "secrets never stand" in told["index.extra_embedders[0].settings"]
    assert "loopback port" in told["web.port"]
    assert "did you mean 'answering'?" in told["anwsering"]
    assert "sk-1" not in str(told)
    with pytest.raises(ProfileError) as raised:
        load(folder)
    assert len(raised.value.problems) >= len(told) - 1
    assert all("profile.toml" in problem for problem in raised.value.problems)


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("", "owner", "[owner]"),
        ("[owner]\nname = ''", "owner.name", "write: name"),
        (OWNER + "x = 1\n", "owner.x", "remove it; there are name"),
        (OWNER + "[index]\nurl = 'http://h:1'", "index", 'engine = "server"'),
        (OWNER + "[index]\nengine = 'server'", "index", "url ="),
        (OWNER + "[index]\nembedders = []", "index", "no embedding model"),
        (OWNER + "[index]\nengine = 'server'\nurl = 'ftp://x'", "index.url", "not an http"),
        (OWNER + "[index]\nengine='server'\nurl='http://u:p@h'", "index.url", "password"),
        (OWNER + "[answering]\nanswer_threshold=0.2\ndraft_threshold=0.4", "answering", "smaller"),
        (
            OWNER + "[model]\nname='m'\nbase_url='https://x'\napi_key_secret='sk-1'",
            "model.api_key_secret",
            "avatar secrets set",
        ),
        (OWNER + "[askers]\nana=['everyone']", "askers", "cannot name a group"),
        (OWNER + "[askers]\nana='sre'", "askers.ana", 'write: NAME = ["group"]'),
        (OWNER + "[[sources]]\npath='notes'\naudience='a b'", "sources[0].audience", "audience ="),
        (OWNER + "[answers]\naudience=':'", "answers.audience", "write:"),
        (OWNER + "[sources]\npath='notes'", "sources", "[[sources]]"),
        (OWNER + "[[sources]]\npath='~nobody-like-this/x'", "sources[0].path", "leads nowhere"),
        (OWNER + "[[sources]]\npath='notes'\nname='.'", "sources[0].name", "files-2"),
    ],
)
def test_each_mistake_says_what_to_write(tmp_path: Path, text: str, key: str, words: str) -> None:
    told = messages(folder_with(tmp_path, text))
    assert words in told[key]
    assert "sk-1" not in told[key]
    with pytest.raises(ProfileError):
        load(tmp_path)


def test_a_file_that_is_no_toml_or_no_text_is_one_problem(tmp_path: Path) -> None:
    (finding,) = check(folder_with(tmp_path, "[owner\n"))
    assert "line 1" in finding.message
    (tmp_path / "profile.toml").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in str(check(tmp_path)[0])
    (tmp_path / "profile.toml").unlink()
    assert "avatar init" in str(check(tmp_path)[0])
    (tmp_path / "profile.toml").mkdir()
    assert "cannot be read" in str(check(tmp_path)[0])


def test_a_missing_folder_is_a_problem_but_the_rest_goes_on(tmp_path: Path) -> None:
    text = OWNER + '[[sources]]\npath = "gone"\n[[sources]]\npath = "notes"\n'
    (finding,) = check(folder_with(tmp_path, text))
    assert finding.severity is Severity.PROBLEM
    assert "does not exist" in finding.message
    assert len(load(tmp_path).sources) == 3


def test_a_path_through_a_file_is_a_problem(tmp_path: Path) -> None:
    folder_with(tmp_path, OWNER + '[[sources]]\npath = "notes/a/b"\n')
    (tmp_path / "notes" / "a").write_text("")
    assert "cannot be read" in messages(tmp_path)["sources[0].path"]


def test_oddities_are_warnings(tmp_path: Path) -> None:
    text = OWNER + '[[sources]]\npath = "notes"\naudience = "sre,group:ops"\n[askers]\na=["ops"]\n'
    (finding,) = check(folder_with(tmp_path, text))
    assert finding.severity is Severity.WARNING
    assert "nobody is in the group 'sre'" in finding.message
    text = OWNER + "[index]\nengine = 'server'\nurl = 'http://qdrant.example:6333'\n"
    assert {f.key for f in check(folder_with(tmp_path, text))} == {"sources", "index.url"}
    load(tmp_path)


OUTER = OWNER + '[[sources]]\npath = "notes"\naudience = "everyone"\n'
INNER = '[[sources]]\npath = "notes/private"\naudience = "owner"\n'


def test_a_wider_source_around_a_narrower_one_would_leak_and_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes" / "private").mkdir(parents=True)
    told = messages(folder_with(tmp_path, OUTER + INNER))
    assert 'exclude = ["/private/"]' in told["sources[0].exclude"]
    with pytest.raises(ProfileError, match="would be shown to everyone"):
        load(tmp_path)
    for pattern in ("/private/", "private", "private/**"):
        load(folder_with(tmp_path, f'{OUTER}exclude = ["{pattern}"]\n{INNER}'))
    load(folder_with(tmp_path, OUTER.replace("everyone", "owner") + INNER))
    folder_with(tmp_path, OUTER + 'include = ["*.md"]\n' + INNER)
    assert [finding.severity for finding in check(tmp_path)] == [Severity.WARNING]


def test_the_same_folder_for_two_audiences_is_refused(tmp_path: Path) -> None:
    text = OUTER + '[[sources]]\npath = "notes"\nname = "again"\n'
    with pytest.raises(ProfileError, match="give one of them up"):
        load(folder_with(tmp_path, text))


def test_a_source_around_the_answers_must_leave_them_out(tmp_path: Path) -> None:
    text = OWNER + '[[sources]]\npath = "."\nname = "all"\naudience = "everyone"\n'
    with pytest.raises(ProfileError, match='"/answers/"'):
        load(folder_with(tmp_path, text))


def test_a_written_profile_loads_and_keeps_what_was_said(tmp_path: Path) -> None:
    for name in ("a/notes", "b/notes", "code"):
        (tmp_path / name).mkdir(parents=True)
    sources = kinds_and_paths(["a/notes", str(tmp_path / "b" / "notes")], ["code"])
    file = write(Path("me"), NewProfile('Dana "D" O\\Neil', sources, "sre"), current=tmp_path)
    loaded = load(file.parent)
    assert loaded.owner.name == 'Dana "D" O\\Neil'
    assert [source.name for source in loaded.sources] == ["notes", "notes-2", "code", "answers"]
    assert [source.kind for source in loaded.sources[:3]] == ["notes", "notes", "code"]
    assert {source.audience for source in loaded.sources[:3]} == {"sre"}
    assert loaded.answers_folder.is_dir()
    with pytest.raises(InvalidInputError, match="exists already"):
        write(Path("me"), NewProfile("Eve", (), "owner"), current=tmp_path)
    assert load(file.parent).owner.name.startswith("Dana")


def test_a_profile_inside_its_own_notes_leaves_its_answers_out(tmp_path: Path) -> None:
    wanted = NewProfile("Dana", kinds_and_paths(["."], []), "everyone")
    file = write(tmp_path / "stand-in", wanted, current=tmp_path)
    assert load(file.parent).sources[0].exclude == ("/stand-in/answers/",)


def test_every_comment_of_the_template_can_be_uncommented(tmp_path: Path) -> None:
    text = render(tmp_path, NewProfile("Dana", (), "owner"), current=tmp_path)
    lines = [line.removeprefix("# ").removeprefix("# ") for line in text.splitlines()[2:]]
    whole = tomllib.loads("\n".join(lines))
    assert {heading.strip("[]").partition(".")[0] for heading in HEADINGS.values()} >= set(whole)
    ProfileFile.model_validate(whole)


@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_name_survives_being_written(name: str) -> None:
    text = render(Path("/p"), NewProfile(name, (), "owner"), current=Path("/"))
    assert tomllib.loads(text)["owner"]["name"] == name


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*HEADINGS, "name", "path", "kind", "url", "x"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_a_profile_is_explained(raw: Any) -> None:
    from pydantic import ValidationError

    from avatar.profile.explain import explain

    if not isinstance(raw, dict):
        return
    try:
        ProfileFile.model_validate(raw)
    except ValidationError as error:
        for finding in explain(Path("profile.toml"), error):
            assert finding.message
            assert finding.fix


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnwritableError, match="choose a folder"):
        write(tmp_path / "file" / "me", NewProfile("Dana", (), "owner"), current=tmp_path)


def test_state_lives_under_avatar_home_and_is_one_to_one_with_the_folder(tmp_path: Path) -> None:
    env = {"AVATAR_HOME": str(tmp_path / "home")}
    assert home({}).name == "avatar"
    one, other = tmp_path / "a" / "Dana's 笔记", tmp_path / "b" / "Dana's 笔记"
    assert profile_id(one) != profile_id(other)
    assert profile_id(one).startswith("dana-s-")
    assert profile_id(tmp_path / "笔记").startswith("profile-")
    assert state_folder(one, env) == tmp_path / "home" / "profiles" / profile_id(one)


def profile_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "profile.toml").write_text(OWNER)
    return folder


def test_the_profile_that_is_meant_is_found(tmp_path: Path) -> None:
    env = {"AVATAR_HOME": str(tmp_path / "home")}
    one, two = profile_in(tmp_path / "one"), profile_in(tmp_path / "two")
    with pytest.raises(ProfileError, match="avatar init"):
        find(None, env, tmp_path)
    assert find(None, env, one) == one
    register(one, env)
    assert find(None, env, tmp_path) == one
    assert find(None, env, two) == one, "a folder from elsewhere must not take over"
    register(two, env)
    register(two, env)
    with pytest.raises(ProfileError) as raised:
        find(None, env, tmp_path)
    assert raised.value.problems == (str(one), str(two))
    assert find(None, env, two) == two
    assert find(one, env, two) == one
    assert find(one / "profile.toml", env, two) == one
    assert find(None, env | {"AVATAR_PROFILE": str(one)}, two) == one
    with pytest.raises(ProfileError, match="no profile in"):
        find(tmp_path, env, two)


def test_profiles_that_are_gone_are_not_listed(tmp_path: Path) -> None:
    env = {"AVATAR_HOME": str(tmp_path / "home")}
    assert registered(env) == ()
    register(profile_in(tmp_path / "one"), env)
    (tmp_path / "one" / "profile.toml").unlink()
    assert registered(env) == ()
    for garbage in ("{", "{}", "[1]"):
        (tmp_path / "home" / "profiles.json").write_text(garbage)
        assert registered(env) == ()


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnwritableError, match="AVATAR_HOME"):
        register(tmp_path, {"AVATAR_HOME": str(tmp_path / "file" / "home")})


def test_the_thresholds_a_new_profile_shows_are_those_in_force() -> None:
    _, _, shipped = weights.load()
    answer = key_named("answering", "answer_threshold")
    draft = key_named("answering", "draft_threshold")
    assert answer is not None
    assert draft is not None
    assert (float(answer.example), float(draft.example)) == (shipped.answer, shipped.draft)
    assert f"{shipped.answer_crossing:.2f} across languages" in answer.meaning
    note = (REPOSITORY / "profiles/avatar/notes/confidence.md").read_text(encoding="utf-8")
    said = " ".join(note.split())
    assert f"the answer threshold is {shipped.answer:.2f} when" in said
    assert f"and {shipped.answer_crossing:.2f} when they are not" in said
    assert f"the draft threshold is {shipped.draft:.2f}." in said
