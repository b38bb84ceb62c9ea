"""Which code ran, and with which libraries: both go into every run's row and manifest."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

# Libraries whose version can change a result; the manifest names each that is installed.
SHAPING = (
    "duckdb", "polars", "pyarrow", "pydantic", "numpy", "scipy", "scikit-learn", "scikit-network", "umap-learn",
    "hdbscan", "torch", "sentence-transformers", "transformers", "openvino", "lingua-language-detector",
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
def library_versions() -> dict[str, str]:
    """Installed versions of the libraries that shape results."""
    found: dict[str, str] = {}
    for name in SHAPING:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
