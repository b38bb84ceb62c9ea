"""Points that were not fitted follow their nearest neighbours in the sample that was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.clusters.neighbours import nearest_in
from tasks.clusters.outliers import density_of

VOTERS = 5  # neighbours in the sample that say where a point belongs
FOLLOWED_ROWS = 16_384  # looked up at once


@dataclass(frozen=True)
class Lead:
    """The sample that was fitted."""

    vectors: np.ndarray  # (m, d)
    labels: np.ndarray  # (m,)
    threshold: float  # density below which a point is an outlier


def follow(lead: Lead, piece: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Where the points of a piece (vectors, weights) belong, and how sure that is; (r,) each.

    The label with the most cosine behind it among the nearest of the sample, −1 counting as one.
    """
    vectors, weights = piece
    near = nearest_in(vectors, lead.vectors, VOTERS)
    labels, cosines = lead.labels[near.indices], near.cosines
    say = np.stack(
        [np.where(labels == labels[:, [k]], cosines, 0).sum(axis=1) for k in range(labels.shape[1])], axis=1
    )
    best = say.argmax(axis=1)
    rows = np.arange(len(labels))
    share = np.clip(say[rows, best] / np.maximum(cosines.sum(axis=1), 1e-9), 0, 1)
    far = density_of(cosines, weights) < lead.threshold
    return np.where(far, -1, labels[rows, best]), np.where(far, 0.0, share)
