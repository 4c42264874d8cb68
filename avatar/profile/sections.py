"""The sections of `profile.toml` as frozen models; unknown keys are refused."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from avatar.domain.audience import EVERYONE, GROUP_PREFIX, OWNER, Audience
from avatar.domain.documents import SourceKind

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_MAX_BYTES = 2_000_000

SecretName = Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]*)?$")]
"""The name of a secret; its shape keeps a pasted key from passing as one."""


class Section(BaseModel):
    """Rules every section shares: values do not change, unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


GROUP: Final = re.compile(r"[^\s:,./~\\][^\s:,\\]*")
"""A group's name; what begins like a path is a folder in the wrong place."""


def check_audience(text: str) -> str:
    """Return an audience as `Audience.parse` reads it, in its normal form."""
    names = [name.strip() for name in text.split(",")]
    if not all(GROUP.fullmatch(name.removeprefix(GROUP_PREFIX)) for name in names):
        raise ValueError(f"{text!r} is neither everyone, owner, nor group names joined by commas")
    return str(Audience.parse(text))


def check_url(text: str) -> str:
    """Return a web address that names its scheme and host."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is not an http:// or https:// address")
    if parts.username or parts.password:
        raise ValueError("holds a user name or password; secrets never stand in a profile")
    return text


def is_secret_name(text: str) -> bool:
    """Whether this can name a secret; a pasted key cannot."""
    return re.fullmatch(r"[A-Z][A-Z0-9_]*", text) is not None


def is_plain_and_far(url: str) -> bool:
    """Whether what is sent there can be read on the way: http to another machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS


class OwnerSection(Section):
    """`[owner]`: whose stand-in this is."""

    name: str = Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
    email: str = ""
    timezone: str = ""
    language: Literal["", "en", "zh"] = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            return value and zoneinfo.ZoneInfo(value).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone known on this machine") from error


class SourceSection(Section):
    """`[[sources]]`: a folder or file to know, with its kind and who may read it.

    After loading, `path` is absolute and `name` is never empty.
    """

    path: str = Field(min_length=1, pattern=r"^[^\x00]*\S[^\x00]*$")
    name: str = Field(default="", pattern=r"^[^/\\\x00-\x1f]*$")
    kind: SourceKind = SourceKind.NOTES
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    audience: str = OWNER
    respect_gitignore: bool = True
    max_bytes: int = Field(default=DEFAULT_MAX_BYTES, ge=1)
    follow_symlinks: bool = False

    @field_validator("audience")
    @classmethod
    def _audience(cls, value: str) -> str:
        return check_audience(value)

    @model_validator(mode="after")
    def _customers_stay_inside(self) -> SourceSection:
        if self.kind is SourceKind.CUSTOMERS and self.audience == EVERYONE:
            raise ValueError(
                "a customers source is never for everyone", 'write: audience = "owner", or groups'
            )
        return self


class AnswersSection(Section):
    """`[answers]`: the folder of past answers, which is always a source."""

    audience: str = EVERYONE

    @field_validator("audience")
    @classmethod
    def _audience(cls, value: str) -> str:
        return check_audience(value)


class AnsweringSection(Section):
    """`[answering]`: what is never answered, and how sure is sure enough."""

    never_answer: tuple[str, ...] = ()
    promise: float = Field(default=0.9, ge=0, le=1)
    answer_threshold: float | None = Field(default=None, gt=0, le=1)
    draft_threshold: float | None = Field(default=None, ge=0, le=1)
    mode: Literal["auto", "draft"] = "auto"
    topics: dict[str, Literal["auto", "draft"]] = Field(default_factory=dict)

    @field_validator("never_answer")
    @classmethod
    def _say_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not topic.strip() for topic in value):
            raise ValueError("an empty topic would match every question")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> AnsweringSection:
        low, high = self.draft_threshold, self.answer_threshold
        if low is not None and high is not None and low > high:
            raise ValueError(
                "draft_threshold is above answer_threshold", "make draft_threshold the smaller one"
            )
        return self


class ModelSection(Section):
    """`[model]`: an OpenAI-compatible endpoint; without it answers are extractive."""

    base_url: str
    name: str = Field(min_length=1)
    api_key_secret: SecretName = ""
    allow_plain_http: bool = False
    timeout_s: float = Field(default=20.0, gt=0, le=600)

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return check_url(value)

    @model_validator(mode="after")
    def _nothing_in_the_clear(self) -> ModelSection:
        if is_plain_and_far(self.base_url) and not self.allow_plain_http:
            raise ValueError(
                "base_url sends questions and passages unencrypted to another machine",
                "write an https:// address, or allow_plain_http = true if that is meant",
            )
        return self


class ExtraEmbedder(Section):
    """`[[index.extra_embedders]]`: a LlamaIndex embedding class as one more vector."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    class_path: str = Field(alias="class", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
    api_key_secret: SecretName = ""
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("settings")
    @classmethod
    def _no_secrets(cls, value: dict[str, Any]) -> dict[str, Any]:
        for key in value:
            if re.search(r"key|token|password|secret", key, re.IGNORECASE):
                raise ValueError(
                    f"{key!r} looks like a secret, and secrets never stand in a profile"
                )
        return value


class IndexSection(Section):
    """`[index]`: the vector engine and the embedding models."""

    engine: Literal["edge", "server"] = "edge"
    url: str = ""
    collection: str = Field(default="", pattern=r"^[A-Za-z0-9_-]*$")
    api_key_secret: SecretName = ""
    embedders: tuple[Literal["use", "minilm"], ...] = ("use", "minilm")
    extra_embedders: tuple[ExtraEmbedder, ...] = ()

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        return value and check_url(value)

    @model_validator(mode="after")
    def _engine_fits(self) -> IndexSection:
        if self.engine == "server" and not self.url:
            raise ValueError(
                'engine = "server" needs an address', 'write: url = "http://127.0.0.1:6333"'
            )
        if self.engine == "edge" and self.url:
            raise ValueError(
                'url is set, but engine = "edge" is embedded and has no address',
                'write: engine = "server", or remove url',
            )
        names = [*self.embedders, *(extra.name for extra in self.extra_embedders)]
        if not names or len(names) != len(set(names)):
            raise ValueError(
                "there is no embedding model, or one is named twice",
                'write: embedders = ["use", "minilm"], and other names under extra_embedders',
            )
        return self


class EscalationSection(Section):
    """`[escalation]`: how long a question waits for the owner."""

    expire_after_days: int = Field(default=14, ge=1, le=3650)


class WebSection(Section):
    """`[web]`: the loopback port of the daemon; 0 takes any free one."""

    port: int = Field(default=0, ge=0, le=65535)


class ChannelsSection(Section):
    """`[channels]`: where colleagues meet the stand-in; each connector checks its own section."""

    slack: dict[str, Any] | None = None

    @field_validator("slack")
    @classmethod
    def _no_tokens(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        for key, text in (value or {}).items():
            if isinstance(text, str) and re.match(r"x(ox|app)", text):
                raise ValueError(
                    f"{key!r} holds a token, and secrets never stand in a profile",
                    "take it out, make a new one, and keep it with `avatar slack setup`",
                )
        return value


class ProfileFile(Section):
    """The whole of `profile.toml`, as written."""

    owner: OwnerSection
    sources: tuple[SourceSection, ...] = ()
    answers: AnswersSection = AnswersSection()
    askers: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    answering: AnsweringSection = AnsweringSection()
    model: ModelSection | None = None
    index: IndexSection = IndexSection()
    escalation: EscalationSection = EscalationSection()
    web: WebSection = WebSection()
    channels: ChannelsSection = ChannelsSection()

    @field_validator("askers")
    @classmethod
    def _names_mean_one_thing(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for asker, groups in value.items():
            if not asker.strip() or asker == OWNER:
                raise ValueError(f"{asker!r} cannot name an asker")
            for group in groups:
                if group in {EVERYONE, OWNER} or not GROUP.fullmatch(group):
                    raise ValueError(f"{group!r} cannot name a group (asker {asker!r})")
        return value
