"""Every setting of the pipeline in one frozen object, environment first; no other module reads a setting there.

Secrets (API keys, DSN) are SecretStr: they never print, and `public()` leaves them out.
"""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SPOOL = "llm"  # under the home: bodies and results of batches for the moment; each run begins without it
ERRORS = "errors"  # tracebacks of faults nobody foresaw; both may hold words, and go when something is erased


class Settings(BaseSettings):
    """Read from `CW_*` variables (API keys also from the providers' usual names)."""

    model_config = SettingsConfigDict(env_prefix="CW_", frozen=True, extra="ignore", populate_by_name=True)

    home: Path = Field(Path("var"), description="where all run-time state lives")
    inbox: Path | None = Field(None, description="the drop folder; default $CW_HOME/inbox")
    profile: Literal["offline", "default", "strategy"] | str = Field(
        "offline", description="the set of routes and models to use; a preset of data/routes.toml"
    )
    routes_file: Path | None = Field(None, description="overrides data/routes.toml")
    models_file: Path | None = Field(None, description="overrides data/models.toml")
    canonicalize_model: str | None = Field(
        None,
        description="asked first about citizens' texts, before the profile's own; `model` or `model@mode`",
    )

    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str | None = Field(None, validation_alias="ANTHROPIC_BASE_URL")
    deepseek_api_key: SecretStr | None = Field(None, validation_alias="DEEPSEEK_API_KEY")
    deepseek_base_url: str = Field("https://api.deepseek.com", validation_alias="DEEPSEEK_BASE_URL")
    local_base_url: str | None = Field(None, description="OpenAI-compatible server of the local tier")
    local_api_key: SecretStr | None = None
    host_base_url: str | None = Field(None, description="any OpenAI-compatible host of open weights")
    host_api_key: SecretStr | None = None
    batch_grace_s: float = Field(
        300.0, ge=0, description="how long a lost batch is looked for before it is sent again"
    )
    delete_batches: bool = Field(
        True, description="delete prompts and answers at the provider once they are filed"
    )
    postgres_dsn: SecretStr | None = Field(None, description="the platform's database, read-only")

    budget_run_usd: float = Field(2.0, ge=0, description="hard cap of one run")
    budget_month_usd: float = Field(20.0, ge=0, description="hard cap of a calendar month, UTC")
    wait_min: float = Field(60.0, ge=0, description="how long a night waits for its batches, minutes")

    embed_model: str | None = Field(None, description="default: by profile (offline: all-MiniLM-L6-v2)")
    embed_backend: Literal["auto", "direct", "sentence-transformers"] = Field(
        "auto",
        description="what computes vectors: the fastest way that gives the same; one home keeps to one",
    )
    threads: int = Field(2, ge=1, description="threads of DuckDB and of the embedding model")
    memory_limit: str = Field("4GB", description="DuckDB's share of memory")
    store_wait_s: float = Field(30.0, ge=0, description="how long to wait for another writer")

    min_people: int = Field(3, ge=1, description="k-anonymity: smaller clusters are published as counts only")
    max_bad_rows: float = Field(
        0.05, ge=0, le=1, description="share of bad rows in a source over which it is refused"
    )
    max_degraded: float = Field(
        0.10, ge=0, le=1, description="share of degraded units over which a run fails"
    )
    max_text_chars: int = Field(20_000, ge=100, description="a longer submission is filed, not processed")
    published_url: str | None = Field(
        None, description="where a web server shows $CW_HOME/published; the Prefect UI links the report there"
    )
    supporters_threshold: int = Field(
        5, ge=1, description="distinct people that make a cluster eligible for plans"
    )

    @cached_property
    def inbox_dir(self) -> Path:
        return self.inbox or self.home / "inbox"

    @cached_property
    def spool_dir(self) -> Path:
        return self.home / SPOOL

    @cached_property
    def errors_dir(self) -> Path:
        return self.home / ERRORS

    @cached_property
    def embedding_model(self) -> str:
        if self.embed_model:
            return self.embed_model
        return "all-MiniLM-L6-v2" if self.profile == "offline" else "BAAI/bge-small-en-v1.5"

    def public(self) -> dict[str, Any]:
        """All settings but secrets and paths of this machine, for the run's row and the manifest."""
        private = {
            "home",
            "inbox",
            "published_url",
            "routes_file",
            "models_file",
            "anthropic_base_url",
            "deepseek_base_url",
            "local_base_url",
            "host_base_url",
        }
        fields = {k: v for k, v in self.model_dump(mode="json").items() if k not in private}
        return {k: v for k, v in fields.items() if not k.endswith(("_key", "_dsn"))}
