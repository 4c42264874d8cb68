"""The `[[sources]]` section of a profile: checked, with defaults, turned into a root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pathspec import GitIgnoreSpec
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from avatar.domain.audience import Audience
from avatar.domain.documents import SourceKind
from connectors.filesystem.roots import MAX_BYTES, Root


class SourceConfig(BaseModel):
    """One source: where it is, what it holds, who may read it, and what to leave out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[str, Field(min_length=1, description="folder or file, relative to the profile")]
    kind: Annotated[SourceKind, Field(description="notes, code, answers, product or customers")]
    name: Annotated[
        str, Field(description="first part of every path shown; default: file name")
    ] = ""
    include: Annotated[tuple[str, ...], Field(description="only these (gitignore syntax)")] = ()
    exclude: Annotated[tuple[str, ...], Field(description="all but these (gitignore syntax)")] = ()
    audience: Annotated[str, Field(description="everyone, owner, or names of groups")] = ""
    respect_gitignore: bool = True
    max_bytes: Annotated[int, Field(gt=0, le=100_000_000)] = MAX_BYTES
    follow_symlinks: bool = False

    @field_validator("name")
    @classmethod
    def _name_is_one_part(cls, name: str) -> str:
        if "/" in name or "\\" in name or name in {".", ".."} or name != name.strip():
            raise ValueError("write a plain name without slashes, such as `notes`")
        return name

    @field_validator("include", "exclude")
    @classmethod
    def _patterns_are_readable(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                GitIgnoreSpec.from_lines([pattern])
            except ValueError as error:
                raise ValueError(f"`{pattern}` is not a gitignore pattern: {error}") from error
        return patterns

    @model_validator(mode="after")
    def _customers_are_not_for_everyone(self) -> SourceConfig:
        if self.kind is SourceKind.CUSTOMERS and Audience.parse(self.audience).is_everyone:
            raise ValueError(
                "customer records are never for everyone: set audience to groups, or leave it out"
            )
        return self

    def root(self, base: Path, default_audience: Audience) -> Root:
        """Return the root on disk; relative paths start at `base`, `~` at the home folder.

        Customer records without an audience of their own are for the owner, whatever the default.
        """
        path = (base / Path(self.path).expanduser()).resolve()
        if self.audience:
            audience = Audience.parse(self.audience)
        elif self.kind is SourceKind.CUSTOMERS:
            audience = Audience.owner_only()
        else:
            audience = default_audience
        return Root(
            name=self.name or path.name or "root",
            path=path,
            kind=self.kind,
            audience=audience,
            include=self.include,
            exclude=self.exclude,
            respect_gitignore=self.respect_gitignore,
            max_bytes=self.max_bytes,
            follow_symlinks=self.follow_symlinks,
        )
