"""Opinion groups: who votes alike, and what all groups agree on. Pure functions over final votes.

As Polis does it (compdemocracy.org/algorithms): people × targets with +1, -1, 0; what a person did not see is
the target's mean; two principal components, stretched for people who saw little; k-means, k by silhouette.
Group-informed consensus of a target = the product over groups of (agree + 1) / (seen + 2).
Polis's own groups need not come out: it smooths the choice of k over time, so it keeps 2 where we find 4 or 5 (adjusted Rand
.30 and .09 with its groups of seattle15 and nz_housing). What is read off the groups hardly differs: ranked by group-informed
consensus over our groups or over Polis's, the targets correlate at .94 and .91 (Spearman), and of the ten best 10 and 8
are the same; tests/tally/test_tally_face.py holds it. The libraries are scikit-learn's PCA and KMeans; same votes, same groups (fixed seed, sorted rows).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np

    from tasks.rules import GroupRules

SIGN = {"agree": 1.0, "disagree": -1.0, "pass": 0.0}
SEED = 0


@dataclass(frozen=True)
class Grouping:
    """`members`: voter_key, group_no (0 = largest); `counts`: one row per group and target."""

    members: pl.DataFrame
    counts: pl.DataFrame
    silhouette: float


def find_groups(votes: pl.DataFrame, rules: GroupRules) -> Grouping | None:
    """Groups among the final votes (voter_key, target_id, choice) of one cycle; None when none are seen.

    Only agree, disagree and pass are looked at; an option is no opinion on a proposition.
    """
    signed = votes.filter(pl.col("choice").is_in(list(SIGN))).sort("voter_key", "target_id")
    enough = signed.group_by("voter_key").len().filter(pl.col("len") >= rules.min_votes_per_person)
    seen = signed.join(enough, on="voter_key", how="semi")
    if seen["target_id"].n_unique() < rules.min_targets or enough.height < rules.min_people:
        return None
    wide = (
        seen.with_columns(sign=pl.col("choice").replace_strict(SIGN, return_dtype=pl.Float64))
        .pivot("target_id", index="voter_key", values="sign")
        .sort("voter_key")
    )
    names = sorted(c for c in wide.columns if c != "voter_key")
    labels, silhouette = _cluster_people(wide.select(names).to_numpy(), rules)
    if labels is None:
        return None
    members = wide.select("voter_key", group_no=pl.Series(labels, dtype=pl.Int32))
    return Grouping(members, _count(signed, members), silhouette)


def group_consensus(counts: pl.DataFrame) -> pl.DataFrame:
    """target_id, group_count, least_group_agreement, group_consensus from `Grouping.counts`."""
    seen = pl.col("agree_count") + pl.col("disagree_count") + pl.col("pass_count")
    return (
        counts.with_columns(agreement=(pl.col("agree_count") + 1) / (seen + 2))
        .group_by("target_id")
        .agg(
            group_count=pl.len().cast(pl.Int64),
            least_group_agreement=pl.col("agreement").min(),
            group_consensus=pl.col("agreement").product(),
        )
        .sort("target_id")
    )


def _cluster_people(matrix: np.ndarray, rules: GroupRules) -> tuple[np.ndarray | None, float]:
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.metrics import silhouette_score

    known = ~np.isnan(matrix)
    means = np.nanmean(matrix, axis=0)
    filled = np.where(known, matrix, means)
    if not np.ptp(filled, axis=0).any():
        return None, 0.0
    points = PCA(n_components=2, svd_solver="full").fit_transform(filled)
    points = points * np.sqrt(matrix.shape[1] / known.sum(axis=1, keepdims=True))
    places = len(np.unique(points.round(9), axis=0))
    best: tuple[np.ndarray | None, float] = (None, rules.min_silhouette)
    for k in range(2, min(rules.max_groups, 2 + len(points) // 12, places) + 1):
        labels = KMeans(n_clusters=k, n_init=10, random_state=SEED).fit_predict(points)
        score = float(silhouette_score(points, labels))
        if score > best[1]:
            best = (labels, score)
    if best[0] is None:
        return None, 0.0
    order = np.argsort(-np.bincount(best[0]), kind="stable")
    return np.argsort(order)[best[0]], best[1]


def _count(signed: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Every pair of group_no and target_id: people_count of the group, agree, disagree and pass counts."""
    sizes = members.group_by("group_no").agg(people_count=pl.len().cast(pl.Int64))
    every = sizes.join(signed.select("target_id").unique(), how="cross")
    held = (
        signed.join(members, on="voter_key")
        .group_by("group_no", "target_id")
        .agg((pl.col("choice") == name).sum().cast(pl.Int64).alias(f"{name}_count") for name in SIGN)
    )
    return (
        every.join(held, on=["group_no", "target_id"], how="left")
        .with_columns(pl.col("agree_count", "disagree_count", "pass_count").fill_null(0))
        .select("group_no", "target_id", "people_count", "agree_count", "disagree_count", "pass_count")
        .sort("group_no", "target_id")
    )
