"""The embed step: vectors for texts that have none, chunk by chunk, so that a kill loses one chunk at most.

The pure part is `tasks.embed.encode`; torch is imported only when there is something to embed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasks.embed import Backend, Encoder, encoder_of, model_revision
from tasks.errors import Misconfigured
from tasks.progress import tell_progress
from tasks.run import Degradation, Run, StepReport
from tasks.spread import Spread, here

if TYPE_CHECKING:
    from tasks.settings import Settings
    from tasks.store import Store

CHUNK_TEXTS = 4_096


def embed_missing(store: Store, *, run: Run, settings: Settings, spread: Spread = here) -> StepReport:
    """Embed every live record's text that this model has not seen; one commit per chunk, chunks done as `spread` does them."""
    model = settings.embedding_model
    revision = model_revision(model)
    missing = store.step("embed_missing", {"model": model, "revision": revision})
    details = {"model": model, "revision": revision}
    if missing.is_empty():
        return StepReport(step="embed", details=details)
    encoder = encoder_of_home(store, settings=settings)
    wanted = _wanted(settings, _known_kinds(store, model=model, revision=revision))
    references = settings.home / "models"
    done = 0
    pieces = list(missing.iter_slices(CHUNK_TEXTS))
    work = partial(encode_piece, model, wanted, references, encoder.backend)
    tell_progress(done, missing.height)
    for piece, vectors in zip(pieces, spread(work, (p["embed_text"].to_list() for p in pieces)), strict=True):
        _write_piece(store, piece, vectors, encoder, model=model, revision=revision, run=run)
        done += piece.height
        tell_progress(done, missing.height)
    lost = Degradation("embedding_slow", 1, 1, f"by sentence-transformers: {encoder.fallback}")
    return StepReport(
        step="embed",
        in_count=missing.height,
        out_count=missing.height,
        degradations=(lost,) if encoder.fallback else (),
        details=details | {"backend": encoder.backend},
    )


def encoder_of_home(store: Store, *, settings: Settings) -> Encoder:
    """The encoder of this home's vectors, for texts that are compared with them and not stored.

    Raises:
        Misconfigured: the weights are absent or altered, or would give vectors of another back-end than the stored ones.
    """
    model = settings.embedding_model
    revision = model_revision(model)
    wanted = _wanted(settings, _known_kinds(store, model=model, revision=revision))
    encoder = encoder_of(model, backend=wanted, references=settings.home / "models")
    _refuse_mixture(store, model=model, revision=revision, backend=encoder.backend)
    return encoder


def encode_piece(
    model: str, wanted: Backend, references: Path, backend: str, texts: Sequence[str]
) -> np.ndarray:
    """The vectors of some texts, on whatever machine this runs.

    Raises:
        Misconfigured: this machine's vectors would come from another back-end than the run's.
    """
    encoder = encoder_of(model, backend=wanted, references=references)
    if encoder.backend != backend:
        raise Misconfigured(
            f"a worker would embed by {encoder.backend}, the run embeds by {backend}: use workers of one kind"
        )
    return encoder.encode(texts)


def _write_piece(
    store: Store,
    piece: pl.DataFrame,
    vectors: np.ndarray,
    encoder: Encoder,
    *,
    model: str,
    revision: str,
    run: Run,
) -> None:
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
