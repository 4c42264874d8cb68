"""What tests of answering share."""

from __future__ import annotations

from tests.local_model import local_model

__all__ = ["local_model"]
