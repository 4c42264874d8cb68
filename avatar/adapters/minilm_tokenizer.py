"""Token numbers for MiniLM, from the tokenizer file of its publisher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avatar.adapters.minilm_files import TOKENIZER

if TYPE_CHECKING:
    from collections.abc import Sequence


class MiniLmTokenizer:
    """Cuts texts into at most `window` tokens; made once, safe for several threads."""

    def __init__(self, window: int) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(TOKENIZER.checked()))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=window)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token numbers of each text, unpadded."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast([*texts])]
