"""The command line."""

from avatar.cli.app import main

__all__ = ["main"]
