"""A figure beside its aim, in words that `make bench-clusters` gathers into one table at its end."""

from __future__ import annotations


def judged(value: float, *, at_least: float | None = None, at_most: float | None = None) -> str:
    """Which aim there is, and whether it is met or by how much it is missed. Exactly one of both is given."""
    if (at_least is None) == (at_most is None):
        raise ValueError("give the aim as at_least or as at_most")
    if at_least is not None:
        return f"≥ {at_least:.3g}: {'met' if value >= at_least else f'missed by {at_least - value:.3g}'}"
    assert at_most is not None
    return f"≤ {at_most:.3g}: {'met' if value <= at_most else f'missed by {value - at_most:.3g}'}"
