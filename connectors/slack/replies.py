"""An outcome as a message: the answer, its sources, who wrote it, how sure, and the buttons."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from avatar.domain.decisions import EXTRACTIVE, Answer, Clarify, Escalate
from connectors.slack import blocks, owner_texts, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avatar.domain.decisions import Citation, Outcome
    from avatar.domain.questions import Language

MOST_SOURCES: Final = 6
MOST_OPTIONS: Final = 5
CHOOSE: Final = "choose"
FEEDBACK: Final = "feedback"


@dataclass(frozen=True, slots=True)
class Manner:
    """In whose name and which language it is written, and where files can be opened.

    `given_at` tells by document when the owner gave the past answers that are cited.
    """

    language: Language
    owner: str
    links: Mapping[str, str]
    now: float = 0.0
    given_at: Mapping[str, float] = field(default_factory=dict)


def reply(outcomes: Sequence[Outcome], delivery_id: str, manner: Manner) -> dict[str, Any]:
    """Return the one message that answers everything that was asked in one message."""
    room = blocks.MOST_MARKDOWN // max(1, len(outcomes))
    made: list[blocks.Block] = []
    for number, outcome in enumerate(outcomes):
        made += _part(outcome, delivery_id if not number else "", room, manner)
    return blocks.message(plain(outcomes, manner), made)


def for_owner(outcome: Outcome, language: Language) -> Outcome:
    """Return what the owner is told: nobody is asked on their behalf, so nothing is promised."""
    decision = outcome.decision
    if not isinstance(decision, Escalate):
        return outcome
    lines = [owner_texts.word("no_evidence", language)]
    lines += [f"- {reason.text}" for reason in decision.reasons if reason.text]
    if decision.draft is not None:
        lines += ["", f"{owner_texts.word('draft', language)}:", "", decision.draft.text]
    return replace(outcome, text="\n".join(lines))


def plain(outcomes: Sequence[Outcome], manner: Manner) -> str:
    """Return the same in plain text, for notifications and for when blocks are refused."""
    parts = []
    for outcome in outcomes:
        part = shown_text(outcome, manner.language, blocks.MOST_PLAIN_TEXT - 400)
        if isinstance(outcome.decision, Answer) and citations_of(outcome):
            places = ", ".join(citation.location for citation in distinct(outcome)[:3])
            note = _label(outcome, manner, is_plain=True)
            part = "\n".join(filter(None, (part, places, note)))
        parts.append(part)
    return "\n\n".join(parts)


def shown_text(outcome: Outcome, language: Language, most: int) -> str:
    """Return what is said, with no power to notify, no foreign links, and of bearable length."""
    decision = outcome.decision
    text = decision.text if isinstance(decision, Answer) else outcome.text
    allowed = set[str]()
    for citation in citations_of(outcome):
        allowed |= blocks.urls_in(citation.quote)
    text = blocks.only_links(blocks.quiet(text), allowed)
    return blocks.cut_at_heading(text, most, texts.cut(language))


def citations_of(outcome: Outcome) -> tuple[Citation, ...]:
    """Return what an outcome rests on."""
    if isinstance(outcome.decision, Answer | Clarify):
        return outcome.citations or outcome.decision.citations
    return ()


def distinct(outcome: Outcome) -> Sequence[Citation]:
    """Return each cited place once, in order."""
    return list({citation.location: citation for citation in citations_of(outcome)}.values())


def linked(citation: Citation, links: Mapping[str, str]) -> str:
    """Return a place as mrkdwn: a link where the file has a web address."""
    shown = blocks.escaped(citation.location).replace("`", "'").replace("|", "¦")
    source, _, path = citation.document_id.partition("/")
    template = links.get(source)
    if not template or not path:
        return f"`{shown}`"
    url = template.format(
        path=quote(path),
        start=citation.start_line,
        end=citation.end_line,
        commit=citation.commit or "HEAD",
    )
    return f"<{url}|{shown}>"


def _numbered(outcome: Outcome, citation: Citation, manner: Manner) -> str:
    """Return a place after the marks that stand for it in the text, as far as there are any."""
    here = citation.location
    marks = [
        f"[{number}]"
        for number, one in enumerate(citations_of(outcome), start=1)
        if one.location == here and f"[{number}]" in outcome.decision.text
    ]
    return " ".join(filter(None, ("".join(marks), linked(citation, manner.links))))


def _label(outcome: Outcome, manner: Manner, *, is_plain: bool) -> str:
    """Say who wrote an answer: the owner once, when nothing else is in it, else a program."""
    owner = manner.owner if is_plain else blocks.escaped(manner.owner)
    cited = {citation.document_id for citation in citations_of(outcome)}
    is_verbatim = isinstance(outcome.decision, Answer) and outcome.decision.by == EXTRACTIVE
    if not is_verbatim or not cited <= manner.given_at.keys():
        return texts.label(manner.language, owner=owner, level=outcome.band)
    days = {texts.day(at, is_plain=is_plain) for at in map(manner.given_at.get, cited) if at}
    when = days.pop() if len(days) == 1 else ""
    return texts.label_of_past(manner.language, owner=owner, when=when, level=outcome.band)


def _part(outcome: Outcome, block_id: str, room: int, manner: Manner) -> list[blocks.Block]:
    text = shown_text(outcome, manner.language, room)
    made = [blocks.markdown(text, block_id=block_id)]
    decision = outcome.decision
    if isinstance(decision, Clarify):
        options = decision.options[:MOST_OPTIONS]
        made.append(
            blocks.actions(
                [
                    blocks.button(option, f"{CHOOSE}:{n}", f"{outcome.question_id}:{n}")
                    for n, option in enumerate(options)
                ]
            )
        )
        return made if options else made[:1]
    if outcome.escalation_id:
        made.append(
            blocks.context(
                texts.passed_on(manner.language, owner=manner.owner, at=round(manner.now))
            )
        )
        return made
    cited = distinct(outcome)
    if not isinstance(decision, Answer) or not cited:
        return made  # small talk claims nothing, so there is nothing to be sure of
    shown = [_numbered(outcome, citation, manner) for citation in cited[:MOST_SOURCES]]
    more = f" +{len(cited) - MOST_SOURCES}" if len(cited) > MOST_SOURCES else ""
    made.append(blocks.context(f"{texts.sources(manner.language)}: {' · '.join(shown)}{more}"))
    made.append(blocks.context(_label(outcome, manner, is_plain=False)))
    made.append(blocks.feedback(FEEDBACK, outcome.question_id, *texts.helpful(manner.language)))
    return made
