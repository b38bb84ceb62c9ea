"""A short trace of each record's vector, by which the next night tells whose text has changed under the same id.

A trace is the vector's product with a few fixed directions of random signs, in eight bits each: enough to see that a
text no longer says nearly the same, too coarse to see another machine's rounding. The directions come from a hash, so
that no library's random numbers can change them.
"""

from __future__ import annotations

import base64
import hashlib
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from tasks.clusters.alike import REACH
from tasks.clusters.neighbours import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTIONS = 8  # an edit to cosine .8 is missed once in 3,000 (chi-square of 8), one to .985 every other time
STEP = 1 / 32  # a product is normal with deviation 1: four deviations fit into a signed byte


def trace_of(vectors: np.ndarray) -> np.ndarray:
    """The traces of unit vectors, (n, DIRECTIONS) int8."""
    dimension = vectors.shape[1]
    bits = np.frombuffer(hashlib.shake_256(b"trace").digest(dimension), dtype=np.uint8)
    signs = 2.0 * np.unpackbits(bits).reshape(dimension, DIRECTIONS) - 1
    with one_blas_thread():
        products = vectors @ signs.astype(np.float32)
    return np.clip(np.rint(products / STEP), -127, 127).astype(np.int8)


def pack(traces: np.ndarray) -> str:
    """Traces as text."""
    return base64.b64encode(traces.tobytes()).decode("ascii")


def unpack(text: str) -> np.ndarray:
    """What `pack` made text of."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype=np.int8).reshape(-1, DIRECTIONS)


def who_changed(
    was_ids: Sequence[str], was: np.ndarray, ids: Sequence[str], now: np.ndarray
) -> frozenset[str]:
    """Records of both nights whose vector is, as far as the traces tell, farther from the old one than REACH."""
    row_of = dict(zip(was_ids, range(len(was_ids)), strict=True))
    rows = np.fromiter(map(row_of.get, ids, repeat(-1)), dtype=np.int64, count=len(ids))
    both = np.flatnonzero(rows >= 0)
    moved = (now[both].astype(np.int32) - was[rows[both]]) * STEP
    changed = both[np.square(moved).mean(axis=1) > REACH**2]
    return frozenset(ids[row] for row in changed.tolist())
