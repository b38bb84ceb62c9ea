"""Nights without and with drift, played and scored: `python tests/benchmarks/sim_nights.py [--seeds N] [--sets NAME …]`.

Each world starts with 1,000 records. Calm: 30 nights of +1 %, then +5 % and +10 %; the share of old records that keep
their cluster id is printed. Drift: from the same start, one thing happens to one topic (`drift.py`); told is whether it
was reported once, as what it is, within two nights, and what else was reported. Worlds are banking77 (../shared/data, MiniLM)
and mixtures of scattered directions that differ in spread, size and nearness.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from aims import judged
from drift import DRIFTS, THIN_PAIRS, Change, Drift, World, unit, world

from tasks.identity import Event, State, advance

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
IN_TIME = 2  # nights
AFTER = 3  # nights watched after the drift has ended, the last one with a refit


@dataclass(frozen=True)
class NightResult:
    """What one night did to the records of the night before."""

    same_share: float  # of the old records, those whose cluster (or being in none) stayed the same
    events: tuple[Event, ...]
    is_refit: bool


@dataclass(frozen=True)
class Told:
    """How one drift was told."""

    right: int  # events of the right kind about the right clusters, in time
    wrong: list[str]  # every other event but growth
    kept_share: float  # of old records not concerned


def night(state: State, ids: list[str], vectors: np.ndarray, *, refit: bool = False) -> tuple[State, NightResult]:
    """Advance once and compare with the night before."""
    after = advance(State.from_json(state.to_json()), ids, vectors, refit=refit)
    old = [r for r in ids if r in state.cluster_of]
    same = float(np.mean([after.cluster_of[r] == state.cluster_of[r] for r in old])) if old else 1.0
    return after, NightResult(same, after.events, bool(after.params["refit"]))


def calm_nights(vectors: np.ndarray, growth: list[float], *, start: int = 1_000, seed: int = 0) -> list[NightResult]:
    """Nights that each add a share of new records, no drift; the rows are drawn in random order."""
    order = np.random.default_rng(seed).permutation(len(vectors))
    ids = [f"r{i:06}" for i in range(len(vectors))]
    moved, count = vectors[order], start
    state = advance(None, ids[:count], moved[:count])
    results = []
    for share in growth:
        count = min(len(ids), count + round(count * share))
        state, result = night(state, ids[:count], moved[:count])
        results.append(result)
    return results


def play(start: World, state: State, drift: Drift) -> Told:
    """A drift and the nights after it, each with 1 % of calm growth."""
    w = start.copy()
    first = state
    right, wrong = 0, []
    for number in range(len(drift.changes) + AFTER):
        w.grow(0.01)
        if number < len(drift.changes):
            w.apply(drift.changes[number])
        state = advance(state, *w.arrays(), refit=number == len(drift.changes) + AFTER - 1)
        for event in state.events:
            in_time = number < len(drift.changes) - 1 + IN_TIME
            if event.kind == drift.kind and _concerns(event, drift) and in_time:
                right += 1
            elif event.kind != "grown":
                wrong.append(f"{event.kind}@{number}")
    old = [r for r, c in first.cluster_of.items() if r in w.live and r not in drift.touched and c is not None]
    kept = float(np.mean([state.cluster_of[r] == first.cluster_of[r] for r in old]))
    return Told(right, wrong, kept)


def _concerns(event: Event, drift: Drift) -> bool:
    if drift.kind == "merged":
        return {event.from_id, event.to_id} == drift.clusters
    return drift.kind == "born" or event.from_id in drift.clusters


def mixture(*, topics: int, d: int, spread: float, families: int, skew: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """6,000 scattered unit vectors; topics come in families, sizes fall as rank to the power of −skew."""
    rng = np.random.default_rng(seed)
    family = unit(rng.normal(size=(families, d)))
    centres = unit(family[np.arange(topics) % families] + 0.9 * unit(rng.normal(size=(topics, d))))
    share = np.arange(1, topics + 1) ** -skew
    labels = rng.choice(topics, size=6_000, p=share / share.sum())
    noise = unit(rng.normal(size=(6_000, d))) * spread * rng.uniform(0.8, 1.2, size=(6_000, 1))
    return unit(centres[labels] + noise), labels.astype(str)


def worlds(seed: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    yield "tight", *mixture(topics=30, d=64, spread=0.6, families=30, skew=0.0, seed=seed)
    yield "families", *mixture(topics=60, d=384, spread=0.9, families=15, skew=0.3, seed=seed)
    yield "unequal", *mixture(topics=40, d=128, spread=0.8, families=20, skew=0.8, seed=seed)
    if DATA.is_dir():
        from tasks.embed import MINILM, encode

        table = pl.read_csv(DATA / "banking77" / "banking77.csv").sample(6_000, seed=seed, shuffle=True)
        yield "banking77", encode(table["text"].to_list(), model=MINILM), table["label"].to_numpy().astype(str)


def calm_row(name: str, vectors: np.ndarray, seed: int) -> tuple[float, float, float]:
    """The worst night of +1 %, the one of +5 % and the one of +10 %: shares of old records that kept their place."""
    results = calm_nights(vectors, [0.01] * 30 + [0.05, 0.10], seed=seed)
    one = [r.same_share for r in results[:30]]
    events = Counter(e.kind for r in results for e in r.events if e.kind != "grown")
    print(
        f"{name:10} seed {seed}  +1 % worst {min(one):.4f} mean {np.mean(one):.4f}"
        f"  +5 % {results[30].same_share:.4f}  +10 % {results[31].same_share:.4f}"
        f"  refits {sum(r.is_refit for r in results)}  events {dict(events)}",
        flush=True,
    )
    return min(one), results[30].same_share, results[31].same_share


def drift_rows(name: str, vectors: np.ndarray, labels: np.ndarray, seed: int, only: str) -> dict[str, Told]:
    start = world(vectors, labels, seed=seed, thin_pairs=THIN_PAIRS if name == "banking77" else 0)
    state = advance(None, *start.arrays())
    for _ in range(2):
        start.grow(0.01)
        state = advance(state, *start.arrays())
    calm = play(start, state, Drift("none", (Change(),), frozenset(), frozenset())).wrong
    told: dict[str, Told] = {}
    for number, (kind, make) in enumerate(DRIFTS.items()):
        drift = make(start, state, np.random.default_rng([seed, number])) if only in kind else None
        if drift is not None:
            one = play(start, state, drift)
            told[kind] = Told(one.right, [w for w in one.wrong if w not in calm], one.kept_share)
            print(f"  {name:10} seed {seed}  {kind:22} {told[kind]}", flush=True)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--sets", nargs="*", default=[])
    parser.add_argument("--only", default="", help="drifts whose name holds this")
    parser.add_argument("--no-calm", action="store_true")
    args = parser.parse_args()
    every: dict[str, list[Told]] = defaultdict(list)
    calm: list[tuple[float, float, float]] = []
    for seed in range(args.seeds):
        for name, vectors, labels in worlds(seed):
            if args.sets and name not in args.sets:
                continue
            if not args.no_calm:
                calm.append(calm_row(name, vectors, seed))
            for kind, told in drift_rows(name, vectors, labels, seed, args.only).items():
                every[kind].append(told)
    print(f"{'drift':22} {'played':>6} {'once':>5} {'missed':>6} {'twice':>5} {'clean':>5} {'kept':>7}")
    for kind, list_of in every.items():
        once, none = sum(t.right == 1 for t in list_of), sum(t.right == 0 for t in list_of)
        clean = sum(t.right == 1 and not t.wrong for t in list_of)
        kept = min(t.kept_share for t in list_of)
        print(f"{kind:22} {len(list_of):6} {once:5} {none:6} {len(list_of) - once - none:5} {clean:5} {kept:7.4f}")
    for growth, aim, shares in zip(("+1 %", "+5 %", "+10 %"), (0.99, 0.98, 0.97), zip(*calm, strict=True), strict=False):
        print(f"old records that keep their place, worst night of {growth}: {min(shares):.4f}  {judged(min(shares), at_least=aim)}")
    played = [told for list_of in every.values() for told in list_of]
    if played:
        once = sum(told.right == 1 for told in played)
        clean = sum(told.right == 1 and not told.wrong for told in played)
        print(f"drifts told once, as what they are: {once} of {len(played)}  {judged(once, at_least=len(played))}")
        print(f"… and nothing else told: {clean} of {len(played)}  {judged(clean, at_least=len(played))}")


if __name__ == "__main__":
    main()
