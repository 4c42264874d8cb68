"""One card per escalation in the owner's direct messages; the record is in the inbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from avatar.domain.escalations import EscalationState
from avatar.errors import AvatarError
from connectors.slack import blocks, owner_texts
from connectors.slack.log import Purpose
from connectors.slack.owner_texts import word
from connectors.slack.said_there import SAID_THERE, SaidThere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar.domain.chunks import Span
    from avatar.domain.escalations import Escalation, WaitingAsker
    from avatar.domain.questions import Language
    from connectors.slack.doubts import Doubts
    from connectors.slack.hours import Hours
    from connectors.slack.log import Job, Outgoing
    from connectors.slack.office import Office
    from connectors.slack.said_there import Words

SEND: Final = "card_send"
EDIT: Final = "card_edit"
ANSWER: Final = "card_answer"
DISMISS: Final = "card_dismiss"
SNOOZE: Final = "card_snooze"
KEEP: Final = "card_keep"
SHOW: Final = "card_show"
IS_ANSWER: Final = "card_is_answer"
NO_ANSWER: Final = "card_no_answer"

OPEN_CARD: Final = "open-card/"
SNOOZED: Final = "snoozed/"
MOST_WAITING: Final = 8
MOST_REASONS: Final = 5
MOST_HELPS: Final = 2
MOST_DRAFT: Final = 2_800
MOST_PLACES: Final = 6
MOST_SAID: Final = 1_000
NEVER: Final = 1e12
"""In seconds since the epoch: until somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a card stands besides the escalation itself.

    `helps` would have made the stand-in surer; `said` is what the owner wrote where it was asked.
    """

    language: Language
    hours: Hours
    snoozed_until: float | None = None
    helps: tuple[str, ...] = ()
    said: Words | None = None


class Cards:
    """Posts cards when the owner may be disturbed and keeps them up to date."""

    def __init__(self, office: Office, hours: Hours, doubts: Doubts) -> None:
        self._office = office
        self._hours = hours
        self._doubts = doubts

    def work(self, job: Job) -> None:
        """Bring one card up to date with its escalation."""
        office = self._office
        escalation_id = str(job.body["escalation"])
        escalation = office.front_desk.escalation(escalation_id)
        if escalation is None:
            office.log.finish(job.key)
            return
        if escalation.state is not EscalationState.PENDING:
            self._doubts.settle(escalation)
        posted = office.log.message(card_id(escalation_id))
        if posted is not None:
            self._update(job, escalation)
            return
        if escalation.state is not EscalationState.PENDING:
            office.log.finish(job.key)
            return
        due = self._due(now=office.clock.now(), is_asked_for=bool(job.body.get("now")))
        if due > office.clock.now():
            office.log.put_off(job.key, due, counts=False)
            return
        message = office.post(
            card_id(escalation_id),
            office.owner_channel,
            self._arguments(escalation),
            Purpose.CARD,
            subject=escalation_id,
        )
        office.log.set_note(OPEN_CARD + escalation_id, str(len(escalation.waiting)))
        office.log.finish(job.key, messages=[message])
        office.wake()

    def _due(self, *, now: float, is_asked_for: bool) -> float:
        """Return when a new card may be posted."""
        if is_asked_for:
            return now
        if self._hours.digest_at:
            return NEVER  # the digest offers it; the owner asks for it
        return self._hours.next_open(self._quiet_until(now))

    def _quiet_until(self, now: float) -> float:
        """Return the end of the owner's do-not-disturb, or now."""
        if not self._office.config.respect_dnd:
            return now
        return dnd_end(self._office, now)

    def _update(self, job: Job, escalation: Escalation) -> None:
        office = self._office
        escalation_id = escalation.escalation_id
        change = office.change(
            card_id(escalation_id), self._arguments(escalation), subject=escalation_id
        )
        is_open = escalation.state is EscalationState.PENDING
        office.log.finish(job.key, messages=[change])
        known = str(len(escalation.waiting)) if is_open else None
        office.log.set_note(OPEN_CARD + escalation_id, known)
        office.wake()

    def _arguments(self, escalation: Escalation) -> dict[str, Any]:
        office, escalation_id = self._office, escalation.escalation_id
        until = office.log.note(SNOOZED + escalation_id)
        helps = office.front_desk.would_have_raised(escalation_id, office.language)
        standing = Standing(
            office.language,
            self._hours,
            float(until) if until else None,
            tuple(helps[:MOST_HELPS]),
            SaidThere.read(office.log.note(SAID_THERE + escalation_id)).words,
        )
        return card(escalation, standing)


def dnd_end(office: Office, now: float) -> float:
    """Return when the owner's do-not-disturb ends; now when it is off or Slack does not say."""
    try:
        info = office.slack.call("dnd.info", user=office.identity.owner)
    except AvatarError:
        return now
    start, end = float(info.get("next_dnd_start_ts") or 0), float(info.get("next_dnd_end_ts") or 0)
    return end if info.get("dnd_enabled") and start <= now < end else now


def card_id(escalation_id: str) -> str:
    """Return the delivery id of an escalation's card."""
    return f"card/{escalation_id}"


def is_doubted(escalation: Escalation) -> bool:
    """Whether it is about an answer that was given and did not help."""
    return any(reason.code == "disputed" for reason in escalation.reasons)


def card(escalation: Escalation, standing: Standing) -> dict[str, Any]:
    """Return a card as a message."""
    language = standing.language
    question = blocks.escaped(blocks.quiet(blocks.clipped(escalation.text, 2_000)))
    quoted = "\n".join(f">{line}" for line in question.splitlines() or [""])
    title = word("doubted" if is_doubted(escalation) else "card", language)
    made = [
        blocks.header(title),
        blocks.section(quoted, block_id=card_id(escalation.escalation_id)),
        blocks.context(f"{word('waiting', language)}: {waiting(escalation, standing)}"),
    ]
    reasons = [reason.text for reason in escalation.reasons if reason.text][:MOST_REASONS]
    if reasons:
        why = word("why_doubted" if is_doubted(escalation) else "why", language)
        lines = [f"• {blocks.escaped(blocks.quiet(reason))}" for reason in reasons]
        made.append(blocks.section("\n".join([f"*{why}*", *lines])))
    if escalation.state is EscalationState.PENDING:
        if standing.helps and not is_doubted(escalation):
            helps = blocks.escaped(blocks.quiet("; ".join(standing.helps)))
            made.append(blocks.context(f"{word('helps', language)}: {helps}"))
        made += _draft(escalation, language)
        made += _said_there(escalation, standing)
        made += _buttons(escalation, standing)
    else:
        closed = standing.hours.clock(escalation.closed_at or escalation.opened_at)
        text = owner_texts.result(
            language,
            escalation.state,
            escalation.verdict,
            at=closed,
            told=_people(escalation.told),
            is_doubted=is_doubted(escalation),
        )
        if standing.said is not None and standing.said.is_answer_to(escalation):
            others = _people(waiting_elsewhere(escalation, standing.said))
            text = owner_texts.answered_there(language, at=closed, told=others)
        if escalation.reply:
            made.append(blocks.section(f">>>{blocks.escaped(blocks.quiet(escalation.reply))}"))
        made.append(blocks.context(f"*{blocks.escaped(text)}*"))
    summary = f"{title}: {blocks.shortened(escalation.text, 200)}"
    return blocks.message(summary, made)


def waiting(escalation: Escalation, standing: Standing) -> str:
    """List who waits, each with the time they asked."""
    shown = [
        f"{_who(asker)} {standing.hours.clock(asker.asked_at)}"
        for asker in escalation.told[:MOST_WAITING]
    ]
    return _listed(shown, len(escalation.told))


def _listed(shown: Sequence[str], of_all: int) -> str:
    """Return names in one line, and how many more there are."""
    more = of_all - len(shown)
    return ", ".join(shown) + (f" +{more}" if more > 0 else "")


def _people(told: Sequence[WaitingAsker]) -> int:
    """Count who gets a reply, each once, in however many threads they asked."""
    return len({_who(asker) for asker in told})


def _who(asker: WaitingAsker) -> str:
    _, _, user = asker.reply_to.address.rpartition("|")
    if asker.reply_to.channel == "slack" and user:
        return f"<@{user}>"
    return blocks.escaped(blocks.quiet(asker.asker))


def _draft(escalation: Escalation, language: Language) -> list[blocks.Block]:
    if not escalation.draft:
        return []
    text = blocks.quiet(escalation.draft)
    name = word("answered" if is_doubted(escalation) else "draft", language)
    made = [
        blocks.section(f"*{name}*"),
        blocks.markdown(blocks.cut_at_heading(text, MOST_DRAFT, "…")),
    ]
    places = [
        f"[{number}] {_place(span)}" if f"[{number}]" in text else _place(span)
        for number, span in enumerate(escalation.draft_spans[:MOST_PLACES], start=1)
    ]
    if places:
        made.append(blocks.context(f"{word('rests', language)}: {' · '.join(places)}"))
    return made


def _said_there(escalation: Escalation, standing: Standing) -> list[blocks.Block]:
    """Show what the owner wrote in a thread it was asked in: a click says whether it answers."""
    said, language = standing.said, standing.language
    if said is None:
        return []
    mark = said.mark(escalation.escalation_id)
    title = owner_texts.said_there(language, at=standing.hours.clock(float(said.ts)))
    begun = blocks.clipped(said.text, MOST_SAID)
    quoted = blocks.escaped(blocks.quiet(begun))
    shown = "\n".join([f"*{title}*", *(f">{line}" for line in quoted.splitlines())])
    yes = blocks.button(word("is_answer", language), IS_ANSWER, mark, style="primary")
    no = blocks.button(word("no_answer", language), NO_ANSWER, mark)
    notes = []
    if begun != said.text or len(shown) > blocks.MOST_SECTION:
        notes.append(word("said_cut", language))
    others = waiting_elsewhere(escalation, said)
    if others:
        names = _listed([_who(asker) for asker in others[:MOST_WAITING]], len(others))
        notes.append(f"{word('goes_to', language)}: {names}")
    if is_doubted(escalation):
        notes.append(word("goes_to_more", language))
    made = [blocks.section(shown), *([blocks.context(*notes)] if notes else [])]
    return [*made, blocks.actions([yes, no])]


def waiting_elsewhere(escalation: Escalation, said: Words) -> Sequence[WaitingAsker]:
    """Return who waits in another place than the thread the owner wrote in."""
    return [asker for asker in escalation.told if not said.reaches(asker)]


def _place(span: Span) -> str:
    return "`" + blocks.escaped(span.location).replace("`", "'") + "`"


def _buttons(escalation: Escalation, standing: Standing) -> list[blocks.Block]:
    language, escalation_id = standing.language, escalation.escalation_id
    buttons = []
    if escalation.draft:
        send = word("confirm" if is_doubted(escalation) else "send", language)
        buttons.append(blocks.button(send, SEND, escalation_id, style="primary"))
        buttons.append(blocks.button(word("edit", language), EDIT, escalation_id))
    buttons.append(blocks.button(word("answer", language), ANSWER, escalation_id))
    buttons.append(blocks.button(word("dismiss", language), DISMISS, escalation_id))
    buttons.append(blocks.button(word("snooze", language), SNOOZE, escalation_id))
    notes = [word("hint_doubted" if is_doubted(escalation) else "hint", language)]
    if standing.snoozed_until is not None:
        until = standing.hours.local(standing.snoozed_until).strftime("%Y-%m-%d %H:%M")
        notes.insert(0, f"*{owner_texts.snoozed(language, until=until)}*")
    return [blocks.actions(buttons), blocks.context(*notes)]


def keep_message(escalation: Escalation, language: Language, said: Words | None) -> dict[str, Any]:
    """Return the message that offers to keep a reply, with the audience it would get."""
    audience = str(escalation.audience)
    if said is not None and said.is_answer_to(escalation):
        question = blocks.escaped(blocks.quiet(blocks.shortened(escalation.text, 200)))
        text = owner_texts.taken_there(language, question=question, audience=audience)
    else:
        text = owner_texts.sent_on(language, told=_people(escalation.told), audience=audience)
    keep = blocks.button(word("keep", language), KEEP, escalation.escalation_id, style="primary")
    return blocks.message(text, [blocks.section(text), blocks.actions([keep])])


def reply_note(office: Office, escalation: Escalation) -> Outgoing:
    """Return the note under a card that a reply went out and can be kept."""
    note = office.post(
        f"keep/{escalation.escalation_id}",
        office.owner_channel,
        keep_message(
            escalation,
            office.language,
            SaidThere.read(office.log.note(SAID_THERE + escalation.escalation_id)).words,
        ),
        Purpose.NOTE,
        subject=escalation.escalation_id,
    )
    return replace(note, target=card_id(escalation.escalation_id))
