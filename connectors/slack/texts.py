"""Every sentence this connector itself says to colleagues, in English and Chinese."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from avatar.domain.decisions import Band
from avatar.domain.questions import Language
from connectors.slack.gate import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

SURE_EN: Final = {
    Band.HIGH: "I am sure",
    Band.MEDIUM: "I am fairly sure",
    Band.LOW: "I am not sure",
}
SURE_ZH: Final = {Band.HIGH: "把握很大", Band.MEDIUM: "比较有把握", Band.LOW: "没有把握"}


def say(language: Language, *, en: str, zh: str) -> str:
    """Choose the wording for a language."""
    return zh if language is Language.CHINESE else en


def label(language: Language, *, owner: str, level: Band) -> str:
    """Say that a machine wrote this, from what, and how sure it is."""
    return say(
        language,
        en=f"Answered by a program from {owner}'s files, not reviewed by {owner}"
        f" · {SURE_EN[level]}",
        zh=f"由程序根据 {owner} 的资料回答，未经 {owner} 审阅 · {SURE_ZH[level]}",
    )


def label_of_past(language: Language, *, owner: str, when: str, level: Band) -> str:
    """Say that the owner gave this answer earlier, and that a program chose and sent it."""
    of_en, of_zh = (f" of {when}", f" {when} ") if when else ("", "以前")
    return say(
        language,
        en=f"{owner}'s earlier answer{of_en}, chosen and sent by a program · {SURE_EN[level]}",
        zh=f"{owner}{of_zh}的答复，由程序选出并发送 · {SURE_ZH[level]}",
    )


def day(at: float, *, is_plain: bool) -> str:
    """Write a day, so that Slack shows it on each reader's own calendar unless `is_plain`."""
    utc = datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d")
    return utc if is_plain else f"<!date^{at:.0f}^{{date_num}}|{utc}>"


def working(language: Language, *, owner: str) -> str:
    """Say what the stand-in is doing, next to its name."""
    return say(language, en=f"is looking through {owner}'s files…", zh=f"正在查阅 {owner} 的资料…")


def sources(language: Language) -> str:
    """Head the list of citations."""
    return say(language, en="Sources", zh="来源")


def helpful(language: Language) -> tuple[str, str]:
    """Name the two feedback buttons."""
    return ("有帮助", "不对") if language is Language.CHINESE else ("Good answer", "Bad answer")


def thanks(language: Language) -> str:
    """Thank for an answer that was marked as good, to the one who did so alone."""
    return say(language, en="Thank you, noted.", zh="谢谢，已记录。")


def doubted(language: Language, *, owner: str, at: int) -> str:
    """Say that an answer which did not help went to the owner."""
    return say(
        language,
        en=f"Thank you. My answer did not help, so I have passed it and your question to {owner}"
        f" at {moment(at)}; the reply comes here.",
        zh=f"谢谢反馈。我的回答没有帮上忙，已于 {moment(at)} 连同你的问题转给 {owner}；"
        "答复会发在这里。",
    )


def doubted_already(language: Language, *, owner: str) -> str:
    """Tell a second one, alone, that an answer is with the owner already."""
    return say(
        language,
        en=f"Thank you. {owner} is looking at this answer already; the reply comes here.",
        zh=f"谢谢反馈。{owner} 已在查看这个回答，答复会发在这里。",
    )


def judged_already(language: Language, *, owner: str) -> str:
    """Tell somebody, alone, that the owner's word on an answer is known."""
    return say(
        language,
        en=f"Thank you. {owner} has judged this answer already, or it was taken back above;"
        f" please ask {owner} directly if it still does not help.",
        zh=f"谢谢反馈。{owner} 已经评判过这个回答，或已在上文更正；如仍没有帮助，请直接联系对方。",
    )


def refused(language: Language, why: Refusal, *, owner: str) -> str:
    """Say politely that this person gets no answers here."""
    if why is Refusal.UNCONFIRMED:
        return say(
            language,
            en="I answer once your e-mail address is confirmed in Slack.",
            zh="请先在 Slack 中确认你的邮箱地址，我才能回答。",
        )
    return say(
        language,
        en=f"I am {owner}'s stand-in and may answer members of {owner}'s own team only."
        f" Please write to {owner} directly; I have let {owner} know.",
        zh=f"我是 {owner} 的自动替身，只能回答 {owner} 所在团队的成员。"
        f"请直接联系 {owner}，我已告知对方。",
    )


def refused_for_owner(language: Language, why: Refusal, *, user: str) -> str:
    """Tell the owner, once, that somebody was refused."""
    return say(
        language,
        en=f"<@{user}> asked me something and was refused ({why}). I will not tell you again.",
        zh=f"<@{user}> 向我提问，被拒绝了（{why}）。以后不再就此通知你。",
    )


def not_here(language: Language) -> str:
    """Say, whatever the reason, that the reply comes in a direct message."""
    return say(
        language,
        en="I cannot answer this for everyone here, so I reply to you in a direct message.",
        zh="这里人多，不便回答；我会私信回复你。",
    )


def about_channel(language: Language, *, question: str) -> str:
    """Head a direct message with the question it belongs to."""
    return say(
        language,
        en=f"To your question in the channel, “{question}”:",
        zh=f"关于你在频道里的提问“{question}”：",
    )


def passed_on(language: Language, *, owner: str, at: int) -> str:
    """Say when a question was passed on."""
    return say(
        language,
        en=f"Passed to {owner} at {moment(at)}; the reply comes here.",
        zh=f"已于 {moment(at)} 转给 {owner}；答复会发在这里。",
    )


def moment(at: int) -> str:
    """Write a moment so that Slack shows it on each reader's own clock."""
    utc = datetime.fromtimestamp(at, tz=UTC).strftime("%H:%M UTC")
    return f"<!date^{at}^{{time}}|{utc}>"


def paused(language: Language, *, owner: str) -> str:
    """Say that nobody answers now and that the question is kept."""
    return say(
        language,
        en=f"{owner} has paused me. Your question is kept; you will hear here when I am back.",
        zh=f"{owner} 暂停了我的服务。你的问题已保存，恢复后会在这里答复。",
    )


def broken(language: Language, *, fault: str, owner: str) -> str:
    """Say that a question could not be worked on, and what to do."""
    return say(
        language,
        en=f"Something is broken here and I could not work on this (id {fault}). {owner} has been"
        f" told; please ask {owner} directly if it is urgent.",
        zh=f"这里出了故障，我没能处理这个问题（编号 {fault}）。"
        f"已告知 {owner}；急事请直接联系对方。",
    )


def broken_for_owner(language: Language, *, fault: str, cause: str) -> str:
    """Tell the owner that a question could not be worked on."""
    return say(
        language,
        en=f"A message could not be worked on (id {fault}): {cause}",
        zh=f"有一条消息未能处理（编号 {fault}）：{cause}",
    )


def cut(language: Language) -> str:
    """Say that a text was cut to what Slack can show."""
    return say(
        language,
        en="_… cut here: the rest is too long for Slack._",
        zh="_……以下过长，Slack 无法显示。_",
    )


def chosen(language: Language, *, option: str) -> str:
    """Say which option was chosen."""
    return say(language, en=f"You chose: {option}", zh=f"你选择了：{option}")


def corrected(language: Language, *, owner: str, question: str, text: str) -> str:
    """Tell who got an answer that the owner has corrected it."""
    return say(
        language,
        en=f"*Correction.* {owner} has corrected my answer to “{question}”:\n\n{text}",
        zh=f"*更正。*{owner} 更正了我对“{question}”的回答：\n\n{text}",
    )


def taken_back(language: Language, *, owner: str, question: str) -> str:
    """Tell who got an answer that the owner rejects it."""
    return say(
        language,
        en=f"*Correction.* {owner} says my answer to “{question}” was not right."
        " Please do not rely on it.",
        zh=f"*更正。*{owner} 表示我对“{question}”的回答不对，请不要采用。",
    )


def outdated(language: Language, *, question: str, places: Sequence[str]) -> str:
    """Tell who got an answer that the lines it rests on have changed."""
    where = ", ".join(f"`{place}`" for place in places)
    return say(
        language,
        en=f"*Heads-up.* The lines my answer to “{question}” rested on have changed ({where})."
        " Ask again for the present state.",
        zh=f"*提醒。*我对“{question}”的回答所依据的内容已有变动（{where}），请重新提问。",
    )


def only_owner(language: Language, *, owner: str) -> str:
    """Say that an action is the owner's."""
    return say(language, en=f"Only {owner} can do this.", zh=f"只有 {owner} 可以这样操作。")


def only_asker(language: Language) -> str:
    """Say that the choice belongs to who asked."""
    return say(language, en="Only the person who asked can choose here.", zh="只有提问者可以选择。")
