"""The channel in memory keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contracts.channel import ChannelContract
from tests.fakes.channel import MemoryChannel

if TYPE_CHECKING:
    from avatar.ports import Channel


class TestMemoryChannel(ChannelContract):
    @pytest.fixture
    def channel(self) -> Channel:
        return MemoryChannel()

    @pytest.fixture
    def address(self) -> str:
        return "lin"

    def shown(self, channel: Channel) -> list[str]:
        assert isinstance(channel, MemoryChannel)
        return [message.text for message in channel.shown]

    def cut_off(self, channel: Channel) -> None:
        assert isinstance(channel, MemoryChannel)
        channel.is_down = True
