"""What every `Channel` must do; a subclass tells how its messages are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.domain.questions import ReplyAddress
from avatar.errors import TryAgainLaterError

if TYPE_CHECKING:
    from avatar.ports import Channel


class ChannelContract:
    """Subclasses give fixtures `channel` and `address`, and the two hooks below."""

    def shown(self, channel: Channel) -> list[str]:
        """Return the texts people see, oldest first."""
        raise NotImplementedError

    def cut_off(self, channel: Channel) -> None:
        """Make the channel unable to deliver."""
        raise NotImplementedError

    def test_a_text_reaches_its_address(self, channel: Channel, address: str) -> None:
        channel.deliver(ReplyAddress(channel.name, address), "你好 & <b>", delivery_id="d1")
        assert len(self.shown(channel)) == 1
        assert "你好" in self.shown(channel)[0]

    def test_the_same_delivery_twice_shows_one_message(
        self, channel: Channel, address: str
    ) -> None:
        for delivery_id in ("d1", "d2", "d1"):
            channel.deliver(ReplyAddress(channel.name, address), "text", delivery_id=delivery_id)
        assert len(self.shown(channel)) == 2

    def test_a_channel_that_is_cut_off_says_try_again(self, channel: Channel, address: str) -> None:
        self.cut_off(channel)
        with pytest.raises(TryAgainLaterError):
            channel.deliver(ReplyAddress(channel.name, address), "text", delivery_id="d1")
