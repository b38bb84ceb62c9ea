"""Which code ran, and with which libraries: both go into every run's row and manifest."""

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

# Libraries whose version can change a result; the manifest names each that is installed.
SHAPING = (
    "duckdb", "polars", "pyarrow", "pydantic", "numpy", "scipy", "scikit-learn", "scikit-network", "umap-learn",
    "hdbscan", "torch", "sentence-transformers", "transformers", "lingua-language-detector",
    "genai-prices", "anthropic", "openai", "prefect",
)  # fmt: skip


@cache
def code_version() -> str:
    """The installed version of this project."""
    try:
        return version("collective-will")
    except PackageNotFoundError:
        return "0+uninstalled"


@cache
def code_digest() -> str:
    """A hash of all that runs and can change a result: this code, its data, and the libraries below it."""
    told = json.dumps([code_version(), source_digest(), library_versions()], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


@cache
def source_digest() -> str:
    """A hash of the code, queries, templates and word lists that are running: a checkout changes between releases."""
    digest = hashlib.sha256()
    for package in ("tasks", "sql", "data"):
        for path in _sources(files(package)):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources(folder: Traversable) -> list[Traversable]:
    """Files below a package, in a fixed order; samples and test sets shape no result."""
    found: list[Traversable] = []
    for path in sorted(folder.iterdir(), key=lambda item: item.name):
        if path.is_dir() and path.name not in ("__pycache__", "sample", "gold"):
            found += _sources(path)
        elif path.is_file():
            found.append(path)
    return found


@cache
def library_versions() -> dict[str, str]:
    """Installed versions of the libraries that shape results."""
    found: dict[str, str] = {}
    for name in SHAPING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
