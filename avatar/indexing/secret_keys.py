"""Secrets told by what stands before them: `password = …`, `密码：…`, flags, headers, addresses."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avatar.indexing.secret_values import (
    character_classes,
    is_code,
    is_label,
    is_placeholder,
    looks_chosen,
    looks_random,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD: Final = "password"  # noqa: S105 - the label of a kind, not one of them
KEY: Final = "key"
SECRET: Final = "secret"  # noqa: S105 - the same
WEAK: Final = "weak"
NAME_CHARACTERS: Final = frozenset(f"{string.ascii_letters}{string.digits}_.-")
MARK_START: Final = re.compile(r"\[secret(?: |$)")

STRONG_WORD: Final = re.compile(
    r"(?P<password>pass(?:word|wd|phrase|code|wort)s?|passw|pwd|psw|(?<![A-Za-z])pass(?![A-Za-z])"
    r"|(?<=[_-])pass(?![A-Za-z])|密码|口令|密碼|授权码)"
    r"|(?P<token>tokens?|令牌|權杖)"
    r"|(?P<secret>secrets?|credentials?|凭证|凭据)"
    r"|(?P<key>(?:api|access|private|auth|account|encrypt(?:ion)?|sign(?:ing)?|master|shared|service"
    r"|storage|licen[cs]e|app|admin|webhook|subscription|deploy)[ _-]?keys?"
    r"|访问密钥|密钥|秘钥|私钥|金鑰)"
    r"|(?P<weak>key|auth|signature|sig|salt|cookie|session|sid|(?<![A-Za-z])[as]k(?![A-Za-z]))",
    re.IGNORECASE,
)
"""A word that makes a name tell of a secret; `weak` ones only beside a generated-looking value."""

HARMLESS_PREFIX: Final = re.compile(
    r"(?:^|[_\-.])(?:public|pub|primary|foreign|cache|partition|sort|hash|host|known|max|min|num|n"
    r"|total|count|next|page|prev|is|has|reset|forgot|change|invalid|no|bos|eos|pad|unk|sep|cls|mask"
    r"|input|output|completion|prompt)[_\-]?$",
    re.IGNORECASE,
)
KIND_SUFFIX: Final = re.compile(
    r"(?:[_\-. ]?(?:\d+|values?|text|plain|raw|str(?:ing)?|prod(?:uction)?|dev|test"
    r"|stag(?:e|ing)|old|new|default|b64|base64|live|primary|secondary|current|key|data|admin|root|main|env|s))*$",
    re.IGNORECASE,
)
NAME_AFTER: Final = re.compile(r"[A-Za-z0-9_\-]{0,40}")

OPERATOR: Final = re.compile(
    r"[\"'`*_\]}]{0,4}[ \t]{0,20}(?:\([^()\n]{1,40}\)|（[^（）\n]{1,40}）)?[ \t]{0,20}"
    r"(?P<op>:=|=>|->|[=!]==?|=|:|：|＝|(?<=[ \t])\|(?=[ \t]))[\"'`*]{0,2}?[ \t]{0,40}"
    r"(?:\*\*[ \t]?)?"
)
TYPED: Final = re.compile(r"[A-Za-z_][\w.\[\]<>?| ]{0,40}?[ \t]{0,4}=[ \t]{0,10}(?=[rbuf\"'`])")
ARGUMENT: Final = re.compile(r"[\"'`\]]{0,2}[ \t]{0,4}[(,>][ \t]{0,4}")
SPOKEN: Final = re.compile(
    r"[\"'`*]{0,2}(?P<gap>[^\n.;:=。；：\"'`]{0,40}?)"
    r"(?:(?<=[ \t])(?:is|was|to)[ \t]+(?:now[ \t]+|still[ \t]+|set to[ \t]+)?"
    r"|(?:是|为|為|改成了?|改为了?|换成了?|设为|设成|:|：)[ \t]*)(?:\*\*)?"
)
GAP: Final = re.compile(r"[ \t]{1,4}")
QUOTED: Final = re.compile(
    r"(?:[rbufRBUF]{1,2}|@|\$)?(?:\\?\"\"\"(?P<t>[^\"\n]{0,512})\"\"\""
    r"|(?P<esc>\\\")(?P<e>[^\"\\\n]{0,512})\\\""
    r"|\"(?P<d>(?:[^\"\\\n]|\\[^\n]){0,512})\"|'(?P<s>(?:[^'\\\n]|\\[^\n]){0,512})'"
    r"|`(?P<b>[^`\n]{0,512})`|“(?P<c>[^”\n]{0,200})”|「(?P<j>[^」\n]{0,200})」)"
)
BARE: Final = re.compile(r"[!#-&(-;=?-_a-{}~]{1,160}")
"""An unquoted value: printable ASCII without quotes, angle brackets and bars."""
NEXT_PAIR: Final = re.compile(r"[&;,](?=[\w .\-]{1,40}=)")
CODE_TEXT: Final = re.compile(
    r"^[ \t]*(?:def |class |import |from \w[\w.]* import |function |const |let |var |public "
    r"|private |#include|func |fn |impl |package |return\b|if \(|async )",
    re.MULTILINE,
)
CLAUSE_END: Final = re.compile(r"[*.,;)]{0,3}[ \t]*(?:$|[.,;)\n。，；）]|#|--?\w)", re.MULTILINE)
LINE_START: Final = re.compile(
    r"^[ \t>]*(?:[-*+•][ \t]+)?(?:export[ \t]+|set[ \t]+|ENV[ \t]+)?[\"'*`]*$"
)
ADJECTIVE: Final = re.compile(
    r"(?:ed|ing|al|ary|able|ible|id|ory|ive|ly|wrong|set|sent|not|the|too|what|safe|weak|strong"
    r"|short|long|empty|missing|known|unknown|correct|incorrect|good|bad|same|shared|stale|dead"
    r"|fine|there|here|mine|yours|ours|never|always|only|also|already|kept|lost|somewhere|elsewhere"
    r"|given|hidden|broken|stolen|user|admin|secret|file|flag|option)$",
    re.IGNORECASE,
)
HAN_KEY: Final = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Found:
    """A secret's place in a text, end exclusive, and what to call it."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class _Key:
    """A telling name: where it ends, what it tells of, and how the name goes on after the word."""

    start: int
    end: int
    word: str
    label: str
    is_weak: bool
    before: str

    @property
    def is_password(self) -> bool:
        """Whether a value beside it may be a word that a person chose."""
        return self.label == PASSWORD and not self.is_weak


def find_beside_keys(text: str) -> Iterator[Found]:
    """Yield values that stand beside a telling key, in order, never overlapping."""
    is_code_text = bool(CODE_TEXT.search(text))
    done = 0
    for match in STRONG_WORD.finditer(text):
        if match.start() < done:
            continue
        found = _beside(text, _key_at(text, match), is_code_text=is_code_text)
        if found is not None:
            done = found.end
            yield found


def _key_at(text: str, match: re.Match[str]) -> _Key:
    before = _name_before(text, match.start())
    after = NAME_AFTER.match(text, match.end())
    tail = after.group() if after else ""
    family = match.lastgroup or SECRET
    is_weak = (
        family == WEAK or bool(HARMLESS_PREFIX.search(before)) or not KIND_SUFFIX.fullmatch(tail)
    )
    return _Key(
        start=match.start() - len(before),
        end=match.end() + len(tail),
        word=match.group(),
        label=KEY if family == WEAK else family,
        is_weak=is_weak,
        before=before,
    )


def _name_before(text: str, end: int) -> str:
    start = end
    lowest = max(0, end - 60)
    while start > lowest and text[start - 1] in NAME_CHARACTERS:
        start -= 1
    return text[start:end]


def _beside(text: str, key: _Key, *, is_code_text: bool) -> Found | None:
    operator = OPERATOR.match(text, key.end)
    if operator:
        return _assigned(text, key, operator, is_code_text=is_code_text)
    argument = ARGUMENT.match(text, key.end)
    if argument:
        return _passed(text, key, argument)
    return _flagged(text, key) or _spoken(text, key)


def _assigned(text: str, key: _Key, operator: re.Match[str], *, is_code_text: bool) -> Found | None:
    at = operator.end()
    if operator["op"] == ":":
        typed = TYPED.match(text, at)
        at = typed.end() if typed else at
    quoted = QUOTED.match(text, at)
    if quoted:
        return _quoted(key, quoted)
    bare = BARE.match(text, at)
    if not bare or operator["op"] in {"!=", "!==", "->"}:
        return None
    if key.is_weak and not any(char.isdigit() for char in bare.group()):
        return None
    value = _cut(bare.group())
    if is_placeholder(value) or _is_expression(value):
        return None
    if not (
        _is_chosen(key, value, is_code_text=is_code_text)
        or (not is_code_text and _is_chosen_word(text, key, value, bare.start()))
    ):
        return None
    return Found(bare.start(), bare.start() + len(value), key.label)


def _is_expression(value: str) -> bool:
    """Whether an unquoted value is code, and not a dotted token full of digits."""
    return is_code(value) and ("(" in value or sum(map(str.isdigit, value)) < 4)


def _quoted(key: _Key, quoted: re.Match[str]) -> Found | None:
    """Judge a string literal: anything beside a password key, else what looks made."""
    group = quoted.lastgroup or "d"
    value = quoted[group]
    is_phrase = "phrase" in key.word.lower()
    if is_placeholder(value) or (is_label(value) and not is_phrase):
        return None
    if key.is_password or looks_random(value):
        return Found(quoted.start(group), quoted.end(group), key.label)
    is_made = len(value) >= 8 and looks_chosen(value)
    is_long_word = len(value) >= 10 and value.isalnum() and key.label in {SECRET, KEY}
    if key.is_weak or not (is_made or is_long_word):
        return None
    return Found(quoted.start(group), quoted.end(group), key.label)


def _is_chosen(key: _Key, value: str, *, is_code_text: bool) -> bool:
    """Whether an unquoted value looks like a secret by itself."""
    if looks_random(value):
        return True
    if key.is_weak or (is_code_text and value.isidentifier()):
        return False
    return looks_chosen(value) and (key.is_password or (len(value) >= 8 and not value.isdigit()))


def _is_chosen_word(text: str, key: _Key, value: str, start: int) -> bool:
    """Whether a plain word is all that is assigned on its line to a password key."""
    if not key.is_password or is_label(value) or not value.isascii():
        return False
    line_start = text.rfind("\n", max(0, key.start - 80), key.start) + 1
    is_alone = bool(LINE_START.match(text[line_start : key.start])) or bool(
        HAN_KEY.search(key.word)
    )
    return is_alone and bool(CLAUSE_END.match(text, start + len(value)))


def _passed(text: str, key: _Key, argument: re.Match[str]) -> Found | None:
    """Judge `set_password("…")`, `("password", "…")` and `<password>…</password>`."""
    if argument.group().strip().endswith(">"):
        element = BARE.match(text, argument.end())
        if not element or text[max(0, key.start - 1) : key.start] not in {"<", ":"}:
            return None
        value = element.group()
        if not text.startswith("</", element.end()) or is_placeholder(value) or key.is_weak:
            return None
        return Found(element.start(), element.end(), key.label)
    quoted = QUOTED.match(text, argument.end())
    if not quoted:
        return None
    value = quoted[quoted.lastgroup or "d"]
    if len(value) < 6 or not looks_chosen(value):
        return None
    return _quoted(key, quoted)


def _flagged(text: str, key: _Key) -> Found | None:
    """Judge what follows a name after a space only: `--password …`, `PASSWORD '…'`, `密码 …`."""
    gap = GAP.match(text, key.end)
    if not gap or key.is_weak:
        return None
    is_flag = key.before.startswith("-")
    quoted = QUOTED.match(text, gap.end())
    if quoted:
        value = quoted[quoted.lastgroup or "d"]
        return (
            _quoted(key, quoted) if is_flag or looks_chosen(value) or key.word.isupper() else None
        )
    bare = BARE.match(text, gap.end())
    value = _cut(bare.group()) if bare else ""
    if not bare or value.startswith("-") or is_placeholder(value) or is_code(value):
        return None
    ends_here = bool(CLAUSE_END.match(text, bare.start() + len(value)))
    is_word = is_flag and ends_here and value.isalpha() and not ADJECTIVE.search(value)
    is_made = looks_chosen(value) if is_flag else _is_plainly_secret(key, value)
    if not (is_made or (is_word and key.is_password)):
        return None
    return Found(bare.start(), bare.start() + len(value), key.label)


def _is_plainly_secret(key: _Key, value: str) -> bool:
    """Whether a value is so unlike a word that no operator is needed to see a secret."""
    if looks_random(value):
        return True
    if not looks_chosen(value) or len(value) < 6 or not key.is_password:
        return False
    return character_classes(value) >= 3 or bool(HAN_KEY.search(key.word))


def _spoken(text: str, key: _Key) -> Found | None:
    """Judge a sentence: `the password for staging is …`, `测试环境密码是 …`."""
    said = SPOKEN.match(text, key.end)
    if not said or key.is_weak:
        return None
    quoted = QUOTED.match(text, said.end())
    if quoted:
        return _quoted(key, quoted)
    bare = BARE.match(text, said.end())
    value = _cut(bare.group()) if bare else ""
    if not bare or is_placeholder(value) or is_code(value):
        return None
    is_word = (
        key.is_password
        and len(value) >= 5
        and value.isascii()
        and value.isalpha()
        and len(said["gap"].split()) <= 3
        and not ADJECTIVE.search(value)
        and bool(CLAUSE_END.match(text, bare.start() + len(value)))
    )
    if not (is_word or _is_chosen(key, value, is_code_text=False)):
        return None
    return Found(bare.start(), bare.start() + len(value), key.label)


def _cut(value: str) -> str:
    """Return the value without the next `name=` pair and without closing punctuation."""
    pair = NEXT_PAIR.search(value)
    end = pair.start() if pair else len(value)
    mark = MARK_START.search(value)
    if mark:
        end = min(end, mark.start())
    return value[:end].rstrip(".,;:)]}*")
