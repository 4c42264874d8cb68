"""What every `SecretStore` must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from avatar.errors import InvalidInputError, NotFoundError

if TYPE_CHECKING:
    from avatar.ports import SecretStore

ENVIRONMENT = {"GIVEN_KEY": "from the environment"}


class SecretsContract:
    """Subclasses give a fixture `store` made with `ENVIRONMENT`."""

    def test_a_kept_secret_reads_back_under_any_case(self, store: SecretStore) -> None:
        store.set("OPENAI_API_KEY", "密 sk-1\n" + "x" * 10_000)
        assert store.get("openai_api_key") == "密 sk-1\n" + "x" * 10_000
        assert list(store.names()) == ["OPENAI_API_KEY"]

    def test_a_later_value_replaces_an_earlier_one(self, store: SecretStore) -> None:
        store.set("TOKEN", "one")
        store.set("TOKEN", "two")
        assert store.get("TOKEN") == "two"
        assert list(store.names()) == ["TOKEN"]

    def test_an_environment_variable_wins(self, store: SecretStore) -> None:
        store.set("GIVEN_KEY", "kept")
        assert store.get("GIVEN_KEY") == "from the environment"

    def test_what_was_never_kept_is_none(self, store: SecretStore) -> None:
        assert store.get("NOTHING") is None
        assert list(store.names()) == []

    def test_a_deleted_secret_is_gone(self, store: SecretStore) -> None:
        store.set("A", "one")
        store.set("B", "two")
        store.delete("A")
        assert store.get("A") is None
        assert list(store.names()) == ["B"]
        with pytest.raises(NotFoundError):
            store.delete("A")

    def test_an_empty_value_or_an_odd_name_is_refused(self, store: SecretStore) -> None:
        for name, value in (("TOKEN", " \n"), ("../x", "value"), ("", "value")):
            with pytest.raises(InvalidInputError):
                store.set(name, value)
        assert list(store.names()) == []
