"""Where profiles and their state are; an error lists the profiles when it is not clear."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avatar.errors import ProfileError, StateUnwritableError
from avatar.profile.model import PROFILE_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

REGISTRY_FILE: Final = "profiles.json"


def home(env: Mapping[str, str]) -> Path:
    """Return the folder of all state: `$AVATAR_HOME`, else the platform's data directory."""
    if env.get("AVATAR_HOME"):
        return Path(env["AVATAR_HOME"]).expanduser().absolute()
    import platformdirs  # noqa: PLC0415 - only needed when nothing is set

    return Path(platformdirs.user_data_dir("avatar", appauthor=False))


def profile_id(folder: Path) -> str:
    """Return a readable name that is one-to-one with the folder's absolute path."""
    real = str(folder.resolve())
    plain = unicodedata.normalize("NFKD", folder.resolve().name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40] or "profile"
    return f"{slug}-{hashlib.sha256(real.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def state_folder(folder: Path, env: Mapping[str, str]) -> Path:
    """Return where the index, database and logs of a profile live; it may not exist yet."""
    return home(env) / "profiles" / profile_id(folder)


def registered(env: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the profile folders `avatar init` made that are still there."""
    try:
        listed = json.loads((home(env) / REGISTRY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    if not isinstance(listed, list):
        return ()
    folders = [Path(item) for item in listed if isinstance(item, str)]
    return tuple(folder for folder in folders if (folder / PROFILE_FILE).is_file())


def register(folder: Path, env: Mapping[str, str]) -> None:
    """Remember a profile folder, so that it is found without being named."""
    known = dict.fromkeys([*map(str, registered(env)), str(folder.resolve())])
    place = home(env) / REGISTRY_FILE
    fresh = place.with_name(f"{REGISTRY_FILE}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(json.dumps(list(known), ensure_ascii=False), encoding="utf-8")
        fresh.replace(place)
    except OSError as error:
        raise StateUnwritableError(
            f"Cannot write {place} ({error.strerror}); set AVATAR_HOME to a writable folder."
        ) from error


def find(named: Path | None, env: Mapping[str, str], current: Path) -> Path:
    """Return the profile folder that is meant.

    That is the named one, else `$AVATAR_PROFILE`, else the only registered one, else, among
    several, the one `current` is in. An unregistered profile in the current folder is used only
    when no profile is registered: a folder from elsewhere must not take over by standing in it.
    """
    wish = named or (Path(env["AVATAR_PROFILE"]) if env.get("AVATAR_PROFILE") else None)
    if wish is not None:
        return _folder_of(wish)
    known = registered(env)
    if len(known) == 1:
        return known[0]
    here = current.resolve()
    if here in known or (not known and (here / PROFILE_FILE).is_file()):
        return here
    if not known:
        raise ProfileError(
            "There is no profile yet; make one with `avatar init DIR --owner NAME`, or name one "
            "with `--profile DIR`."
        )
    raise ProfileError(
        "There are several profiles; name one with `--profile DIR` or AVATAR_PROFILE:",
        [str(folder) for folder in known],
    )


def _folder_of(wish: Path) -> Path:
    path = wish.expanduser().absolute()
    if path.name == PROFILE_FILE and path.is_file():
        path = path.parent
    if not (path / PROFILE_FILE).is_file():
        raise ProfileError(
            f"There is no profile in {path}: it holds no {PROFILE_FILE}. "
            f"Make one with `avatar init {path} --owner NAME`."
        )
    return path
