"""Which points are near nobody: the outlier guard, in the original space, before any clustering.

The mean cosine to the three nearest neighbours tells foreign texts from real ones nearly as well as to the ten nearest, and
with ten every group of fewer than ten looks foreign. UMAP, which stretches every neighbourhood to the same scale, erases that difference. Where to cut is read off the
data: two bell curves are fitted to the densities; when they stand clearly apart the cut lies where they cross, otherwise
there is no sign of foreign texts and only the far tail is cut.
"""

from __future__ import annotations

import numpy as np

DENSITY_NEIGHBOURS = 3
APART = 2.0  # Ashman's D above which two bell curves count as two (Ashman, Bird, Zepf 1994)
NEAREST_CUT, FARTHEST_CUT = 1.15, 2.5  # bounds of the cut, robust standard deviations below the median
TAIL_CUT = 2.5  # the cut when there is one curve: under 3 % of most label sets lie below
MAX_STEPS = 200


def density_of(cosines: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean cosine to the three nearest, (m,); others who said nearly the same words count as neighbours at cosine 1."""
    k = min(DENSITY_NEIGHBOURS, cosines.shape[1])
    copies = np.clip(np.floor(weights - 1), 0, k).astype(int)
    ahead = np.concatenate(
        [np.zeros((len(cosines), 1)), np.cumsum(cosines[:, :k], axis=1, dtype=np.float64)], axis=1
    )
    return np.asarray((copies + ahead[np.arange(len(cosines)), k - copies]) / max(k, 1))


def density_threshold(density: np.ndarray) -> float:
    """The density below which a point is an outlier."""
    middle = float(np.median(density))
    spread = max(1.4826 * float(np.median(np.abs(density - middle))), 1e-6)
    mean, deviation, share = _two_curves(density)
    low, high = (0, 1) if mean[0] <= mean[1] else (1, 0)
    apart = abs(mean[0] - mean[1]) / np.sqrt((deviation**2).mean())
    if apart < APART:
        return middle - TAIL_CUT * spread
    grid = np.linspace(mean[low], mean[high], 400)
    height = share / deviation * np.exp(-0.5 * ((grid[:, None] - mean) / deviation) ** 2)
    crossing = float(grid[int(np.argmax(height[:, high] > height[:, low]))])
    return middle - float(np.clip((middle - crossing) / spread, NEAREST_CUT, FARTHEST_CUT)) * spread


def _two_curves(density: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, deviations and shares of two Gaussians fitted by expectation–maximisation from fixed quantiles."""
    mean = np.quantile(density, [0.05, 0.6])
    deviation = np.full(2, max(float(density.std()) / 2, 1e-4))
    share = np.array([0.1, 0.9])
    for _ in range(MAX_STEPS):
        scaled = share / deviation * np.exp(-0.5 * ((density[:, None] - mean) / deviation) ** 2) + 1e-300
        part = scaled / scaled.sum(axis=1, keepdims=True)
        mass = part.sum(axis=0) + 1e-9
        share = mass / len(density)
        mean = (part * density[:, None]).sum(axis=0) / mass
        deviation = np.sqrt((part * (density[:, None] - mean) ** 2).sum(axis=0) / mass) + 1e-4
    return mean, deviation, share
