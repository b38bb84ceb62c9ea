"""A great many vectors with known groups, grown from real ones: banking77 through MiniLM (../shared/data, no part of the project).

Each lies a part of the way from a real text to another of the same intent, plus noise; one in ten is a near copy.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

from tasks.embed import MINILM, encode

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MADE_AT_ONCE = 50_000
ASIDE, COPY, APART = 0.4, 0.05, 0.3  # part of the way at most; length of the noise of a near copy, and of the others


def many(count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(n, d) float32 unit vectors and the intent of each, (n,) int."""
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent: this benchmark needs the shared data sets")
    table = pl.read_csv(DATA / "banking77" / "banking77.csv")
    return grown(encode(table["text"].to_list(), model=MINILM), table["label"].to_numpy(), count, seed=seed)


def grown(vectors: np.ndarray, truth: np.ndarray, count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    intents = np.unique(truth, return_inverse=True)[1]
    rows = rng.integers(len(vectors), size=count)
    order = np.argsort(intents, kind="stable")
    bounds = np.searchsorted(intents[order], np.arange(intents.max() + 2))
    low, high = bounds[intents[rows]], bounds[intents[rows] + 1]
    mates = order[low + (rng.random(count) * (high - low)).astype(int)]
    made = np.empty((count, vectors.shape[1]), dtype=np.float32)
    for start in range(0, count, MADE_AT_ONCE):
        some, mate = rows[start : start + MADE_AT_ONCE], mates[start : start + MADE_AT_ONCE]
        share = rng.uniform(0, ASIDE, size=(len(some), 1)).astype(np.float32)
        block = (1 - share) * vectors[some] + share * vectors[mate]
        noise = rng.normal(size=block.shape).astype(np.float32)
        length = np.where(rng.random((len(some), 1)) < 0.1, COPY, APART).astype(np.float32)
        block += noise * (length / np.linalg.norm(noise, axis=1, keepdims=True))
        made[start : start + len(some)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    return made, intents[rows]
