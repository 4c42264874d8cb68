"""What requests to the loopback API hold; anything else in them is refused."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Rules every body shares: exact types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Index(Body):
    """`index`."""

    rebuild: bool


class Search(Body):
    """`search`."""

    rows: list[dict[str, Any]]
    reader: str
    limit: int


class Ask(Body):
    """`ask`."""

    rows: list[dict[str, Any]]
    asker: str
    dry_run: bool


class Teach(Body):
    """`teach`."""

    questions: list[str]
    answer: str
    audience: str | None


class Replies(Body):
    """`replies`."""

    asker: str


class Received(Body):
    """`received`."""

    delivery_ids: list[str]
    asker: str


class Named(Body):
    """`escalation`, `forget`, `readmit` and `explain`: one id, or path."""

    name: str


class Gaps(Body):
    """`gaps`."""

    since_days: float | None
    limit: int


class Evaluate(Body):
    """`evaluate`."""

    rows: list[dict[str, Any]]


class Calibrate(Body):
    """`calibrate`."""

    promise: float | None
    questions: list[dict[str, Any]]
    report: bool


class SetMode(Body):
    """`set_mode`."""

    topic: str
    mode: str


class Judge(Body):
    """`judge`."""

    record_id: str
    right: bool


class Inbox(Body):
    """`inbox`."""

    state: str | None


class Reply(Body):
    """`reply`."""

    escalation_id: str
    text: str
    keep: bool
    audience: str | None


class Approve(Body):
    """`approve`."""

    escalation_id: str
    keep: bool
    audience: str | None


class Dismiss(Body):
    """`dismiss`."""

    escalation_id: str
    note: str
