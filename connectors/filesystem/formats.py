"""What a file is by its name: which splitter it gets, and what is never read."""

from __future__ import annotations

import fnmatch
import re
from typing import Final

from avatar.domain.documents import SourceKind

FORMATS: Final[dict[str, str]] = {
    **dict.fromkeys([".md", ".markdown", ".mdx", ".mdown"], "markdown"),
    **dict.fromkeys([".txt", ".text", ".org", ".adoc", ".asciidoc", ".log", ".csv"], "text"),
    **dict.fromkeys([".rst", ".rest"], "rst"),
    ".ipynb": "notebook",
    **dict.fromkeys([".html", ".htm", ".xhtml"], "html"),
    **dict.fromkeys([".py", ".pyi"], "python"),
    **dict.fromkeys([".js", ".jsx", ".mjs", ".cjs"], "javascript"),
    **dict.fromkeys([".ts", ".mts", ".cts"], "typescript"),
    ".tsx": "tsx",
    ".go": "go",
    ".java": "java",
    ".rs": "rust",
    **dict.fromkeys([".c", ".h"], "c"),
    **dict.fromkeys([".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"], "cpp"),
    **dict.fromkeys([".sh", ".bash", ".zsh", ".ksh"], "bash"),
    ".sql": "sql",
}

CODE_BY_LINES: Final = "text-code"
"""Code and settings that are cut by lines."""

PROSE_NAMES: Final = frozenset(
    ["readme", "changelog", "changes", "license", "licence", "copying", "notice", "authors",
     "contributing", "install", "news", "todo"]
)  # fmt: skip
"""Well-known files without an ending that hold prose; other names without one are code."""

BINARY_ENDINGS: Final = frozenset(
    [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ico", ".tif", ".tiff", ".heic", ".psd",
     ".mp3", ".mp4", ".m4a", ".mov", ".avi", ".mkv", ".webm", ".wav", ".flac", ".ogg",
     ".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".jar", ".war", ".whl",
     ".exe", ".dll", ".so", ".dylib", ".a", ".o", ".obj", ".lib", ".class", ".pyc", ".pyo",
     ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".pages",
     ".woff", ".woff2", ".ttf", ".otf", ".eot", ".sqlite", ".sqlite3", ".db", ".mdb", ".parquet",
     ".npy", ".npz", ".pt", ".pth", ".onnx", ".safetensors", ".gguf", ".bin", ".dat", ".iso",
     ".img", ".dmg", ".deb", ".rpm", ".apk", ".wasm", ".pack", ".idx"]
)  # fmt: skip

GENERATED: Final = re.compile(
    r".*\.min\.(?:js|css)|.*\.map|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock"
    r"|pnpm-lock\.yaml|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Cargo\.lock|go\.sum"
    r"|composer\.lock|Gemfile\.lock",
    re.IGNORECASE,
)
"""Files a tool writes and nobody asks about."""

TEMPORARY: Final = re.compile(r".*~|\.#.*|#.*#|.*\.sw[a-z]|4913|.*\.(?:tmp|temp|bak|orig|part)")
"""Files an editor writes beside the real one and takes away again."""

SECRET_NAMES: Final = (
    ".env", ".env.*", "*.env", ".envrc", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
    "*.pem", "*.key", "*.p12", "*.pfx", "*.kdbx", "*.kdb", "*.jks", "*.keystore", "*.ppk", "*.asc",
    "*.gpg", "*.ovpn", ".netrc", "_netrc", ".pgpass", ".npmrc", ".pypirc", ".git-credentials",
    ".htpasswd", "credentials", "credentials.json", "client_secret*.json", "*.tfstate",
    "*.tfstate.*", ".vault-token", ".dockercfg", "kubeconfig", "*.kubeconfig", "secrets.yaml",
    "secrets.yml", "secrets.json", "secrets.toml", "*.mobileprovision", "wallet.dat",
)  # fmt: skip
"""Names whose content is secret by nature; not even a masked form of it is kept."""

SECRET_NAME: Final = re.compile(
    "|".join(fnmatch.translate(name) for name in SECRET_NAMES), re.IGNORECASE
)
PUBLIC_TEMPLATE: Final = re.compile(
    r"\.env\.(?:example|sample|template|dist)|id_\w+\.pub", re.IGNORECASE
)

SKIPPED_FOLDERS: Final[dict[str, str]] = {
    **dict.fromkeys([".git", ".hg", ".svn", ".bzr", ".jj"], "version control data"),
    **dict.fromkeys(
        ["node_modules", "bower_components", ".venv", "venv", "site-packages", ".tox", ".nox",
         ".gradle", ".terraform", ".bundle"],
        "installed packages",
    ),
    **dict.fromkeys(
        ["__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".cache",
         ".next", ".nuxt", ".parcel-cache", ".ipynb_checkpoints", ".eggs", ".import_linter_cache"],
        "a tool's cache",
    ),
    **dict.fromkeys([".idea", ".vscode", ".obsidian", ".vs"], "an editor's settings"),
    **dict.fromkeys([".Trash", ".trash", "$RECYCLE.BIN", ".Trashes"], "deleted files"),
    **dict.fromkeys([".ssh", ".gnupg", ".aws", ".azure", ".kube", ".password-store"],
                    "secret by nature"),
}  # fmt: skip

BY_NATURE: Final = "secret by nature, never read"
BINARY: Final = "not text"


def format_of(name: str, kind: SourceKind) -> str:
    """Return the splitter's way in for a file of this name."""
    stem, dot, ending = name.lower().rpartition(".")
    if not dot or not stem:
        return "text" if name.lower() in PROSE_NAMES else CODE_BY_LINES
    known = FORMATS.get(f".{ending}", CODE_BY_LINES)
    return "answer" if known == "markdown" and kind is SourceKind.ANSWERS else known


def reason_to_skip_file(name: str) -> str:
    """Return why a file of this name is left out; empty when it is not."""
    if SECRET_NAME.fullmatch(name) and not PUBLIC_TEMPLATE.fullmatch(name):
        return BY_NATURE
    if TEMPORARY.fullmatch(name):
        return "an editor's temporary file"
    if name.lower().endswith(tuple(BINARY_ENDINGS)) or name == ".DS_Store":
        return BINARY
    return "generated by a tool" if GENERATED.fullmatch(name) else ""


def reason_to_skip_folder(name: str) -> str:
    """Return why a folder of this name is left out with all that is in it; else empty."""
    return "installed packages" if name.endswith(".egg-info") else SKIPPED_FOLDERS.get(name, "")
