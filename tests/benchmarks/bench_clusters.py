"""Clusters beside the peers': same vectors, same run, every target of the issue and whether it is met.

`python tests/benchmarks/bench_clusters.py [--full] [--sizes 20,50,…]`. `--full` adds banking77's 13,083 texts and what a
sample of them costs in quality; what 100,000 and a million cost is told by `bench_identity.py`. ARI counts noise as
singletons; figures are means of three seeds, each with its own draw. Seconds are CPU seconds of this process. Data:
../shared/data (not part of the project). Identity over nights is played by `sim_nights.py`.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from aims import judged
from cluster_peers import bertopic, kouchou, kouchou_true
from sklearn.metrics import adjusted_rand_score, v_measure_score

from tasks.cluster import cluster, cluster_by_sample
from tasks.embed import MINILM, encode

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SEEDS = (0, 1, 2)
SIZES = (20, 50, 200, 1_000, 3_080)
WHOLE = 13_083
Method = Callable[[np.ndarray, int], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--sizes", type=lambda text: tuple(int(n) for n in text.split(",")), default=SIZES)
    options = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"{DATA} is absent: this benchmark needs the shared data sets")
    warnings.filterwarnings("ignore", module="umap")
    table = pl.read_csv(DATA / "banking77" / "banking77.csv")
    test = table.filter(pl.col("split") == "test")
    vectors, truth = embed(test["text"].to_list()), test["label"].to_numpy()
    print(f"{'n':>6} {'method':13} {'ARI':>6} {'V':>6} {'clusters':>8} {'noise':>6} {'CPU s':>7}  target")
    for count in options.sizes:
        quality(vectors, truth, count)
    guard(vectors, embed(foreign_texts()))
    honesty(vectors, truth)
    if options.full:
        whole = embed(table["text"].to_list())
        quality(whole, table["label"].to_numpy(), WHOLE)
        sampling(whole, table["label"].to_numpy())


def embed(texts: list[str]) -> np.ndarray:
    began = time.perf_counter()
    vectors = encode(texts, model=MINILM)
    print(f"embedded {len(texts)} texts in {time.perf_counter() - began:.1f} s, any cold start included", flush=True)
    return vectors


def foreign_texts() -> list[str]:
    """Comments on housing and wages, and sentences of the news: nothing a bank's customer would ask."""
    comments = [pl.read_csv(DATA / f / "comments.csv")["text"].to_list() for f in ("polis_seattle15", "polis_nz_housing")]
    return [*comments[0], *comments[1], *pl.read_csv(DATA / "ntrex_fa_en" / "ntrex_fa_en.csv")["en"].to_list()]


def ours(vectors: np.ndarray, seed: int) -> np.ndarray:
    return cluster(vectors, seed=seed).labels


def quality(vectors: np.ndarray, truth: np.ndarray, count: int) -> None:
    """Every method on the same three draws, ours last beside its target."""
    told = partial(kouchou_true, count=len(set(truth.tolist())))
    methods: dict[str, Method] = {"bertopic": bertopic, "kouchou": kouchou, "kouchou_true": told, "ours": ours}
    ari: dict[str, float] = {}
    for name, method in methods.items():
        rows = [scored(method, *draw(vectors, truth, count, seed), seed) for seed in SEEDS]
        ari[name], v, groups, noise, seconds = (float(x) for x in np.mean(rows, axis=0))
        aim = target(count, ari) if name == "ours" else None
        verdict = "" if aim is None else judged(ari["ours"], at_least=aim)
        print(f"{count:6} {name:13} {ari[name]:6.3f} {v:6.3f} {groups:8.0f} {noise:6.1%} {seconds:7.2f}  {verdict}", flush=True)


def target(count: int, ari: dict[str, float]) -> float | None:
    if count <= 200:
        return ari["bertopic"] + 0.20
    if count == WHOLE:
        return max(ari["bertopic"], ari["kouchou"], ari["kouchou_true"]) + 0.03
    return 0.62 if count == 3_080 else None


def scored(method: Method, vectors: np.ndarray, truth: np.ndarray, seed: int) -> list[float]:
    began = cpu_seconds()
    found = method(vectors, seed)
    took = cpu_seconds() - began
    alone = singletons(found)
    return [
        adjusted_rand_score(truth, alone),
        v_measure_score(truth, alone),
        found.max() + 1,
        (found < 0).mean(),
        took,
    ]


def guard(vectors: np.ndarray, foreign: np.ndarray) -> None:
    """A tenth of foreign texts: how many land in clusters of real ones, how many real ones are called outliers."""
    count = min(3_000, len(vectors))
    rows: dict[str, list[tuple[float, float]]] = {"bertopic": [], "ours": []}
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        real = vectors[rng.choice(len(vectors), count, replace=False)]
        mixed = np.concatenate([real, foreign[rng.choice(len(foreign), count // 10, replace=False)]])
        for name, method in (("bertopic", bertopic), ("ours", ours)):
            labels = method(mixed, seed)
            inside, outside = labels[:count], labels[count:]
            held = np.bincount(inside[inside >= 0], minlength=labels.max() + 1)
            guests = np.bincount(outside[outside >= 0], minlength=labels.max() + 1)
            absorbed = float(np.mean((outside >= 0) & (held > guests)[outside]))
            rows[name].append((absorbed, float((inside < 0).mean())))
    for name, figures in rows.items():
        absorbed, alarms = np.mean(figures, axis=0)
        verdict = f"{judged(absorbed, at_most=0.10)}, {judged(alarms, at_most=0.10)}" if name == "ours" else ""
        print(f"foreign texts: {name:9} absorbs {absorbed:.1%}, calls {alarms:.1%} of the real ones outliers  {verdict}", flush=True)


def honesty(vectors: np.ndarray, truth: np.ndarray) -> None:
    """Do two seeds agree, and does a cluster hold one intent?"""
    agreed = []
    for seed in SEEDS:
        points, _ = draw(vectors, truth, 1_000, seed)
        agreed.append(adjusted_rand_score(ours(points, 100 + seed), ours(points, 200 + seed)))
    print(f"disjoint seeds agree, n = 1000: ARI {np.mean(agreed):.3f}, least {min(agreed):.3f}  {judged(np.mean(agreed), at_least=0.90)}")
    found = cluster(vectors)
    intents = np.unique(truth, return_inverse=True)[1]
    groups = [intents[found.labels == c] for c in range(len(found.stability))]
    purity = float(np.mean([np.bincount(g).max() / len(g) for g in groups]))
    print(f"purity, mean of {len(groups)} clusters under {len(set(found.themes.tolist()))} themes: {purity:.3f}  {judged(purity, at_least=0.80)}")
    weighed = sum(np.bincount(g).max() for g in groups) / sum(len(g) for g in groups)
    print(f"purity, records: {weighed:.3f}; provisional clusters: {found.provisional.sum()}", flush=True)


def sampling(vectors: np.ndarray, truth: np.ndarray) -> None:
    """What it costs in quality to fit half or a quarter and let the rest follow."""
    for part in (len(vectors), len(vectors) // 2, len(vectors) // 4):
        rows = [scored(lambda v, s, p=part: cluster_by_sample(v, seed=s, sample_points=p).labels, vectors, truth, s) for s in SEEDS]
        ari, v, groups, noise, seconds = np.mean(rows, axis=0)
        print(f"fitted on {part:6} of {len(vectors)}: ARI {ari:.3f} V {v:.3f} clusters {groups:.0f} noise {noise:.1%} CPU {seconds:.1f} s", flush=True)


def draw(vectors: np.ndarray, truth: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.sort(np.random.default_rng(seed).choice(len(vectors), count, replace=False))
    return vectors[rows], truth[rows]


def singletons(labels: np.ndarray) -> np.ndarray:
    """Every outlier a cluster of its own."""
    alone = labels.copy()
    alone[labels < 0] = labels.max() + 1 + np.arange((labels < 0).sum())
    return alone


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
