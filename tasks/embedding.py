"""The embed step: vectors for texts that have none, chunk by chunk, so that a kill loses one chunk at most.

The pure part is `tasks.embed.encode`; torch is imported only when there is something to embed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasks.embed import backend_used, encode, encode_fast, fast_backend, model_revision
from tasks.errors import Misconfigured
from tasks.progress import tell_progress
from tasks.run import Run, StepReport

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

CHUNK_TEXTS = 4_096


def embed_missing(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Embed every live record's text that this model has not seen; one commit per chunk."""
    model = settings.embedding_model
    revision = model_revision(model)
    missing = store.step("embed_missing", {"model": model, "revision": revision})
    is_fast = settings.embed_backend == "openvino"
    backend = "" if missing.is_empty() else fast_backend() if is_fast else backend_used(model)
    _refuse_mixture(store, model=model, revision=revision, backend=backend)
    for number, piece in enumerate(missing.iter_slices(CHUNK_TEXTS)):
        tell_progress(number * CHUNK_TEXTS, missing.height)
        texts = piece["embed_text"].to_list()
        if is_fast:
            vectors = encode_fast(
                texts, model=model, models_dir=settings.home / "models", threads=settings.threads
            )
        else:
            vectors = encode(texts, model=model)
        frame = piece.select(
            "text_hash",
            pl.lit(model).alias("model"),
            pl.lit(revision).alias("revision"),
            pl.lit(backend).alias("backend"),
            pl.Series("vector", vectors, dtype=pl.Array(pl.Float32, vectors.shape[1])).cast(
                pl.List(pl.Float32)
            ),
            pl.lit(run.run_id).alias("run_id"),
            pl.lit(run.now).alias("created_at"),
        )
        with store.transaction():
            store.append("core.embedding", frame)
    return StepReport(
        step="embed",
        in_count=missing.height,
        out_count=missing.height,
        details={"model": model, "revision": revision},
    )


def _refuse_mixture(store: Store, *, model: str, revision: str, backend: str) -> None:
    """Raise when this home's vectors come from another kind of backend than tonight's would."""
    known = store.rows(
        "select distinct backend from core.embedding where model = ? and revision = ?", [model, revision]
    )
    kinds = {row[0].split("/")[0] for row in known}
    if backend and kinds - {backend.split("/")[0]}:
        raise Misconfigured(
            f"this home's vectors come from {', '.join(sorted(kinds))}, tonight's would come from {backend}: "
            f"set CW_EMBED_BACKEND={min(kinds)}, or start a new home"
        )
