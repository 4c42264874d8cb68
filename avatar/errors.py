"""Every deliberate error, by who must act on it.

AvatarError
├── OwnerMustActError            the owner edits, chooses or grants something
│   ├── ProfileError             the profile folder is missing or has problems (all are listed)
│   ├── InvalidInputError        a command or request was given something unusable
│   ├── NotFoundError            an id, path or name that nothing answers to
│   ├── SecretStoreError         no usable keyring, or it is locked
│   └── StateUnwritableError     disk full, read-only home, no permission
├── TryAgainLaterError           nothing to edit: wait, or end what is in the way
│   ├── SourceUnavailableError   a file or folder cannot be read right now
│   ├── IndexInUseError          another process owns the index
│   ├── AlreadyRunningError      the daemon of this profile runs already
│   ├── PortInUseError           another program listens on the port
│   ├── DaemonUnreachableError   the daemon is recorded as running but does not answer
│   ├── StoreUnavailableError    the vector store does not answer
│   └── ModelUnavailableError    the language model is slow, down or refused
└── DamagedError                 stored data cannot be read; the message says how to rebuild it
    ├── IndexDamagedError        rebuilt from the files by `avatar index --rebuild`
    └── StateDamagedError        the database of escalations and journal cannot be opened

"I do not know" is not an error: it is an `Escalate` decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class AvatarError(Exception):
    """Base of everything the product raises on purpose; its text is for people."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500


class OwnerMustActError(AvatarError):
    """The owner has to edit, choose or grant something."""

    exit_code = 3
    http_status = 409


class ProfileError(OwnerMustActError):
    """The profile folder is missing or has problems; `problems` lists every one."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        """Keep the one-sentence message and each problem's own line."""
        super().__init__("\n".join([message, *(f"  - {problem}" for problem in problems)]))
        self.problems = tuple(problems)


class InvalidInputError(OwnerMustActError):
    """A command or request was given something it cannot use."""

    exit_code = 2
    http_status = 422


class NotFoundError(OwnerMustActError):
    """Nothing answers to the id, path or name that was given."""

    exit_code = 4
    http_status = 404


class SecretStoreError(OwnerMustActError):
    """No usable keyring is available, or it is locked."""

    exit_code = 6


class StateUnwritableError(OwnerMustActError):
    """The disk is full, the home is read-only, or permission is missing."""

    exit_code = 7
    http_status = 507


class TryAgainLaterError(AvatarError):
    """Nothing needs editing: wait, or end what is in the way."""

    exit_code = 5
    http_status = 503


class SourceUnavailableError(TryAgainLaterError):
    """A file or folder cannot be read right now; `roots` names them by document id."""

    def __init__(self, message: str, roots: Sequence[str] = ()) -> None:
        """Keep the sentence and what is known to be out of reach; empty means anything."""
        super().__init__(message)
        self.roots = tuple(roots)


class IndexInUseError(TryAgainLaterError):
    """Another process owns the index."""


class AlreadyRunningError(TryAgainLaterError):
    """The daemon of this profile runs already."""


class PortInUseError(TryAgainLaterError):
    """Another program listens on the wanted port."""


class DaemonUnreachableError(TryAgainLaterError):
    """A daemon is recorded as running but does not answer."""


class StoreUnavailableError(TryAgainLaterError):
    """The vector store does not answer."""


class ModelUnavailableError(TryAgainLaterError):
    """The language model is slow, down or refused the request."""


class DamagedError(AvatarError):
    """Stored data cannot be read."""

    exit_code = 8


class IndexDamagedError(DamagedError):
    """The index cannot be read; it is rebuilt from the files."""


class StateDamagedError(DamagedError):
    """The database of escalations and journal cannot be opened."""
