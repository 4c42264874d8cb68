"""Fewer people may read something now: the index says so before anything is searched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar.domain.audience import Audience
    from avatar.ports import KnowledgeStore, Registry


def narrow(
    store: KnowledgeStore,
    registry: Registry,
    audiences: Mapping[str, Audience],
    *,
    before: Mapping[str, Audience],
) -> None:
    """Close to the rest what fewer people may read, and drop what belongs to no source any more.

    `audiences` holds that of every source by name, `before` those the index was last held to. It
    reads no file, so it is quick, and a folder that is out of reach is closed like the others.
    """
    gone, closed = [], []
    for document_id in store.document_ids():
        source = document_id.split("/", 1)[0]
        allowed = audiences.get(source)
        if allowed is None:
            gone.append(document_id)
        elif before.get(source) != allowed and _close(store, document_id, allowed):
            closed.append(document_id)
    store.remove_documents(gone)
    registry.forget([*gone, *closed])  # what was closed is looked at anew once it can be read


def _close(store: KnowledgeStore, document_id: str, allowed: Audience) -> bool:
    """Close one document; False when nobody was to be shut out."""
    wider = [
        replace(chunk, audience=chunk.audience.meet(allowed))
        for chunk in store.existing(document_id).values()
        if not chunk.audience.within(allowed)
    ]
    store.restate(wider)
    return bool(wider)
