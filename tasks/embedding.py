"""The embed step: vectors for texts that have none, chunk by chunk, so that a kill loses one chunk at most.

The pure part is `tasks.embed.encode`; torch is imported only when there is something to embed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasks.embed import Backend, Encoder, encoder_of, model_revision
from tasks.errors import Misconfigured
from tasks.progress import tell_progress
from tasks.run import Degradation, Run, StepReport

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

CHUNK_TEXTS = 4_096


def embed_missing(store: Store, *, run: Run, settings: Settings) -> StepReport:
    """Embed every live record's text that this model has not seen; one commit per chunk."""
    model = settings.embedding_model
    revision = model_revision(model)
    missing = store.step("embed_missing", {"model": model, "revision": revision})
    details = {"model": model, "revision": revision}
    if missing.is_empty():
        return StepReport(step="embed", details=details)
    known = _known_kinds(store, model=model, revision=revision)
    encoder = encoder_of(model, backend=_wanted(settings, known), references=settings.home / "models")
    _refuse_mixture(store, model=model, revision=revision, backend=encoder.backend)
    done = 0
    for piece in missing.iter_slices(CHUNK_TEXTS):
        tell_progress(done, missing.height)
        _embed_piece(store, piece, encoder, model=model, revision=revision, run=run)
        done += piece.height
    lost = Degradation("embedding is slow", 1, 1, f"by sentence-transformers: {encoder.fallback}")
    return StepReport(
        step="embed",
        in_count=missing.height,
        out_count=missing.height,
        degradations=(lost,) if encoder.fallback else (),
        details=details | {"backend": encoder.backend},
    )


def _embed_piece(
    store: Store, piece: pl.DataFrame, encoder: Encoder, *, model: str, revision: str, run: Run
) -> None:
    vectors = encoder.encode(piece["embed_text"].to_list())
    frame = piece.select(
        "text_hash",
        pl.lit(model).alias("model"),
        pl.lit(revision).alias("revision"),
        pl.lit(encoder.backend).alias("backend"),
        pl.Series("vector", vectors, dtype=pl.Array(pl.Float32, vectors.shape[1])).cast(pl.List(pl.Float32)),
        pl.lit(run.run_id).alias("run_id"),
        pl.lit(run.now).alias("created_at"),
    )
    with store.transaction():
        store.append("core.embedding", frame)


def _wanted(settings: Settings, known: set[str]) -> Backend:
    """What the operator chose; on "auto", what this home's vectors were made with, so that spaces are never mixed."""
    if settings.embed_backend == "auto" and len(known) == 1:
        return "direct" if known == {"direct"} else "sentence-transformers"
    return settings.embed_backend


def _known_kinds(store: Store, *, model: str, revision: str) -> set[str]:
    query = "select distinct split_part(backend, '/', 1) from core.embedding where model = ? and revision = ?"
    return {row[0] for row in store.rows(query, [model, revision])}


def _refuse_mixture(store: Store, *, model: str, revision: str, backend: str) -> None:
    """Raise when this home's vectors come from another kind of backend than tonight's would."""
    known = _known_kinds(store, model=model, revision=revision)
    if known - {backend.split("/")[0]}:
        raise Misconfigured(
            f"this home's vectors come from {', '.join(sorted(known))}, tonight's would come from {backend}: "
            f"set CW_EMBED_BACKEND={min(known)}, or start a new home"
        )
