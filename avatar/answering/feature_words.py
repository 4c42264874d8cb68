"""What each feature means, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.domain.questions import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "dense": ("closeness in meaning", "意思的接近程度"),
    "dense_cross": ("closeness in meaning across languages", "跨语言的意思接近程度"),
    "dense_gap": ("lead over the next document", "领先其他文档的程度"),
    "dense_lead": ("lead over the other passages", "领先其他段落的程度"),
    "dense_z": ("standing out from all candidates", "在所有候选里的突出程度"),
    "dense_below_best": ("another passage being closer in meaning", "另有意思更接近的段落"),
    "form": ("likeness to a question answered before", "和以前回答过的问题的相似程度"),
    "lexical": ("matching words", "词语的匹配程度"),
    "lexical_gap": ("lead in matching words", "词语匹配上的领先程度"),
    "coverage": ("share of the question's words in the passage", "问题词语在段落里的比例"),
    "coverage_three": (
        "share of the question's words in the three best passages",
        "问题词语在前三段里的比例",
    ),
    "missing": ("a rare word the passage lacks", "段落里缺少的少见词"),
    "unknown": ("words that occur nowhere", "资料里从未出现的词"),
    "identifiers_missing": ("an asked name the passage lacks", "段落里缺少问到的名称"),
    "same_top": ("words and meaning agreeing on the document", "词语和意思指向同一份文档"),
    "support": ("other documents that come as close", "同样接近的其他文档"),
    "cross": ("question and passage in different languages", "问题和内容不是同一种语言"),
    "code": ("the passage being code", "这段内容是代码"),
    "answer": ("the passage being a past answer", "这段内容是以往的回答"),
    "han": ("the question being in Chinese", "问题是中文"),
    "length": ("the length of the question", "问题的长度"),
    "lexical_cross": ("matching names across languages", "跨语言的名称匹配"),
    "coverage_cross": ("share of shared names in the passage", "段落里共有名称的比例"),
    "model_asked": ("the language model having an opinion", "语言模型有意见"),
    "model_sufficient": ("the language model finding the answer there", "语言模型认为内容足够"),
    "model_agreement": ("drafts of the language model agreeing", "语言模型几次的说法一致"),
    "model_verified": (
        "share of the language model's sentences that stand there",
        "语言模型的句子有依据的比例",
    ),
    "model_refused": ("the language model giving no answer", "语言模型没有作答"),
    "coverage_lead": ("lead in the share of the question's words", "问题词语比例上的领先程度"),
    "window": (
        "share of the question's words in two neighbouring sentences",
        "问题词语在相邻两句里的比例",
    ),
    "window_gap": (
        "lead of those two sentences over other passages'",
        "这两句领先其他段落的程度",
    ),
    "missing_cross": ("a shared name the passage lacks", "段落里缺少共有的名称"),
}
"""Feature names of `features.NAMES` and `domain.opinion` in English and Chinese."""

ABSENT: Final[Mapping[str, tuple[str, str]]] = {
    "dense_below_best": ("no passage being closer in meaning", "没有意思更接近的段落"),
    "missing": ("no rare word missing from the passage", "段落里不缺少见词"),
    "missing_cross": ("no shared name missing from the passage", "段落里不缺共有的名称"),
    "unknown": ("every word occurring somewhere", "每个词都在资料里出现过"),
    "identifiers_missing": ("no asked name missing from the passage", "段落里不缺问到的名称"),
    "same_top": ("words and meaning pointing to different documents", "词语和意思指向不同的文档"),
    "support": ("no other document coming as close", "没有其他同样接近的文档"),
    "cross": ("question and passage in the same language", "问题和内容是同一种语言"),
    "code": ("the passage being no code", "这段内容不是代码"),
    "answer": ("the passage being no past answer", "这段内容不是以往的回答"),
    "han": ("the question not being in Chinese", "问题不是中文"),
}
"""What a feature of `WORDS` says when it is nought: the contrary speaks then, for or against."""


def feature_words(
    name: str, language: Language = Language.ENGLISH, *, is_absent: bool = False
) -> str:
    """Return a feature in words; one that has none yet keeps its name, readable."""
    texts = WORDS.get(name, (name.replace("_", " "),) * 2)
    english, chinese = ABSENT.get(name, texts) if is_absent else texts
    return chinese if language is Language.CHINESE else english
