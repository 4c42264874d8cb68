"""What can be asked of a profile: the contract, and the in-process way of keeping it."""

from avatar.commands.contract import Commands, Row

__all__ = ["Commands", "Row"]
