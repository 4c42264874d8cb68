"""Every sentence this connector says to the owner, in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from avatar.domain.escalations import EscalationState, Verdict
from connectors.slack.texts import say

if TYPE_CHECKING:
    from avatar.domain.questions import Language

RULES_EN: Final = (
    "I am a program. I answer from these files only, show the lines I rely on, and ask {owner}"
    " when I am not sure. What I may tell you depends on what you may see; in a channel, on"
    " what everyone there may see. {owner} can read what you ask me, and can correct me;"
    " you are told when that happens. Write to me in the Messages tab."
)
RULES_ZH: Final = (
    "我是程序，只根据这些资料回答，并注明出处；没有把握时会去问 {owner}。能告诉你什么取决于"
    "你的权限；在频道里取决于所有成员的权限。{owner} 能看到你的提问，也可以更正我的回答，"
    "届时会通知你。请在消息页提问。"
)
WORDS: Final = {
    "card": ("A question for you", "有人问你"),
    "doubted": ("An answer of mine that did not help", "我的回答没有帮上忙"),
    "why_doubted": ("Why I ask you", "为什么来问你"),
    "answered": ("What I answered", "我的回答"),
    "confirm": ("It is right", "回答正确"),
    "why": ("Why I did not answer", "没有直接回答的原因"),
    "helps": ("What would have helped", "怎样能更有把握"),
    "is_answer": ("That is my answer", "这就是我的答复"),
    "no_answer": ("No, it still waits", "不是，问题仍在等待"),
    "goes_to": (
        "*That is my answer* also sends these words to",
        "点“这就是我的答复”后，这些话还会发给",
    ),
    "goes_to_more": (
        "*That is my answer* also sends these words to others who got the doubted answer.",
        "点“这就是我的答复”后，收到过这个回答且有权阅读的人也会收到这些话。",
    ),
    "said_cut": (
        "This is only the beginning; *That is my answer* takes all you wrote there.",
        "这里只显示开头；点“这就是我的答复”会采用你在那里写的全部内容。",
    ),
    "draft": ("My draft", "我的草稿"),
    "rests": ("It rests on", "依据"),
    "waiting": ("Waiting", "在等答复"),
    "send": ("Send draft", "发送草稿"),
    "edit": ("Edit", "修改"),
    "answer": ("Answer myself", "我来回答"),
    "dismiss": ("Not for me", "与我无关"),
    "snooze": ("Snooze", "稍后提醒"),
    "keep": ("Keep as a past answer", "存为既往答复"),
    "hint": (
        "Reply in this thread and your words go to everybody who waits.",
        "直接在此消息串回复，原话会转给所有等待的人。",
    ),
    "hint_doubted": (
        "Reply in this thread: your words go to who waits and to others who got this answer.",
        "直接在此消息串回复，原话会转给等待的人，以及收到过这个回答且有权阅读的人。",
    ),
    "edit_title": ("Edit the draft", "修改草稿"),
    "answer_title": ("Your answer", "你的答复"),
    "correct_title": ("Correct the answer", "更正回答"),
    "save_title": ("Save as my answer", "存为我的答复"),
    "submit": ("Send", "发送"),
    "save": ("Save", "保存"),
    "close": ("Cancel", "取消"),
    "question": ("Question", "问题"),
    "text": ("Answer", "答复"),
    "audience": ("Who may be given this answer", "谁可以看到这个答复"),
    "empty": ("Write something first.", "请先填写内容。"),
    "reading": ("Reading the thread…", "正在读取消息串……"),
    "cut": (
        "The draft is longer than Slack lets me put here; this is its beginning.",
        "草稿超出 Slack 允许的长度，这里只有开头部分。",
    ),
    "not_opened": (
        "The window did not open in time. Press again, or answer in the question's thread.",
        "窗口没来得及打开。请再点一次，或直接在该问题的消息串里回复。",
    ),
    "paused": (
        "Paused. Questions are kept and wait; write `resume` to go on.",
        "已暂停。问题会保留；发送 `resume` 恢复。",
    ),
    "resumed": ("Resumed. What was kept is being answered now.", "已恢复，正在处理保留的问题。"),
    "nothing": ("Nothing waits for you.", "没有等待你的问题。"),
    "inbox": ("Waiting for you", "等待你处理"),
    "recent": ("Answers given lately", "最近的回答"),
    "gaps": ("Asked, and nothing I have answers it", "有人问过但资料里没有答案"),
    "right": ("Right", "正确"),
    "wrong": ("Wrong", "不对"),
    "correct": ("Correct", "更正"),
    "show": ("Show", "查看"),
    "digest": ("Questions for you", "等待你的问题"),
    "marked_right": ("You marked it right", "你已确认正确"),
    "marked_wrong": ("You took it back; who got it was told", "你已撤回，收到的人已获通知"),
    "marked_corrected": ("You corrected it; who got it was told", "你已更正，收到的人已获通知"),
    "outdated": ("Its lines have changed; who got it was told", "依据已有变动，收到的人已获通知"),
    "usage": (
        "I understand `pause`, `resume` and `today`. Anything else is a question.",
        "可用命令：`pause`、`resume`、`today`。其他内容按提问处理。",
    ),
    "no_evidence": (
        "I could not answer this from your files.",
        "你的资料里没有找到可靠的答案。",
    ),
    "already": ("This was dealt with already.", "这件事已经处理过了。"),
    "reminder": ("Still waiting for your answer:", "仍在等你的答复："),
    "home_title": ("What I can answer", "我能回答什么"),
    "home_rules": (RULES_EN, RULES_ZH),
    "home_none": ("Nothing I have is open to you yet.", "目前没有对你开放的资料。"),
}


def word(name: str, language: Language) -> str:
    """Return a fixed wording."""
    en, zh = WORDS[name]
    return say(language, en=en, zh=zh)


def result(
    language: Language,
    state: EscalationState,
    verdict: Verdict | None,
    *,
    at: str,
    told: int,
    is_doubted: bool,
) -> str:
    """Say what became of a card."""
    if state is EscalationState.DISMISSED:
        return say(
            language,
            en=f"Closed without an answer at {at}; {_people(told)} told.",
            zh=f"{at} 已关闭，未作答复；已通知 {told} 人。",
        )
    if state is EscalationState.EXPIRED:
        return say(
            language,
            en=f"Expired at {at}; {_people(told)} told.",
            zh=f"{at} 已过期；已通知 {told} 人。",
        )
    if verdict is Verdict.APPROVED and is_doubted:
        return say(
            language,
            en=f"You confirmed my answer at {at}; {_people(told)} told.",
            zh=f"{at} 你确认了我的回答；已通知 {told} 人。",
        )
    if verdict is Verdict.APPROVED:
        return say(
            language,
            en=f"Draft sent at {at} to {_people(told)}.",
            zh=f"{at} 已把草稿发送给 {told} 人。",
        )
    return say(
        language,
        en=f"Your answer went out at {at} to {_people(told)}.",
        zh=f"{at} 已把你的答复转给 {told} 人。",
    )


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def sent_on(language: Language, *, told: int, audience: str) -> str:
    """Say that a reply went out, and for whom it could be kept."""
    return say(
        language,
        en=f"Passed on word for word to {_people(told)}. Keep it, and I answer this myself next"
        f" time — for: *{audience}*.",
        zh=f"已原样转给 {told} 人。保存后，下次我可以直接回答——可见范围：*{audience}*。",
    )


def said_there(language: Language, *, at: str) -> str:
    """Head what the owner wrote in the thread of a question that still waits."""
    return say(
        language,
        en=f"At {at} you wrote where it was asked. Is that your answer?",
        zh=f"{at} 你在提问的消息串里写了这些，这是你的答复吗？",
    )


def answered_there(language: Language, *, at: str, told: int) -> str:
    """Say that the owner answered where it was asked, and how many others were told."""
    if not told:
        return say(
            language,
            en=f"You answered where it was asked; closed at {at}.",
            zh=f"你已在提问的消息串里答复；{at} 关闭。",
        )
    return say(
        language,
        en=f"You answered where it was asked; closed at {at}, {_people(told)} told elsewhere.",
        zh=f"你已在提问的消息串里答复；{at} 关闭，另外告知了 {told} 人。",
    )


def taken_there(language: Language, *, question: str, audience: str) -> str:
    """Say that an answer was found where it was asked, and for whom it could be kept."""
    return say(
        language,
        en=f"You answered “{question}” where it was asked. Keep it, and I answer this myself next"
        f" time — for: *{audience}*.",
        zh=f"你已在提问处答复“{question}”。保存后，下次我可以直接回答——可见范围：*{audience}*。",
    )


def demoted(language: Language, *, topic: str) -> str:
    """Tell the owner that answers of a topic wait from now on, and why."""
    return say(
        language,
        en=f"You rejected several answers from `{topic}` in a row, so I send none from there by"
        f" myself any more: they come to you as drafts. `avatar mode {topic} auto` gives it back.",
        zh=f"来自 `{topic}` 的回答接连被你否定，我不再自行发出，会先作为草稿给你。"
        f"`avatar mode {topic} auto` 可以恢复。",
    )


def promise_broken(
    language: Language, *, wrong: int, judged: int, promise: float, bar: float
) -> str:
    """Tell the owner that the promise was not kept, and what was done."""
    more_en = (
        "Until right ones outweigh that, I send nothing without you."
        if bar >= 1
        else f"I answer by myself from {bar:.0%} sure on; that comes down with right answers."
    )
    more_zh = (
        "在正确的回答抵回之前，我不会自行发出任何回答。"
        if bar >= 1
        else f"现在把握达到 {bar:.0%} 才会自行回答；之后随正确的回答降低。"
    )
    return say(
        language,
        en=f"I did not keep the promise of {promise:.0%}: {wrong} of the last {judged} answers you"
        f" judged were wrong, which is beyond chance. {more_en} `avatar calibrate` learns from it.",
        zh=f"未达到约定的 {promise:.0%} 正确率：最近 {judged} 个经你评判的回答中有 {wrong} 个不对，"
        f"超出偶然。{more_zh}`avatar calibrate` 可据此重新校准。",
    )


def corrected(language: Language, *, audience: str) -> str:
    """Say that a correction went out, and for whom it could be kept."""
    return say(
        language,
        en="Everybody who got that answer was told. Keep your correction, and I answer with it"
        f" next time — for: *{audience}*.",
        zh=f"收到该回答的人都已获通知。保存更正后，下次我会据此回答——可见范围：*{audience}*。",
    )


def did_not_help(language: Language, *, name: str) -> str:
    """Say whom an answer did not help."""
    return say(language, en=f"{name} says that it did not help", zh=f"{name} 表示没有帮助")


def kept(language: Language, *, audience: str, path: str) -> str:
    """Say that an answer was kept, where, and for whom."""
    return say(
        language,
        en=f"Kept as a past answer for *{audience}*: `{path}`",
        zh=f"已存为既往答复（可见范围：*{audience}*）：`{path}`",
    )


def snoozed(language: Language, *, until: str) -> str:
    """Say until when a card sleeps."""
    return say(language, en=f"Snoozed until {until}.", zh=f"已推迟到 {until}。")


def gap(language: Language, question: str, asked: int, place: str) -> str:
    """Say how often something unknown was asked, and where a note on it would help."""
    en = f"{question} (asked {asked}×)" if asked > 1 else question
    zh = f"{question}（问过 {asked} 次）" if asked > 1 else question
    if not place:
        return say(language, en=en, zh=zh)
    return say(language, en=f"{en} — a note in `{place}` would help", zh=f"{zh}——可写进 `{place}`")


def day(language: Language, *, answered: int, asked_back: int, escalated: int, waiting: int) -> str:
    """Sum up the day."""
    return say(
        language,
        en=f"Today: {answered} answered, {asked_back} asked back, {escalated} passed to you,"
        f" {waiting} waiting for you now.",
        zh=f"今天：已回答 {answered}，反问 {asked_back}，转给你 {escalated}，当前等待 {waiting}。",
    )
