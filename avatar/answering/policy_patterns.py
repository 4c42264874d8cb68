"""How people ask for what only the owner may say, in English and Chinese.

`<NAME>` stands for an entry of `PARTS`, and `<YOU>` for the owner as addressed; the rest is
regular expression, matched without regard to case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PARTS: Final[Mapping[str, str]] = {
    "CAN": r"(?:can|could|will|would|do|did|does|are|is)",
    "MAY": r"(?:can|may|could|should|shall)",
    "NAME": r"(?-i:[A-Z][a-z]{1,15})",
    "PERSON": (
        r"(?:he|she|him|her|(?:my|our|the|your) (?:manager|boss|colleague|co-?worker|teammate|"
        r"intern|team ?lead|new hire|director|cto|ceo|vp))"
    ),
    "WORK": (
        r"(?:finish(?:ed)?|done|deliver|ship|complete|ready|fix|send|review|release|merge|"
        r"implement|have|get|handle|look|do (?:it|this|that))"
    ),
    "WHEN": (
        r"(?:(?:by|before|until) (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|noon|then|eod|cob|"
        r"(?:the )?(?:end|close|deadline|release|demo|launch|weekend)|(?:this|next) \w+|\d+|"
        r"january|february|march|april|may|june|july|august|september|october|november|december)"
        r"|(?:by |before |until )?(?:today|tomorrow|tonight)"
        r"|(?:this|next) (?:week|afternoon|sprint|month|quarter)|[io]n time|eod\b"
        r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|end of (?:the )?(?:day|week|month))"
    ),
    "ACT": (
        r"(?:merge|deploy|release|ship|roll ?back|revert|push|delete|drop|restart|go ahead|"
        r"proceed|publish|upgrade|turn off|disable|rename|close)"
    ),
    "THING": (
        r"(?:my|this|that|it|them|your|now|today|tonight|tomorrow|on friday|"
        r"(?:to |into |in |on )(?:prod|production|main|master|live)|"
        r"(?:the |a )?(?:pr|mr|hotfix|release branch|pull request|merge request)|[#!]\d+)\b"
    ),
    "PRIVATE": (
        r"(?:salary|salaries|wages?|bonus|pay ?check|compensation|home address|phone number|"
        r"mobile number|birthday|date of birth|medical \w+|health \w+|religion|bank account|"
        r"passport|performance review|private email)"
    ),
    "HPERSON": (
        r"(?:他们?|她们?|[小老][\u4e00-\u9fff]|领导|老板|经理|主管|同事|实习生|新来的|组长)"
    ),
    "HWHEN": (
        r"(?:周[一二三四五六日天末]|星期.|今[天晚]|明[天早]|后天|[上下本这]周|月底|月初|年底|"
        r"下班前|\d+[号日])"
    ),
    "HWORK": r"(?:完成|做完|交付|搞定|弄好|上线|修好|修复|发版|发布|写完|改完|给我)",
    "HCAN": r"(?:能不能|可不可以|能否|可否|能|可以|会)",
    "HACT": (r"(?:合并|合入|合|部署|上线|发布|发版|回滚|删除|删掉|删|重启|推送|提交|关闭|升级)"),
    "HPLACE": r"(?:生产|线上|主干|主分支|main|master|prod|PR|MR|这个|分支)",
    "HPRIVATE": (
        r"(?:工资|薪水|薪资|年薪|月薪|奖金|年终奖|家庭住址|住址|手机号|电话号码|身份证|生日|"
        r"病历|绩效|银行卡号|护照)"
    ),
}

COMMITMENT: Final = (
    r"\b<CAN> <YOU> (?:please |really )?(?:promise|guarantee|commit (?:to|that))\b",
    r"\b<CAN> <YOU> give (?:me|us) your word\b",
    r"\b(?:can|could|will|would|are) <YOU>\b[^?]{0,25}\b<WORK>\b[^?]{0,50}\b<WHEN>",
    r"\bwhen (?:will|can|are|is|could) <YOU>\b[^?]{0,25}\b(?:<WORK>|be done)",
    r"\bhow (?:long|soon) (?:will|can|would) (?:it take )?<YOU>\b",
    r"\b(?:your|the owner's) (?:eta|estimate|deadline)\b|\bwhat'?s the eta\b",
    (
        r"\bwill (?:it|this|that|the \w+) be (?:ready|done|finished|shipped|released|fixed)\b"
        r"[^?]{0,30}\b<WHEN>"
    ),
    r"\bpromise (?:me|us)\b",
    r"<HYOU>.{0,6}(?:保证|承诺|答应|担保)",
    r"(?:能|可以|敢)(?:保证|承诺)(?:吗|么|不|[？?]|$)",
    r"(?:能|可以|敢)(?:保证|承诺).{0,12}(?:<HWHEN>|按时|准时|如期)",
    r"<HYOU>.{0,10}(?:什么时候|何时|几号|哪天|多久).{0,8}<HWORK>",
    r"(?:什么时候|何时|几号|哪天)(?:能|可以|会).{0,6}(?:做完|交付|搞定|弄好|修好|写完|改完|给我)",
    r"<HWHEN>.{0,6}<HCAN>.{0,10}<HWORK>",
    r"<HCAN>.{0,8}<HWHEN>.{0,4}(?:前|之前|内).{0,8}<HWORK>",
    r"<HYOU>.{0,8}<HCAN>.{0,4}(?:按时|如期|准时)",
)
TIME_OFF: Final = (
    (
        r"\b(?:are|is|will|were|was) <YOU>\b[^?]{0,20}\b(?:on|taking|take) "
        r"(?:vacation|holiday|leave|pto|sick leave)\b"
    ),
    (
        r"\b(?:are|is|will) <YOU>\b[^?]{0,12}\b(?:out of (?:the )?office|off|away)\b[^?]{0,6}"
        r"(?:<WHEN>|\?|$)"
    ),
    (
        r"\b(?:can|could|may) (?:i|we) (?:please )?(?:take|have|get)\b[^?]{0,25}\b"
        r"(?:days? off|time off|vacation|holiday|leave|pto|"
        r"(?:mon|tues|wednes|thurs|fri)day off)\b"
    ),
    r"\bapprove\b[^?]{0,20}\b(?:leave|vacation|pto|holiday|time off|day off)\b",
    r"\bwhen (?:are|is|will) <YOU>\b[^?]{0,12}\b(?:back|on (?:vacation|leave|holiday)|away)\b",
    r"<HYOU>.{0,8}(?:休假|请假|度假|年假|在休|放假)",
    r"(?:批|批准|同意|准)[^流]{0,6}(?:休假|请假|年假|调休|的假|个假)",
    r"(?:我|我们).{0,3}(?:能|可以|想).{0,8}(?:请假|休假|调休|请.{0,3}天假|休.{0,3}天)",
)
PERSONAL_DATA: Final = (
    r"\bhow much (?:money )?(?:do|does|did) (?:<YOU>|<PERSON>|<NAME>) (?:earn|make|get paid)\b",
    r"\b(?:your|his|her|my manager's) (?:\w+ )?<PRIVATE>\b",
    r"\b(?!User|Customer|Client|Account)<NAME>'s (?:\w+ )?<PRIVATE>\b",
    r"\b<PRIVATE> (?:of|for) (?:<PERSON>|(?!User|Customer|Client)<NAME>)\b|\bwho earns\b",
    r"\bhow old (?:is|are) (?:<YOU>|<PERSON>)\b|\bwhere (?:do|does) (?:<YOU>|<PERSON>) live\b",
    r"(?:<HYOU>|<HPERSON>)(?!.{0,4}(?:用户|客户)).{0,4}<HPRIVATE>",
    r"(?<!用户)(?<!客户)的<HPRIVATE>(?:是)?(?:多少|几号|在哪)",
    r"谁的工资|一个月(?:挣|赚)多少",
)
OPINION: Final = (
    r"\b(?:think|feel|opinion|thoughts) (?:of|about|on) (?:<PERSON>\b|(?:working with )?@\w)",
    (
        r"\b(?:think|feel|opinion|thoughts) (?:of|about|on) <NAME>(?:'s)? "
        r"(?:as an? \w+|performance|work ethic|attitude|behaviou?r)"
    ),
    (
        r"\b(?:think|feel|opinion|thoughts) (?:of|about|on) <NAME>'s "
        r"(?:work|code|skills?|judg(?:e)?ment|style)\b(?=\s*(?:[?.!,]|$))"
    ),
    r"\b(?:do|did) <YOU> (?:like|trust|hate|enjoy) (?:working with )?(?:<PERSON>\b|@\w)",
    r"\b(?:like|enjoy|hate) working with (?:<PERSON>|<NAME>)\b",
    (
        r"\bis (?:<PERSON>|<NAME>) (?:an? )?(?:\w+ )?(?:lazy|incompetent|stupid|annoying|rude|"
        r"(?:good|bad|terrible|great|weak|strong) "
        r"(?:engineer|manager|developer|programmer|boss|colleague|at (?:his|her|their) job))\b"
    ),
    r"\bwho is the (?:best|worst|weakest|laziest|slowest) (?:engineer|developer|person)\b",
    r"(?:觉得|认为|看待|评价|喜欢|讨厌).{0,3}<HPERSON>",
    r"<HPERSON>.{0,3}(?:人怎么样|靠谱吗|能力怎么样|水平怎么样|是不是很懒|行不行)",
)
SURVEILLANCE: Final = (
    (
        r"\bwhat (?:is|was|has|did) (?:<PERSON>|<NAME>) (?:been )?(?:doing|working on|up to|do)\b"
        r"[^?]{0,12}\b(?:today|all day|yesterday|this week|lately|right now)\b"
    ),
    r"\bis (?:<PERSON>|<NAME>) (?:slacking|(?:really|actually) working|online (?:right )?now)",
    r"\bhow many hours (?:did|does|has) (?:<PERSON>|<NAME>)\b",
    r"\bhow productive (?:is|was) (?:<PERSON>|<NAME>)\b",
    r"\b(?:monitor|spy on|track|watch) (?:my |our |the )?(?:employee|colleague|coworker|teammate)",
    r"\bwho (?:is|was|has been) (?:always )?(?:slacking|late|absent)\b",
    r"<HPERSON>.{0,6}(?:在干什么|在干嘛|在忙什么|上班了吗|来了吗|在摸鱼|加班了吗|几点下班)",
    r"(?:监控|盯着|监视|跟踪).{0,3}(?:员工|同事|下属)|谁.{0,3}(?:摸鱼|迟到|旷工|偷懒)",
)
APPROVAL: Final = (
    r"\b<MAY> (?:i|we)\b (?:please |just |already |still )?<ACT>\b(?: \w+){0,4}? ?<THING>",
    r"\b<MAY> (?:i|we) (?:please |just )?<ACT> ?\?",
    (
        r"\b(?:is it|am i|are we|would it be) (?:ok|okay|fine|allowed|all ?right|safe)\b[^?]{0,12}"
        r"\b(?:to|if (?:i|we)) <ACT>\b[^?]{0,30}<THING>"
    ),
    (
        r"\b<CAN> <YOU> (?:please )?(?:approve|sign off|permit|authori[sz]e|"
        r"give (?:me|us) (?:permission|approval|a go))"
    ),
    r"\bare <YOU> (?:ok|okay|fine) with\b|\bplease approve\b|\bok(?:ay)? to <ACT>\b[^?]{0,30}\?",
    r"\b(?:your|the owner's) (?:permission|approval|sign-?off|go-ahead)\b",
    r"<HCAN>(?:现在|直接|先)?<HACT>(?:了)?(?:吗|么|不|[？?]|$)",
    r"(?:我|我们)(?:现在|今天)?.{0,3}<HCAN>.{0,10}<HACT>.{0,10}<HPLACE>",
    r"(?:我|我们).{0,3}<HCAN>.{0,6}(?:把|将)?<HPLACE>.{0,12}<HACT>",
    r"<HYOU>.{0,4}(?:同意|批准|允许)|(?:帮我|麻烦|请).{0,4}(?:审批|批准|批一下)",
)
HOW_TO: Final = re.compile(
    r"(?:(?:hi|hello|hey)\b[^?]{0,20})?(?:how (?:do|can|could|should|would) (?:i|we|you|one)|how to"
    r"|where (?:do|can) (?:i|we))\b"
    r"|.{0,12}?(?:怎么|如何|怎样|在哪里|在哪儿|流程是)",
    re.IGNORECASE,
)


def expand(patterns: Sequence[str], owner_names: Sequence[str]) -> re.Pattern[str]:
    """Join patterns into one, with their parts and the owner's names filled in."""
    names = "".join(rf"|{re.escape(name.strip())}" for name in owner_names if name.strip())
    text = "|".join(f"(?:{pattern})" for pattern in patterns)
    text = text.replace("<HYOU>", f"(?:你们?|您{names})")
    text = text.replace("<YOU>", f"(?:you|the owner{names})")
    for name, part in PARTS.items():
        text = text.replace(f"<{name}>", part)
    return re.compile(text, re.IGNORECASE)
