"""What a sentence claims that must not change: numbers, names, negation, modality, conditions.

Both sides of a comparison are read by the same functions, so a sentence copied from a passage
always claims what the passage claims.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from avatar.domain.terms import HAN_RUN, WORD, identifiers, normalise, quoted, stem, terms

NUMBER_WORDS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
    "thousand": 1000, "million": 1_000_000, "once": 1, "twice": 2, "thrice": 3, "single": 1,
    "both": 2, "half": 0.5, "dozen": 12,
}  # fmt: skip

DIGIT: Final = re.compile(r"\d")
HAN_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
HAN_SCALES: Final = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
HAN_NUMBER: Final = re.compile(
    r"(?P<number>[零〇一二两三四五六七八九十百千万]+)"
    r"(?=个?(?:次|天|日|秒|分钟|分|小时|周|月|年|台|条|人|份|倍|级|位|轮|种|项|点|号|个|副本|节点|季度))"
)
NUMBER: Final = re.compile(r"(?<![A-Za-z0-9_.])(?:(?<![^\s(])-)?\d+(?:[.,:/-]\d+)*(?![\d])")
MIXED: Final = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]+-?\d[\w.]*")
"""Letters with digits, like `p95` or `utf-8`: one sign changed is another thing."""

URL: Final = re.compile(r"\b(?:https?|ftp|s3|gs|file)://[^\s<>\"'`，。；）)\]]+", re.IGNORECASE)
BACKTICKED: Final = re.compile(r"`([^`\n]+)`")
NAME: Final = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Za-z0-9&-]*(?![A-Za-z0-9_])")

UNITS: Final = {
    unit: name
    for name, units in {
        "ms": "ms millisecond milliseconds 毫秒",
        "s": "s sec secs second seconds 秒",
        "min": "min mins minute minutes 分 分钟",
        "h": "h hr hrs hour hours 小时",
        "d": "d day days 天 日",
        "w": "w week weeks 周",
        "mo": "month months 月",
        "y": "year years 年",
        "%": "% percent pct",
        "b": "b byte bytes",
        "kb": "k kb kib kilobytes",
        "mb": "m mb mib megabytes",
        "gb": "g gb gib gigabytes",
        "tb": "t tb tib terabytes",
        "times": "times time retries retry attempts attempt 次",
        "usd": "usd dollar dollars",
        "eur": "eur euro euros",
        "cny": "yuan rmb cny 元",
    }.items()
    for unit in units.split()
}

UNIT_TERMS: Final = frozenset(stem(unit) for unit in UNITS if len(unit) > 1 or not unit.isascii())

NEGATION: Final = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|nowhere|without|unless|except|"
    r"excluding|cannot|hardly|rarely|seldom|barely|forbid\w*|forbade|prohibit\w*|refus\w+|"
    r"disallow\w*|den(?:y|ies|ied)|avoid\w*|lacks?|fail(?:s|ed)?|unable|impossible|disabled?|stops?|stopped|"
    r"\w+n['\u2019]t)\b|\b(?:non|un)-"
    r"|不|没|无(?!论)|禁|切勿|请勿|勿|非|未|除非|除了|拒绝|避免|别(?=[^的人])|停止|失败",
    re.IGNORECASE,
)
STRONG: Final = re.compile(
    r"\b(?:must|always|ever|required?|requires|mandatory|guarantee[sd]?|certainly|definitely|"
    r"surely|all|every|everyone|everything|any|anyone|anything|entirely|completely|will|"
    r"automatically|immediately|only)\b"
    r"|必须|总是|一定|务必|保证|肯定|所有|全部|任何|每个|自动|立即|只|仅",
    re.IGNORECASE,
)
HEDGE: Final = re.compile(
    r"\b(?:may|might|could|perhaps|maybe|possibly|probably|likely|sometimes|usually|often|"
    r"typically|generally|mostly|normally|about|approximately|roughly|around|nearly|almost|"
    r"at (?:least|most)|up to|more than|less than|fewer than|over|under|should|planned|plans?|"
    r"draft|proposed|expected|try|tries|only)\b"
    r"|可能|也许|或许|有时|通常|一般|大概|大约|约|左右|至少|至多|最多|最少|以上|以下|超过|"
    r"建议|计划|预计|尽量|只|仅",
    re.IGNORECASE,
)
CONDITION: Final = re.compile(
    r"\b(?:if|unless|until|except|provided|when|whenever|once|before|after|while|during|"
    r"as long as)\b"
    r"|如果|若|假如|除非|直到|当|一旦|之前|之后|以前|以后|期间|只有",
    re.IGNORECASE,
)
CLAUSE_END: Final = re.compile(
    r"[,;:，；：、()（）\u2014]|\s-\s|\b(?:but|and|or|whereas|while|although|however|then|because)\b|但|而|并",
    re.IGNORECASE,
)
OPPOSITES: Final = tuple(
    tuple(frozenset(stem(word) for word in side.split()) for side in pair.split("|"))
    for pair in (
        "before|after", "above over exceed more greater|below under less fewer",
        "enable enabled on allow allowed permit permitted|disable disabled off deny denied forbid",
        "start starts open opens opened|stop stops close closes closed end ends",
        "increase increases raise grow|decrease decreases reduce lower shrink",
        "first oldest earliest|last newest latest", "minimum min least|maximum max most",
        "add adds create creates|remove removes delete deletes drop drops",
        "success succeed succeeds|failure fail fails", "public|private",
        "sync synchronous|async asynchronous", "read reads|write writes",
        "push pushes|pull pulls", "upload uploads|download downloads",
        "encrypt encrypted|decrypt plain unencrypted", "true yes|false no", "internal|external",
        "primary|secondary standby replica", "manual manually|automatic automatically",
        "required mandatory|optional", "new|old", "fast faster|slow slower", "up|down", "in|out",
    )
)  # fmt: skip
HAN_OPPOSITES: Final = tuple(
    pair.split("|")
    for pair in (
        "之前|之后", "以前|以后", "以上|以下", "启用|禁用", "开启|关闭", "允许|禁止", "增加|减少",
        "最大|最小", "最多|最少", "添加|删除", "成功|失败", "公开|私有", "同步|异步", "读|写",
        "上传|下载", "加密|明文", "手动|自动", "必须|可选", "主库|备库", "内部|外部", "高于|低于",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claims:
    """What one sentence says, in comparable form; `words` are content terms in their order."""

    words: tuple[str, ...]
    numbers: frozenset[tuple[str, str]]
    names: frozenset[str]
    exact: frozenset[str]
    negations: int
    strong: frozenset[str]
    hedges: frozenset[str]
    conditions: frozenset[str]

    @property
    def anchors(self) -> frozenset[str]:
        """Names and the words that hold numbers: what the other words are said of."""
        counted = (word for word in self.words if DIGIT.search(word))
        return self.names.union(counted)


def read_claims(text: str) -> Claims:
    """Read what a sentence claims."""
    clean = normalise(text)
    return Claims(
        words=words(clean),
        numbers=frozenset(numbers(clean)),
        names=frozenset(names(clean)),
        exact=frozenset(exact_strings(clean)),
        negations=len(NEGATION.findall(clean)),
        strong=_matches(STRONG, clean),
        hedges=_matches(HEDGE, clean),
        conditions=_matches(CONDITION, clean),
    )


def _matches(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(match.lower() for match in pattern.findall(text))


def words(text: str) -> tuple[str, ...]:
    """Return content terms in order, numbers in digits, without units: those are compared apart."""
    return tuple(word for word in terms(_in_digits(text)) if word not in UNIT_TERMS)


def numbers(text: str) -> list[tuple[str, str]]:
    """Return every number with its unit (or empty), in digits whatever it was written in."""
    text = _in_digits(text)
    return [(m.group(), _unit_after(text[m.end() :])) for m in NUMBER.finditer(text)]


def _in_digits(text: str) -> str:
    text = HAN_NUMBER.sub(lambda match: f" {_han_value(match['number'])} ", normalise(text))
    text = re.sub(
        r"[A-Za-z]+",
        lambda match: _shown(NUMBER_WORDS.get(match.group().lower()), match.group()),
        text,
    )
    return NUMBER.sub(lambda match: _plain(match.group()), text)


def _shown(value: float | None, word: str) -> str:
    return word if value is None else f"{value:g}"


def _plain(number: str) -> str:
    """Drop thousands separators and leading zeros; dates, times and versions stay whole."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        number = number.replace(",", "")
    if re.fullmatch(r"\d+\.\d+", number):
        return number
    return number.lstrip("0") or "0" if number.isdigit() else number


def _unit_after(rest: str) -> str:
    match = re.match(r"[\s-]?\s?(%|[A-Za-z]+|毫秒|分钟|小时|个?[秒分天日周月年次元])", rest)
    return UNITS.get(match.group(1).lower().removeprefix("个"), "") if match else ""


def _han_value(run: str) -> int:
    if not any(c in HAN_SCALES for c in run):
        return int("".join(str(HAN_DIGITS[c]) for c in run))
    total, section, digit = 0, 0, 0
    for c in run:
        if c in HAN_DIGITS:
            digit = HAN_DIGITS[c]
        elif c == "万":
            total, section, digit = (total + section + digit) * HAN_SCALES[c], 0, 0
        else:
            section += (digit or 1) * HAN_SCALES[c]
            digit = 0
    return total + section + digit


def names(text: str) -> list[str]:
    """Return capitalised words and acronyms, lower-cased; an ordinary first word is none."""
    found = []
    for match in NAME.finditer(text):
        name = match.group()
        opens = not text[: match.start()].strip(" \t\n\"'`*_([-0123456789.)")
        if len(name) > 1 and not (opens and _is_plain_word(name)):
            found.append(stem(name.lower()))
    return found


def _is_plain_word(word: str) -> bool:
    """Whether only its place at the start may have made it a capital: `Restart`, not `DNS`."""
    return word[1:].islower()


def exact_strings(text: str) -> list[str]:
    """Return what must stand in the passage letter by letter: code, paths, URLs, quotations."""
    found = [*identifiers(text), *quoted(text), *URL.findall(text), *BACKTICKED.findall(text)]
    found += MIXED.findall(text)
    return [squeezed(string).rstrip(".,;:!?").strip() for string in found]


def squeezed(text: str) -> str:
    """Return the text in lower case with single spaces and without backticks."""
    return " ".join(text.lower().replace("`", "").split())


def clauses(text: str) -> list[str]:
    """Cut a sentence at commas and conjunctions; only pieces with content terms are kept."""
    return [part for part in CLAUSE_END.split(normalise(text)) if part and terms(part)]


def all_words(text: str) -> tuple[str, ...]:
    """Return every word, stop words too, in order; Chinese by character."""
    clean = normalise(text)
    found = [(m.start(), stem(m.group().lower())) for m in WORD.finditer(clean)]
    for run in HAN_RUN.finditer(clean):
        found += [(run.start() + n, c) for n, c in enumerate(run.group())]
    return tuple(word for _, word in sorted(found))


def has_opposites(one: str, other: str) -> bool:
    """Whether one text says a word where the other says only its opposite."""
    first, second = frozenset(all_words(one)), frozenset(all_words(other))
    for left, right in OPPOSITES:
        for a, b in ((left, right), (right, left)):
            if first & a and second & b and not (first & b or second & a):
                return True
    for han_left, han_right in HAN_OPPOSITES:
        for x, y in ((han_left, han_right), (han_right, han_left)):
            if x in one and y in other and y not in one and x not in other:
                return True
    return False
