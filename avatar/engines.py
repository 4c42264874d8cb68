"""The engines a profile names: embedding models, the vector store, the language model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from avatar.domain.opinion import MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from avatar.adapters.keyring_secrets import KeyringSecrets
    from avatar.ports import Clock, Embedder, KnowledgeStore, LanguageModel
    from avatar.profile import Profile


def secrets_of(profile: Profile) -> KeyringSecrets:
    """Return where this profile's keys are kept."""
    from avatar.adapters.keyring_secrets import KeyringSecrets
    from avatar.profile import state_folder

    return KeyringSecrets(
        profile.profile_id, state_folder(profile.folder, os.environ) / "secrets", os.environ
    )


def load_embedders(profile: Profile, on_note: Callable[[str], None]) -> tuple[Embedder, ...]:
    """Load the embedding models; a bundled one that is missing is told and left out."""
    from avatar.adapters.minilm_embedder import MiniLmEmbedder
    from avatar.adapters.use_embedder import UseEmbedder

    chosen: list[Embedder] = []
    for name in profile.index.embedders:
        if name == "use":
            chosen.append(UseEmbedder())
        elif MiniLmEmbedder.available():
            chosen.append(MiniLmEmbedder())
        else:
            on_note("The MiniLM model is not installed; going on with the multilingual one alone.")
    return (*chosen, *_plugged(profile))


def _plugged(profile: Profile) -> list[Embedder]:
    if not profile.index.extra_embedders:
        return []
    from avatar.adapters.llamaindex_embedder import LlamaIndexEmbedder

    secrets = secrets_of(profile)
    return [
        LlamaIndexEmbedder.from_class_path(
            extra.class_path,
            extra.settings
            | ({"api_key": secrets.get(extra.api_key_secret)} if extra.api_key_secret else {}),
            name=extra.name,
        )
        for extra in profile.index.extra_embedders
    ]


def open_store(
    profile: Profile, state: Path, embedders: Sequence[Embedder], on_note: Callable[[str], None]
) -> KnowledgeStore:
    """Open the vector store: embedded in the state folder, or on the server that is named."""
    from avatar.adapters.qdrant_schema import VectorModel

    models = [VectorModel.of(embedder) for embedder in embedders]
    if profile.index.engine == "edge":
        from avatar.adapters.edge_store import EdgeStore

        return EdgeStore(state / "index", models, profile.profile_id, on_note=on_note)
    from avatar.adapters.server_store import ServerStore, connect

    name, url = profile.index.api_key_secret, profile.index.url
    client = connect(url, api_key=secrets_of(profile).get(name) if name else None)
    collection = profile.index.collection or "avatar"
    return ServerStore(client, collection, models, profile.profile_id, place=url)


def language_model(profile: Profile, clock: Clock) -> LanguageModel | None:
    """Return the language model, None when there is none, which is a normal state."""
    if profile.model is None:
        return None
    from avatar.adapters.openai_model import OpenAIModel

    secrets, name = secrets_of(profile), profile.model.api_key_secret
    return OpenAIModel(
        base_url=profile.model.base_url,
        model=profile.model.name,
        key=lambda: secrets.get(name) if name else None,
        clock=clock,
        allow_plain_http=profile.model.allow_plain_http,
    )


def fingerprints(embedders: Sequence[Embedder], model: LanguageModel | None) -> dict[str, str]:
    """Name the models in force, for the record of decisions."""
    named = {embedder.name: embedder.fingerprint for embedder in embedders}
    return named | ({MODEL: model.name} if model else {})
