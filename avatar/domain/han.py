"""Chinese without a dictionary: what a question asks about, cut into overlapping pairs.

A question is full of words that only ask ("什么时候可以…吗"). A pair of characters that holds one
of them, or that straddles two words, says nothing about the matter and stands in no note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_PHRASES: Final = """
    为什么 为何 为啥 什么时候 什么时间 什么地方 什么样 什么 多长时间 多久 多少 多大 多长 多高 多远
    怎么样 怎么办 怎么 怎样 如何 哪一年 哪一个 哪一种 哪一 哪个 哪些 哪里 哪儿 哪位 哪种 哪年 哪几
    哪两 何时 何地 何处 有没有 能不能 可不可以 是不是 会不会 要不要 该不该 对不对 行不行 可以 是否
    能否 可否 需要 应该 应当 必须 请问 一下 一个 一些 这个 那个 这些 那些 这样 那样 这里 那里 如果
    假如 或者 还是 以及 并且 而且 但是 不过 因为 所以 的时候 时候 现在 目前 我们 你们 他们 她们
    它们 咱们 大家 麻烦 帮我 告诉 知道 想问 有关 关于 的话 还有 没有 不能 不会 不是 不可以 能够
    可能 之后 之前 以后 以前 然后 已经 正在 几个 有几 多个 有多 被称为 称为 叫做 属于 位于
"""
_ASKING: Final = (
    "吗呢吧么嘛啊呀的了是我你您他她它们这那哪谁会要想能可把被让给对从到就都也还又很在和与或及为个"
    "请有没将并则而且等"
)
_WORDS: Final = """
    目的 标的 了解 其他 吉他 社会 议会 会议 会话 协会 机会 大会 年会 会员 会计 例会 开会 委会 会签
    主要 要求 重要 必要 摘要 概要 纪要 要点 猜想 思想 理想 想法 想象 设想 功能 性能 能力 能量 能源
    职能 智能 技能 节能 可选 可见 可达 可靠 可用 许可 认可 把握 把手 被动 让步 转让 给予 供给 对象
    对应 针对 反对 相对 对比 对抗 绝对 对手 对话 对齐 对接 对账 核对 校对 配对 成对 服从 主从 从库
    从属 从业 从事 收到 遇到 到期 到达 达到 迟到 报到 到账 签到 成就 就绪 就业 首都 成都 京都 都市
    还原 还款 归还 偿还 还书 存在 在线 在职 在岗 潜在 在途 内在 共和 昭和 饱和 总和 和平 和谐 和解
    和服 参与 与会 及时 普及 涉及 埃及 行为 作为 为期 人为 整个 个人 个体 个性 个数 单个 申请 请求
    邀请 请假 请示 拥有 具有 所有 有效 有限 含有 有权 占有 持有 公有 私有 共有 有向 有序 没收 将军
    即将 合并 并行 并发 并列 归并 规则 法则 原则 准则 否则 等级 等待 等价 平等 高等 是非 可观 可变
"""


def _longest_first(words: str) -> str:
    return "|".join(sorted(words.split(), key=lambda word: (-len(word), word)))


PHRASE: Final = re.compile(_longest_first(_PHRASES))
ASKING: Final = frozenset(_ASKING)
WORDS: Final = frozenset(_WORDS.split())
"""Words of the matter in which a character of `ASKING` is at home."""


def pairs(run: str) -> list[str]:
    """Return the overlapping pairs of a run of Chinese characters; of a single one, itself."""
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def matter(run: str) -> list[str]:
    """Return the parts of a question's run between the words that only ask."""
    kept = [True] * len(run)
    for phrase in PHRASE.finditer(run):
        kept[phrase.start() : phrase.end()] = [False] * len(phrase.group())
    for place, letter in enumerate(run):
        if letter in ASKING and not _is_at_home(run, place, kept):
            kept[place] = False
    marked = "".join(letter if keep else " " for letter, keep in zip(run, kept, strict=True))
    return marked.split()


def _is_at_home(run: str, place: int, kept: Sequence[bool]) -> bool:
    return any(
        run[start : start + 2] in WORDS and all(kept[start : start + 2])
        for start in (place - 1, place)
        if 0 <= start < len(run) - 1
    )


def bare(term: str) -> str:
    """Return a term without the characters that only ask; itself when nothing else is left."""
    return "".join(letter for letter in term if letter not in ASKING) or term


def asked_pairs(run: str) -> list[str]:
    """Return the pairs of a question's run that speak of the matter."""
    return [pair for part in matter(run) if len(part) > 1 for pair in pairs(part)]


def bridges(found: Sequence[str], is_known: Callable[[str], bool]) -> set[str]:
    """Return the unknown pairs that only join two known ones: 身连 between 替身 and 连接.

    `found` are terms in the order of the question.
    """
    return {
        pair
        for before, pair, after in zip(found, found[1:], found[2:], strict=False)
        if _is_pair(pair)
        and before.endswith(pair[0])
        and after.startswith(pair[1])
        and _is_pair(before)
        and _is_pair(after)
        and not is_known(pair)
        and is_known(before)
        and is_known(after)
    }


def _is_pair(term: str) -> bool:
    return len(term) == 2 and not term.isascii()


def whole_words(run: str, missing: Collection[str]) -> list[str]:
    """Return the stretches of a question's run that the missing pairs cover, as people read them.

    A character that a pair which is not missing covers belongs to a word that is known.
    """
    found = []
    for part in matter(run):
        covered = [False] * len(part)
        known = [False] * len(part)
        for start, pair in enumerate(pairs(part)):
            marks = covered if pair in missing else known
            marks[start : start + len(pair)] = [True] * len(pair)
        marked = (
            letter if covered[place] and not known[place] else " "
            for place, letter in enumerate(part)
        )
        found.extend("".join(marked).split())
    return found
