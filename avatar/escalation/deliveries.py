"""What askers are still to be told: brought by channels, or fetched by those who come for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar.errors import AvatarError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from avatar.ports import Channel, Clock, Inbox


@dataclass(frozen=True, slots=True)
class DeliveryRound:
    """What one round of deliveries did; `failed` are left for a later round."""

    delivered: int
    failed: tuple[str, ...] = ()
    waiting_to_be_fetched: int = 0


@dataclass(frozen=True, slots=True)
class WaitingReply:
    """A reply that its asker fetches, on a channel that cannot reach people by itself."""

    delivery_id: str
    escalation_id: str
    question: str
    text: str
    answered_at: float


class Deliveries:
    """Brings what the desk left in the inbox for askers, each at least once under one id.

    `channels` are those that can reach people by themselves; what is addressed to another one
    stays until its asker fetches it with `replies_for`.
    """

    def __init__(self, inbox: Inbox, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._inbox = inbox
        self._clock = clock
        self._channels = channels

    def bring(self) -> DeliveryRound:
        """Bring every delivery to its asker that its channel can bring now.

        A delivery that was made but not noted is made again under the same id, which its channel
        shows once.
        """
        delivered, fetched, failed = 0, 0, []
        for delivery in self._inbox.undelivered():
            channel = self._channels.get(delivery.reply_to.channel)
            if channel is None:
                fetched += 1
                continue
            try:
                channel.deliver(delivery.reply_to, delivery.text, delivery_id=delivery.delivery_id)
            except AvatarError as error:
                failed.append(f"{delivery.delivery_id}: {error}")
                continue
            self._inbox.mark_delivered(delivery.delivery_id, self._clock.now())
            delivered += 1
        return DeliveryRound(delivered, tuple(failed), fetched)

    def replies_for(self, asker: str, channels: Collection[str]) -> Sequence[WaitingReply]:
        """Return what waits to be fetched by this asker on these channels, oldest first."""
        found = []
        for delivery in self._inbox.undelivered():
            if delivery.reply_to.channel in channels:
                escalation = self._inbox.get(delivery.escalation_id)
                asked = escalation.waiting if escalation else ()
                found += [
                    WaitingReply(
                        delivery.delivery_id,
                        delivery.escalation_id,
                        waiting.text,
                        delivery.text,
                        delivery.created_at,
                    )
                    for waiting in asked
                    if waiting.question_id == delivery.question_id and waiting.asker == asker
                ]
        return found

    def fetched(self, delivery_ids: Sequence[str]) -> None:
        """Note that replies from `replies_for` were shown to their asker."""
        for delivery_id in delivery_ids:
            self._inbox.mark_delivered(delivery_id, self._clock.now())
