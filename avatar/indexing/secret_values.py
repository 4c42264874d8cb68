"""Whether a value that stands beside a telling key is a secret, a placeholder, or code."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

MARK: Final = re.compile(r"\[secret removed: [A-Za-z0-9. -]{1,40}\]")
"""What stands where a secret stood."""

TEMPLATE: Final = re.compile(
    r"\$\{|\$\(|\{\{|\}\}|<[^>\n]{0,60}>?$|%\(?\w*\)?[sdr]$|^%\w+%$|^\$[A-Za-z_]\w*$|^\{[\w.!:\[\]()]*\}$"
    r"|^@[\w.]+@$|^__\w+__$|^\[[\w \-]+\]$|^!(?:Ref|Sub|ImportValue|vault)\b|^#\{|^<%"
)
MASK: Final = re.compile(
    r"^(?:[*•●.…_\-]{2,}|[xX]{3,}|[?？]{2,}|(?:xxxx?-?)+)$|\*{3,}|…|x{5,}|X{5,}|\.{3}$"
)
PLACEHOLDER: Final = re.compile(
    r"^(?:your?|my|the|some|a|an|enter|insert|put|add|replace|example|sample|dummy|fake|mock"
    r"|placeholder|redacted|removed|hidden|masked|todo|tbd|fixme|foo|bar|baz|foobar)(?:[-_. ]|$)"
    r"|[-_ ](?:here|placeholder)$|^(?:none|null|nil|true|false|yes|no|on|off|undefined|empty|unset"
    r"|required|optional|default|string|str|bytes|text|number|integer|int|bool|boolean|object|any"
    r"|void|uuid|secretstr|masked|n/?a|prompt|ask|env|unknown|auto|generated?|deprecated|enabled"
    r"|disabled|basic|bearer|password|passwd|pwd|passphrase|secret|token|credentials?|key|api"
    r"|keyring|vault|random|char|varchar|hash|hashed|encrypted)$"
    r"|^你的|^您的|^请|^（?(?:无|空|略|同上|待定|保密)）?$|^(?:密码|口令|令牌|密钥)$",
    re.IGNORECASE,
)
REFERENCE: Final = re.compile(
    r"^(?:vault|ref|arn|op|secretsmanager|ssm|env|file|keyring|awssm|gcpsm|sops|projects|https?"
    r"|(?:var|local|data|module|each|self|this|cls|os|process|args?|opts?|options|config|cfg|settings"
    r"|conf|params?|props|state|ctx|context|req|request|res|response|user|secrets?|vars|inputs"
    r"|github|env|System|ENV|Rails|faker|Depends|Field|Form|Query|Header|Cookie|typing|t"
    r"|Optional|Union|Annotated|List|Dict|Mapping|Callable|Literal))(?:[.:+\[(/]|$)"
)
CALL_OR_TYPE: Final = re.compile(
    r"^(?:await\s|new\s|lambda\b|not\s|if\s|!|&|\*)?[A-Za-z_][\w.:?!]*(?:->\w+)*[(\[{]"
    r"|^[A-Za-z_]\w*(?:(?:\.|->|::|\?\.)[A-Za-z_]\w*)+[)\],;]*$|^[(\[{]|^[A-Za-z_]\w*[)\]}]+$"
)
LABEL_WORDS: Final = re.compile(
    r"(?:pass(?:word|wd|phrase)|pwd|secret|token|credential|api[-_ ]?key|access[-_ ]?key"
    r"|密码|口令|令牌)",
    re.IGNORECASE,
)
PATH: Final = re.compile(
    r"^(?:~|\.{1,2})?/[\w./-]+$|^[A-Za-z]:\\|\.(?:txt|pem|key|json|ya?ml|env|py|go|js|crt)$"
)
PLAIN_NAME: Final = re.compile(r"^[A-Za-z_][A-Za-z_]*$")
SNAKE_OR_KEBAB: Final = re.compile(r"^[a-z]+(?:[-_.:/][a-z]+)*$|^[A-Z]+(?:_[A-Z]+)*$")
HAN_ONLY: Final = re.compile(r"^[\u3400-\u9fff\u3000-\u303f\uff00-\uffef ]+$")


def is_placeholder(value: str) -> bool:
    """Whether the value stands for a secret without being one: a template, a mask, a word."""
    bare = value.strip().strip("'\"`")
    if len(bare) < 3 or MARK.fullmatch(bare):
        return True
    if TEMPLATE.search(bare) or MASK.search(bare) or PLACEHOLDER.search(bare):
        return True
    return bool(HAN_ONLY.match(bare) or PATH.search(bare))


def is_code(value: str) -> bool:
    """Whether an unquoted value is an expression, a type or a reference rather than a text."""
    return bool(CALL_OR_TYPE.search(value) or REFERENCE.match(value))


def is_label(value: str) -> bool:
    """Whether a quoted value names a secret (`DB_PASSWORD`, `password-field`) or is a sentence."""
    if " " in value.strip():
        return True
    plain = re.sub(r"[\d]", "", value)
    return bool(LABEL_WORDS.search(value) and SNAKE_OR_KEBAB.match(plain) and plain == value)


def entropy(value: str) -> float:
    """Return the Shannon entropy of the value's characters in bits per character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def character_classes(value: str) -> int:
    """Count how many of lower case, upper case, digits and other signs the value holds."""
    return sum(
        (
            any(char.islower() for char in value),
            any(char.isupper() for char in value),
            any(char.isdigit() for char in value),
            any(not char.isalnum() and char not in "._-/: " for char in value),
        )
    )


def looks_chosen(value: str) -> bool:
    """Whether the value is built like a password: letters with digits or signs, no plain word."""
    if len(value) < 4 or not value.isascii():
        return False
    if value.isdigit():
        return len(value) >= 4
    if not any(char.isalpha() for char in value):
        return False
    return any(char.isdigit() for char in value) or (
        character_classes(value) >= 2 and not PLAIN_NAME.match(value)
    )


def looks_random(value: str) -> bool:
    """Whether the value is long and disorderly enough to have been generated."""
    if len(value) < 16 or not re.fullmatch(r"[A-Za-z0-9+/=_.~-]+", value):
        return False
    if re.fullmatch(r"[0-9a-fA-F-]+", value):
        return len(value) >= 20 and entropy(value) >= 2.8 and not value.isdigit()
    digits = sum(char.isdigit() for char in value)
    mixed = any(char.islower() for char in value) and any(char.isupper() for char in value)
    return entropy(value) >= 3.2 and digits >= (2 if mixed else 4)
